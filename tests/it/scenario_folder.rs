//! A scenario's folder of a story's own, and what its mistakes are told as.

use std::path::{Path, PathBuf};

use jitan::format::diagnostic::Diagnostic;
use jitan::format::{load_folder, template};
use jitan::locale::{Lang, catalogue};
use jitan::model::id::ScenarioName;

/// A scenario folder that loads, to be broken.
pub struct Folder {
    _dir: tempfile::TempDir,
    pub path: PathBuf,
}

impl Folder {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("demo");
        for file in template::files(&ScenarioName::new("demo").unwrap()) {
            let to = path.join(&file.name);
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::write(to, file.bytes).unwrap();
        }
        Self { _dir: dir, path }
    }

    pub fn change(&self, file: &str, from: &str, to: &str) {
        let path = self.path.join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} has no {from:?}");
        std::fs::write(path, text.replacen(from, to, 1)).unwrap();
    }

    /// The shipped scenario with this folder's files, with its target beside it.
    pub fn shipped(scenario: &str, files: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
        let files = files.iter().map(|file| format!("{scenario}/{file}"));
        for name in files.chain(["targets/portal.yaml".to_owned()]) {
            let to = dir.path().join(&name);
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::copy(shipped.join(&name), to).unwrap();
        }
        let path = dir.path().join(scenario);
        Self { _dir: dir, path }
    }

    pub fn mistakes(&self) -> Vec<Diagnostic> {
        load_folder(&self.path).map_or_else(|broken| broken.diagnostics, |_| Vec::new())
    }

    pub fn shown(&self, lang: Lang) -> String {
        load_folder(&self.path).map_or_else(|broken| broken.render(lang), |_| String::new())
    }
}

/// File, text of the good file, what a person wrote instead, the message they get.
pub type Mistake = (&'static str, &'static str, &'static str, &'static str);

/// Breaks a good folder by one mistake at a time.
pub fn each_is_told(mistakes: &[Mistake], good: impl Fn() -> Folder) {
    assert_eq!(good().mistakes(), [], "what is to be broken is good");
    let mut wrong = Vec::new();
    for (file, from, to, code) in mistakes {
        let folder = good();
        folder.change(file, from, to);
        let found = folder.mistakes();
        let codes: Vec<&str> = found.iter().map(|d| d.message.code.as_ref()).collect();
        if !codes.contains(code) {
            wrong.push(format!("{file}: {from:?} -> {to:?}: expected {code}, found {codes:?}"));
        }
        for diagnostic in &found {
            let known = catalogue().contains_key(diagnostic.message.code.as_ref());
            assert!(known && diagnostic.span.start.line > 0, "{diagnostic:?}");
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), mistakes.len(), wrong.join("\n"));
}
