//! An installation of its own for a story: a portal, a data folder, the shipped scenario deployed against the portal.
//! Everything goes through the program itself (`jitan`, or `plugged` with a hand on its plug).

pub mod application;
pub mod clerk;
pub mod running;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use jitan::model::document::stage::{Document, StageKind};

use crate::portal::{self, Portal};

/// A portal and an installation that enters into it.
pub struct Night {
    pub portal: Portal,
    folder: tempfile::TempDir,
}

/// What differs between stories.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `settles_within` of the target, as YAML writes it.
    pub settles_within: &'static str,
    pub step_timeout: &'static str,
    pub retry: &'static str,
    /// Further replacements in the target's and scenario's text.
    pub replace: Vec<(&'static str, String)>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            settles_within: "1s",
            step_timeout: "4s",
            retry: "{limit: 3, interval: 1s, backoff: 1}",
            replace: Vec::new(),
        }
    }
}

impl Settings {
    /// A scenario that enters as soon as a document is ready: stories do not wait for ten at night.
    pub fn without_schedule() -> Self {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/jido-teate/scenario.yaml"));
        let text = text.unwrap();
        let schedule: String = text
            .lines()
            .skip_while(|l| !l.starts_with("schedule:"))
            .enumerate()
            .take_while(|(n, l)| *n == 0 || l.starts_with(' '))
            .map(|(_, l)| format!("{l}\n"))
            .filter(|l| !l.trim_start().starts_with("window:"))
            .collect();
        Self { replace: vec![(Box::leak(schedule.into_boxed_str()), String::new())], ..Self::default() }
    }
}

impl Night {
    /// Deploys the shipped scenario against a fresh portal.
    pub fn begin(settings: &Settings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let portal = Portal::start(portal::Options::new(folder.path().join("ledger.jsonl"))).unwrap();
        let night = Self { portal, folder };
        night.write_scenario(settings);
        night.write_secret();
        fs::create_dir(night.path("inbox")).unwrap();
        let deployed = night.jitan(&["deploy", night.path("scenarios/jido-teate").to_str().unwrap()]);
        assert!(deployed.status.success(), "{}", told(&deployed));
        night
    }

    /// The hot folder of the scenario, made if it is not there.
    pub fn inbox(&self) -> PathBuf {
        let inbox = self.path("inbox/inbox/jido-teate");
        fs::create_dir_all(&inbox).unwrap();
        inbox
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write_scenario(&self, settings: &Settings) {
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
        for name in ["jido-teate/scenario.yaml", "jido-teate/form.yaml", "jido-teate/blank.png", "targets/portal.yaml"]
        {
            let to = self.path("scenarios").join(name);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            let bytes = fs::read(shipped.join(name)).unwrap();
            fs::write(to, self.adjusted(name, bytes, settings)).unwrap();
        }
    }

    fn adjusted(&self, name: &str, bytes: Vec<u8>, settings: &Settings) -> Vec<u8> {
        if !name.ends_with("scenario.yaml") && !name.ends_with("portal.yaml") {
            return bytes;
        }
        let mut text = String::from_utf8(bytes).unwrap();
        text = text.replace("http://127.0.0.1:8400", self.portal.url());
        text = with_line(&text, "settles_within", settings.settles_within);
        text = with_line(&text, "step_timeout", settings.step_timeout);
        text = with_line(&text, "retry", settings.retry);
        // Stories run by day too.
        text = text.lines().filter(|l| !l.trim_start().starts_with("window:")).collect::<Vec<_>>().join("\n");
        for (from, to) in &settings.replace {
            assert!(text.contains(from) || !name.ends_with("scenario.yaml"), "{from} is not in {name}");
            text = text.replace(from, to);
        }
        text.into_bytes()
    }

    fn write_secret(&self) {
        fs::create_dir(self.path("credentials")).unwrap();
        self.keep_secret("portal-password", portal::PASSWORD);
    }

    pub fn keep_secret(&self, name: &str, secret: &str) {
        use std::os::unix::fs::PermissionsExt;
        let file = self.path("credentials").join(name);
        fs::write(&file, secret).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o400)).unwrap();
    }

    /// In the place of one that is kept already.
    pub fn keep_secret_again(&self, name: &str, secret: &str) {
        fs::remove_file(self.path("credentials").join(name)).unwrap();
        self.keep_secret(name, secret);
    }

    /// The environment that makes a program work on this installation.
    pub fn environment(&self, command: &mut Command) {
        command
            .current_dir(self.folder.path())
            .env("JITAN_DATA", self.path("data"))
            .env("JITAN_STORE_KEY_FILE", self.path("store-key"))
            .env("JITAN_INBOX", self.path("inbox"))
            .env("JITAN_MODELS", Path::new(env!("CARGO_MANIFEST_DIR")).join("ocr-models"))
            .env("JITAN_PLANS", Path::new(env!("CARGO_MANIFEST_DIR")).join("plans"))
            .env("CREDENTIALS_DIRECTORY", self.path("credentials"))
            .env("JITAN_BROWSER_ALLOW_NO_SANDBOX", if nix::unistd::Uid::effective().is_root() { "1" } else { "0" })
            .env("LANG", "en_US.UTF-8")
            .env_remove("LC_ALL")
            .env_remove("LC_MESSAGES")
            .env_remove("XDG_RUNTIME_DIR");
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jitan"));
        self.environment(&mut command);
        command.args(args);
        command
    }

    pub fn jitan(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// The same with what a person types.
    pub fn jitan_typing(&self, args: &[&str], typed: &str) -> Output {
        let mut child =
            self.command(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// A run over given values, with the plug pulled at a boundary if one is named.
    pub fn plugged(&self, kill: Option<&str>, files: &[PathBuf]) -> Output {
        self.plugged_into("jido-teate", kill, files)
    }

    /// The same for another scenario of this installation.
    pub fn plugged_into(&self, scenario: &str, kill: Option<&str>, files: &[PathBuf]) -> Output {
        let mut command = self.plugged_command(scenario);
        if let Some(kill) = kill {
            command.args(["--kill", kill]);
        }
        command.args(files).output().unwrap()
    }

    pub fn plugged_command(&self, scenario: &str) -> Command {
        let mut command = Command::new(example("plugged"));
        self.environment(&mut command);
        command.arg(scenario);
        command
    }

    /// A run over given values in the target's test environment.
    pub fn trial(&self, files: &[PathBuf]) -> Output {
        let mut command = Command::new(example("plugged"));
        self.environment(&mut command);
        command.args(["jido-teate", "--test"]).args(files).output().unwrap()
    }

    /// A made-up resident's values as a file.
    pub fn given(&self, person: u32) -> PathBuf {
        let file = self.path(&format!("given-{person}.json"));
        fs::write(&file, serde_json::to_vec(&made_up(person)).unwrap()).unwrap();
        file
    }

    pub fn documents(&self) -> Vec<Document> {
        let listed = self.jitan(&["documents", "list", "--format", "json"]);
        assert!(listed.status.success(), "{}", told(&listed));
        serde_json::from_slice(&listed.stdout).unwrap()
    }

    pub fn stages(&self) -> Vec<StageKind> {
        self.documents().iter().map(|d| d.stage.kind()).collect()
    }

    /// How often each My Number stands in the portal's own ledger.
    pub fn entered(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for entry in self.portal.ledger().entries() {
            *counts.entry(entry.values["my_number"].clone()).or_default() += 1;
        }
        counts
    }
}

/// The sample scans that ship with the first scenario.
pub fn samples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/jido-teate/samples");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|f| matches!(f.extension().and_then(|e| e.to_str()), Some("png" | "jpg" | "tif" | "pdf")));
    files.sort();
    assert!(files.len() >= 5, "the shipped samples are missing");
    files
}

/// Replaces the value of a top-level key.
fn with_line(text: &str, key: &str, value: &str) -> String {
    let line = |l: &str| if l.starts_with(&format!("{key}:")) { format!("{key}: {value}") } else { l.to_owned() };
    text.lines().map(line).collect::<Vec<_>>().join("\n") + "\n"
}

pub fn told(output: &Output) -> String {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    format!("{}\n{out}\n{err}", output.status)
}

/// An example program, built beside the tests.
pub fn example(name: &str) -> PathBuf {
    let bin = Path::new(env!("CARGO_BIN_EXE_jitan"));
    bin.parent().unwrap().join("examples").join(name)
}

/// Nobody: every value is counted up from a number, the My Number has a valid check digit.
pub fn made_up(person: u32) -> BTreeMap<&'static str, Option<String>> {
    let text = |t: &str| Some(t.to_owned());
    BTreeMap::from([
        ("submitted_y", text("08")),
        ("submitted_m", text("11")),
        ("submitted_d", text("20")),
        ("kana", text("イタバシ　ハナコ")),
        ("name", text("板橋　花子")),
        ("birth_era", text("平成")),
        ("birth_y", text("02")),
        ("birth_m", text("03")),
        ("birth_d", text("04")),
        ("my_number", Some(my_number(person))),
        ("postal", text("1738501")),
        ("address", text("板橋区板橋二丁目66-1")),
        ("phone", text("03-3964-1111")),
        ("occupation", text("会社員")),
        ("bank", text("みほん")),
        ("branch", text("板橋")),
        ("account_type", text("普通")),
        ("account_no", Some(format!("{person:07}"))),
        ("child1_name", text("板橋　太郎")),
        ("child1_y", text("07")),
        ("child1_m", text("05")),
        ("child1_d", text("06")),
        ("child1_living", text("同居")),
        ("child2_name", None),
        ("child2_y", None),
        ("child2_m", None),
        ("child2_d", None),
        ("child2_living", None),
    ])
}

/// Eleven digits and their check digit (番号法の個人番号の検査用数字: weights 2..7, 2..6 from the right, modulo 11).
pub fn my_number(person: u32) -> String {
    let digits = format!("{:011}", 10_000_000_000_u64 + u64::from(person));
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(n, d)| u32::from(d - b'0') * u32::try_from(if n < 6 { n + 2 } else { n - 4 }).unwrap())
        .sum();
    let rest = sum % 11;
    format!("{digits}{}", if rest <= 1 { 0 } else { 11 - rest })
}
