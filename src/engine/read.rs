//! Paper or a row becomes values. Every sheet of an intake (a page, the pages of one form, a row) is a document of its own;
//! the first one's reading creates the others, and is itself recorded last, so that a crash in between is healed by reading
//! again.

use zeroize::Zeroizing;

use super::intake::{Destination, first_document, received};
use super::{Engine, EngineError};
use crate::message;
use crate::model::document::event::{DocumentEvent, FailureClass, Medium};
use crate::model::document::stage::{Document, Stage};
use crate::model::id::{DocumentId, Who};
use crate::model::journal::{Event, Stream};
use crate::model::scenario::ReadFrom;
use crate::model::value::{FieldValue, Provenance};
use crate::ports::library::Deployed;
use crate::ports::reader::{Original, ReadError, Reading, Sheet, SheetOutcome};
use crate::ports::store::{Append, StoreError};
use crate::ports::vault::{Folder, Part};

/// A further document of a file is received (1) and read (2) in one append.
const READ_AT_BIRTH: u64 = 2;

impl Engine {
    /// Reads the intake that this document is the first of, and records what came of it.
    ///
    /// # Errors
    /// Only if the store or the folders fail; a file that cannot be read is an event of the document.
    pub async fn read(&self, document: Document) -> Result<Document, EngineError> {
        let deployed = match self.deployed(&document) {
            Ok(deployed) => deployed,
            Err(EngineError::Refused(why)) => return self.fail_reading(&document, FailureClass::System, why).await,
            Err(other) => return Err(other),
        };
        let folder = Folder::Intake(document.id.intake);
        let source = self.vault.get(folder, Part::Source).await?;
        let reading = match self.read_file(&source, &deployed).await {
            Err(ReadError::Crashed(first)) => {
                tracing::warn!(document = %document.id, why = %first, "reader crashed, trying once more");
                self.read_file(&source, &deployed).await
            }
            other => other,
        };
        match reading {
            Ok(reading) if reading.sheets.is_empty() => {
                self.fail_reading(&document, FailureClass::Business, message!("daemon.no-pages")).await
            }
            Ok(reading) => self.split(document, &deployed, reading, source).await,
            Err(ReadError::Unavailable(why)) => self.fail_reading(&document, FailureClass::System, why).await,
            Err(ReadError::Undecodable(why) | ReadError::OverCap(why) | ReadError::Crashed(why)) => {
                self.fail_reading(&document, FailureClass::Business, why).await
            }
        }
    }

    async fn read_file(&self, source: &[u8], deployed: &Deployed) -> Result<Reading, ReadError> {
        match &deployed.bundle.read_from {
            ReadFrom::Paper(_) => self.reader.read(source, &deployed.forms).await,
            ReadFrom::Records(layout) => self.reader.read_records(source, layout).await,
        }
    }

    async fn fail_reading(
        &self,
        document: &Document,
        class: FailureClass,
        why: crate::model::message::Message,
    ) -> Result<Document, EngineError> {
        let retry_at = match class {
            FailureClass::Business => None,
            FailureClass::System => {
                let retry = self.deployed(document).map(|d| d.bundle.scenario.retry).ok();
                retry.and_then(|r| r.wait_after(document.failures + 1)).map(|wait| self.now() + wait)
            }
        };
        self.append(document, Who::Jitan, vec![DocumentEvent::Failed { class, why, retry_at }]).await
    }

    async fn split(
        &self,
        first: Document,
        deployed: &Deployed,
        reading: Reading,
        source: Zeroizing<Vec<u8>>,
    ) -> Result<Document, EngineError> {
        let Reading { sheets, reader } = reading;
        let count = sheets.len();
        let mut first_outcome = None;
        for (index, sheet) in sheets.into_iter().enumerate() {
            let position = u16::try_from(index + 1).map_err(|_| EngineError::Refused(message!("daemon.no-pages")))?;
            let id = DocumentId { intake: first.id.intake, position };
            if position > 1 && self.store.document(id).await?.is_some() {
                continue; // an earlier reading was cut off after it; a person may have corrected it since
            }
            let vouched_by = if position == 1 { first.version + 1 } else { READ_AT_BIRTH };
            let event = self.keep_sheet(id, vouched_by, deployed, &reader, sheet).await?;
            if position == 1 {
                first_outcome = Some(event);
            } else {
                self.bear(id, &first, deployed.bundle.medium(), event).await?;
            }
        }
        if count == 1 && deployed.bundle.medium() == Medium::Paper {
            // The only document keeps the file as it arrived; several keep their own pages each, and a row is itself.
            self.vault.put(Folder::Document(first.id), Part::Source, source).await?;
        }
        let event = first_outcome.expect("the caller checked that there is a page");
        let read = self.append(&first, Who::Jitan, vec![event]).await?;
        self.vault.erase(Folder::Intake(first.id.intake)).await?;
        self.check_duplicate(read).await
    }

    /// Stores a page or a row and its values; gives the event that tells of it.
    async fn keep_sheet(
        &self,
        id: DocumentId,
        vouched_by: u64,
        deployed: &Deployed,
        reader: &str,
        sheet: Sheet,
    ) -> Result<DocumentEvent, EngineError> {
        let folder = Folder::Document(id);
        match sheet.original {
            Original::Paper { pages, .. } => {
                for (number, page) in (1..).zip(pages) {
                    self.vault.put(folder, Part::Page(number), page.png).await?;
                    if let Some(png) = page.registered {
                        self.vault.put(folder, Part::Registered(number), png).await?;
                    }
                }
            }
            Original::Row { csv } => self.vault.put(folder, Part::Row, csv).await?,
        }
        match sheet.outcome {
            SheetOutcome::Refused { why, .. } => Ok(DocumentEvent::PageRefused { why }),
            SheetOutcome::Read { form, fields, .. } => {
                let digest = self.keep_values(id, vouched_by, &fields).await?;
                Ok(DocumentEvent::Read {
                    form,
                    reader: reader.to_owned(),
                    fields: u32::try_from(fields.len()).unwrap_or(u32::MAX),
                    doubtful: doubtful(deployed, &fields),
                    values: digest,
                })
            }
        }
    }

    /// A further document of the same file.
    async fn bear(
        &self,
        id: DocumentId,
        first: &Document,
        medium: Medium,
        outcome: DocumentEvent,
    ) -> Result<(), EngineError> {
        let to = Destination {
            scenario: first.scenario.clone(),
            version: first.scenario_version,
            environment: first.environment,
            run: None,
            medium,
        };
        let append = Append {
            stream: Stream::Document(id),
            expected_version: 0,
            who: Who::Jitan,
            at: self.now(),
            events: vec![Event::Document(received(&to)), Event::Document(outcome)],
        };
        match self.store.append(append).await {
            Ok(committed) => {
                if let Some(document) = committed.document.filter(|d| d.stage == Stage::Ready) {
                    self.check_duplicate(document).await?;
                }
                Ok(())
            }
            Err(StoreError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether the document must be read as part of another: only the first of an intake is.
    pub fn is_first(document: &Document) -> bool {
        document.id == first_document(document.id.intake)
    }
}

/// Fields that a person must look at, in the form's order. A derived value is as good as the fields it comes from.
pub fn doubtful(deployed: &Deployed, fields: &[FieldValue]) -> Vec<crate::model::id::FieldName> {
    let waiting = deployed.bundle.scenario.reading.waiting(fields);
    let derived = |f: &FieldValue| matches!(f.provenance, Provenance::Derived(_));
    fields.iter().filter(|f| waiting.contains(&f.field) && !derived(f)).map(|f| f.field.clone()).collect()
}
