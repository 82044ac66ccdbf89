//! What is kept of a passage in the document's folder: what the target showed, said and offered, pictures, the trace.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::EngineError;
use super::enter::Passage;
use crate::entering::Job;
use crate::entering::prepare::TakenFile;
use crate::entering::trace::Failure;
use crate::model::download::FileKind;
use crate::model::id::{Digest, FieldName};
use crate::model::value::Personal;
use crate::ports::browser::{Picture, Session};
use crate::ports::vault::{Folder, Part};

/// What the target showed on completion, kept in the document's folder.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Receipt {
    pub number: Option<Personal>,
    /// What steps took from the pages.
    #[serde(default)]
    pub taken: Vec<(FieldName, Personal)>,
    /// Files that the target offered.
    #[serde(default)]
    pub files: Vec<KeptFile>,
}

/// A file in the document's folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptFile {
    pub number: u16,
    pub name: FieldName,
    pub kind: FileKind,
    pub bytes: usize,
}

/// What the target said about this document, kept in its folder: it may be personal.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Remarks {
    pub said: Personal,
}

impl Passage<'_> {
    pub(super) async fn keep_files(&self, receipt: &mut Receipt, files: &[TakenFile]) -> Result<(), EngineError> {
        for TakenFile { name, kind, bytes } in files {
            let number = u16::try_from(receipt.files.len() + 1).unwrap_or(u16::MAX);
            let folder = Folder::Document(self.document.id);
            self.engine.vault.put(folder, Part::File(number), bytes.clone()).await?;
            receipt.files.push(KeptFile { number, name: name.clone(), kind: *kind, bytes: bytes.len() });
        }
        Ok(())
    }

    pub(super) async fn keep_receipt(&self, receipt: &Receipt) -> Result<Digest, EngineError> {
        let folder = Folder::Document(self.document.id);
        let json = Zeroizing::new(serde_json::to_vec(receipt).expect("a receipt is plain data"));
        let digest = self.engine.vault.digest(folder, &json).await?;
        self.engine.vault.put(folder, Part::Receipt, json).await?;
        Ok(digest)
    }

    /// Its number, if there is one.
    pub(super) async fn keep_picture(&self, picture: Option<Picture>) -> Result<Option<u16>, EngineError> {
        let Some(Picture(png)) = picture else { return Ok(None) };
        let number = u16::try_from(self.document.version).unwrap_or(u16::MAX);
        self.engine.vault.put(Folder::Document(self.document.id), Part::Picture(number), png).await?;
        Ok(Some(number))
    }

    pub(super) async fn keep_trace(
        &self,
        session: &mut dyn Session,
        job: &Job<'_>,
        failure: Option<Failure>,
        picture: Option<u16>,
    ) -> Result<(), EngineError> {
        let trace = job.trail.ended(session, failure, picture);
        self.engine.keep_trace(self.document.id, self.begun, &trace).await
    }

    pub(super) async fn keep_remarks(&self, said: Personal) -> Result<(), EngineError> {
        let json = Zeroizing::new(serde_json::to_vec(&Remarks { said }).expect("remarks are plain data"));
        self.engine.vault.put(Folder::Document(self.document.id), Part::Remarks, json).await?;
        Ok(())
    }
}
