//! A web application that nobody here wrote, started for a story on a port of its own, and an installation that enters
//! into it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use jitan::model::document::stage::{Document, StageKind};
use serde_json::Value;

use super::{Night, Settings, told};

pub const PASSWORD: &str = "mihon-2026";

/// A row of its own database, by column.
pub type Row = BTreeMap<String, Value>;

pub fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Ended when dropped.
pub struct Application {
    server: Child,
    output: BufReader<ChildStdout>,
    pub url: String,
}

impl Application {
    /// Runs a program that prints its address once it listens.
    pub fn start(program: &str, args: &[&Path]) -> Self {
        let program = here(program);
        assert!(program.exists(), "{} is not installed: run scripts/setup", program.display());
        let mut command = Command::new(program);
        command.args(args).env("OFFICE_PASSWORD", PASSWORD).stdout(Stdio::piped());
        let mut server = command.spawn().unwrap();
        let mut output = BufReader::new(server.stdout.take().unwrap());
        let address = output.by_ref().lines().map(Result::unwrap).find(|line| line.starts_with("http://"));
        Self { server, output, url: address.expect("it did not start") }
    }

    /// Ends it, and gives what it has said since: a line for each request that could write.
    pub fn said(mut self) -> String {
        self.server.kill().unwrap();
        let mut said = String::new();
        self.output.read_to_string(&mut said).unwrap();
        said
    }
}

impl Drop for Application {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Night {
    pub fn without_scenario() -> Self {
        Self::begin(&Settings::default())
    }

    /// Deploys a scenario of `folder` (`scenarios/NAME`, `scenarios/targets/TARGET.yaml`) against an application whose
    /// address its target names as `written`.
    pub fn deploy_into(&self, application: &Application, folder: &str, [name, target, written]: [&str; 3]) {
        let from = here(folder).join("scenarios");
        for file in ["scenario.yaml", "form.yaml", "blank.png"] {
            let to = self.path("scenarios").join(name).join(file);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(from.join(name).join(file), to).unwrap();
        }
        let file = format!("targets/{target}.yaml");
        let text = fs::read_to_string(from.join(&file)).unwrap();
        assert!(text.contains(written), "{file} does not name {written}");
        fs::write(self.path("scenarios").join(file), text.replace(written, &application.url)).unwrap();
        self.keep_secret(&format!("{target}-password"), PASSWORD);
        let deployed = self.jitan(&["deploy", self.path("scenarios").join(name).to_str().unwrap()]);
        assert!(deployed.status.success(), "{}", told(&deployed));
    }

    /// Enters the twenty documents of a scenario. The plug is pulled when the first has just been taken, and when the
    /// second has not.
    pub fn enters_twenty(&self, scenario: &str, file: impl Fn(usize) -> PathBuf) {
        self.plugged_into(scenario, Some("answered"), &[file(1)]);
        self.plugged_into(scenario, Some("request-held"), &[file(2)]);
        let files: Vec<PathBuf> = (3..=20).map(file).collect();
        let run = self.plugged_into(scenario, None, &files);
        assert!(run.status.success(), "{}", told(&run));
        assert_eq!(self.stages(), [StageKind::Done; 20], "{:#?}", self.documents());
    }

    /// A document's values as a file; what is empty was left blank on paper.
    pub fn written(&self, name: &str, values: &BTreeMap<&'static str, String>) -> PathBuf {
        let values: BTreeMap<_, _> = values.iter().map(|(k, v)| (k, Some(v).filter(|v| !v.is_empty()))).collect();
        let file = self.path(&format!("{name}.json"));
        fs::write(&file, serde_json::to_vec(&values).unwrap()).unwrap();
        file
    }

    /// What a person is told of a document, the target's words among it.
    pub fn story_of(&self, document: &Document) -> String {
        told(&self.jitan(&["documents", "show", &document.id.to_string()]))
    }
}

/// Rows of an SQLite file, read by a connection of the story's own.
pub fn rows(database: &Path, query: &str) -> Vec<Row> {
    const READ: &str = "import json, sqlite3, sys\n\
        db = sqlite3.connect('file:' + sys.argv[1] + '?mode=ro', uri=True); db.row_factory = sqlite3.Row\n\
        print(json.dumps([dict(row) for row in db.execute(sys.argv[2])]))";
    let read = Command::new("python3").args(["-c", READ]).arg(database).arg(query).output().unwrap();
    serde_json::from_slice(&read.stdout).unwrap_or_else(|_| panic!("{}", told(&read)))
}

/// The same by a column that tells them apart.
pub fn rows_by(column: &str, rows: Vec<Row>) -> BTreeMap<String, Row> {
    let count = rows.len();
    let by: BTreeMap<_, _> = rows.into_iter().map(|row| (row[column].as_str().unwrap().to_owned(), row)).collect();
    assert_eq!(by.len(), count, "several rows of one {column}");
    by
}
