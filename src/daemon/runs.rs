//! Whether documents of a scenario may be entered now: it is not held, its run is open (or it needs none), and its
//! window is open.

use std::collections::BTreeMap;

use crate::engine::scenario::ScenarioState;
use crate::engine::{Engine, EngineError};
use crate::model::document::stage::{Document, StageKind};
use crate::model::id::{RunId, ScenarioName, Who};
use crate::model::journal::ScenarioEvent;
use crate::model::scenario::Scenario;
use crate::model::time::{Instant, tokyo};

/// What a scenario allows now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    pub may_enter: bool,
    pub run: Option<RunId>,
}

/// Pure: the scenario's rules, its state and now.
pub fn opening(scenario: &Scenario, state: &ScenarioState, now: Instant) -> Opening {
    let window = scenario.schedule.as_ref().and_then(|s| s.window);
    let in_window = window.is_none_or(|w| w.contains(now.with_timezone(&tokyo()).time()));
    // Without a schedule there is nothing to wait for: what is ready is entered.
    let called = state.open_run.is_some() || scenario.schedule.is_none();
    Opening { may_enter: state.held.is_none() && called && in_window, run: state.open_run }
}

/// Whether an open run still has something to do with a document: entering, retrying, or learning what became of it.
pub fn keeps_run_open(document: &Document, next_is_automatic: bool) -> bool {
    match document.stage.kind() {
        StageKind::Failed | StageKind::Unknown => next_is_automatic,
        kind => kind.is_under_way(),
    }
}

/// Ends every open run that has nothing left to do. `busy` tells how many documents of a scenario are under way.
///
/// # Errors
/// If the store cannot be written.
pub async fn end_finished(
    engine: &Engine,
    states: &BTreeMap<ScenarioName, ScenarioState>,
    busy: &BTreeMap<ScenarioName, u32>,
    entered: &BTreeMap<RunId, u32>,
) -> Result<bool, EngineError> {
    let mut ended = false;
    for (name, state) in states {
        let Some(run) = state.open_run else { continue };
        if busy.get(name).copied().unwrap_or(0) > 0 {
            continue;
        }
        let documents = entered.get(&run).copied().unwrap_or(0);
        let event = ScenarioEvent::RunEnded { run, documents };
        match engine.append_to_scenario(name, state.version, Who::Jitan, vec![event]).await {
            Ok(()) => ended = true,
            Err(error) if error.is_conflict() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(ended)
}
