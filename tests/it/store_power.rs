//! The power fails, the disk fills, the process is killed: whatever was acknowledged is there afterwards, and the store
//! opens again without anybody's help.
//!
//! The disk behind the journal's seam keeps count of what was synced. When the power fails, everything else is dropped,
//! but for a random beginning of it, sometimes with zeros behind: what a real disk may leave.
//! `PROOF_CUTS` sets the number of power cuts (20 without it).

use std::collections::HashMap;
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use jitan::adapters::data_folder::DataFolder;
use jitan::adapters::journal::disk::{Disk, DurableFile, OsDisk};
use jitan::adapters::journal_store::{JournalStore, StoreOptions};
use jitan::model::journal::Stream;
use jitan::ports::store::{Store, StoreError};

use crate::store_given::*;

const EIO: i32 = 5;
const ENOSPC: i32 = 28;

/// Reproducible chance.
#[derive(Debug)]
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % n.max(1)
    }
}

#[derive(Debug)]
struct Condition {
    dice: Dice,
    /// Operations until the disk fails.
    left: u64,
    errno: i32,
    failed: bool,
    synced: HashMap<PathBuf, u64>,
}

/// A disk that fails at its n-th append or sync, and from then on does nothing any more.
#[derive(Debug, Clone)]
struct FailingDisk(Arc<Mutex<Condition>>);

struct FailingFile {
    path: PathBuf,
    file: Box<dyn DurableFile>,
    disk: FailingDisk,
}

impl FailingDisk {
    fn after(operations: u64, errno: i32, seed: u64) -> Self {
        let dice = Dice(seed);
        Self(Arc::new(Mutex::new(Condition { dice, left: operations, errno, failed: false, synced: HashMap::new() })))
    }

    fn wrap(&self, path: &Path, file: Box<dyn DurableFile>) -> Box<dyn DurableFile> {
        let length = fs::metadata(path).unwrap().len();
        self.0.lock().unwrap().synced.insert(path.to_owned(), length);
        Box::new(FailingFile { path: path.to_owned(), file, disk: self.clone() })
    }

    /// Drops what was not synced, but for what chance leaves of it.
    fn lose_the_unsynced(&self) {
        let mut condition = self.0.lock().unwrap();
        for (path, synced) in std::mem::take(&mut condition.synced) {
            let mut bytes = fs::read(&path).unwrap();
            let unsynced = bytes.len() as u64 - synced;
            let kept = (synced + condition.dice.below(unsynced + 1)) as usize;
            if condition.dice.below(3) == 0 {
                bytes[kept..].fill(0);
            } else {
                bytes.truncate(kept);
            }
            fs::write(&path, bytes).unwrap();
        }
    }
}

impl Condition {
    /// Whether this operation is still done in full.
    fn works(&mut self) -> io::Result<bool> {
        if self.failed {
            return Err(io::Error::from_raw_os_error(self.errno));
        }
        self.failed = self.left == 0;
        self.left = self.left.saturating_sub(1);
        Ok(!self.failed)
    }
}

impl Disk for FailingDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn DurableFile>> {
        if self.0.lock().unwrap().failed {
            return Err(io::Error::from_raw_os_error(EIO));
        }
        Ok(self.wrap(path, OsDisk.create(path)?))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DurableFile>> {
        Ok(self.wrap(path, OsDisk.open(path)?))
    }
}

impl DurableFile for FailingFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut condition = self.disk.0.lock().unwrap();
        if condition.works()? {
            return self.file.append(bytes);
        }
        let written = condition.dice.below(bytes.len() as u64 + 1) as usize;
        self.file.append(&bytes[..written])?;
        Err(io::Error::from_raw_os_error(condition.errno))
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut condition = self.disk.0.lock().unwrap();
        if condition.works()? {
            let length = fs::metadata(&self.path)?.len();
            condition.synced.insert(self.path.clone(), length);
            return Ok(());
        }
        Err(io::Error::from_raw_os_error(condition.errno))
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.file.cut(length)?;
        self.disk.0.lock().unwrap().synced.insert(self.path.clone(), length);
        Ok(())
    }
}

/// Documents with the number of their events that were acknowledged.
type Acknowledged = HashMap<u64, u64>;

/// Many clients write lives until the store stops; what they were told is durable comes back.
async fn load(store: &Arc<JournalStore>, first: u64) -> Acknowledged {
    let clients: Vec<_> = (0..24)
        .map(|client| {
            let store = Arc::clone(store);
            tokio::spawn(async move {
                let mut told = Acknowledged::new();
                for round in 0..400 {
                    let n = first + client * 1_000 + round;
                    for (version, event) in (0..).zip(smooth_life()) {
                        match store.append(append(document(n), version, vec![event])).await {
                            Ok(committed) => told.insert(n, committed.version),
                            Err(StoreError::Broken(_)) => return told,
                            Err(refused) => panic!("{refused}"),
                        };
                    }
                }
                panic!("the disk never failed")
            })
        })
        .collect();
    let mut told = Acknowledged::new();
    for client in clients {
        told.extend(client.await.unwrap());
    }
    told
}

async fn assert_all_there(store: &JournalStore, told: &Acknowledged) {
    for (n, version) in told {
        let now = store.document(document(*n)).await.unwrap().map_or(0, |d| d.version);
        assert!(now >= *version, "document {n}: told {version}, found {now}");
        let records = store.load(&Stream::Document(document(*n))).await.unwrap();
        assert_eq!(records.len() as u64, now);
    }
}

/// Runs a store under load on a disk that fails; returns what was acknowledged and how often the process would have ended.
async fn until_failure(folder: &DataFolder, disk: &FailingDisk, boot: &str, first: u64) -> (Acknowledged, usize) {
    let ends = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&ends);
    let options = StoreOptions {
        segment_bytes: 30_000,
        disk: Arc::new(disk.clone()),
        on_fatal: Arc::new(move |_| {
            counter.fetch_add(1, Ordering::SeqCst);
        }),
        boot: boot.into(),
    };
    let store = Arc::new(JournalStore::open(folder, options).unwrap());
    let told = load(&store, first).await;
    (told, ends.load(Ordering::SeqCst))
}

#[tokio::test(flavor = "multi_thread")]
async fn no_power_cut_loses_what_was_acknowledged() {
    let cuts = std::env::var("PROOF_CUTS").ok().map_or(20, |cuts| cuts.parse::<u64>().unwrap());
    let place = place();
    let mut told = Acknowledged::new();
    for cut in 0..cuts {
        let mut dice = Dice(cut);
        let disk = FailingDisk::after(1 + dice.below(60), EIO, cut);
        let (new, ends) = until_failure(&place.folder, &disk, &format!("boot {cut}"), cut * 1_000_000).await;
        assert_eq!(ends, 1);
        told.extend(new);
        disk.lose_the_unsynced();
        if dice.below(2) == 0 {
            let db = place.folder.index().join("db");
            let length = fs::metadata(&db).unwrap().len();
            fs::File::options().write(true).open(db).unwrap().set_len(dice.below(length)).unwrap();
        }
        let options = StoreOptions { boot: format!("boot {cut} again"), ..StoreOptions::default() };
        let store = JournalStore::open(&place.folder, options).unwrap();
        assert_all_there(&store, &told).await;
    }
    let records: u64 = told.values().sum();
    assert!(records > cuts);
    println!("power cuts: {cuts}, acknowledged events: {records}, lost: 0, repairs by hand: 0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_or_broken_disk_ends_the_process_and_loses_nothing_acknowledged() {
    for errno in [ENOSPC, EIO] {
        for operations in 1..9 {
            let place = place();
            let disk = FailingDisk::after(operations, errno, operations);
            let (told, ends) = until_failure(&place.folder, &disk, "one boot", 0).await;
            assert_eq!(ends, 1, "errno {errno} after {operations} operations");
            let options = StoreOptions { boot: "one boot".into(), ..StoreOptions::default() };
            let store = JournalStore::open(&place.folder, options).unwrap();
            assert_all_there(&store, &told).await;
            store.append(append(document(9_999_999), 0, vec![received()])).await.unwrap();
        }
    }
}

/// Set for the child of the story below: the folder it writes to until it is killed.
const CHILD: &str = "JITAN_STORY_WRITES_TO";

/// Lives, one after the other, each acknowledged event told on standard output.
async fn write_until_killed(folder: &Path, options: StoreOptions) {
    let store = JournalStore::open(&DataFolder::new(folder), options).unwrap();
    let first = store.journal().extent().last * 10;
    for n in first.. {
        for (version, event) in (0..).zip(smooth_life()) {
            let committed = store.append(append(document(n), version, vec![event])).await.unwrap();
            println!("\ntold {n} {}", committed.version);
        }
    }
}

fn child(story: &str, folder: &Path) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args([story, "--exact", "--nocapture"])
        .env(CHILD, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Collects what a child was told, and kills it after so many events; else waits until it ends by itself.
fn told_to(child: &mut std::process::Child, kill_after: usize) -> (Acknowledged, std::process::ExitStatus) {
    let mut told = Acknowledged::new();
    let mut events = 0;
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        let mut words = line.split(' ');
        if words.next() != Some("told") {
            continue;
        }
        let mut number = || words.next().and_then(|word| word.parse().ok());
        // A killed process may leave half a line behind; what it says then is not counted.
        if let (Some(n), Some(version)) = (number(), number()) {
            told.insert(n, version);
        }
        events += 1;
        if events == kill_after {
            child.kill().unwrap();
        }
    }
    (told, child.wait().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_process_loses_nothing_it_was_told() {
    if let Some(folder) = std::env::var_os(CHILD) {
        return write_until_killed(Path::new(&folder), small_segments()).await;
    }
    let place = place();
    let mut told = Acknowledged::new();
    for kill in 0..8 {
        let mut child = child("store_power::a_killed_process_loses_nothing_it_was_told", place.folder.root());
        let (new, status) = told_to(&mut child, 3 + kill * 17);
        assert_eq!(status.signal(), Some(9));
        assert!(!new.is_empty());
        told.extend(new);
        assert_all_there(&place.open(), &told).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_whose_sync_failed_ends_itself() {
    if let Some(folder) = std::env::var_os(CHILD) {
        let disk = FailingDisk::after(40, EIO, 1);
        return write_until_killed(Path::new(&folder), StoreOptions { disk: Arc::new(disk), ..small_segments() }).await;
    }
    let place = place();
    let mut child = child("store_power::a_process_whose_sync_failed_ends_itself", place.folder.root());
    let (told, status) = told_to(&mut child, usize::MAX);
    assert_eq!(status.signal(), Some(6), "aborted by itself");
    assert!(!told.is_empty());
    assert_all_there(&place.open(), &told).await;
}
