//! Configuration: `jitan.toml`, over it `JITAN_*`, over that flags. Unknown keys are refused: a misspelt key that is
//! silently ignored is a setting somebody believes in.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::room::GIB;
use crate::message;
use crate::model::calendar::Calendar;
use crate::model::message::Message;

/// Everything that differs from one installation to the next.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Journal, index, documents, versions.
    pub data: PathBuf,
    /// File with the store's key; not below `data`, so that a copy of the data is not a copy of the key.
    pub store_key: PathBuf,
    pub socket: PathBuf,
    /// Hot folders that scenarios name by a relative path lie below this.
    pub inbox: PathBuf,
    pub models: PathBuf,
    pub plans: PathBuf,
    /// Files with secrets, by the secret's name (as systemd's credentials folder).
    pub credentials: Option<PathBuf>,
    pub browser: BrowserConfig,
    /// Reader processes at once.
    pub readers: usize,
    /// An outside program that reads free lines a second time.
    pub second_reader: Option<SecondReaderConfig>,
    /// The office's own closing and opening days.
    pub calendar: Calendar,
    /// Free bytes below which no new work begins.
    pub disk_floor: u64,
    /// The program whose `reader` verb reads scans; else this process's own file.
    pub program: Option<PathBuf>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BrowserConfig {
    /// Else found by its usual names.
    pub path: Option<PathBuf>,
    /// Chromium refuses to run as root with its sandbox. Only for a container or CI that is thrown away.
    pub allow_no_sandbox: bool,
}

/// See docs/second-reader.md.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecondReaderConfig {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// How long it may take for a line.
    #[serde(default = "twenty")]
    pub seconds: u64,
    /// Address space it may use.
    #[serde(default = "four_gib")]
    pub memory_mib: u64,
}

fn twenty() -> u64 {
    20
}

fn four_gib() -> u64 {
    4096
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    data: Option<PathBuf>,
    store_key: Option<PathBuf>,
    socket: Option<PathBuf>,
    inbox: Option<PathBuf>,
    models: Option<PathBuf>,
    plans: Option<PathBuf>,
    credentials: Option<PathBuf>,
    browser: BrowserConfig,
    readers: Option<usize>,
    second_reader: Option<SecondReaderConfig>,
    calendar: Calendar,
    disk_floor_gib: Option<u64>,
}

impl Config {
    /// Reads the file (the named one must exist; `jitan.toml` in the working folder need not) and the environment.
    ///
    /// # Errors
    /// A message naming the file and what is wrong in it.
    pub fn load(named: Option<&Path>, env: impl Fn(&str) -> Option<String>) -> Result<Self, Message> {
        let (file, base) = match named {
            Some(path) => (read(path)?, folder_of(path)),
            None if Path::new("jitan.toml").exists() => (read(Path::new("jitan.toml"))?, PathBuf::from(".")),
            None => (File::default(), PathBuf::from(".")),
        };
        Ok(Self::resolve(file, &base, env))
    }

    fn resolve(file: File, base: &Path, env: impl Fn(&str) -> Option<String>) -> Self {
        let path = |name: &str, in_file: Option<PathBuf>, default: PathBuf| {
            env(name).map(PathBuf::from).or_else(|| in_file.map(|p| base.join(p))).unwrap_or(default)
        };
        let data = path("JITAN_DATA", file.data, base.join("data"));
        let credentials = env("CREDENTIALS_DIRECTORY").map(PathBuf::from);
        Self {
            store_key: path("JITAN_STORE_KEY_FILE", file.store_key, base.join("jitan-store-key")),
            socket: path("JITAN_SOCKET", file.socket, data.join("jitan.sock")),
            inbox: path("JITAN_INBOX", file.inbox, base.join("inbox")),
            models: path("JITAN_MODELS", file.models, default_models()),
            plans: path("JITAN_PLANS", file.plans, base.join("plans")),
            credentials: credentials.or_else(|| file.credentials.map(|p| base.join(p))),
            browser: BrowserConfig {
                path: env("JITAN_BROWSER").map(PathBuf::from).or(file.browser.path),
                allow_no_sandbox: file.browser.allow_no_sandbox
                    || env("JITAN_BROWSER_ALLOW_NO_SANDBOX").as_deref() == Some("1"),
            },
            readers: file.readers.unwrap_or_else(default_readers).max(1),
            second_reader: file.second_reader.filter(|second| !second.command.is_empty()),
            calendar: file.calendar,
            disk_floor: file.disk_floor_gib.unwrap_or(1).saturating_mul(GIB),
            program: None,
            data,
        }
    }
}

fn read(path: &Path) -> Result<File, Message> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| message!("daemon.config-unreadable", file = path.display(), why = error.kind()))?;
    toml::from_str(&text).map_err(|error| {
        // toml's own message names line and column; its first line says what was expected.
        message!("daemon.config-invalid", file = path.display(), why = error.to_string().trim())
    })
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().filter(|p| !p.as_os_str().is_empty()).map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// Beside the program as installed, else in the working folder (a source checkout).
fn default_models() -> PathBuf {
    let installed = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join("../share/jitan/ocr-models")));
    installed.filter(|folder| folder.is_dir()).unwrap_or_else(|| PathBuf::from("ocr-models"))
}

fn default_readers() -> usize {
    std::thread::available_parallelism().map_or(1, |n| n.get().min(4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_wins_over_the_file_and_paths_are_relative_to_it() {
        let file: File = toml::from_str("data = 'd'\ninbox = 'in'").unwrap();
        let config = Config::resolve(file, Path::new("/etc/jitan"), |name| {
            (name == "JITAN_INBOX").then(|| "/srv/scans".to_owned())
        });
        assert_eq!(config.data, Path::new("/etc/jitan/d"));
        assert_eq!(config.inbox, Path::new("/srv/scans"));
        assert_eq!(config.socket, Path::new("/etc/jitan/d/jitan.sock"));
    }

    #[test]
    fn the_offices_own_days_are_dates() {
        let file: File = toml::from_str("[calendar]\nclosed = ['2026-11-24']").unwrap();
        assert_eq!(file.calendar.closed.len(), 1);
        assert!(toml::from_str::<File>("[calendar]\nclosed = ['2026-02-30']").is_err());
        assert!(toml::from_str::<File>("[calendar]\nclosd = []").is_err());
    }

    #[test]
    fn a_misspelt_key_is_refused() {
        assert!(toml::from_str::<File>("dta = 'd'").is_err());
    }
}
