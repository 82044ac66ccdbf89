//! `jitan store`: looks whether the store is sound, makes its index anew, copies it, brings a copy back. Copying also goes
//! while the daemon works; the rest needs a store that nothing else has open.

use std::path::{Path, PathBuf};

use crate::adapters::clock::SystemClock;
use crate::adapters::data_folder::DataFolder;
use crate::adapters::journal::JournalReader;
use crate::adapters::store_admin::{self, Verified, lock_existing};
use crate::adapters::store_fault::Fault;
use crate::adapters::vault::StoreKey;
use crate::api::types::Backup;
use crate::cli::connect::{daemon, me};
use crate::cli::exit::Exit;
use crate::daemon::config::Config;
use crate::locale::Lang;
use crate::message;
use crate::model::id::Who;
use crate::model::journal::Seq;
use crate::model::message::Message;
use crate::model::time::tokyo;
use crate::ports::clock::Clock;

#[derive(Debug, clap::Args)]
pub struct StoreArgs {
    /// Data folder (else the configured one).
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, clap::Subcommand)]
enum Act {
    /// Checks journal, index and every document's folder.
    Verify {
        /// Store key file (else the systemd credential `jitan-store-key`).
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
    },
    /// Makes the index anew from the journal.
    Rebuild,
    /// Copies journal and documents into a new folder.
    Backup {
        #[arg(value_name = "DIR")]
        to: PathBuf,
    },
    /// Brings a backup back into an empty data folder.
    Restore {
        #[arg(value_name = "DIR")]
        from: PathBuf,
    },
}

/// # Errors
/// If no runtime can be started, or the user has no name.
pub fn run(args: &StoreArgs, config: &Config, lang: Lang) -> anyhow::Result<Exit> {
    let folder = DataFolder::new(args.data.as_ref().unwrap_or(&config.data));
    let configured = config.store_key.exists().then(|| config.store_key.clone());
    let done = match &args.act {
        Act::Verify { key } => verify(&folder, key.as_deref().or(configured.as_deref())),
        Act::Rebuild => store_admin::rebuild(&folder).map(|n| (vec![message!("store.rebuilt", records = n)], true)),
        Act::Backup { to } if args.data.is_none() => runtime()?.block_on(backup_by_daemon(config, &folder, to)),
        Act::Backup { to } => backup(&folder, to),
        Act::Restore { from } => runtime()?.block_on(restore(&folder, from, &me())),
    };
    Ok(match done {
        Ok((lines, sound)) => {
            for line in lines {
                println!("{}", lang.render(&line));
            }
            if sound { Exit::Ok } else { Exit::Store }
        }
        Err(Fault(why)) => {
            eprintln!("{}", lang.render(&why));
            Exit::Store
        }
    })
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()
}

/// What to say, and whether the store is sound.
type Said = Result<(Vec<Message>, bool), Fault>;

fn verify(folder: &DataFolder, key: Option<&Path>) -> Said {
    let key = StoreKey::load(&StoreKey::locate(key, |name| std::env::var(name).ok())?)?;
    let Verified { segments, batches, records, documents, folders, faults, notes } = store_admin::verify(folder, &key)?;
    let mut lines = vec![message!(
        "store.verified",
        segments = segments,
        batches = batches,
        records = records,
        documents = documents,
        folders = folders
    )];
    let sound = faults.is_empty();
    lines.push(if sound { message!("store.sound") } else { message!("store.unsound", faults = faults.len()) });
    lines.extend(faults);
    lines.extend(notes);
    Ok((lines, sound))
}

/// The daemon copies its own open store, if one runs.
async fn backup_by_daemon(config: &Config, folder: &DataFolder, to: &Path) -> Said {
    let Some(client) = daemon(config).await else { return backup(folder, to) };
    let absolute = std::path::absolute(to).map_err(|e| Fault::io(to, &e))?;
    let made = client.backup(&Backup { to: absolute.display().to_string() }).await.map_err(|no| Fault(no.message))?;
    Ok(copied(made.files, made.bytes, made.last, to))
}

fn backup(folder: &DataFolder, to: &Path) -> Said {
    let _lock = lock_existing(folder)?;
    let (journal, _) = JournalReader::open(&folder.journal())?;
    let made = store_admin::backup(&journal, folder, to, SystemClock.now())?;
    Ok(copied(made.files, made.bytes, made.last, to))
}

fn copied(files: u64, bytes: u64, records: Seq, to: &Path) -> (Vec<Message>, bool) {
    let megabytes = bytes.div_ceil(1_000_000);
    let said = message!("store.backed-up", files = files, megabytes = megabytes, records = records, to = to.display());
    (vec![said, message!("store.key-apart")], true)
}

async fn restore(folder: &DataFolder, from: &Path, who: &Who) -> Said {
    let restored = store_admin::restore(from, folder, who, SystemClock.now()).await?;
    let made_at = restored.made_at.with_timezone(&tokyo()).format("%Y-%m-%d %H:%M");
    let back = message!("store.restored", documents = restored.documents, unsettled = restored.unsettled);
    Ok((vec![back, message!("store.after-backup", made_at = made_at)], true))
}
