//! The daemon's work with a hand on its plug: does what a run does, on given values, and kills itself with SIGKILL at a
//! named boundary of the submit path. The instrument of the crash matrix; nothing of it is in the program itself.
//!
//! `plugged SCENARIO [--test] [--kill BOUNDARY[:N]] FILE…`: each file holds values as JSON (`given`), N counts how often the
//! boundary is passed before (default 1: the first time). Configuration comes from the environment, as for `jitan`.

#[path = "given.rs"]
mod given;

use std::collections::VecDeque;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use jitan::daemon::config::Config;
use jitan::daemon::dispatch::{Dispatcher, Until};
use jitan::daemon::lifecycle::Stopping;
use jitan::daemon::open;
use jitan::engine::boundary::{Boundary, LogWatch, Watch};
use jitan::model::id::{DocumentId, ScenarioName, Who};
use jitan::model::target::Environment;
use zeroize::Zeroizing;

/// Pulls the plug the n-th time that the boundary is reached.
struct Plug {
    at: Boundary,
    left: AtomicU32,
}

impl Watch for Plug {
    fn reached(&self, boundary: Boundary, _document: DocumentId) {
        if boundary == self.at && self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            let me = nix::unistd::Pid::this();
            nix::sys::signal::kill(me, nix::sys::signal::Signal::SIGKILL).expect("a process may kill itself");
            unreachable!("SIGKILL cannot be survived");
        }
    }
}

fn watch(kill: Option<&str>) -> Arc<dyn Watch> {
    let Some(kill) = kill else { return Arc::new(LogWatch) };
    let (word, n) = kill.split_once(':').unwrap_or((kill, "1"));
    let at = Boundary::ALL.into_iter().find(|b| b.word() == word).unwrap_or_else(|| panic!("no boundary {word}"));
    Arc::new(Plug { at, left: AtomicU32::new(n.parse().expect("a count")) })
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_env("JITAN_LOG"))
        .with_writer(std::io::stderr)
        .init();
    let mut args: VecDeque<String> = std::env::args().skip(1).collect();
    let scenario = ScenarioName::new(args.pop_front().expect("a scenario")).expect("a scenario's name");
    let test = args.pop_front_if(|a| a == "--test").is_some();
    let kill = (args.front().is_some_and(|a| a == "--kill")).then(|| args.drain(..2).nth(1).expect("a boundary"));
    let mut config = Config::load(None, |name| std::env::var(name).ok()).expect("a configuration");
    config.program = Some("jitan".into()); // never started: the values are given
    let mut office = open::open(&config, watch(kill.as_deref())).await.expect("an installation");
    office.engine.reader = Arc::new(given::GivenReader);
    office.engine.remember_forgotten().await.expect("the store");
    let environment = if test { Environment::Test } else { Environment::Live };
    for file in args {
        let bytes = Zeroizing::new(std::fs::read(&file).expect("a file of values"));
        office.receive(Who::Jitan, &scenario, environment, bytes).await.expect("receiving");
    }
    office.run(Who::Person("plugged".to_owned()), &scenario).await.expect("a run");
    let stopping = Stopping::default();
    let dispatcher = Dispatcher::new(office, config.readers, Until::NothingLeft);
    match dispatcher.run(stopping.soft, stopping.hard).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
