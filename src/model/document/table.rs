//! The one table of legal steps: stage × event × who may × credited. The fold refuses what is not in it, the manual
//! prints it, and a test walks every pair.

use super::event::EventKind as E;
use super::stage::StageKind as S;
use crate::model::id::Who;

/// Who may take a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MayDo {
    Program,
    Person,
    Either,
}

impl MayDo {
    pub fn allows(self, who: &Who) -> bool {
        match (self, who) {
            (MayDo::Either, _) | (MayDo::Program, Who::Jitan) | (MayDo::Person, Who::Person(_)) => true,
            (MayDo::Program, Who::Person(_)) | (MayDo::Person, Who::Jitan) => false,
        }
    }
}

/// One legal step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// `None`: the document does not exist yet.
    pub from: Option<S>,
    pub event: E,
    pub who: MayDo,
    /// Whether the step can earn time saved (live documents only).
    pub credited: bool,
}

const fn rule(from: S, event: E, who: MayDo) -> Rule {
    Rule { from: Some(from), event, who, credited: false }
}

const fn credited(from: S, event: E, who: MayDo) -> Rule {
    Rule { from: Some(from), event, who, credited: true }
}

use MayDo::{Either, Person, Program};

/// Every legal step, by stage in the order of a document's life.
pub const TABLE: &[Rule] = &[
    Rule { from: None, event: E::Received, who: Either, credited: false },
    // received: waits to be read
    rule(S::Received, E::Read, Program),
    rule(S::Received, E::PageRefused, Program),
    rule(S::Received, E::Failed, Program),
    rule(S::Received, E::Taken, Person),
    rule(S::Received, E::Held, Either),
    rule(S::Received, E::RestoredFromBackup, Either),
    rule(S::Received, E::Erased, Person),
    // review: a person must look
    rule(S::Review, E::Reviewed, Person),
    rule(S::Review, E::Rejected, Person),
    rule(S::Review, E::Taken, Person),
    rule(S::Review, E::Held, Either),
    rule(S::Review, E::RestoredFromBackup, Either),
    rule(S::Review, E::Erased, Person),
    // duplicate?: a person decides
    rule(S::DuplicateSuspected, E::DuplicateCleared, Person),
    rule(S::DuplicateSuspected, E::Rejected, Person),
    rule(S::DuplicateSuspected, E::Taken, Person),
    rule(S::DuplicateSuspected, E::Held, Either),
    rule(S::DuplicateSuspected, E::RestoredFromBackup, Either),
    rule(S::DuplicateSuspected, E::Erased, Person),
    // ready: waits to be entered
    rule(S::Ready, E::DuplicateSuspected, Program),
    rule(S::Ready, E::Started, Program),
    rule(S::Ready, E::Rejected, Person),
    rule(S::Ready, E::Taken, Person),
    rule(S::Ready, E::Held, Either),
    rule(S::Ready, E::Failed, Program),
    rule(S::Ready, E::RestoredFromBackup, Either),
    rule(S::Ready, E::Erased, Person),
    // entering: pages are being filled in, nothing that writes was done
    rule(S::Entering, E::Prechecked, Program),
    rule(S::Entering, E::Intended, Program),
    rule(S::Entering, E::Failed, Program),
    rule(S::Entering, E::Requeued, Program),
    rule(S::Entering, E::Held, Program),
    rule(S::Entering, E::RestoredFromBackup, Either),
    // intended: durable, about to act
    rule(S::Intended, E::Sent, Program),
    rule(S::Intended, E::NotSent, Program),
    rule(S::Intended, E::Confirmed, Program),
    rule(S::Intended, E::OutcomeUnknown, Program),
    rule(S::Intended, E::RestoredFromBackup, Either),
    // sent: the act was performed
    rule(S::Sent, E::Confirmed, Program),
    rule(S::Sent, E::NotSent, Program),
    rule(S::Sent, E::Failed, Program),
    rule(S::Sent, E::OutcomeUnknown, Program),
    rule(S::Sent, E::RestoredFromBackup, Either),
    // confirmed: evidence seen and stored
    credited(S::Confirmed, E::Done, Program),
    rule(S::Confirmed, E::RestoredFromBackup, Either),
    // unknown: never simply tried again
    rule(S::Unknown, E::Probed, Program),
    credited(S::Unknown, E::Settled, Either),
    rule(S::Unknown, E::Taken, Person),
    rule(S::Unknown, E::RestoredFromBackup, Either),
    // failed
    rule(S::Failed, E::Requeued, Either),
    rule(S::Failed, E::Rejected, Person),
    rule(S::Failed, E::Taken, Person),
    rule(S::Failed, E::Held, Either),
    rule(S::Failed, E::RestoredFromBackup, Either),
    rule(S::Failed, E::Erased, Person),
    // taken: in a person's hands
    rule(S::Taken, E::Released, Person),
    rule(S::Taken, E::FinishedByHand, Person),
    rule(S::Taken, E::Rejected, Person),
    credited(S::Taken, E::Settled, Person),
    rule(S::Taken, E::RestoredFromBackup, Either),
    // held
    rule(S::Held, E::Resumed, Either),
    rule(S::Held, E::Taken, Person),
    rule(S::Held, E::Rejected, Person),
    rule(S::Held, E::RestoredFromBackup, Either),
    rule(S::Held, E::Erased, Person),
    // final: only erasing is left
    rule(S::Done, E::Erased, Either),
    rule(S::DoneByHand, E::Erased, Either),
    rule(S::Rejected, E::Erased, Either),
];

/// The rule for a step, if the step is legal at all.
pub fn find(from: Option<S>, event: E) -> Option<&'static Rule> {
    TABLE.iter().find(|rule| rule.from == from && rule.event == event)
}
