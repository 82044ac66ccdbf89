//! Events to state: one pure function, which refuses every step that the table does not name and every step whose
//! data contradicts what is known (a stale lease, other values, a settlement that the probe's answers do not allow).

use super::event::{DocumentEvent, EventKind, FailureClass, Intent, Lease, ProbeAnswer, Settlement};
use super::settle;
use super::stage::{Document, Doubt, ReviewNeed, Stage, StageKind};
use super::table;
use crate::model::id::{DocumentId, FieldName, LeaseToken, Who};
use crate::model::message::Message;
use crate::model::time::Instant;

/// A step that must not happen. Whoever tried it had stale knowledge or is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IllegalStep {
    #[error("a document that is {from:?} cannot become {event:?}")]
    NotInTable { from: Option<StageKind>, event: EventKind },
    #[error("{event:?} on a document that is {from:?} is not for {who}")]
    NotForThem { from: Option<StageKind>, event: EventKind, who: Who },
    #[error("the lease {given} is not the one that holds the document")]
    StaleLease { given: LeaseToken },
    #[error("the values to be sent are not the document's values")]
    OtherValues,
    #[error("the probe's answers so far do not allow this settlement")]
    NotSettled,
    #[error("the document is in the hands of {holder}")]
    InOtherHands { holder: String },
    #[error("only an unknown outcome can be settled")]
    NothingToSettle,
    #[error("whether it was entered is not known: settle that first")]
    OutcomeOpen,
    #[error("the target or a person refused this document: only a person may have it tried again")]
    NotRetriedByItself,
}

/// When and by whom an event happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    pub at: Instant,
    pub who: Who,
}

/// The state after one more event.
///
/// # Errors
/// [`IllegalStep`] if the table or the data forbid it; the state is then unchanged, and nothing may be appended.
pub fn apply(
    id: DocumentId,
    before: Option<&Document>,
    stamp: &Stamp,
    event: &DocumentEvent,
) -> Result<Document, IllegalStep> {
    let from = before.map(|d| d.stage.kind());
    let kind = event.kind();
    let rule = table::find(from, kind).ok_or(IllegalStep::NotInTable { from, event: kind })?;
    if !rule.who.allows(&stamp.who) {
        return Err(IllegalStep::NotForThem { from, event: kind, who: stamp.who.clone() });
    }
    let Some(before) = before else {
        return born(id, stamp, event).ok_or(IllegalStep::NotInTable { from, event: kind });
    };
    let mut after = before.clone();
    after.version += 1;
    after.updated_at = stamp.at;
    after.stage = next_stage(before, stamp, event)?;
    remember(&mut after, stamp, event);
    Ok(after)
}

/// Folds a whole stream.
///
/// # Errors
/// The first illegal step: a journal that holds one was not written by this program.
pub fn fold<'a>(
    id: DocumentId,
    events: impl IntoIterator<Item = (&'a Stamp, &'a DocumentEvent)>,
) -> Result<Option<Document>, IllegalStep> {
    let mut state = None;
    for (stamp, event) in events {
        state = Some(apply(id, state.as_ref(), stamp, event)?);
    }
    Ok(state)
}

fn born(id: DocumentId, stamp: &Stamp, event: &DocumentEvent) -> Option<Document> {
    let DocumentEvent::Received { scenario, version, environment, .. } = event else { return None };
    Some(Document {
        id,
        version: 1,
        scenario: scenario.clone(),
        scenario_version: *version,
        environment: *environment,
        received_at: stamp.at,
        updated_at: stamp.at,
        stage: Stage::Received,
        form: None,
        values: None,
        values_version: 0,
        failures: 0,
        duplicate_cleared: false,
    })
}

/// What lasts beyond the stage.
fn remember(after: &mut Document, stamp: &Stamp, event: &DocumentEvent) {
    match event {
        DocumentEvent::Read { form, values, .. } => {
            after.form = Some(form.clone());
            after.values = Some(*values);
            after.values_version = after.version;
        }
        // Nothing was read from a refused page, so there are no values to have been reviewed.
        DocumentEvent::Reviewed { values, .. } if after.values.is_some() => {
            after.values = Some(*values);
            after.values_version = after.version;
        }
        DocumentEvent::DuplicateCleared { .. } => after.duplicate_cleared = true,
        DocumentEvent::Failed { class: FailureClass::System, .. } => after.failures += 1,
        // A person's word gives it its full number of attempts again.
        DocumentEvent::Requeued { .. } if stamp.who != Who::Jitan => after.failures = 0,
        _ => {}
    }
    if let DocumentEvent::Requeued { version: Some(version) } | DocumentEvent::Resumed { version: Some(version) } =
        event
    {
        after.scenario_version = *version;
    }
}

#[expect(clippy::too_many_lines, reason = "one flat match over stage and event: splitting it would hide the table")]
fn next_stage(before: &Document, stamp: &Stamp, event: &DocumentEvent) -> Result<Stage, IllegalStep> {
    let at = stamp.at;
    let illegal = || IllegalStep::NotInTable { from: Some(before.stage.kind()), event: event.kind() };
    let stage = match (&before.stage, event) {
        (_, DocumentEvent::Read { doubtful, .. }) => {
            if doubtful.is_empty() {
                Stage::Ready
            } else {
                review(doubtful.clone())
            }
        }
        (_, DocumentEvent::PageRefused { why }) => Stage::Review { need: ReviewNeed::Page { why: why.clone() } },
        (_, DocumentEvent::DuplicateSuspected { of }) => Stage::DuplicateSuspected { of: *of },
        (_, DocumentEvent::DuplicateCleared { .. }) => Stage::Ready,
        (Stage::Review { need }, DocumentEvent::Reviewed { corrected, confirmed, left, .. }) => match need {
            ReviewNeed::Fields { fields } => still_doubtful(fields, &[corrected, confirmed], left),
            // Looking at a refused page does not make values.
            ReviewNeed::Page { why } => Stage::Review { need: ReviewNeed::Page { why: why.clone() } },
        },
        (Stage::Taken { by, from }, DocumentEvent::Rejected { why, .. }) => {
            in_own_hands(by, &stamp.who)?;
            if from.kind() == StageKind::Unknown {
                return Err(IllegalStep::OutcomeOpen);
            }
            Stage::Rejected { why: *why }
        }
        (_, DocumentEvent::Rejected { why, .. }) => Stage::Rejected { why: *why },
        (_, DocumentEvent::Started { lease, .. }) => Stage::Entering { lease: *lease, precheck: None },
        (Stage::Entering { lease, .. }, DocumentEvent::Prechecked { answer }) => {
            Stage::Entering { lease: *lease, precheck: Some(*answer) }
        }
        (Stage::Entering { lease, precheck }, DocumentEvent::Intended { intent }) => {
            may_intend(before, *lease, intent)?;
            Stage::Intended { intent: intent.clone(), at, precheck: *precheck }
        }
        (Stage::Intended { intent, at: since, precheck }, DocumentEvent::Sent { .. }) => {
            Stage::Sent { intent: intent.clone(), at: *since, precheck: *precheck }
        }
        (_, DocumentEvent::NotSent { .. }) => Stage::Ready,
        (_, DocumentEvent::Confirmed { .. }) => Stage::Confirmed { at },
        (
            Stage::Intended { intent, at: since, precheck } | Stage::Sent { intent, at: since, precheck },
            DocumentEvent::OutcomeUnknown { why },
        ) => Stage::Unknown { doubt: new_doubt(Some(intent.clone()), *since, *precheck), why: why.clone() },
        (Stage::Unknown { doubt, why }, DocumentEvent::Probed { answer }) => {
            Stage::Unknown { doubt: with_answer(doubt, *answer, at), why: why.clone() }
        }
        (Stage::Unknown { doubt, .. }, DocumentEvent::Settled { outcome, .. }) => {
            if stamp.who == Who::Jitan && !settle::program_may_settle(doubt, *outcome) {
                return Err(IllegalStep::NotSettled);
            }
            settled(doubt, *outcome, at)
        }
        (Stage::Taken { by, from }, DocumentEvent::Settled { outcome, .. }) => {
            in_own_hands(by, &stamp.who)?;
            let Stage::Unknown { doubt, .. } = from.as_ref() else { return Err(IllegalStep::NothingToSettle) };
            settled(doubt, *outcome, at)
        }
        (Stage::Confirmed { at: confirmed_at }, DocumentEvent::Done) => Stage::Done { credited_at: *confirmed_at },
        // Sent and no clear refusal by the target: that is an unknown outcome, whatever failed.
        (Stage::Sent { .. }, DocumentEvent::Failed { class: FailureClass::System, .. }) => {
            return Err(IllegalStep::OutcomeOpen);
        }
        (_, DocumentEvent::Failed { class, why, retry_at }) => {
            Stage::Failed { class: *class, why: why.clone(), retry_at: *retry_at }
        }
        (Stage::Failed { class: FailureClass::Business, .. }, DocumentEvent::Requeued { .. })
            if stamp.who == Who::Jitan =>
        {
            return Err(IllegalStep::NotRetriedByItself);
        }
        (Stage::Failed { .. }, DocumentEvent::Requeued { .. }) if before.values.is_none() => Stage::Received,
        (_, DocumentEvent::Requeued { .. }) => Stage::Ready,
        (Stage::Held { from, .. }, DocumentEvent::Taken) => taken(stamp, from)?,
        (stage, DocumentEvent::Taken) => taken(stamp, stage)?,
        (Stage::Taken { by, from }, DocumentEvent::Released { .. }) => {
            in_own_hands(by, &stamp.who)?;
            *from.clone()
        }
        (Stage::Taken { by, .. }, DocumentEvent::FinishedByHand { .. }) => {
            in_own_hands(by, &stamp.who)?;
            Stage::DoneByHand
        }
        (Stage::Entering { .. }, DocumentEvent::Held { why }) => {
            Stage::Held { why: why.clone(), from: Box::new(Stage::Ready) }
        }
        (stage, DocumentEvent::Held { why }) => Stage::Held { why: why.clone(), from: Box::new(stage.clone()) },
        (Stage::Held { from, .. }, DocumentEvent::Resumed { .. }) => *from.clone(),
        (stage, DocumentEvent::RestoredFromBackup) => after_restore(stage, at),
        (stage, DocumentEvent::Erased) => Stage::Erased { was: stage.kind() },
        _ => return Err(illegal()),
    };
    Ok(stage)
}

fn review(fields: Vec<FieldName>) -> Stage {
    Stage::Review { need: ReviewNeed::Fields { fields } }
}

/// What a person neither corrected nor confirmed stays doubtful, whether or not they said that they left it.
fn still_doubtful(before: &[FieldName], settled: &[&Vec<FieldName>], left: &[FieldName]) -> Stage {
    let is_settled = |field: &FieldName| settled.iter().any(|fields| fields.contains(field));
    let mut fields: Vec<FieldName> = before.iter().filter(|f| !is_settled(f)).cloned().collect();
    fields.extend(left.iter().filter(|f| !before.contains(f)).cloned());
    if fields.is_empty() { Stage::Ready } else { review(fields) }
}

fn may_intend(before: &Document, lease: Lease, intent: &Intent) -> Result<(), IllegalStep> {
    if lease.token != intent.lease {
        return Err(IllegalStep::StaleLease { given: intent.lease });
    }
    if before.values != Some(intent.values) {
        return Err(IllegalStep::OtherValues);
    }
    Ok(())
}

fn settled(doubt: &Doubt, outcome: Settlement, at: Instant) -> Stage {
    match outcome {
        Settlement::Entered => Stage::Done { credited_at: at },
        Settlement::NotEntered => doubt.resume.as_deref().cloned().unwrap_or(Stage::Ready),
        Settlement::ByHand => Stage::DoneByHand,
    }
}

fn taken(stamp: &Stamp, from: &Stage) -> Result<Stage, IllegalStep> {
    match &stamp.who {
        Who::Person(by) => Ok(Stage::Taken { by: by.clone(), from: Box::new(from.clone()) }),
        Who::Jitan => {
            Err(IllegalStep::NotForThem { from: Some(from.kind()), event: EventKind::Taken, who: Who::Jitan })
        }
    }
}

fn in_own_hands(holder: &str, who: &Who) -> Result<(), IllegalStep> {
    match who {
        Who::Person(user) if user == holder => Ok(()),
        _ => Err(IllegalStep::InOtherHands { holder: holder.to_owned() }),
    }
}

fn new_doubt(intent: Option<Intent>, since: Instant, precheck: Option<ProbeAnswer>) -> Doubt {
    Doubt { intent, since, precheck, absent: 0, last_absent: None, last: None, resume: None }
}

fn with_answer(doubt: &Doubt, answer: ProbeAnswer, at: Instant) -> Doubt {
    let mut doubt = doubt.clone();
    doubt.last = Some(answer);
    if answer == ProbeAnswer::Absent {
        doubt.absent += 1;
        doubt.last_absent = Some(at);
    }
    doubt
}

/// After a restore everything that was on its way may have gone further than the backup knows: a document that only
/// waited to be read may have been entered since, and one that was sent may have been freed and sent again. So every
/// doubt counts from the restore, and what was not entered goes back to where the backup knows it.
fn after_restore(stage: &Stage, at: Instant) -> Stage {
    let doubt = match stage {
        Stage::Intended { intent, precheck, .. } | Stage::Sent { intent, precheck, .. } => {
            new_doubt(Some(intent.clone()), at, *precheck)
        }
        Stage::Unknown { doubt, .. } => {
            Doubt { resume: doubt.resume.clone(), ..new_doubt(doubt.intent.clone(), at, doubt.precheck) }
        }
        Stage::Taken { by, from } => {
            return Stage::Taken { by: by.clone(), from: Box::new(after_restore(from, at)) };
        }
        // A confirmed document has its evidence: nothing about it is in doubt.
        Stage::Confirmed { .. } => return stage.clone(),
        Stage::Ready | Stage::Entering { .. } => new_doubt(None, at, None),
        waiting => Doubt { resume: Some(Box::new(waiting.clone())), ..new_doubt(None, at, None) },
    };
    Stage::Unknown { doubt, why: Message::new("model.restored-from-backup") }
}

#[cfg(test)]
mod tests;
