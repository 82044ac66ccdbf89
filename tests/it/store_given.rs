//! What the stories of the store begin with: documents, the steps of their lives, and a folder to keep them in.

use chrono::{TimeDelta, TimeZone, Utc};
use jitan::adapters::data_folder::DataFolder;
use jitan::adapters::journal_store::{JournalStore, StoreOptions};
use jitan::model::document::event::{DocumentEvent, FailureClass, Intent, Lease, Medium};
use jitan::model::id::{
    Digest, DocumentId, FieldName, FormName, IntakeId, LeaseToken, ScenarioName, TargetName, VersionId, Who,
};
use jitan::model::journal::{Event, ScenarioEvent, Stream};
use jitan::model::message::Message;
use jitan::model::target::Environment;
use jitan::model::time::Instant;
use jitan::ports::store::Append;

pub fn at(seconds: i64) -> Instant {
    Utc.with_ymd_and_hms(2026, 11, 20, 13, 0, 0).unwrap() + TimeDelta::seconds(seconds)
}

/// Spread over the key space, so that the order of ids is not the order of receipt.
pub fn document(n: u64) -> DocumentId {
    let mut intake = [0; 10];
    intake[..8].copy_from_slice(&n.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
    intake[8..].copy_from_slice(&(n as u16).to_be_bytes());
    DocumentId { intake: IntakeId::from_bytes(intake), position: 1 }
}

pub fn digest(n: u8) -> Digest {
    Digest::from_bytes([n; 32])
}

pub fn scenario(name: &str) -> ScenarioName {
    ScenarioName::new(name).unwrap()
}

pub fn clerk() -> Who {
    Who::Person("hanako".into())
}

fn lease() -> Lease {
    Lease { token: LeaseToken::from_bytes([5; 8]), until: at(600) }
}

pub fn received_for(name: &str) -> DocumentEvent {
    DocumentEvent::Received {
        scenario: scenario(name),
        version: VersionId::from_bytes([1; 16]),
        environment: Environment::Live,
        run: None,
        medium: Medium::Paper,
    }
}

pub fn received() -> DocumentEvent {
    received_for("児童手当")
}

pub fn read(doubtful: &[&str]) -> DocumentEvent {
    DocumentEvent::Read {
        form: FormName::new("児童手当-7年版").unwrap(),
        reader: "tesseract 5.3".into(),
        fields: 15,
        doubtful: doubtful.iter().map(|name| FieldName::new(*name).unwrap()).collect(),
        values: digest(1),
    }
}

pub fn started() -> DocumentEvent {
    DocumentEvent::Started { lease: lease(), run: None }
}

pub fn intended() -> DocumentEvent {
    let target = TargetName::new("portal").unwrap();
    let intent = Intent { step: 3, values: digest(1), lease: lease().token, target, settles_within: None };
    DocumentEvent::Intended { intent }
}

pub fn confirmed() -> DocumentEvent {
    DocumentEvent::Confirmed { evidence: digest(2), receipt: true }
}

pub fn failed() -> DocumentEvent {
    DocumentEvent::Failed {
        class: FailureClass::System,
        why: Message::new("model.restored-from-backup"),
        retry_at: Some(at(60)),
    }
}

/// A whole life without trouble, from receipt to done.
pub fn smooth_life() -> Vec<DocumentEvent> {
    let done = DocumentEvent::Done;
    vec![received(), read(&[]), started(), intended(), DocumentEvent::Sent { status: Some(200) }, confirmed(), done]
}

pub fn append(id: DocumentId, expected_version: u64, events: Vec<DocumentEvent>) -> Append {
    append_by(Who::Jitan, id, expected_version, events)
}

pub fn append_by(who: Who, id: DocumentId, expected_version: u64, events: Vec<DocumentEvent>) -> Append {
    let events = events.into_iter().map(Event::Document).collect();
    Append { stream: Stream::Document(id), expected_version, who, at: at(0), events }
}

pub fn scenario_append(name: &str, expected_version: u64, events: Vec<ScenarioEvent>) -> Append {
    let events = events.into_iter().map(Event::Scenario).collect();
    Append { stream: Stream::Scenario(scenario(name)), expected_version, who: Who::Jitan, at: at(0), events }
}

/// Options under which segments roll after a few batches, so that stories have several.
pub fn small_segments() -> StoreOptions {
    StoreOptions { segment_bytes: 4_000, ..StoreOptions::default() }
}

/// A folder of its own, removed at the end.
pub struct Place {
    pub folder: DataFolder,
    root: tempfile::TempDir,
}

pub fn place() -> Place {
    let root = tempfile::tempdir().unwrap();
    Place { folder: DataFolder::new(root.path().join("data")), root }
}

impl Place {
    /// A path beside the data folder.
    pub fn elsewhere(&self, name: &str) -> std::path::PathBuf {
        self.root.path().join(name)
    }

    pub fn open(&self) -> JournalStore {
        JournalStore::open(&self.folder, small_segments()).unwrap()
    }
}
