//! `jitan new`: a scenario folder that works, to be changed into one's own.

use std::io;
use std::path::{Path, PathBuf};

use super::exit::Exit;
use crate::format::diagnostic::plain;
use crate::format::template;
use crate::locale::Lang;
use crate::message;
use crate::model::id::ScenarioName;

#[derive(Debug, clap::Args)]
pub struct NewArgs {
    /// Name of the scenario and its folder.
    pub name: String,
    /// Where the folder is made.
    #[arg(long, default_value = "scenarios")]
    pub dir: PathBuf,
}

/// # Errors
/// If the folder cannot be written.
pub fn run(args: &NewArgs, lang: Lang) -> anyhow::Result<Exit> {
    let Ok(name) = ScenarioName::new(args.name.as_str()) else {
        eprintln!("{}", lang.render(&message!("cli.new.bad-name", name = plain(&args.name))));
        return Ok(Exit::Usage);
    };
    let dir = args.dir.join(name.as_str());
    let shown = plain(&dir.display().to_string());
    match lay_out(&dir, &name) {
        Ok(()) => {
            println!("{shown}");
            eprintln!("{}", lang.render(&message!("cli.new.done", path = shown)));
            Ok(Exit::Ok)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            eprintln!("{}", lang.render(&message!("cli.new.exists", path = shown)));
            Ok(Exit::Usage)
        }
        Err(error) => Err(error.into()),
    }
}

/// Writes the folder; one that stands there already is left as it is.
fn lay_out(dir: &Path, name: &ScenarioName) -> io::Result<()> {
    if let Some(parent) = dir.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::create_dir(dir)?;
    for file in template::files(name) {
        let path = dir.join(&file.name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, file.bytes)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::load_folder;

    #[test]
    fn a_new_scenario_has_no_mistake() {
        let dir = tempfile::tempdir().unwrap();
        let args = NewArgs { name: "施設利用-8年版".to_owned(), dir: dir.path().join("scenarios") };
        assert_eq!(run(&args, Lang::Ja).unwrap(), Exit::Ok);
        let folder = args.dir.join("施設利用-8年版");
        let loaded = load_folder(&folder).unwrap_or_else(|broken| panic!("{}", broken.render(Lang::En)));
        assert_eq!(loaded.bundle.scenario.name.as_str(), "施設利用-8年版");
        let truth = std::fs::read(folder.join("samples/truth.json")).unwrap();
        let truth: serde_json::Value = serde_json::from_slice(&truth).unwrap();
        let expected = truth["sample-1.png"]["fields"].as_object().unwrap();
        for field in expected.keys() {
            assert!(loaded.bundle.forms()[0].fields.iter().any(|f| f.name.as_str() == field), "{field}");
        }
    }

    #[test]
    fn a_folder_that_stands_there_is_left_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("mine")).unwrap();
        let args = NewArgs { name: "mine".to_owned(), dir: dir.path().to_owned() };
        assert_eq!(run(&args, Lang::Ja).unwrap(), Exit::Usage);
        assert_eq!(dir.path().join("mine").read_dir().unwrap().count(), 0);
        let climbing = NewArgs { name: "../mine".to_owned(), dir: dir.path().to_owned() };
        assert_eq!(run(&climbing, Lang::Ja).unwrap(), Exit::Usage);
    }
}
