//! The adapters behind the ports: the one place that chooses them.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use super::config::Config;
use super::office::Office;
use super::room::Room;
use super::sessions::Sessions;
use crate::adapters::chrome::pool::ChromePool;
use crate::adapters::clock::{SystemClock, SystemEntropy};
use crate::adapters::data_folder::DataFolder;
use crate::adapters::http::SendOnce;
use crate::adapters::journal_store::{JournalStore, StoreOptions};
use crate::adapters::reader_process::{ReaderProcess, Settings};
use crate::adapters::second_reader::{self, SecondReader};
use crate::adapters::secret_files::SecretFiles;
use crate::adapters::vault::{FileVault, StoreKey};
use crate::adapters::version_folder::VersionFolder;
use crate::engine::Engine;
use crate::engine::boundary::Watch;
use crate::message;
use crate::model::message::Message;
use crate::ports::reader::Reader;

/// Why the installation cannot be opened. Exit code 5.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct OpenError(Message);

impl OpenError {
    pub fn message(&self) -> Message {
        self.0.clone()
    }
}

/// Opens the store (nobody else may have it open) and puts everything together. A new installation gets its folders
/// and its key.
///
/// # Errors
/// If another process holds the store, it is broken, or its key is missing.
pub async fn open(config: &Config, watch: Arc<dyn Watch>) -> Result<Office, OpenError> {
    let folder = DataFolder::new(&config.data);
    let store = JournalStore::open(&folder, StoreOptions::default()).map_err(|fault| OpenError(fault.0))?;
    let key = store_key(config)?;
    let vault = FileVault::open(&folder, &key).map_err(|fault| OpenError(fault.0))?;
    let versions = Arc::new(VersionFolder::new(folder.versions()));
    let journal = Arc::new(store);
    let engine = Engine {
        store: journal.clone(),
        vault: Arc::new(vault),
        reader: reader(config, reader_settings(config)?),
        browsers: Arc::new(ChromePool::new(config.browser.path.clone(), config.browser.allow_no_sandbox)),
        http: Arc::new(SendOnce::new(Vec::new()).map_err(|why| OpenError(message!("cli.run.no-http", why = why)))?),
        secrets: Arc::new(SecretFiles::new(config.credentials.clone())),
        library: versions.clone(),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        watch,
        duplicates: Arc::new(Mutex::new(())),
        reviews: Arc::new(Mutex::new(())),
    };
    let room = Room::new(config.data.clone(), config.disk_floor);
    let wake = Arc::new(tokio::sync::Notify::new());
    let (calendar, sessions) = (config.calendar.clone(), Sessions::default());
    Ok(Office { engine, versions, journal, calendar, room, wake, sessions })
}

/// The key that is there, or for an installation without documents a new one.
fn store_key(config: &Config) -> Result<StoreKey, OpenError> {
    let path = &config.store_key;
    let new = !path.exists() && !config.data.join("documents").exists();
    let key = if new { StoreKey::create(path) } else { StoreKey::load(path) };
    key.map_err(|fault| OpenError(fault.0))
}

/// The reader of scans, with the office's second reader behind it if it has one.
pub fn reader(config: &Config, settings: Settings) -> Arc<dyn Reader> {
    let Some(second) = &config.second_reader else { return Arc::new(ReaderProcess::new(settings)) };
    let outside = second_reader::Settings {
        jitan: settings.program.clone(),
        command: second.command.clone(),
        patience: Duration::from_secs(second.seconds),
        memory_bytes: second.memory_mib << 20,
    };
    Arc::new(SecondReader::new(ReaderProcess::new(Settings { with_lines: true, ..settings }), outside))
}

/// The child is this same program; its own name in `argv` must not decide what runs.
fn reader_settings(config: &Config) -> Result<Settings, OpenError> {
    let program = match &config.program {
        Some(program) => program.clone(),
        None => std::env::current_exe().map_err(|e| OpenError(message!("daemon.no-program", why = e.kind())))?,
    };
    Ok(Settings { processes: config.readers, models: config.models.clone(), ..Settings::for_program(program) })
}
