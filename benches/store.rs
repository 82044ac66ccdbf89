//! What the store costs: commit latency of one client, events per second of many that share their fsyncs, and replay
//! into a new index. Prints one table.
//!
//! `cargo bench --bench store [-- EVENTS]`: EVENTS is the length of the replayed journal (1,000,000 without it). The
//! figures hold for the disk of the temporary folder.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use chrono::{TimeZone, Utc};
use jitan::adapters::appending::prepare;
use jitan::adapters::data_folder::DataFolder;
use jitan::adapters::journal::Journal;
use jitan::adapters::journal::disk::OsDisk;
use jitan::adapters::journal_store::{JournalStore, StoreOptions};
use jitan::model::document::event::{DocumentEvent, Intent, Lease, Medium};
use jitan::model::id::{Digest, DocumentId, FormName, IntakeId, LeaseToken, ScenarioName, TargetName, VersionId, Who};
use jitan::model::journal::{Event, Stream};
use jitan::model::target::Environment;
use jitan::ports::store::{Append, Store};

const SINGLE_COMMITS: u64 = 2_000;
const CLIENTS: u64 = 64;
const CLIENTS_RUN: Duration = Duration::from_secs(5);
/// Records per batch of the prepared journal.
const BATCH: usize = 1_000;

fn document(n: u64) -> DocumentId {
    let mut intake = [0; 10];
    intake[..8].copy_from_slice(&n.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
    DocumentId { intake: IntakeId::from_bytes(intake), position: 1 }
}

fn life() -> Vec<DocumentEvent> {
    let at = Utc.with_ymd_and_hms(2026, 11, 20, 13, 0, 0).unwrap();
    let (values, token) = (Digest::from_bytes([1; 32]), LeaseToken::from_bytes([2; 8]));
    let target = TargetName::new("portal").unwrap();
    vec![
        DocumentEvent::Received {
            scenario: ScenarioName::new("jido-teate").unwrap(),
            version: VersionId::from_bytes([1; 16]),
            environment: Environment::Live,
            run: None,
            medium: Medium::Paper,
        },
        DocumentEvent::Read {
            form: FormName::new("jido-teate-r7").unwrap(),
            reader: "0123456789abcdef".into(),
            fields: 15,
            doubtful: vec![],
            values,
        },
        DocumentEvent::Started { lease: Lease { token, until: at }, run: None },
        DocumentEvent::Intended { intent: Intent { step: 2, values, lease: token, target, settles_within: None } },
        DocumentEvent::Sent { status: Some(200) },
        DocumentEvent::Confirmed { evidence: values, receipt: true },
        DocumentEvent::Done,
    ]
}

fn append(n: u64, expected_version: u64, events: Vec<DocumentEvent>) -> Append {
    let at = Utc.with_ymd_and_hms(2026, 11, 20, 13, 0, 0).unwrap();
    let events = events.into_iter().map(Event::Document).collect();
    Append { stream: Stream::Document(document(n)), expected_version, who: Who::Jitan, at, events }
}

async fn single_client(store: &JournalStore) -> (Duration, Duration) {
    let mut took = Vec::new();
    'lives: for n in 0.. {
        for (version, event) in (0..).zip(life()) {
            let since = Instant::now();
            store.append(append(n, version, vec![event])).await.unwrap();
            took.push(since.elapsed());
            if took.len() as u64 == SINGLE_COMMITS {
                break 'lives;
            }
        }
    }
    took.sort_unstable();
    (took[took.len() / 2], took[took.len() * 99 / 100])
}

async fn many_clients(store: &Arc<JournalStore>) -> f64 {
    let (events, since) = (Arc::new(AtomicU64::new(0)), Instant::now());
    let clients: Vec<_> = (1..=CLIENTS)
        .map(|client| {
            let (store, events) = (Arc::clone(store), Arc::clone(&events));
            tokio::spawn(async move {
                for round in 0.. {
                    for (version, event) in (0..).zip(life()) {
                        if since.elapsed() > CLIENTS_RUN {
                            return;
                        }
                        store.append(append(client * 1_000_000 + round, version, vec![event])).await.unwrap();
                        events.fetch_add(1, Ordering::Relaxed);
                    }
                }
            })
        })
        .collect();
    for client in clients {
        client.await.unwrap();
    }
    events.load(Ordering::Relaxed) as f64 / since.elapsed().as_secs_f64()
}

/// Writes a journal of so many events without going through a store.
fn prepare_journal(folder: &DataFolder, events: u64) {
    std::fs::create_dir_all(folder.root()).unwrap();
    let mut journal = Journal::open(&folder.journal(), Arc::new(OsDisk), 64 << 20).unwrap();
    let mut lines = Vec::with_capacity(BATCH + 8);
    for n in 0.. {
        let next = journal.last() + 1 + lines.len() as u64;
        lines.extend(prepare(append(n, 0, life()), 0, None, next).unwrap().lines);
        let left = events - journal.last();
        if lines.len() >= BATCH || lines.len() as u64 >= left {
            lines.truncate(usize::try_from(left).unwrap_or(usize::MAX));
            journal.commit(&lines).unwrap();
            lines.clear();
        }
        if journal.last() == events {
            return;
        }
    }
}

/// Most memory this process ever held, MB.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

fn main() {
    // cargo hands `--bench` to every bench.
    let events = std::env::args().skip(1).find_map(|arg| arg.parse().ok()).unwrap_or(1_000_000);
    let root = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let store = Arc::new(JournalStore::open(&DataFolder::new(root.path().join("a")), StoreOptions::default()).unwrap());
    let (median, slow) = runtime.block_on(single_client(&store));
    println!("commit, one client ({SINGLE_COMMITS} commits)     p50 {median:.2?}, p99 {slow:.2?}");
    let rate = runtime.block_on(many_clients(&store));
    println!("group commit, {CLIENTS} clients ({CLIENTS_RUN:?})       {rate:.0} events/s");
    drop(store);
    let before = peak_memory();
    let folder = DataFolder::new(root.path().join("b"));
    prepare_journal(&folder, events);
    let size = std::fs::read_dir(folder.journal()).unwrap().map(|e| e.unwrap().metadata().unwrap().len()).sum::<u64>();
    let since = Instant::now();
    let store = JournalStore::open(&folder, StoreOptions::default()).unwrap();
    let took = since.elapsed();
    assert_eq!(store.opening().replayed, events);
    println!(
        "replay of {events} events ({} MB)      {took:.2?}, peak memory {} MB (before: {before} MB)",
        size >> 20,
        peak_memory()
    );
    drop(store);
    let since = Instant::now();
    drop(JournalStore::open(&folder, StoreOptions::default()).unwrap());
    println!("opening it again, nothing to replay       {:.2?}", since.elapsed());
}
