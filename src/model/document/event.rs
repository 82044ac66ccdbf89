//! What can happen to a document. These types are the journal's format: fields are added, never changed.
//!
//! Nothing here is personal: ids, digests made with the document's own key, counts, and messages without content.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::id::{
    Digest, DocumentId, FieldName, FormName, LeaseToken, RunId, ScenarioName, TargetName, VersionId,
};
use crate::model::message::Message;
use crate::model::target::Environment;
use crate::model::time::Instant;

/// One step in a document's life, in the order of that life.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum DocumentEvent {
    /// The file (or the record) is safe in the document's folder.
    Received {
        scenario: ScenarioName,
        version: VersionId,
        environment: Environment,
        run: Option<RunId>,
        #[serde(default, skip_serializing_if = "Medium::is_paper")]
        medium: Medium,
    },
    /// Read on a registered page. Doubtful fields wait for a person.
    Read {
        form: FormName,
        reader: String,
        fields: u32,
        doubtful: Vec<FieldName>,
        values: Digest,
    },
    /// A readable page, but another form or poorly registered: a person decides.
    PageRefused {
        why: Message,
    },
    /// The same key fields stand in another document.
    DuplicateSuspected {
        of: DocumentId,
    },
    /// A person says: enter it all the same.
    DuplicateCleared {
        seconds: u32,
    },
    /// A person looked at the fields. `seconds` is the time really spent, whether or not it is finished.
    Reviewed {
        corrected: Vec<FieldName>,
        confirmed: Vec<FieldName>,
        left: Vec<FieldName>,
        values: Digest,
        seconds: u32,
    },
    /// A person says: this is not to be entered.
    Rejected {
        why: RejectReason,
        seconds: u32,
    },
    /// A worker holds the document and begins entering.
    Started {
        lease: Lease,
        run: Option<RunId>,
    },
    /// Asked before the intent whether the target has it already.
    Prechecked {
        answer: ProbeAnswer,
    },
    /// Durable before the act. At most one act belongs to it.
    Intended {
        intent: Intent,
    },
    /// The act was performed: from here on the request may have left.
    Sent {
        /// HTTP status of the answer to the one request that left; `None` without an answer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
    },
    /// It is certain that no request left: the act never happened.
    NotSent {
        why: Message,
    },
    /// The declared evidence was seen, and is stored.
    Confirmed {
        evidence: Digest,
        receipt: bool,
    },
    /// An act without evidence. Never simply tried again.
    OutcomeUnknown {
        why: Message,
    },
    /// The target was asked whether it has the record.
    Probed {
        answer: ProbeAnswer,
    },
    /// What became of an unknown outcome.
    Settled {
        outcome: Settlement,
        seconds: u32,
    },
    /// All steps are done.
    Done,
    Failed {
        class: FailureClass,
        why: Message,
        retry_at: Option<Instant>,
    },
    /// Back into the queue: its time to be retried has come, or a person says so.
    Requeued {
        /// The scenario's version it goes on under, if that is another one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<VersionId>,
    },
    /// A person works on it; nobody else, and no retry, touches it.
    Taken,
    /// Handed back to where it was.
    Released {
        seconds: u32,
    },
    /// A person entered it. Not credited.
    FinishedByHand {
        seconds: u32,
    },
    /// The target's screen changed or its account is locked: waits, wherever it stood.
    Held {
        why: Message,
    },
    Resumed {
        /// The scenario's version it goes on under, if that is another one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<VersionId>,
    },
    /// The store was brought back from a backup: what happened after it is not known.
    RestoredFromBackup,
    /// Its key is destroyed; what it said is gone.
    Erased,
}

/// How an application came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Medium {
    #[default]
    Paper,
    /// As a row of an export.
    Record,
}

impl Medium {
    fn is_paper(&self) -> bool {
        *self == Medium::Paper
    }
}

/// A worker's hold on a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    pub token: LeaseToken,
    pub until: Instant,
}

/// 実行意思: what is about to be entered, exactly once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    /// Index of the submit step in the scenario.
    pub step: u16,
    /// Digest (document's key) of the values read back from the page.
    pub values: Digest,
    pub lease: LeaseToken,
    pub target: TargetName,
    /// What the target declared when the intent was made; without it, absence proves nothing.
    #[serde(default, with = "crate::model::time::optional_millis", skip_serializing_if = "Option::is_none")]
    pub settles_within: Option<Duration>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProbeAnswer {
    Absent,
    /// A record with this intent's values that can only be ours (see `settle`).
    Present,
    /// Something was found, but it cannot be told whether it is ours.
    Ambiguous,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settlement {
    /// It stands in the target, entered by this program.
    Entered,
    /// It does not stand in the target: may be entered.
    NotEntered,
    /// A person entered it.
    ByHand,
}

/// Whose fault, and so whether trying again can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// This document is wrong, or the target refuses it: never tried again by itself.
    Business,
    /// The target or this machine failed: tried again by the scenario's policy.
    System,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RejectReason {
    WrongForm,
    Unreadable,
    Incomplete,
    Duplicate,
    Withdrawn,
    Other,
}

/// An event's name without its data: what the table of legal steps speaks about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EventKind {
    Received,
    Read,
    PageRefused,
    DuplicateSuspected,
    DuplicateCleared,
    Reviewed,
    Rejected,
    Started,
    Prechecked,
    Intended,
    Sent,
    NotSent,
    Confirmed,
    OutcomeUnknown,
    Probed,
    Settled,
    Done,
    Failed,
    Requeued,
    Taken,
    Released,
    FinishedByHand,
    Held,
    Resumed,
    RestoredFromBackup,
    Erased,
}

impl EventKind {
    /// Every kind, in the order of a document's life.
    pub const ALL: [EventKind; 26] = [
        EventKind::Received,
        EventKind::Read,
        EventKind::PageRefused,
        EventKind::DuplicateSuspected,
        EventKind::DuplicateCleared,
        EventKind::Reviewed,
        EventKind::Rejected,
        EventKind::Started,
        EventKind::Prechecked,
        EventKind::Intended,
        EventKind::Sent,
        EventKind::NotSent,
        EventKind::Confirmed,
        EventKind::OutcomeUnknown,
        EventKind::Probed,
        EventKind::Settled,
        EventKind::Done,
        EventKind::Failed,
        EventKind::Requeued,
        EventKind::Taken,
        EventKind::Released,
        EventKind::FinishedByHand,
        EventKind::Held,
        EventKind::Resumed,
        EventKind::RestoredFromBackup,
        EventKind::Erased,
    ];
}

impl DocumentEvent {
    pub fn kind(&self) -> EventKind {
        match self {
            DocumentEvent::Received { .. } => EventKind::Received,
            DocumentEvent::Read { .. } => EventKind::Read,
            DocumentEvent::PageRefused { .. } => EventKind::PageRefused,
            DocumentEvent::DuplicateSuspected { .. } => EventKind::DuplicateSuspected,
            DocumentEvent::DuplicateCleared { .. } => EventKind::DuplicateCleared,
            DocumentEvent::Reviewed { .. } => EventKind::Reviewed,
            DocumentEvent::Rejected { .. } => EventKind::Rejected,
            DocumentEvent::Started { .. } => EventKind::Started,
            DocumentEvent::Prechecked { .. } => EventKind::Prechecked,
            DocumentEvent::Intended { .. } => EventKind::Intended,
            DocumentEvent::Sent { .. } => EventKind::Sent,
            DocumentEvent::NotSent { .. } => EventKind::NotSent,
            DocumentEvent::Confirmed { .. } => EventKind::Confirmed,
            DocumentEvent::OutcomeUnknown { .. } => EventKind::OutcomeUnknown,
            DocumentEvent::Probed { .. } => EventKind::Probed,
            DocumentEvent::Settled { .. } => EventKind::Settled,
            DocumentEvent::Done => EventKind::Done,
            DocumentEvent::Failed { .. } => EventKind::Failed,
            DocumentEvent::Requeued { .. } => EventKind::Requeued,
            DocumentEvent::Taken => EventKind::Taken,
            DocumentEvent::Released { .. } => EventKind::Released,
            DocumentEvent::FinishedByHand { .. } => EventKind::FinishedByHand,
            DocumentEvent::Held { .. } => EventKind::Held,
            DocumentEvent::Resumed { .. } => EventKind::Resumed,
            DocumentEvent::RestoredFromBackup => EventKind::RestoredFromBackup,
            DocumentEvent::Erased => EventKind::Erased,
        }
    }
}
