//! A person at the socket: sees where a document stands, and settles its doubtful fields by what stands on the paper.

use std::collections::BTreeMap;
use std::path::Path;

use jitan::api::client::{Client, Socket};
use jitan::api::types::{Deploy, DeployAnswer, Refusal, ReviewField, ReviewSheet, ScenarioSummary};
use jitan::engine::person::{Act, Sitting, Verdict};
use jitan::model::document::event::RejectReason;
use jitan::model::document::stage::Document;
use jitan::model::id::{DocumentId, FieldName, ScenarioName};
use jitan::model::target::Environment;
use jitan::model::value::{Content, Personal};
use unicode_normalization::UnicodeNormalization;

use super::Night;

/// How long the clerk is said to look at a field.
const SECONDS_A_FIELD: u32 = 4;

/// What stands on a page, by field; a field that is absent was left empty.
pub type Answers = BTreeMap<String, String>;

pub struct Clerk {
    client: Client,
    runtime: tokio::runtime::Runtime,
}

impl Night {
    pub fn clerk(&self) -> Clerk {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let client = runtime.block_on(async { Client::new(Socket::new(&self.path("data/jitan.sock")).unwrap()) });
        Clerk { client, runtime }
    }
}

impl Clerk {
    /// The document that a file became. Handing the same bytes in again tells, and changes nothing.
    pub fn document_of(&self, file: &[u8]) -> DocumentId {
        let scenario = ScenarioName::new("jido-teate").unwrap();
        let received = self.runtime.block_on(self.client.receive(scenario, Environment::Live, file)).unwrap();
        assert!(received.again, "the file had not been taken in");
        received.document
    }

    pub fn sheet(&self, id: DocumentId) -> ReviewSheet {
        self.runtime.block_on(self.client.review_sheet(id)).unwrap()
    }

    /// The header and the row that a record came as.
    pub fn row(&self, id: DocumentId) -> Result<Vec<u8>, Refusal> {
        self.runtime.block_on(self.client.row(id)).map(|row| row.to_vec())
    }

    /// The receipt number that the target gave for a document.
    pub fn receipt(&self, id: DocumentId) -> Option<String> {
        let story = self.runtime.block_on(self.client.document(id)).unwrap();
        story.receipt.map(|number| number.expose().to_owned())
    }

    pub fn deploy(&self, folder: &Path) -> Result<DeployAnswer, Refusal> {
        let folder = folder.display().to_string();
        self.runtime.block_on(self.client.deploy(&Deploy { folder, environment: Environment::Live }))
    }

    pub fn scenarios(&self) -> Vec<ScenarioSummary> {
        self.runtime.block_on(self.client.scenarios()).unwrap()
    }

    /// Hands in what stands in every doubtful field, whether or not it is taken.
    pub fn try_review(&self, id: DocumentId, right: &Answers) -> Result<Document, Refusal> {
        self.sit(&self.sheet(id), right, |field| field.doubtful)
    }

    /// Confirms or corrects every doubtful field. If the days still do not exist, a field that had passed was wrong, and
    /// the clerk looks at all of them; if not even then, the paper itself names such a day and is sent back.
    pub fn review(&self, id: DocumentId, right: &Answers) -> Document {
        let sheet = self.sheet(id);
        let impossible = |reviewed: &Result<Document, Refusal>| {
            reviewed.as_ref().is_err_and(|refusal| refusal.message.code == "daemon.impossible-date")
        };
        let mut reviewed = self.sit(&sheet, right, |field| field.doubtful);
        if impossible(&reviewed) {
            reviewed = self.sit(&sheet, right, |_| true);
        }
        if impossible(&reviewed) {
            let sent_back = Act::Reject { why: RejectReason::Incomplete, seconds: SECONDS_A_FIELD };
            reviewed = self.runtime.block_on(self.client.act(id, &sent_back));
        }
        reviewed.unwrap()
    }

    fn sit(
        &self,
        sheet: &ReviewSheet,
        right: &Answers,
        looks_at: impl Fn(&ReviewField) -> bool,
    ) -> Result<Document, Refusal> {
        let looked_at = sheet.fields.iter().filter(|field| looks_at(field));
        let verdicts: BTreeMap<FieldName, Verdict> =
            looked_at.map(|field| (field.value.field.clone(), verdict(field, right))).collect();
        let seconds = SECONDS_A_FIELD * u32::try_from(verdicts.len()).unwrap();
        let sitting = Sitting { seen_version: sheet.document.version, verdicts, seconds };
        self.runtime.block_on(self.client.review(sheet.document.id, &sitting))
    }
}

fn verdict(field: &ReviewField, right: &Answers) -> Verdict {
    if is_right(field, right) {
        return Verdict::Right;
    }
    let content = match right.get(field.value.field.as_str()) {
        Some(text) => Content::Written(Personal::new(text.as_str())),
        None => Content::Blank,
    };
    Verdict::Corrected { content }
}

/// Whether a value says what stands on the paper, blanks and widths aside.
pub fn is_right(field: &ReviewField, right: &Answers) -> bool {
    let bare = |text: &str| text.nfkc().filter(|c| !c.is_whitespace()).collect::<String>();
    let stands = right.get(field.value.field.as_str()).map(|text| bare(text));
    match &field.value.content {
        Content::Written(text) => Some(bare(text.expose())) == stands,
        Content::Blank => stands.is_none(),
        Content::Unreadable => false,
    }
}
