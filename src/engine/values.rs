//! The document's own data: its values in the vault, their digest, and what steps may say.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::{Engine, EngineError};
use crate::message;
use crate::model::document::stage::Document;
use crate::model::id::{Digest, DocumentId, FieldName};
use crate::model::value::{Content, FieldValue, Personal};
use crate::ports::vault::{Folder, Part};

impl Engine {
    /// Stores the values for the document's `version`-th event, which is to vouch for them, and gives the digest under
    /// the document's own key.
    pub(super) async fn keep_values(
        &self,
        id: DocumentId,
        version: u64,
        values: &[FieldValue],
    ) -> Result<Digest, EngineError> {
        let json = Zeroizing::new(serde_json::to_vec(values).expect("values are plain data"));
        self.vault.put(Folder::Document(id), Part::Values(version), json).await?;
        self.digest_values(id, values).await
    }

    /// The document's values, checked against the journal's digest.
    ///
    /// # Errors
    /// If the folder was erased or damaged, or holds other values than the journal vouches for.
    pub async fn values(&self, document: &Document) -> Result<Vec<FieldValue>, EngineError> {
        let json = self.vault.get(Folder::Document(document.id), Part::Values(document.values_version)).await?;
        let values: Vec<FieldValue> = serde_json::from_slice(&json)
            .map_err(|_| EngineError::Refused(message!("daemon.values-unreadable", document = document.id)))?;
        if Some(self.digest_values(document.id, &values).await?) != document.values {
            return Err(EngineError::Refused(message!("daemon.values-differ", document = document.id)));
        }
        Ok(values)
    }

    async fn digest_values(&self, id: DocumentId, values: &[FieldValue]) -> Result<Digest, EngineError> {
        let canonical: BTreeMap<&FieldName, &Content> = values.iter().map(|v| (&v.field, &v.content)).collect();
        let bytes = Zeroizing::new(serde_json::to_vec(&canonical).expect("values are plain data"));
        Ok(self.vault.digest(Folder::Document(id), &bytes).await?)
    }
}

/// What steps may refer to: each name with its text, `None` where nothing is written.
pub fn texts(values: &[FieldValue]) -> BTreeMap<FieldName, Option<Personal>> {
    values.iter().map(|v| (v.field.clone(), v.content.written().cloned())).collect()
}
