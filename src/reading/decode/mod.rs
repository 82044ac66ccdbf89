//! From a file's bytes to grey pages. The kind is told by content, never by name, and what a file asks for is checked
//! against the caps before anything is decoded.

mod jpeg;
mod letters;
mod pdf;
mod png;
mod tiff;

use image::metadata::Orientation;
use serde::{Deserialize, Serialize};

use crate::message;
use crate::model::message::Message;

use super::page::Gray;
pub use letters::Letter;

/// How much one file may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caps {
    /// Of the file as it arrived.
    pub bytes: u64,
    pub pages: u32,
    /// Of one page: A3 at 600 dpi has 70 million, A4 35 million.
    pub pixels: u64,
}

impl Default for Caps {
    fn default() -> Self {
        Self { bytes: 40 << 20, pages: 200, pixels: 60_000_000 }
    }
}

/// Why a file or one of its pages cannot be decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Broken, empty, encrypted, or of a kind that holds no scan.
    #[error("{0}")]
    Undecodable(Message),
    #[error("{0}")]
    OverCap(Message),
}

impl DecodeError {
    fn broken(kind: &str) -> Self {
        DecodeError::Undecodable(message!("reading.broken-file", kind = kind))
    }
}

/// A file whose kind is known and whose page count is within the cap.
pub struct Pages<'a> {
    source: Source<'a>,
    caps: Caps,
    next: u32,
}

enum Source<'a> {
    Png(&'a [u8]),
    Jpeg(&'a [u8]),
    Tiff(tiff::TiffPages<'a>),
    Pdf(pdf::PdfPages),
}

impl<'a> Pages<'a> {
    /// Tells the kind and counts the pages; decodes none.
    ///
    /// # Errors
    /// If the file is empty, too large, of another kind, encrypted, broken, or has too many pages.
    pub fn open(file: &'a [u8], caps: Caps) -> Result<Self, DecodeError> {
        if file.is_empty() {
            return Err(DecodeError::Undecodable(message!("reading.empty-file")));
        }
        if file.len() as u64 > caps.bytes {
            let limit = caps.bytes >> 20;
            return Err(DecodeError::OverCap(message!("reading.too-many-bytes", megabytes = limit)));
        }
        let source = match Kind::of(file) {
            Some(Kind::Png) => Source::Png(file),
            Some(Kind::Jpeg) => Source::Jpeg(file),
            Some(Kind::Tiff) => Source::Tiff(tiff::TiffPages::open(file, caps)?),
            Some(Kind::Pdf) => Source::Pdf(pdf::PdfPages::open(file)?),
            None => return Err(DecodeError::Undecodable(message!("reading.unknown-kind"))),
        };
        let pages = Self { source, caps, next: 0 };
        match pages.page_count() {
            0 => Err(DecodeError::Undecodable(message!("reading.no-pages"))),
            count if count > caps.pages => {
                Err(DecodeError::OverCap(message!("reading.too-many-pages", limit = caps.pages)))
            }
            _ => Ok(pages),
        }
    }

    /// At least one.
    pub fn page_count(&self) -> u32 {
        match &self.source {
            Source::Png(_) | Source::Jpeg(_) => 1,
            Source::Tiff(pages) => pages.count(),
            Source::Pdf(pages) => pages.count(),
        }
    }
}

impl Iterator for Pages<'_> {
    type Item = Result<Gray, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_with_letters().map(|page| page.map(|(picture, _)| picture))
    }
}

impl Pages<'_> {
    /// The next page, and the letters that it carries beside its picture.
    pub fn next_with_letters(&mut self) -> Option<Result<(Gray, Vec<Letter>), DecodeError>> {
        let index = self.next;
        if index >= self.page_count() {
            return None;
        }
        self.next += 1;
        let picture = match &mut self.source {
            Source::Png(file) => png::decode(file, self.caps),
            Source::Jpeg(file) => jpeg::decode(file, self.caps),
            Source::Tiff(pages) => pages.decode(index),
            Source::Pdf(pages) => return Some(pages.decode(index, self.caps)),
        };
        Some(picture.map(|picture| (picture, Vec::new())))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Png,
    Jpeg,
    Tiff,
    Pdf,
}

impl Kind {
    /// By the file's first bytes. A PDF's mark may stand anywhere in the first kilobyte (ISO 32000-1, annex H.3.4.1).
    fn of(file: &[u8]) -> Option<Self> {
        let head = &file[..file.len().min(1024)];
        if head.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(Kind::Png)
        } else if head.starts_with(&[0xff, 0xd8, 0xff]) {
            Some(Kind::Jpeg)
        } else if head.starts_with(b"II*\0") || head.starts_with(b"MM\0*") {
            Some(Kind::Tiff)
        } else if head.windows(5).any(|w| w == b"%PDF-") {
            Some(Kind::Pdf)
        } else {
            None
        }
    }
}

/// Refuses pictures without pixels and pictures with too many.
fn check_size(width: u64, height: u64, caps: Caps, kind: &str) -> Result<(), DecodeError> {
    if width == 0 || height == 0 {
        return Err(DecodeError::broken(kind));
    }
    if width.saturating_mul(height) > caps.pixels {
        let limit = caps.pixels / 1_000_000;
        return Err(DecodeError::OverCap(message!("reading.too-many-pixels", megapixels = limit)));
    }
    Ok(())
}

/// Brightness as people see it (ITU-R BT.601).
fn luma(r: u8, g: u8, b: u8) -> u8 {
    ((u32::from(r) * 299 + u32::from(g) * 587 + u32::from(b) * 114 + 500) / 1000) as u8
}

/// A value seen through `alpha` on white paper.
fn on_white(value: u8, alpha: u8) -> u8 {
    let (value, alpha) = (u32::from(value), u32::from(alpha));
    ((value * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

/// Grey from interleaved 8-bit samples of one to four channels (grey, grey and alpha, RGB, RGBA).
fn gray_from_samples(samples: &[u8], channels: usize) -> Option<Vec<u8>> {
    Some(match channels {
        1 => samples.to_vec(),
        2 => samples.chunks_exact(2).map(|p| on_white(p[0], p[1])).collect(),
        3 => samples.chunks_exact(3).map(|p| luma(p[0], p[1], p[2])).collect(),
        4 => samples.chunks_exact(4).map(|p| on_white(luma(p[0], p[1], p[2]), p[3])).collect(),
        _ => return None,
    })
}

/// The page as its file says that it is to be seen.
fn upright(page: Gray, orientation: Orientation) -> Gray {
    match orientation {
        Orientation::NoTransforms => page,
        Orientation::Rotate90 => page.turned(1),
        Orientation::Rotate180 => page.turned(2),
        Orientation::Rotate270 => page.turned(3),
        Orientation::FlipHorizontal => mirrored(&page),
        Orientation::FlipVertical => mirrored(&page).turned(2),
        Orientation::Rotate90FlipH => mirrored(&page.turned(1)),
        Orientation::Rotate270FlipH => mirrored(&page.turned(3)),
    }
}

fn mirrored(page: &Gray) -> Gray {
    let mut pixels = page.pixels.clone();
    for row in pixels.chunks_exact_mut(page.width as usize) {
        row.reverse();
    }
    Gray { pixels, ..*page }
}

/// Grey from rows of packed 1-, 2- or 4-bit values, most significant first; 0 is black.
fn gray_from_bits(packed: &[u8], width: u32, height: u32, bits: u8) -> Option<Vec<u8>> {
    let stride = (width as usize * usize::from(bits)).div_ceil(8);
    let most = (1_u16 << bits) - 1;
    let per_byte = 8 / usize::from(bits);
    let mut pixels = Vec::with_capacity(width as usize * height as usize);
    for y in 0..height as usize {
        let row = packed.get(y * stride..(y + 1) * stride)?;
        for x in 0..width as usize {
            let shift = 8 - usize::from(bits) * (x % per_byte + 1);
            let value = u16::from(row[x / per_byte] >> shift) & most;
            pixels.push((value * 255 / most) as u8);
        }
    }
    Some(pixels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_is_told_by_content_and_a_pdf_may_begin_with_other_bytes() {
        assert_eq!(Kind::of(b"junk\n%PDF-1.4"), Some(Kind::Pdf));
        assert_eq!(Kind::of(b"MM\0*"), Some(Kind::Tiff));
        assert_eq!(Kind::of(b"PK\x03\x04"), None);
    }

    #[test]
    fn packed_bits_are_read_from_the_most_significant_and_rows_begin_at_a_byte() {
        let pixels = gray_from_bits(&[0b1010_0000, 0b0100_0000], 3, 2, 1);
        assert_eq!(pixels, Some(vec![255, 0, 255, 0, 255, 0]));
        assert_eq!(gray_from_bits(&[0x0f], 2, 1, 4), Some(vec![0, 255]));
    }

    #[test]
    fn what_is_transparent_is_paper() {
        assert_eq!(gray_from_samples(&[0, 0, 0, 0, 0, 0, 0, 255], 4), Some(vec![255, 0]));
    }
}
