//! A daemon as a process of its own.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use jitan::model::document::stage::{Document, Stage, StageKind};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::Night;

/// Longest wait for anything that a daemon does by itself in a story.
const PATIENCE: Duration = Duration::from_secs(120);

/// Killed when dropped: a failed story leaves nothing behind.
pub struct Daemon {
    child: Child,
    log: std::path::PathBuf,
}

impl Night {
    /// Starts the daemon and waits until its socket answers.
    pub fn daemon(&self) -> Daemon {
        let log = self.path("daemon.log");
        let file = std::fs::OpenOptions::new().create(true).append(true).open(&log).unwrap();
        let child = self.command(&["daemon"]).stdout(Stdio::null()).stderr(file).spawn().unwrap();
        let mut daemon = Daemon { child, log };
        let socket = self.path("data/jitan.sock");
        wait_for("the socket", || {
            assert!(daemon.child.try_wait().unwrap().is_none(), "the daemon ended: {}", daemon.log());
            std::os::unix::net::UnixStream::connect(&socket).is_ok()
        });
        daemon
    }

    /// Waits until every document satisfies this, and there are `count`.
    pub fn wait_for_documents(&self, count: usize, settled: impl Fn(&Document) -> bool) -> Vec<Document> {
        self.wait_until(|documents| documents.len() == count && documents.iter().all(&settled))
    }

    /// Waits until the documents are as asked; patience begins anew with every change among them.
    pub fn wait_until(&self, asked: impl Fn(&[Document]) -> bool) -> Vec<Document> {
        let mut documents = self.documents();
        let mut changed = Instant::now();
        while !asked(&documents) {
            assert!(changed.elapsed() < PATIENCE, "waited {PATIENCE:?} for the documents: {documents:#?}");
            std::thread::sleep(Duration::from_millis(200));
            let now = self.documents();
            if now != documents {
                (documents, changed) = (now, Instant::now());
            }
        }
        documents
    }
}

/// Nothing more happens to it without a person.
pub fn is_settled(document: &Document) -> bool {
    let kind = document.stage.kind();
    let tried_again = matches!(document.stage, Stage::Failed { retry_at: Some(_), .. });
    !tried_again
        && (kind.is_final() || kind.waits_for_a_person() || matches!(kind, StageKind::Failed | StageKind::Held))
}

impl Daemon {
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// As a power cut would, for this process.
    pub fn kill(mut self) {
        self.signal(Signal::SIGKILL);
        self.child.wait().unwrap();
    }

    /// Asks it to stop, and gives its exit code.
    pub fn stop(mut self) -> Option<i32> {
        self.signal(Signal::SIGTERM);
        wait_for("the daemon's end", || self.child.try_wait().unwrap().is_some());
        self.child.wait().unwrap().code()
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id().cast_signed()), signal).unwrap();
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            self.signal(Signal::SIGKILL);
            let _ = self.child.wait();
        }
    }
}

/// Polls a condition of another process until it holds; there is no event to wait for across processes.
pub fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let since = Instant::now();
    while !holds() {
        assert!(since.elapsed() < PATIENCE, "waited {PATIENCE:?} for {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
