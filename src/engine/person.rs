//! What people do with documents. Each act is one event of the table; what the person said in words stays in the
//! document's folder.

use std::collections::BTreeMap;

use super::{Engine, EngineError};
use crate::message;
use crate::model::document::event::{DocumentEvent, RejectReason, Settlement};
use crate::model::document::stage::{Document, ReviewNeed, Stage};
use crate::model::form::GroupRule;
use crate::model::id::{DocumentId, FieldName, VersionId, Who};
use crate::model::record::CellShape;
use crate::model::scenario::Shown;
use crate::model::value::{Content, FieldValue, Personal, Provenance};
use crate::ports::store::StoreError;
use crate::ports::vault::Folder;
use crate::reading::decide::date::derive_groups;
use crate::reading::records::shape::in_shape;
use serde::{Deserialize, Serialize};

/// What a person decided about one field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub enum Verdict {
    /// The value as read is right.
    Right,
    /// This is what stands there.
    Corrected { content: Content },
}

/// What a person did with a document in one sitting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sitting {
    /// Number of events the person had seen.
    pub seen_version: u64,
    pub verdicts: BTreeMap<FieldName, Verdict>,
    /// Seconds really spent: running while a field was shown.
    pub seconds: u32,
}

/// An act on a whole document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "act")]
pub enum Act {
    Take,
    Release {
        seconds: u32,
    },
    /// A person entered it in the target.
    FinishByHand {
        seconds: u32,
    },
    /// What became of an unknown outcome.
    Resolve {
        outcome: Settlement,
        seconds: u32,
    },
    Reject {
        why: RejectReason,
        seconds: u32,
    },
    /// Not a duplicate: enter it all the same.
    NotDuplicate {
        seconds: u32,
    },
    /// Try a failed document again.
    Retry,
    Resume,
    Erase,
}

impl Engine {
    /// Performs an act on a document as it now stands.
    ///
    /// # Errors
    /// `Store(Illegal)` if the table does not allow it, a message if there is no such document.
    pub async fn act(&self, who: Who, id: DocumentId, act: Act) -> Result<Document, EngineError> {
        let document = self.existing(id).await?;
        let event = match act {
            Act::Take => DocumentEvent::Taken,
            Act::Release { seconds } => DocumentEvent::Released { seconds },
            Act::FinishByHand { seconds } => DocumentEvent::FinishedByHand { seconds },
            Act::Resolve { outcome, seconds } => DocumentEvent::Settled { outcome, seconds },
            Act::Reject { why, seconds } => DocumentEvent::Rejected { why, seconds },
            Act::NotDuplicate { seconds } => DocumentEvent::DuplicateCleared { seconds },
            Act::Retry => DocumentEvent::Requeued { version: self.goes_on_under(&document).await? },
            Act::Resume => DocumentEvent::Resumed { version: self.goes_on_under(&document).await? },
            Act::Erase => return self.erase(who, document).await,
        };
        let after = self.append(&document, who, vec![event]).await?;
        if after.stage == Stage::Ready { self.check_duplicate(after).await } else { Ok(after) }
    }

    /// The version in force, if it is another one that reads the same forms: a mended scenario reaches what waited for it.
    async fn goes_on_under(&self, document: &Document) -> Result<Option<VersionId>, EngineError> {
        let in_force = self.scenario(&document.scenario).await?.in_force(document.environment);
        let Some(newer) = in_force.filter(|version| *version != document.scenario_version) else { return Ok(None) };
        let Ok(before) = self.deployed(document) else { return Ok(None) };
        let after = self.library.version(&document.scenario, newer).map_err(EngineError::Refused)?;
        Ok(before.bundle.reads_like(&after.bundle).then_some(newer))
    }

    /// Takes a person's verdicts on fields over.
    ///
    /// # Errors
    /// `Conflict` if the document changed since the person saw it; a message for a verdict on an unknown field or one
    /// that says "right" of ink nobody could read.
    pub async fn review(&self, who: Who, id: DocumentId, sitting: Sitting) -> Result<Document, EngineError> {
        let _one_at_a_time = self.reviews.lock().await;
        let document = self.existing(id).await?;
        let Stage::Review { need: ReviewNeed::Fields { fields: doubtful } } = &document.stage else {
            return Err(EngineError::Refused(message!("daemon.not-in-review", document = id)));
        };
        if document.version != sitting.seen_version {
            let (expected, actual) = (sitting.seen_version, document.version);
            return Err(StoreError::Conflict { expected, actual }.into());
        }
        let mut values = self.values(&document).await?;
        let deployed = self.deployed(&document)?;
        let (mut corrected, mut confirmed) = (Vec::new(), Vec::new());
        for (field, verdict) in sitting.verdicts {
            let Some(value) = values.iter_mut().find(|v| v.field == field) else {
                return Err(EngineError::Refused(message!("daemon.no-such-field", field = field)));
            };
            let shown = document.form.as_ref().and_then(|form| deployed.bundle.field(form, &field));
            let was_corrected = settle_value(value, in_its_form(shown, verdict)?, &who)?;
            if was_corrected { corrected.push(field) } else { confirmed.push(field) }
        }
        let settled = |f: &FieldName| corrected.contains(f) || confirmed.contains(f);
        let left: Vec<FieldName> = doubtful.iter().filter(|f| !settled(f)).cloned().collect();
        self.derive_again(&document, &mut values, left.is_empty())?;
        let digest = self.keep_values(id, document.version + 1, &values).await?;
        let event = DocumentEvent::Reviewed { corrected, confirmed, left, values: digest, seconds: sitting.seconds };
        let after = self.append(&document, who, vec![event]).await?;
        self.check_duplicate(after).await
    }

    /// Derived values follow their members. A day that does not exist is not taken over as reviewed, nor are fields that
    /// must say the same and do not: they may be of two people.
    fn derive_again(
        &self,
        document: &Document,
        values: &mut Vec<FieldValue>,
        complete: bool,
    ) -> Result<(), EngineError> {
        let deployed = self.deployed(document)?;
        let Some(form) = deployed.bundle.forms().iter().find(|f| Some(&f.name) == document.form.as_ref()) else {
            return Ok(());
        };
        values.retain(|v| !matches!(v.provenance, Provenance::Derived(_)));
        derive_groups(&form.groups, values);
        let impossible = form
            .groups
            .iter()
            .find(|group| values.iter().any(|v| v.field == group.name && v.content == Content::Unreadable));
        let differ = form.groups.iter().find(|group| match &group.rule {
            GroupRule::Same { fields } => !agree(fields, values),
            _ => false,
        });
        match (impossible, differ) {
            (Some(group), _) if complete => {
                Err(EngineError::Refused(message!("daemon.impossible-date", group = group.label)))
            }
            (_, Some(group)) if complete => {
                Err(EngineError::Refused(message!("daemon.not-the-same", group = group.label)))
            }
            _ => Ok(()),
        }
    }

    async fn existing(&self, id: DocumentId) -> Result<Document, EngineError> {
        let found = self.store.document(id).await?;
        found.ok_or_else(|| EngineError::Refused(message!("daemon.no-such-document", document = id)))
    }

    /// Key first, then the event, then the look-ups: whatever is cut off, nothing says "erased" that is not.
    async fn erase(&self, who: Who, document: Document) -> Result<Document, EngineError> {
        let rule = crate::model::document::table::find(
            Some(document.stage.kind()),
            crate::model::document::event::EventKind::Erased,
        );
        if !rule.is_some_and(|r| r.who.allows(&who)) {
            return Err(EngineError::Refused(message!("daemon.not-erasable", document = document.id)));
        }
        self.vault.erase(Folder::Document(document.id)).await?;
        if Self::is_first(&document) {
            self.vault.erase(Folder::Intake(document.id.intake)).await?;
        }
        let after = self.append(&document, who, vec![DocumentEvent::Erased]).await?;
        self.store.forget(document.id).await?;
        Ok(after)
    }
}

/// What a person typed for a record's field, in the form that steps expect. A day must be one; anything else may be right
/// although its column's shape does not know it.
fn in_its_form(field: Option<Shown<'_>>, verdict: Verdict) -> Result<Verdict, EngineError> {
    let (Some(Shown::InRecord(field)), Verdict::Corrected { content: Content::Written(text) }) = (field, &verdict)
    else {
        return Ok(verdict);
    };
    match in_shape(&field.shape, text.expose()) {
        Ok(normal) => Ok(Verdict::Corrected { content: Content::Written(Personal::new(normal)) }),
        Err(why) if field.shape == CellShape::Date => Err(EngineError::Refused(why)),
        Err(_) => Ok(verdict),
    }
}

/// Whether the value was changed.
fn settle_value(value: &mut FieldValue, verdict: Verdict, who: &Who) -> Result<bool, EngineError> {
    let content = match verdict {
        Verdict::Right if value.content == Content::Unreadable => {
            return Err(EngineError::Refused(message!("daemon.unreadable-is-not-right", field = value.field)));
        }
        Verdict::Right => value.content.clone(),
        Verdict::Corrected { content } => content,
    };
    let changed = content != value.content;
    *value = FieldValue::certain(value.field.clone(), content, Provenance::Person(who.clone()));
    Ok(changed)
}

/// Whether the same stands in all of these fields.
fn agree(fields: &[FieldName], values: &[FieldValue]) -> bool {
    let mut contents = fields.iter().filter_map(|name| values.iter().find(|v| v.field == *name)).map(|v| &v.content);
    let first = contents.next();
    contents.all(|content| Some(content) == first)
}
