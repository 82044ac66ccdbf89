//! Where a document stands. Each stage carries the data that it needs, so nothing is optional that cannot be missing.

use serde::{Deserialize, Serialize};

use super::event::{FailureClass, Intent, Lease, ProbeAnswer, RejectReason};
use crate::model::id::{Digest, DocumentId, FieldName, FormName, ScenarioName, VersionId};
use crate::model::message::Message;
use crate::model::target::Environment;
use crate::model::time::Instant;

/// A document as its events make it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Document {
    pub id: DocumentId,
    /// Number of events so far: what a writer must have seen to append the next.
    pub version: u64,
    pub scenario: ScenarioName,
    pub scenario_version: VersionId,
    pub environment: Environment,
    pub received_at: Instant,
    pub updated_at: Instant,
    pub stage: Stage,
    /// Form it was read as.
    pub form: Option<FormName>,
    /// Digest of the values as they stand: an intent must carry the same.
    pub values: Option<Digest>,
    /// Number of the event that vouches for them; 0 while there are none.
    pub values_version: u64,
    /// System failures since it last became ready by a person's word.
    pub failures: u32,
    /// A person has said that it is not a duplicate.
    pub duplicate_cleared: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "stage")]
pub enum Stage {
    Received,
    /// A person must look.
    Review {
        need: ReviewNeed,
    },
    DuplicateSuspected {
        of: DocumentId,
    },
    Ready,
    /// A worker fills in pages; nothing that writes was done.
    Entering {
        lease: Lease,
        precheck: Option<ProbeAnswer>,
    },
    /// The intent is durable; whether the act was performed is known only to the worker, if it lives.
    Intended {
        intent: Intent,
        at: Instant,
        precheck: Option<ProbeAnswer>,
    },
    /// The act was performed.
    Sent {
        intent: Intent,
        at: Instant,
        precheck: Option<ProbeAnswer>,
    },
    Confirmed {
        at: Instant,
    },
    Unknown {
        doubt: Doubt,
        why: Message,
    },
    Done {
        credited_at: Instant,
    },
    DoneByHand,
    Rejected {
        why: RejectReason,
    },
    Failed {
        class: FailureClass,
        why: Message,
        retry_at: Option<Instant>,
    },
    /// In a person's hands.
    Taken {
        by: String,
        from: Box<Stage>,
    },
    Held {
        why: Message,
        from: Box<Stage>,
    },
    Erased {
        was: StageKind,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "need")]
pub enum ReviewNeed {
    /// These fields are doubtful.
    Fields { fields: Vec<FieldName> },
    /// The page as a whole is: nothing was read.
    Page { why: Message },
}

/// What is known about an act whose outcome is not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Doubt {
    /// `None` after a restore: there may have been an intent that the backup does not know.
    pub intent: Option<Intent>,
    /// When the intent was made. After a restore, when the store was restored: a later intent than the backup knows
    /// may have been made until then.
    pub since: Instant,
    pub precheck: Option<ProbeAnswer>,
    /// How often the probe said absent since, and when last.
    pub absent: u32,
    pub last_absent: Option<Instant>,
    /// Last answer; `Ambiguous` waits for a person.
    pub last: Option<ProbeAnswer>,
    /// Where the document goes on if it was not entered; `None`: ready. After a restore it is the stage that the
    /// backup knows, so that fields still doubtful there are not passed over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<Box<Stage>>,
}

/// A stage's name without its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageKind {
    Received,
    Review,
    DuplicateSuspected,
    Ready,
    Entering,
    Intended,
    Sent,
    Confirmed,
    Unknown,
    Done,
    DoneByHand,
    Rejected,
    Failed,
    Taken,
    Held,
    Erased,
}

impl StageKind {
    /// Every kind, in the order of a document's life.
    pub const ALL: [StageKind; 16] = [
        StageKind::Received,
        StageKind::Review,
        StageKind::DuplicateSuspected,
        StageKind::Ready,
        StageKind::Entering,
        StageKind::Intended,
        StageKind::Sent,
        StageKind::Confirmed,
        StageKind::Unknown,
        StageKind::Done,
        StageKind::DoneByHand,
        StageKind::Rejected,
        StageKind::Failed,
        StageKind::Taken,
        StageKind::Held,
        StageKind::Erased,
    ];

    /// Nothing more happens to it, but for erasing.
    pub fn is_final(self) -> bool {
        matches!(self, StageKind::Done | StageKind::DoneByHand | StageKind::Rejected | StageKind::Erased)
    }

    /// Only a person can bring it on.
    pub fn waits_for_a_person(self) -> bool {
        matches!(self, StageKind::Review | StageKind::DuplicateSuspected | StageKind::Taken)
    }

    /// Neither ended nor stopped: something is still to come of it without a person.
    pub fn is_under_way(self) -> bool {
        !self.is_final() && !self.waits_for_a_person() && !matches!(self, StageKind::Failed | StageKind::Held)
    }

    /// The program itself may go on from it: what failed may be tried again.
    pub fn is_open(self) -> bool {
        self.is_under_way() || self == StageKind::Failed
    }

    /// The stable word in JSON, filters and message codes.
    pub fn word(self) -> &'static str {
        match self {
            StageKind::Received => "received",
            StageKind::Review => "review",
            StageKind::DuplicateSuspected => "duplicate",
            StageKind::Ready => "ready",
            StageKind::Entering => "entering",
            StageKind::Intended => "intended",
            StageKind::Sent => "sent",
            StageKind::Confirmed => "confirmed",
            StageKind::Unknown => "unknown",
            StageKind::Done => "done",
            StageKind::DoneByHand => "by-hand",
            StageKind::Rejected => "rejected",
            StageKind::Failed => "failed",
            StageKind::Taken => "taken",
            StageKind::Held => "held",
            StageKind::Erased => "erased",
        }
    }
}

impl Stage {
    pub fn kind(&self) -> StageKind {
        match self {
            Stage::Received => StageKind::Received,
            Stage::Review { .. } => StageKind::Review,
            Stage::DuplicateSuspected { .. } => StageKind::DuplicateSuspected,
            Stage::Ready => StageKind::Ready,
            Stage::Entering { .. } => StageKind::Entering,
            Stage::Intended { .. } => StageKind::Intended,
            Stage::Sent { .. } => StageKind::Sent,
            Stage::Confirmed { .. } => StageKind::Confirmed,
            Stage::Unknown { .. } => StageKind::Unknown,
            Stage::Done { .. } => StageKind::Done,
            Stage::DoneByHand => StageKind::DoneByHand,
            Stage::Rejected { .. } => StageKind::Rejected,
            Stage::Failed { .. } => StageKind::Failed,
            Stage::Taken { .. } => StageKind::Taken,
            Stage::Held { .. } => StageKind::Held,
            Stage::Erased { .. } => StageKind::Erased,
        }
    }
}
