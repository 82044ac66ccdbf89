//! What happens to a scenario as a whole: deployed, held, fired. Folded from its own stream.

use std::collections::BTreeMap;

use super::{Engine, EngineError};
use crate::model::id::{RunId, ScenarioName, VersionId, Who};
use crate::model::journal::{Event, Record, ScenarioEvent, Stream};
use crate::model::message::Message;
use crate::model::target::Environment;
use crate::model::time::Instant;
use crate::ports::store::{Append, StoreError};

/// A scenario as its events make it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ScenarioState {
    /// Number of events so far.
    pub version: u64,
    /// Versions in force, and all that ever were, oldest first.
    pub live: Option<VersionId>,
    pub test: Option<VersionId>,
    pub history: Vec<(Instant, Environment, VersionId)>,
    pub held: Option<Message>,
    /// Occurrences with a verdict.
    pub occurrences: BTreeMap<Instant, Occurrence>,
    /// The run that fired and has not ended.
    pub open_run: Option<RunId>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Occurrence {
    Fired(RunId),
    NotFired(Message),
}

impl ScenarioState {
    pub fn in_force(&self, environment: Environment) -> Option<VersionId> {
        match environment {
            Environment::Live => self.live,
            Environment::Test => self.test,
        }
    }

    /// The state after one more event.
    pub fn apply(&mut self, at: Instant, event: &ScenarioEvent) {
        self.version += 1;
        match event {
            ScenarioEvent::Deployed { version, environment }
            | ScenarioEvent::RolledBack { to: version, environment } => {
                match environment {
                    Environment::Live => self.live = Some(*version),
                    Environment::Test => self.test = Some(*version),
                }
                self.history.push((at, *environment, *version));
            }
            ScenarioEvent::Held { why } => self.held = Some(why.clone()),
            ScenarioEvent::Resumed => self.held = None,
            ScenarioEvent::Fired { planned, run } => {
                self.occurrences.insert(*planned, Occurrence::Fired(*run));
                self.open_run = Some(*run);
            }
            ScenarioEvent::NotFired { planned, why } => {
                self.occurrences.insert(*planned, Occurrence::NotFired(why.clone()));
            }
            ScenarioEvent::RunEnded { run, .. } => {
                if self.open_run == Some(*run) {
                    self.open_run = None;
                }
            }
            ScenarioEvent::BaselinesStated { .. } => {}
        }
    }

    /// Folds a scenario's records.
    pub fn fold(records: &[Record]) -> Self {
        let mut state = Self::default();
        for record in records {
            if let Event::Scenario(event) = &record.event {
                state.apply(record.at, event);
            }
        }
        state
    }
}

impl Engine {
    /// # Errors
    /// If the store cannot be read.
    pub async fn scenario(&self, name: &ScenarioName) -> Result<ScenarioState, EngineError> {
        Ok(ScenarioState::fold(&self.store.load(&Stream::Scenario(name.clone())).await?))
    }

    /// Appends events to a scenario that stands as the caller saw it.
    ///
    /// # Errors
    /// `Conflict` if it does not.
    pub async fn append_to_scenario(
        &self,
        name: &ScenarioName,
        seen_version: u64,
        who: Who,
        events: Vec<ScenarioEvent>,
    ) -> Result<(), EngineError> {
        let append = Append {
            stream: Stream::Scenario(name.clone()),
            expected_version: seen_version,
            who,
            at: self.now(),
            events: events.into_iter().map(Event::Scenario).collect(),
        };
        self.store.append(append).await?;
        Ok(())
    }

    /// Stops all entering of a scenario until a person resumes it. Holding what is held changes nothing.
    pub(super) async fn hold_scenario(&self, name: &ScenarioName, why: Message) -> Result<(), EngineError> {
        loop {
            let state = self.scenario(name).await?;
            if state.held.is_some() {
                return Ok(());
            }
            let held = ScenarioEvent::Held { why: why.clone() };
            match self.append_to_scenario(name, state.version, Who::Jitan, vec![held]).await {
                Err(EngineError::Store(StoreError::Conflict { .. })) => {}
                other => return other,
            }
        }
    }
}
