//! Files that a target offers: what kind they must be, and how large they may be.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::id::FieldName;
use super::locator::Locator;

/// Clicks what offers a file, and keeps it with the document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Download {
    pub click: Locator,
    /// What the file is kept as.
    pub name: FieldName,
    pub kind: FileKind,
    /// A larger one is not taken.
    pub most_bytes: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileKind {
    Pdf,
    Csv,
    Xlsx,
    Zip,
    Png,
}

impl FileKind {
    pub const ALL: [Self; 5] = [Self::Pdf, Self::Csv, Self::Xlsx, Self::Zip, Self::Png];

    /// As its author writes it, and as the file's name ends.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Zip => "zip",
            Self::Png => "png",
        }
    }

    /// Whether a file's content can be of this kind, whatever it is called. A page of words about an error is none.
    pub fn fits(self, bytes: &[u8]) -> bool {
        match self {
            Self::Pdf => bytes.starts_with(b"%PDF-"),
            Self::Png => bytes.starts_with(b"\x89PNG\r\n\x1a\n"),
            // A workbook is an archive.
            Self::Xlsx | Self::Zip => bytes.starts_with(b"PK"),
            Self::Csv => !bytes.contains(&0) && !bytes.trim_ascii_start().starts_with(b"<"),
        }
    }
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_told_by_its_content() {
        let fitting = |bytes: &[u8]| FileKind::ALL.into_iter().filter(|kind| kind.fits(bytes)).collect::<Vec<_>>();
        assert_eq!(fitting(b"%PDF-1.7\n\0"), [FileKind::Pdf]);
        assert_eq!(fitting(b"PK\x03\x04\0"), [FileKind::Xlsx, FileKind::Zip]);
        assert_eq!(fitting("受付番号,氏名\r\n".as_bytes()), [FileKind::Csv]);
        assert_eq!(fitting(b" <!doctype html><p>error</p>"), []);
    }
}
