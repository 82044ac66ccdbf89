//! One loop gives work to workers. Everything that can wake it comes together in one `select`; what to do with a
//! document is decided by `engine::decide`; a document is held by at most one worker, and permits bound how many work
//! at once.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{self, JoinSet};
use tokio_util::sync::CancellationToken;

use super::office::Office;
use super::runs::{self, Opening};
use crate::engine::decide::{Next, next};
use crate::engine::probe::Probing;
use crate::engine::scenario::ScenarioState;
use crate::engine::{Engine, EngineError};
use crate::model::document::stage::{Document, StageKind};
use crate::model::id::{DocumentId, RunId, ScenarioName};
use crate::model::journal::Stream;
use crate::model::time::Instant;
use crate::ports::library::Deployed;
use crate::ports::store::{DocumentFilter, StoreError};

/// Longest pause between two looks when nothing else wakes the loop: windows open and retries fall due by the clock.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// A target that could not be asked is asked again after this long.
const PROBE_AGAIN: TimeDelta = TimeDelta::seconds(15);

/// When the loop may end by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// The daemon: never.
    Stopped,
    /// A run in the foreground: nothing is left that the program could do by itself without waiting for a window.
    NothingLeft,
}

pub struct Dispatcher {
    office: Office,
    until: Until,
    readers: Arc<Semaphore>,
    workers: JoinSet<Result<Worked, EngineError>>,
    /// Which document each worker holds, so that even one that panics gives it back.
    held: HashMap<task::Id, DocumentId>,
    /// Documents that must not be touched before an instant, although their state alone would allow it.
    not_before: HashMap<DocumentId, Instant>,
    entered: BTreeMap<RunId, u32>,
    /// Every scenario as the last look saw it.
    states: BTreeMap<ScenarioName, ScenarioState>,
}

/// What a worker came back with.
enum Worked {
    Document(Box<Document>),
    AskAgain,
}

impl Dispatcher {
    pub fn new(office: Office, readers: usize, until: Until) -> Self {
        Self {
            office,
            until,
            readers: Arc::new(Semaphore::new(readers)),
            workers: JoinSet::new(),
            held: HashMap::new(),
            not_before: HashMap::new(),
            entered: BTreeMap::new(),
            states: BTreeMap::new(),
        }
    }

    /// Works until told to stop. `soft` ends the giving out of work and waits for workers; `hard` cuts them off, which
    /// leaves their documents as a crash would.
    ///
    /// # Errors
    /// If the store is broken: nothing can go on then.
    pub async fn run(mut self, soft: CancellationToken, hard: CancellationToken) -> Result<(), EngineError> {
        loop {
            let pause = match self.look().await? {
                Look::NothingLeft if self.until == Until::NothingLeft && self.workers.is_empty() => return Ok(()),
                Look::NothingLeft => LONGEST_PAUSE,
                Look::Again(pause) => pause.min(LONGEST_PAUSE),
            };
            tokio::select! {
                () = soft.cancelled() => break,
                Some(worked) = self.workers.join_next_with_id() => self.back(worked)?,
                () = self.office.wake.notified() => {}
                () = self.office.engine.clock.sleep(pause) => {}
            }
        }
        tokio::select! {
            () = hard.cancelled() => {}
            () = async { while self.workers.join_next().await.is_some() {} } => {}
        }
        Ok(())
    }

    fn back(
        &mut self,
        worked: Result<(task::Id, Result<Worked, EngineError>), task::JoinError>,
    ) -> Result<(), EngineError> {
        let (worker, result) = match worked {
            Ok((worker, result)) => (worker, Some(result)),
            // Its document stands as a crash would leave it; the next look recovers it.
            Err(panic) => {
                tracing::error!(%panic, "a worker panicked");
                (panic.id(), None)
            }
        };
        let id = self.held.remove(&worker).expect("every worker is noted when it is spawned");
        let Some(result) = result else { return Ok(()) };
        let later = self.office.engine.now() + PROBE_AGAIN;
        match result {
            Ok(Worked::Document(document)) => {
                self.not_before.remove(&id);
                tracing::info!(document = %id, stage = document.stage.kind().word(), "worked");
            }
            Ok(Worked::AskAgain) => {
                self.not_before.insert(id, later);
            }
            Err(EngineError::Store(error @ StoreError::Broken(_))) => return Err(error.into()),
            Err(error) if error.is_conflict() => tracing::debug!(document = %id, "somebody was faster"),
            Err(error) => {
                tracing::error!(document = %id, %error, "could not work on it; trying again later");
                self.not_before.insert(id, later);
            }
        }
        Ok(())
    }

    /// Folds those scenarios again to which something happened since the last look.
    async fn follow_scenarios(&mut self) -> Result<(), EngineError> {
        let engine = &self.office.engine;
        for name in engine.library.scenarios() {
            let seen = self.states.get(&name).map_or(0, |state| state.version);
            if engine.store.version(&Stream::Scenario(name.clone())).await? != seen {
                let state = engine.scenario(&name).await?;
                self.states.insert(name, state);
            }
        }
        Ok(())
    }

    /// Gives out whatever can be given out now.
    async fn look(&mut self) -> Result<Look, EngineError> {
        let engine = self.office.engine.clone();
        let now = engine.now();
        let room = self.office.room.is_enough();
        self.follow_scenarios().await?;
        let never_deployed = ScenarioState::default();
        let mut soonest: Option<Instant> = None;
        let mut under_way: BTreeMap<ScenarioName, u32> = BTreeMap::new();
        let held: HashSet<DocumentId> = self.held.values().copied().collect();
        let mut left = held.len();
        let open = StageKind::ALL.into_iter().filter(|stage| stage.is_open()).collect();
        for document in engine.store.documents(&DocumentFilter { scenario: None, stages: open }).await? {
            let Ok(deployed) = self.office.engine.library.version(&document.scenario, document.scenario_version) else {
                continue; // the version is broken: doctor and the log say so
            };
            let state = self.states.get(&document.scenario).unwrap_or(&never_deployed);
            let opening = runs::opening(&deployed.bundle.scenario, state, now);
            let busy = held.contains(&document.id);
            let action = next(&document, &deployed.bundle.scenario, now, opening.may_enter);
            let automatic = busy || !matches!(action, Next::Nothing | Next::AwaitRun);
            if runs::keeps_run_open(&document, automatic) && (automatic || state.open_run.is_some()) {
                *under_way.entry(document.scenario.clone()).or_default() += 1;
            }
            if busy {
                continue;
            }
            let wait = self.not_before.get(&document.id).copied().filter(|at| *at > now);
            match (action, wait) {
                (Next::Nothing | Next::AwaitRun, _) => {}
                (Next::Read | Next::Enter, _) if !room => {}
                (Next::Wait(at), _) | (_, Some(at)) => {
                    left += 1;
                    soonest = Some(soonest.map_or(at, |s| s.min(at)));
                }
                (action, None) => {
                    left += 1;
                    self.give(document, &deployed, action, opening);
                }
            }
        }
        if runs::end_finished(&engine, &self.states, &under_way, &self.entered).await? {
            return Ok(Look::Again(Duration::ZERO));
        }
        if left == 0 {
            return Ok(Look::NothingLeft);
        }
        let pause = soonest.and_then(|at| (at - now).to_std().ok()).unwrap_or(LONGEST_PAUSE);
        Ok(Look::Again(pause))
    }

    /// Starts a worker if a permit is free; else the document waits for the next look, which a finished worker causes.
    fn give(&mut self, document: Document, deployed: &Deployed, action: Next, opening: Opening) {
        let Some(permit) = self.permit(deployed, action) else { return };
        if let (Next::Enter, Some(run)) = (action, opening.run) {
            *self.entered.entry(run).or_default() += 1;
        }
        let engine = self.office.engine.clone();
        let id = document.id;
        let worker = self.workers.spawn(async move {
            let worked = work(&engine, document, action, opening.run).await;
            drop(permit);
            worked
        });
        self.held.insert(worker.id(), id);
    }

    /// `Some(None)`: the action needs no permit.
    #[expect(clippy::option_option, reason = "no permit free and no permit needed are two answers")]
    fn permit(&self, deployed: &Deployed, action: Next) -> Option<Option<OwnedSemaphorePermit>> {
        let permit = match action {
            Next::Read => self.readers.clone().try_acquire_owned().ok(),
            Next::Enter | Next::Probe => self.office.sessions.try_acquire(&deployed.bundle.target),
            _ => return Some(None),
        };
        permit.map(Some)
    }
}

enum Look {
    /// Nothing that the program could do by itself.
    NothingLeft,
    /// Look again after at most this long.
    Again(Duration),
}

async fn work(engine: &Engine, document: Document, action: Next, run: Option<RunId>) -> Result<Worked, EngineError> {
    let done = match action {
        Next::Read => engine.read(document).await?,
        Next::Enter => engine.enter(document, run).await?,
        Next::Requeue | Next::DeclareUnknown | Next::Finish => engine.recover(document).await?,
        Next::Settle(outcome) => engine.settle(document, outcome).await?,
        Next::Probe => match engine.probe(document).await? {
            Probing::Answered(document) => *document,
            Probing::Unreachable(why) => {
                tracing::warn!(%why, "the target could not be asked");
                return Ok(Worked::AskAgain);
            }
        },
        Next::Nothing | Next::Wait(_) | Next::AwaitRun => document,
    };
    Ok(Worked::Document(Box::new(done)))
}
