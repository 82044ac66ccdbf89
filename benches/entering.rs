//! Entering the same claim into the same portal in the same minutes: Playwright (fill, submit, wait for the receipt, one
//! screenshot) and ours (the same, and read-back, the trace and an fsync'd intent before the click, masked evidence, and
//! the whole trace after it), in turns. What keeping the trace takes of that is told apart. Then four sessions of ours at
//! once, in turns with one of Playwright's.
//!
//! `npm ci --prefix benches/playwright && cargo bench --bench entering [-- DOCUMENTS]`

#[path = "../tests/it/entering_claim.rs"]
mod claim;
// The portal has more abilities than a bench asks for.
#[expect(dead_code, reason = "stories use the rest of the portal")]
#[path = "../examples/portal/mod.rs"]
mod portal;

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use jitan::adapters::chrome::{Chrome, ChromeSettings};
use jitan::adapters::clock::SystemClock;
use jitan::adapters::data_folder::DataFolder;
use jitan::adapters::http::SendOnce;
use jitan::adapters::vault::{FileVault, StoreKey};
use jitan::entering::Job;
use jitan::entering::prepare::prepare;
use jitan::entering::submit::{SubmitEnd, submit};
use jitan::entering::trace::{Trace, Trail};
use jitan::model::id::IntakeId;
use jitan::model::message::Message;
use jitan::model::target::SecretRef;
use jitan::model::value::Personal;
use jitan::ports::browser::{Browser, Session};
use jitan::ports::secrets::Secrets;
use jitan::ports::vault::{Folder, Part, Vault};

use portal::{Options, PASSWORD, Portal, USER};

/// Not counted: both sides fill their caches.
const WARM_UP: usize = 3;

/// As many as work at once, where several do.
const SESSIONS: usize = 4;

/// Documents that each of them, and Playwright's one, enters before it is the other's turn.
const A_TURN: usize = 5;

struct Password;

impl Secrets for Password {
    fn resolve(&self, _: &SecretRef) -> Result<Personal, Message> {
        Ok(Personal::new(PASSWORD))
    }
}

#[tokio::main]
async fn main() {
    let documents = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(30_usize);
    let folder = tempfile::tempdir().unwrap();
    let portal = Portal::start(Options::new(folder.path().join("ledger"))).unwrap();
    let mut records = Records::in_folder(folder.path());
    let settings = ChromeSettings { allow_no_sandbox: nix::unistd::geteuid().is_root(), ..ChromeSettings::default() };
    let mut playwright = Playwright::start(&portal, &settings);
    let chrome = Chrome::new(settings);
    let mut session = chrome.session().await.unwrap();
    let (mut ours, mut theirs, mut traces) = (Vec::new(), Vec::new(), Vec::new());
    for n in 0..documents + WARM_UP {
        let (mine, of_that_trace) = enter(session.as_mut(), portal.url(), &mut records).await;
        let other = playwright.enter();
        if n >= WARM_UP {
            ours.push(mine);
            theirs.push(other);
            traces.push(of_that_trace);
        }
    }
    drop(session);
    assert_eq!(portal.ledger().entries().len(), 2 * (documents + WARM_UP), "each entered every document once");
    report(documents, &ours, &theirs, &traces);
    let mut clerks = Vec::new();
    for _ in 0..SESSIONS {
        clerks.push(Clerk::at_work(&chrome, portal.url(), folder.path().join(clerks.len().to_string())).await);
    }
    let mut rates = Vec::new();
    for _ in 0..(documents / A_TURN).max(1) {
        let start = Instant::now();
        for _ in 0..A_TURN {
            playwright.enter();
        }
        let one = A_TURN as f64 / start.elapsed().as_secs_f64();
        let start = Instant::now();
        let working: Vec<_> = clerks.drain(..).map(|clerk| tokio::spawn(clerk.enters(A_TURN))).collect();
        for done in working {
            clerks.push(done.await.unwrap());
        }
        let four = (SESSIONS * A_TURN) as f64 / start.elapsed().as_secs_f64();
        rates.push((four, one));
    }
    report_rates(&rates);
}

/// A session with its own records, that can work beside others.
struct Clerk {
    session: Box<dyn Session>,
    records: Records,
    portal: String,
}

impl Clerk {
    async fn at_work(chrome: &Chrome, portal: &str, folder: PathBuf) -> Self {
        std::fs::create_dir(&folder).unwrap();
        let session = chrome.session().await.unwrap();
        Self { session, records: Records::in_folder(&folder), portal: portal.to_owned() }.enters(1).await
    }

    async fn enters(mut self, documents: usize) -> Self {
        for _ in 0..documents {
            enter(self.session.as_mut(), &self.portal, &mut self.records).await;
        }
        self
    }
}

/// What is durable about a document besides what the target has.
struct Records {
    intents: File,
    vault: FileVault,
    /// Counts the documents; their folder, and its key, is one, as a document has its own before it is entered.
    documents: u64,
}

impl Records {
    fn in_folder(folder: &Path) -> Self {
        let key = StoreKey::create(&folder.join("key")).unwrap();
        let vault = FileVault::open(&DataFolder::new(folder.join("data")), &key).unwrap();
        Self { intents: File::create(folder.join("intents")).unwrap(), vault, documents: 0 }
    }

    /// Milliseconds.
    async fn keep(&self, trace: Trace) -> f64 {
        let start = Instant::now();
        let json = serde_json::to_vec(&trace).unwrap();
        let folder = Folder::Intake(IntakeId::from_bytes([1; 10]));
        self.vault.put(folder, Part::Trace(self.documents), json.into()).await.unwrap();
        start.elapsed().as_secs_f64() * 1000.0
    }
}

/// Milliseconds for all of it, and for the trace alone.
async fn enter(session: &mut dyn Session, portal: &str, records: &mut Records) -> (f64, f64) {
    let (target, site) = (claim::target(Duration::from_secs(20)), claim::site(portal, USER, "portal"));
    let (steps, values) = (claim::steps(), claim::values());
    let trail = Trail::begin(&SystemClock);
    let (secrets, trail) = (&Password, &trail);
    let http = &SendOnce::new(Vec::new()).unwrap();
    let job = Job { target: &target, site: &site, steps: &steps, values: &values, scan: None, secrets, http, trail };
    let start = Instant::now();
    records.documents += 1;
    let prepared = prepare(session, &job).await.unwrap();
    let mut keeping = records.keep(trail.so_far(session)).await;
    writeln!(records.intents, "intent of {} values", prepared.values.len()).unwrap();
    records.intents.sync_data().unwrap();
    let end = submit(session, &job, &prepared, &|_| ()).await;
    keeping += records.keep(trail.ended(session, None, None)).await;
    let took = start.elapsed().as_secs_f64() * 1000.0;
    assert!(matches!(end, SubmitEnd::Confirmed { receipt: Some(_), picture: Some(_), .. }), "{end:?}");
    (took, keeping)
}

struct Playwright {
    child: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Playwright {
    fn start(portal: &Portal, settings: &ChromeSettings) -> Self {
        let claim: Vec<[&str; 3]> = claim::CLAIM
            .iter()
            .map(|(name, label, value, way)| match (way, *name) {
                (claim::Way::Fill, _) => [*label, *value, "fill"],
                (claim::Way::Choose, "birth_era") => [*label, *value, "select"],
                (claim::Way::Choose, _) => [*label, *value, "radio"],
            })
            .collect();
        let mut child = Command::new("node")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/playwright/enter.mjs"))
            .arg(Chrome::executable(settings).expect("Chromium is installed"))
            .args([portal.url(), USER, PASSWORD, &serde_json::to_string(&claim).unwrap()])
            .arg(if settings.allow_no_sandbox { "plain" } else { "sandbox" })
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node is installed");
        let (ask, answers) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut playwright = Self { child, ask, answers };
        assert_eq!(playwright.line(), "ready", "npm ci --prefix benches/playwright first");
        playwright
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    fn enter(&mut self) -> f64 {
        writeln!(self.ask).unwrap();
        self.line().parse().expect("milliseconds")
    }
}

impl Drop for Playwright {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn report(documents: usize, ours: &[f64], theirs: &[f64], traces: &[f64]) {
    let ratios: Vec<f64> = ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs).collect();
    println!("{documents} documents each, in turns; 21 fields, confirmation page, receipt, one picture");
    println!("ours        {}", spread(ours, "ms"));
    println!("of that, the trace  {}", spread(traces, "ms"));
    println!("playwright  {}", spread(theirs, "ms"));
    println!("ratio       {} (target: at most 0.5)", spread(&ratios, ""));
}

/// Documents a second of four sessions of ours and of one of Playwright's.
fn report_rates(rates: &[(f64, f64)]) {
    let a_minute = |of: fn(&(f64, f64)) -> f64| rates.iter().map(|rate| 60.0 * of(rate)).collect::<Vec<f64>>();
    let times: Vec<f64> = rates.iter().map(|(four, one)| four / one).collect();
    println!("in {} turns of {A_TURN} documents a session:", rates.len());
    println!("ours, {SESSIONS} sessions  {}", spread(&a_minute(|rate| rate.0), " a minute"));
    println!("playwright, 1     {}", spread(&a_minute(|rate| rate.1), " a minute"));
    println!("times             {} (target: at least 3)", spread(&times, ""));
}

/// Median, and the middle half.
fn spread(values: &[f64], unit: &str) -> String {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |share: f64| sorted[((sorted.len() - 1) as f64 * share).round() as usize];
    let digits = if unit.is_empty() { 2 } else { 0 };
    format!("median {:.digits$}{unit} (quartiles {:.digits$} to {:.digits$})", at(0.5), at(0.25), at(0.75))
}
