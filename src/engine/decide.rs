//! The next action for a document: pure, from its state, its scenario and now.

use crate::model::document::event::{FailureClass, Settlement};
use crate::model::document::settle::{NextProbe, next_probe};
use crate::model::document::stage::{Document, Stage};
use crate::model::scenario::Scenario;
use crate::model::submit::OnUnknown;
use crate::model::time::Instant;

/// What the program does next with a document that no worker of this process holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Final, or only a person can bring it on.
    Nothing,
    /// Nothing before this instant.
    Wait(Instant),
    /// Nothing until a run of its scenario is open.
    AwaitRun,
    Read,
    Enter,
    /// A worker died while it filled in pages: nothing was sent.
    Requeue,
    /// A worker died with an intent: what became of it is not known.
    DeclareUnknown,
    /// A worker died after the confirmation.
    Finish,
    Probe,
    Settle(Settlement),
}

/// Decides. `may_enter`: a run of the scenario is open and its window too.
pub fn next(document: &Document, scenario: &Scenario, now: Instant, may_enter: bool) -> Next {
    match &document.stage {
        Stage::Received => Next::Read,
        Stage::Ready if may_enter => Next::Enter,
        Stage::Ready => Next::AwaitRun,
        Stage::Entering { .. } => Next::Requeue,
        Stage::Intended { .. } | Stage::Sent { .. } => Next::DeclareUnknown,
        Stage::Confirmed { .. } => Next::Finish,
        Stage::Unknown { doubt, .. } => match scenario.submit() {
            Some(submit) if submit.on_unknown == OnUnknown::Probe && submit.probe.is_some() => {
                match next_probe(doubt) {
                    NextProbe::Settle(outcome) => Next::Settle(outcome),
                    NextProbe::At(at) if at <= now => Next::Probe,
                    NextProbe::At(at) => Next::Wait(at),
                    NextProbe::Person => Next::Nothing,
                }
            }
            _ => Next::Nothing,
        },
        Stage::Failed { class: FailureClass::System, retry_at: Some(at), .. } if *at <= now => Next::Requeue,
        Stage::Failed { class: FailureClass::System, retry_at: Some(at), .. } => Next::Wait(*at),
        Stage::Failed { .. }
        | Stage::Review { .. }
        | Stage::DuplicateSuspected { .. }
        | Stage::Done { .. }
        | Stage::DoneByHand
        | Stage::Rejected { .. }
        | Stage::Taken { .. }
        | Stage::Held { .. }
        | Stage::Erased { .. } => Next::Nothing,
    }
}
