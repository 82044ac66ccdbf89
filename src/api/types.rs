//! What is said over the socket. Types of the model travel as they are; only what exists for the conversation is here.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::engine::kept::KeptFile;
use crate::entering::trace::Trace;
use crate::model::document::stage::{Document, StageKind};
use crate::model::id::{DocumentId, RunId, ScenarioName, VersionId};
use crate::model::journal::{Record, Seq};
use crate::model::message::Message;
use crate::model::target::Environment;
use crate::model::time::Instant;
use crate::model::value::{FieldValue, Personal};

/// What went wrong, in the person's words at the edge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    pub kind: RefusalKind,
    pub message: Message,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalKind {
    /// No such document, scenario or version.
    NotFound,
    /// Somebody else was faster: look again.
    Conflict,
    /// Not allowed as things stand, or makes no sense.
    Refused,
    /// The store or the machine is broken.
    Broken,
}

/// Which documents.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentQuery {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario: Option<ScenarioName>,
    /// Stage words, comma-separated; none means all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stages: Option<String>,
}

/// A document with everything that happened to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DocumentStory {
    pub document: Document,
    pub title: String,
    pub records: Vec<Record>,
    /// Personal: what the target showed and said.
    pub receipt: Option<Personal>,
    pub remarks: Option<Personal>,
    /// Files that the target offered.
    #[serde(default)]
    pub files: Vec<KeptFile>,
}

/// A document with what was done for it in the browser.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DocumentTrace {
    pub story: DocumentStory,
    /// Title of the system it is entered into.
    pub target: String,
    /// Visits to the target, each by the number of the event that it began with or led to.
    pub visits: Vec<(u64, Trace)>,
    /// Masked pictures (PNG, base64) by their number.
    pub pictures: BTreeMap<u16, String>,
}

/// Everything a person needs to check a document's fields. Personal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReviewSheet {
    pub document: Document,
    pub scenario_title: String,
    pub fields: Vec<ReviewField>,
    /// Page size in millimetres, for cutting crops from the registered pages.
    pub page: Option<crate::model::form::PageSize>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReviewField {
    pub label: String,
    /// Where it stands on paper, from 1.
    pub page: u16,
    pub doubtful: bool,
    /// Options, if the field is a choice.
    pub options: Vec<String>,
    pub value: FieldValue,
}

/// A file to be received. `bytes` is base64.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Intake {
    pub scenario: ScenarioName,
    pub environment: Environment,
    pub bytes: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntakeAnswer {
    pub document: DocumentId,
    /// The same bytes were received before.
    pub again: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRequest {
    pub scenario: ScenarioName,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunAnswer {
    pub run: RunId,
}

/// Scenarios to be looked over before a batch; none named: all live ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CanaryRequest {
    pub scenarios: Vec<ScenarioName>,
    /// Those whose screen changed are held.
    pub hold: bool,
}

/// A folder to be deployed: the daemon reads it itself, as the files' owner wrote them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deploy {
    /// Absolute.
    pub folder: String,
    pub environment: Environment,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollback {
    pub scenario: ScenarioName,
    pub environment: Environment,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeployAnswer {
    pub scenario: ScenarioName,
    pub version: VersionId,
    /// It was in force already.
    pub unchanged: bool,
    /// Held documents that go on now.
    pub resumed: u32,
}

/// A copy of the store, made by the daemon into a folder that is new or empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    /// Absolute.
    pub to: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupAnswer {
    pub files: u64,
    pub bytes: u64,
    /// The last record it holds.
    pub last: Seq,
}

/// A scenario as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScenarioSummary {
    pub name: ScenarioName,
    pub title: String,
    pub department: String,
    pub live: Option<VersionId>,
    pub test: Option<VersionId>,
    pub held: Option<Message>,
    pub running: Option<RunId>,
    /// Documents by stage.
    pub documents: Vec<(StageKind, u32)>,
    /// Latest verdicts on planned instants, newest first.
    pub occurrences: Vec<OccurrenceSummary>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OccurrenceSummary {
    pub planned: Instant,
    /// `None`: it fired.
    pub why_not: Option<Message>,
}

/// A stretch of the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordQuery {
    pub after: Seq,
    pub limit: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    pub version: String,
    pub ready: bool,
}
