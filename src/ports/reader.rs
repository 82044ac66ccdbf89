//! Reading a scan or an export: an intake goes in, sheets with fields come out. The daemon never decodes a file itself.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::model::form::{Form, LineContent};
use crate::model::id::{FieldName, FormName};
use crate::model::message::Message;
use crate::model::record::RecordLayout;
use crate::model::value::FieldValue;

/// A form with the pictures of its blank.
#[derive(Debug, Clone)]
pub struct FormWithBlanks {
    pub form: Form,
    /// The picture file of each page, as shipped with the scenario.
    pub blanks: Vec<Vec<u8>>,
}

impl FormWithBlanks {
    /// The form with its own of a folder's files; a picture that is not among them is empty, which no reader takes.
    pub fn of(form: &Form, files: &[(String, Vec<u8>)]) -> Self {
        let picture = |name: &String| files.iter().find(|(file, _)| file == name).map(|(_, bytes)| bytes.clone());
        Self { form: form.clone(), blanks: form.blanks.iter().map(|name| picture(name).unwrap_or_default()).collect() }
    }
}

/// What becomes one document: a page, the pages of one form, or a row.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// Its first page, or its row, in the file, from 1; an export's header is none.
    pub page: u16,
    pub outcome: SheetOutcome,
    pub original: Original,
}

impl Sheet {
    /// A page of the form, from 1, registered on its blank, if there is one.
    pub fn registered(&self, page: u16) -> Option<&Zeroizing<Vec<u8>>> {
        match &self.original {
            Original::Paper { pages, .. } => pages.get(usize::from(page).checked_sub(1)?)?.registered.as_ref(),
            Original::Row { .. } => None,
        }
    }
}

/// What a document keeps of the file it came in: its own, and nobody else's.
#[derive(Debug, Clone)]
pub enum Original {
    Paper {
        /// In the form's order; at least one.
        pages: Vec<PagePicture>,
        /// What is written in its free lines, for a second reader; empty unless one was asked for.
        lines: Vec<LinePicture>,
    },
    /// The export's header and the row, as they arrived.
    Row { csv: Zeroizing<Vec<u8>> },
}

/// A page of paper.
#[derive(Debug, Clone)]
pub struct PagePicture {
    /// As decoded, upright if that could be told (8-bit grey PNG).
    pub png: Zeroizing<Vec<u8>>,
    /// Registered on the blank (8-bit grey PNG, the blank's size), if it could be.
    pub registered: Option<Zeroizing<Vec<u8>>>,
}

/// A free line's writing by itself: print, rules and specks taken away, black on white.
#[derive(Debug, Clone)]
pub struct LinePicture {
    pub field: FieldName,
    pub content: LineContent,
    /// 8-bit grey PNG.
    pub png: Zeroizing<Vec<u8>>,
    pub dots_per_inch: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum SheetOutcome {
    Read {
        /// The form, or the layout of the export.
        form: FormName,
        /// Paper only; of several pages, the one that lies worst.
        registration: Option<Registration>,
        fields: Vec<FieldValue>,
    },
    /// A readable page, but another form or poorly registered; a row that does not fit its header: for a person.
    Refused { why: Message, registration: Option<Registration> },
}

/// How well a page lies on its blank.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Registration {
    /// Share of the blank's printed ink found where it belongs, 0 to 1.
    pub ink_explained: f64,
    /// 95th percentile of the residuals of local anchors, millimetres.
    pub residual_mm: f64,
    /// Found turn, degrees, including quarter turns.
    pub turned_degrees: f64,
}

#[derive(Debug, Clone)]
pub struct Reading {
    /// In the file's order.
    pub sheets: Vec<Sheet>,
    /// Which models, calibration and program read it.
    pub reader: String,
}

/// A file that gave no sheets. None of these is tried again by itself, but for `Crashed`, once.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadError {
    /// Not a file that can be decoded: broken, empty, encrypted, or of an unknown kind.
    #[error("{0}")]
    Undecodable(Message),
    /// More bytes, pixels, pages, memory or time than allowed.
    #[error("{0}")]
    OverCap(Message),
    /// The child process died.
    #[error("{0}")]
    Crashed(Message),
    /// Nothing is wrong with the file; this machine cannot read now (Tesseract missing, say).
    #[error("{0}")]
    Unavailable(Message),
}

impl ReadError {
    /// What to tell a person.
    pub fn message(&self) -> &Message {
        match self {
            ReadError::Undecodable(why)
            | ReadError::OverCap(why)
            | ReadError::Crashed(why)
            | ReadError::Unavailable(why) => why,
        }
    }
}

#[async_trait]
pub trait Reader: Send + Sync {
    /// Reads every page. Holds nothing on disk; safe to call again after a crash.
    async fn read(&self, file: &[u8], forms: &[FormWithBlanks]) -> Result<Reading, ReadError>;

    /// Reads every row of an export of electronic applications, under the same promises.
    async fn read_records(&self, file: &[u8], layout: &RecordLayout) -> Result<Reading, ReadError>;
}
