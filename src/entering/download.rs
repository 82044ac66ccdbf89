//! A file that a page offered: kept only if it is what the step expects.

use zeroize::Zeroizing;

use super::error::{EnterError, ErrorKind, words};
use crate::message;
use crate::model::download::{Download, FileKind};
use crate::model::id::FieldName;
use crate::model::step::Line;
use crate::ports::browser::FileEnd;

/// A file that a page offered, of the kind that was expected.
#[derive(Debug, Clone, PartialEq)]
pub struct TakenFile {
    pub name: FieldName,
    pub kind: FileKind,
    pub bytes: Zeroizing<Vec<u8>>,
}

/// The file, or why the document stops.
pub(super) fn kept(download: &Download, line: &Line, end: FileEnd) -> Result<TakenFile, EnterError> {
    let (kind, locator) = (download.kind, words(&download.click));
    let (failure, why) = match end {
        FileEnd::Whole(offered) if kind.fits(&offered.bytes) => {
            return Ok(TakenFile { name: download.name.clone(), kind, bytes: offered.bytes });
        }
        FileEnd::Whole(_) => {
            (ErrorKind::ScreenChanged, message!("entering.download-other-kind", line = line, kind = kind))
        }
        FileEnd::TooLarge => {
            let most = download.most_bytes / 1_000_000;
            (ErrorKind::Business, message!("entering.download-too-large", line = line, most = most))
        }
        FileEnd::Broken => (ErrorKind::System, message!("entering.download-broken", line = line)),
        FileEnd::NotOffered => {
            (ErrorKind::ScreenChanged, message!("entering.no-download", line = line, locator = locator))
        }
    };
    Err(EnterError::new(failure, why))
}
