//! What travels through the reader's pipes, in both directions: a frame is a JSON header and blobs of bytes.
//!
//! On the wire: the number of parts (u32), each part's length (u64), then the parts; the header is the first. Numbers
//! are little endian. Whoever receives decides how large a frame may be before memory is taken for it.

use std::io::{self, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt};
use zeroize::Zeroizing;

use crate::model::form::{Form, LineContent};
use crate::model::id::FieldName;
use crate::model::record::RecordLayout;
use crate::ports::reader::{ReadError, SheetOutcome};
use crate::reading::decode::Caps;

/// To the child: one file to read. Blobs: the file, then the blanks of each form's pages.
#[derive(Debug, Serialize, Deserialize)]
pub struct Request {
    pub read_as: ReadAs,
    pub caps: Caps,
    /// CPU seconds one page may take.
    pub seconds_per_page: u64,
}

/// What the file is.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadAs {
    /// `with_lines`: sheets come with pictures of their lines.
    Pages {
        forms: Vec<Form>,
        with_lines: bool,
    },
    Rows {
        layout: RecordLayout,
    },
}

/// From the child: any number of sheets, then one end.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Reply {
    /// Blobs: for each page its PNG and, where `registered` says so, that of the registered page; then the pictures of
    /// `lines`.
    Sheet { page: u16, outcome: SheetOutcome, registered: Vec<bool>, lines: Vec<LineHeader> },
    /// Blob: the header and the row.
    Row { number: u16, outcome: SheetOutcome },
    /// Every page was read; `reader` is the fingerprint of what read them.
    Done { reader: String },
    /// The file gave no sheets; whatever came before does not count.
    Failed { error: ReadError },
}

/// A line's picture without its bytes.
#[derive(Debug, Serialize, Deserialize)]
pub struct LineHeader {
    pub field: FieldName,
    pub content: LineContent,
    pub dots_per_inch: u32,
}

/// The most parts a frame may have: a form has some dozens of lines.
const MOST_PARTS: u32 = 1024;
const LENGTH_BYTES: usize = 8;

pub type Blob = Zeroizing<Vec<u8>>;

/// One frame as received.
pub struct Frame {
    header: Blob,
    pub blobs: Vec<Blob>,
}

impl Frame {
    /// The header as the type both sides agreed on.
    ///
    /// # Errors
    /// If it is something else.
    pub fn header<T: DeserializeOwned>(&self) -> io::Result<T> {
        serde_json::from_slice(&self.header).map_err(io::Error::other)
    }
}

/// A frame's bytes up to the blobs, which are written after it as they are: a file is not copied to be sent.
///
/// # Errors
/// If the header cannot be written as JSON.
pub fn prelude(header: &impl Serialize, blobs: &[&[u8]]) -> io::Result<Blob> {
    let header = Zeroizing::new(serde_json::to_vec(header).map_err(io::Error::other)?);
    let parts = u32::try_from(blobs.len() + 1).map_err(io::Error::other)?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(4 + LENGTH_BYTES * (blobs.len() + 1) + header.len()));
    bytes.extend(parts.to_le_bytes());
    bytes.extend((header.len() as u64).to_le_bytes());
    for blob in blobs {
        bytes.extend((blob.len() as u64).to_le_bytes());
    }
    bytes.extend(header.iter());
    Ok(bytes)
}

/// # Errors
/// If the pipe is closed.
pub fn write(pipe: &mut impl Write, header: &impl Serialize, blobs: &[&[u8]]) -> io::Result<()> {
    pipe.write_all(&prelude(header, blobs)?)?;
    for blob in blobs {
        pipe.write_all(blob)?;
    }
    pipe.flush()
}

/// The next frame, or nothing if the pipe was closed between frames.
///
/// # Errors
/// If the pipe breaks off within a frame, or the frame has more than `most_bytes`.
pub fn read(pipe: &mut impl Read, most_bytes: u64) -> io::Result<Option<Frame>> {
    let mut count = [0; 4];
    if pipe.read(&mut count[..1])? == 0 {
        return Ok(None);
    }
    pipe.read_exact(&mut count[1..])?;
    let mut lengths = vec![0; lengths_size(count)?];
    pipe.read_exact(&mut lengths)?;
    let mut parts = empty_parts(&lengths, most_bytes)?;
    for part in &mut parts {
        pipe.read_exact(part)?;
    }
    Ok(Some(frame(parts)))
}

/// The same, without blocking the thread.
///
/// # Errors
/// If the pipe is closed, or the frame has more than `most_bytes` (kind `FileTooLarge`).
pub async fn read_async(pipe: &mut (impl AsyncRead + Unpin), most_bytes: u64) -> io::Result<Frame> {
    let mut count = [0; 4];
    pipe.read_exact(&mut count).await?;
    let mut lengths = vec![0; lengths_size(count)?];
    pipe.read_exact(&mut lengths).await?;
    let mut parts = empty_parts(&lengths, most_bytes)?;
    for part in &mut parts {
        pipe.read_exact(part).await?;
    }
    Ok(frame(parts))
}

fn lengths_size(count: [u8; 4]) -> io::Result<usize> {
    match u32::from_le_bytes(count) {
        parts @ 1..=MOST_PARTS => Ok(parts as usize * LENGTH_BYTES),
        _ => Err(io::Error::new(io::ErrorKind::InvalidData, "not a frame")),
    }
}

fn empty_parts(lengths: &[u8], most_bytes: u64) -> io::Result<Vec<Blob>> {
    let lengths = lengths.as_chunks::<LENGTH_BYTES>().0.iter().map(|bytes| u64::from_le_bytes(*bytes));
    let total = lengths.clone().fold(0_u64, u64::saturating_add);
    if total > most_bytes {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the frame is over its cap"));
    }
    Ok(lengths.map(|length| Zeroizing::new(vec![0; length as usize])).collect())
}

fn frame(mut parts: Vec<Blob>) -> Frame {
    let blobs = parts.split_off(1);
    let header = parts.pop().expect("a frame has at least one part: lengths_size refuses none");
    Frame { header, blobs }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent() -> Vec<u8> {
        let mut bytes = Vec::new();
        write(&mut bytes, &Reply::Done { reader: "r".into() }, &[b"abc", b""]).unwrap();
        bytes
    }

    #[test]
    fn a_frame_arrives_as_it_was_sent() {
        let mut bytes = sent().as_slice().to_vec();
        bytes.extend(sent());
        let mut pipe = bytes.as_slice();
        for _ in 0..2 {
            let frame = read(&mut pipe, 1000).unwrap().unwrap();
            assert!(matches!(frame.header().unwrap(), Reply::Done { reader } if reader == "r"));
            assert_eq!(frame.blobs.iter().map(|b| b.as_slice()).collect::<Vec<_>>(), [b"abc".as_slice(), b""]);
        }
        assert!(read(&mut pipe, 1000).unwrap().is_none());
    }

    #[test]
    fn a_frame_cut_anywhere_is_an_error_and_never_a_frame() {
        let bytes = sent();
        for end in 1..bytes.len() {
            assert!(read(&mut &bytes[..end], 1000).is_err(), "cut at {end}");
        }
    }

    #[test]
    fn a_frame_over_the_cap_takes_no_memory() {
        let mut bytes = vec![2, 0, 0, 0];
        bytes.extend(2_u64.to_le_bytes());
        bytes.extend(u64::MAX.to_le_bytes());
        let refusal = read(&mut bytes.as_slice(), 1 << 20).err().unwrap();
        assert_eq!(refusal.kind(), io::ErrorKind::FileTooLarge);
    }
}
