//! What came of trying a version in its target's test environment.

use super::{Engine, EngineError};
use crate::model::document::event::DocumentEvent;
use crate::model::id::{ScenarioName, VersionId};
use crate::model::journal::{Event, Stream};
use crate::model::message::Message;
use crate::model::target::Environment;
use crate::ports::store::DocumentFilter;

const UNDECLARED: [&str; 2] = ["entering.undeclared-write", "entering.undeclared-sent"];

impl Engine {
    /// Why this version cannot go live: a page of its sent, or was about to send, outside its submit, what nobody declared. The
    /// first such message of its trials.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn undeclared_in_trial(
        &self,
        scenario: &ScenarioName,
        version: VersionId,
    ) -> Result<Option<Message>, EngineError> {
        let all = DocumentFilter { scenario: Some(scenario.clone()), stages: Vec::new() };
        let documents = self.store.documents(&all).await?;
        for document in documents.iter().filter(|d| d.environment == Environment::Test) {
            let mut under = None;
            for record in self.store.load(&Stream::Document(document.id)).await? {
                match record.event {
                    Event::Document(DocumentEvent::Received { version, .. }) => under = Some(version),
                    Event::Document(
                        DocumentEvent::Requeued { version: Some(newer) }
                        | DocumentEvent::Resumed { version: Some(newer) },
                    ) => under = Some(newer),
                    Event::Document(DocumentEvent::Held { why } | DocumentEvent::Failed { why, .. })
                        if under == Some(version) && UNDECLARED.contains(&why.code.as_ref()) =>
                    {
                        return Ok(Some(why));
                    }
                    _ => {}
                }
            }
        }
        Ok(None)
    }
}
