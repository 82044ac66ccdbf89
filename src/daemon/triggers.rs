//! What starts work by itself: files in hot folders, and planned instants. Each planned instant gets one record: it
//! fired, or why not.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;

use super::office::Office;
use crate::adapters::hot_folder::{self, HotFolder, Taken};
use crate::engine::EngineError;
use crate::engine::canary::may_end_by_looking;
use crate::engine::scenario::{Occurrence, ScenarioState};
use crate::locale::Lang;
use crate::message;
use crate::model::id::{ScenarioName, Who};
use crate::model::journal::ScenarioEvent;
use crate::model::scenario::{Scenario, Watch};
use crate::model::schedule::{Decision, Missed, Overlap, Schedule, Verdict, verdicts};
use crate::model::target::Environment;
use crate::model::time::Instant;
use crate::reading::decode::Caps;

/// Between two looks at a hot folder: a file arrives on the second look that finds it unchanged.
const FOLDER_LOOK: Duration = Duration::from_secs(2);

/// Between two looks at the schedules: crontab lines name minutes.
const SCHEDULE_LOOK: Duration = Duration::from_secs(5);

/// A firing later than this was missed: the daemon was off.
const PUNCTUAL: TimeDelta = TimeDelta::seconds(90);

/// Longest time for looking a scenario over before its run: other runs wait meanwhile, and none may come to be missed.
const LONGEST_LOOK: Duration = Duration::from_secs(60);

/// Looks at the hot folders of every live scenario until told to stop.
pub async fn watch_folders(office: Office, inbox: PathBuf, stop: CancellationToken) {
    let mut folders: HashMap<ScenarioName, HotFolder> = HashMap::new();
    while !stop.is_cancelled() {
        if let Err(error) = look_at_folders(&office, &inbox, &mut folders).await {
            tracing::error!(%error, "a hot folder could not be looked at");
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = office.engine.clock.sleep(FOLDER_LOOK) => {}
        }
    }
}

async fn look_at_folders(
    office: &Office,
    inbox: &std::path::Path,
    folders: &mut HashMap<ScenarioName, HotFolder>,
) -> Result<(), EngineError> {
    if !office.room.is_enough() {
        return Ok(()); // files wait where they are
    }
    for name in office.engine.library.scenarios() {
        let state = office.engine.scenario(&name).await?;
        let Some(Watch { folder, pattern }) = live_scenario(office, &name, &state).and_then(|s| s.watch) else {
            folders.remove(&name);
            continue;
        };
        let path = inbox.join(folder);
        let hot = folders.entry(name.clone()).or_insert_with(|| HotFolder::new(path.clone(), pattern.clone()));
        if hot.folder() != path {
            *hot = HotFolder::new(path.clone(), pattern);
        }
        let arrived = match hot.look(office.engine.now()) {
            Ok(arrived) => arrived,
            Err(error) => {
                tracing::warn!(scenario = %name, why = %error.kind(), "the hot folder cannot be listed");
                continue;
            }
        };
        for file in arrived {
            take_in(office, &name, hot, &file).await?;
        }
    }
    Ok(())
}

/// The file is durable in its document before it leaves the folder; a crash in between finds the same bytes again.
async fn take_in(
    office: &Office,
    name: &ScenarioName,
    hot: &HotFolder,
    file: &std::path::Path,
) -> Result<(), EngineError> {
    // One byte more than is read: the reader then says that the file is too large.
    let Ok(Taken { bytes, whole }) = hot_folder::read_up_to(file, Caps::default().bytes + 1) else {
        tracing::warn!(scenario = %name, "a file in the hot folder cannot be read");
        return Ok(());
    };
    let received = office.receive(Who::Jitan, name, Environment::Live, bytes).await?;
    let id = received.document();
    tracing::info!(scenario = %name, document = %id, "received");
    let told = if whole { message!("daemon.receipt", document = id) } else { message!("daemon.kept", document = id) };
    let text = Lang::from_env(|v| std::env::var(v).ok()).render(&told);
    if let Err(error) = hot.leave_receipt(file, whole, &text, &id.to_string(), office.engine.now()) {
        tracing::error!(scenario = %name, why = %error.kind(), "the file stays in the hot folder");
    }
    Ok(())
}

/// Keeps every schedule until told to stop.
pub async fn keep_schedules(office: Office, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(error) = keep_all(&office, &stop).await {
            tracing::error!(%error, "a schedule could not be kept");
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = office.engine.clock.sleep(SCHEDULE_LOOK) => {}
        }
    }
}

async fn keep_all(office: &Office, stop: &CancellationToken) -> Result<(), EngineError> {
    let now = office.engine.now();
    let names = office.engine.library.scenarios();
    let mut to_look_over = Vec::new();
    for name in &names {
        let state = office.engine.scenario(name).await?;
        if due(office, name, &state, now).is_some_and(|(_, due)| looks_before(&state, &due)) {
            to_look_over.push(name.clone());
        }
    }
    if !to_look_over.is_empty() {
        look_over(office, &to_look_over, stop).await;
    }
    for name in &names {
        // As it stands after the look.
        let state = office.engine.scenario(name).await?;
        let Some((schedule, due)) = due(office, name, &state, now) else { continue };
        let events = account(&schedule, &state, &due, now, || office.new_run());
        if events.is_empty() {
            continue;
        }
        match office.engine.append_to_scenario(name, state.version, Who::Jitan, events).await {
            Ok(()) => office.wake.notify_one(),
            // Somebody wrote meanwhile: the next look accounts for the same instants again.
            Err(error) if error.is_conflict() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// A live scenario's schedule, and the verdicts on its instants up to now.
fn due(office: &Office, name: &ScenarioName, state: &ScenarioState, now: Instant) -> Option<(Schedule, Vec<Verdict>)> {
    let schedule = live_scenario(office, name, state)?.schedule?;
    let due = verdicts(&schedule, &office.calendar, accounted_until(state)?, now);
    Some((schedule, due))
}

/// Whether the scenario's pages are to be looked over first: a run is about to begin, or only a look holds it back.
fn looks_before(state: &ScenarioState, due: &[Verdict]) -> bool {
    let fires = due.iter().any(|v| v.decision == Decision::Fire && !known(state, v.planned));
    fires && state.open_run.is_none() && state.held.as_ref().is_none_or(may_end_by_looking)
}

/// Looks scenarios over, and holds or releases them by what is found. A look that does not end in time, or at all, holds
/// nothing back.
async fn look_over(office: &Office, names: &[ScenarioName], stop: &CancellationToken) {
    tokio::select! {
        looked = office.canary(names, true) => match looked {
            Ok(looked) => looked.iter().for_each(|one| {
                tracing::info!(scenario = %one.scenario, outcome = ?one.outcome, consequence = ?one.consequence, "looked over");
            }),
            Err(error) => tracing::error!(%error, "scenarios could not be looked over before their runs"),
        },
        () = office.engine.clock.sleep(LONGEST_LOOK) => {
            tracing::warn!("looking over took too long; the runs go on without");
        }
        () = stop.cancelled() => {}
    }
}

/// From where on occurrences may lack their verdict: a little before the last one (a run that a person started may
/// stand before a planned instant of the same minute), and not before the first live deployment.
fn accounted_until(state: &ScenarioState) -> Option<Instant> {
    let deployed =
        state.history.iter().find(|(_, environment, _)| *environment == Environment::Live).map(|(at, _, _)| *at);
    state.occurrences.keys().next_back().map(|last| *last - PUNCTUAL).max(deployed)
}

/// One event for each verdict that is due. Pure, but for the run's id.
fn account(
    schedule: &Schedule,
    state: &ScenarioState,
    due: &[Verdict],
    now: Instant,
    mut new_run: impl FnMut() -> crate::model::id::RunId,
) -> Vec<ScenarioEvent> {
    let mut running = state.open_run.is_some();
    let fresh: Vec<&Verdict> = due.iter().filter(|v| !known(state, v.planned)).collect();
    let missed_last = fresh.iter().rposition(|v| v.decision == Decision::Fire && now - v.due > PUNCTUAL);
    let mut events = Vec::new();
    for (index, verdict) in fresh.iter().enumerate() {
        let planned = verdict.planned;
        let not_fired = |why| ScenarioEvent::NotFired { planned, why };
        let late = now - verdict.due > PUNCTUAL;
        let event = match &verdict.decision {
            Decision::Skip { why } => not_fired(why.clone()),
            Decision::Fire if state.held.is_some() => not_fired(message!("daemon.not-fired-held")),
            Decision::Fire if late && schedule.missed == Missed::Skip => not_fired(message!("daemon.not-fired-missed")),
            Decision::Fire if late && schedule.missed == Missed::Once && missed_last != Some(index) => {
                not_fired(message!("daemon.not-fired-once"))
            }
            Decision::Fire if running && schedule.overlap == Overlap::Skip => {
                not_fired(message!("daemon.not-fired-overlap"))
            }
            // Queued: its verdict waits until the run before it has ended, and so do those after it.
            Decision::Fire if running => break,
            Decision::Fire => {
                running = true;
                ScenarioEvent::Fired { planned, run: new_run() }
            }
        };
        events.push(event);
    }
    events
}

fn known(state: &ScenarioState, planned: Instant) -> bool {
    matches!(state.occurrences.get(&planned), Some(Occurrence::Fired(_) | Occurrence::NotFired(_)))
}

fn live_scenario(office: &Office, name: &ScenarioName, state: &ScenarioState) -> Option<Scenario> {
    let deployed = office.engine.library.version(name, state.live?).ok()?;
    Some(deployed.bundle.scenario.clone())
}
