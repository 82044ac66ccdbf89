//! What `jitan new` lays out: a small scenario that loads without a mistake, with its form, blank, a filled sample and
//! what stands on it, to be changed into one's own.

use super::schema;
use crate::model::id::ScenarioName;

/// A file of the new folder: its name below the folder, and its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateFile {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Every file of a new scenario of this name.
pub fn files(name: &ScenarioName) -> Vec<TemplateFile> {
    let text = |file: &str, template: &str| TemplateFile {
        name: file.to_owned(),
        bytes: template.replace("NAME", name.as_str()).into_bytes(),
    };
    let picture = |file: &str, bytes: &[u8]| TemplateFile { name: file.to_owned(), bytes: bytes.to_vec() };
    let mut files = vec![
        text("scenario.yaml", include_str!("scenario.yaml")),
        text("form.yaml", include_str!("form.yaml")),
        picture("blank.png", include_bytes!("blank.png")),
        text(&format!("targets/{name}-system.yaml"), include_str!("target.yaml")),
        picture("samples/sample-1.png", include_bytes!("sample.png")),
        text("samples/truth.json", include_str!("truth.json")),
    ];
    // Beside the files, so that an editor finds them wherever the folder stands.
    for kind in [super::scenario::KIND, super::form::KIND, super::target::KIND] {
        files.push(TemplateFile {
            name: format!(".schema/{}.schema.json", kind.name),
            bytes: schema::text(kind).into_bytes(),
        });
    }
    files
}
