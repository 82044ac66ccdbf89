//! Printed codes that machines read: QR codes, and bars. What a code says carries its own check; bars are read at several
//! heights besides, since a slanting or broken code can be read short.

use std::collections::HashSet;

use rxing::helpers::detect_in_luma_slice_with_hints;
use rxing::{BarcodeFormat, DecodeHints};

use crate::model::form::CodeKind;
use crate::model::value::Rect;
use crate::reading::page::{Gray, PixelRect};
use crate::reading::register::Registered;
use crate::reading::scale::resized;

/// A code needs its quiet zone around it, in mm.
const QUIET_MM: f64 = 2.0;
/// Bars are read in so many strips, one above the other; in the whole only if no strip can be read.
const STRIPS: u32 = 5;

/// What stands in a zone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CodesRead {
    /// Texts by how often they were read, each once.
    pub texts: Vec<String>,
    /// Read in two places of the code, or with error correction of its own.
    pub confirmed: bool,
}

/// Reads the codes of these kinds in a zone of the page.
pub fn read_codes(rect: Rect, kinds: &[CodeKind], registered: &Registered) -> CodesRead {
    let window = registered.pixels(rect, QUIET_MM);
    let whole = registered.page.cut(window);
    let (square, bars): (Vec<CodeKind>, Vec<CodeKind>) = kinds.iter().partition(|kind| **kind == CodeKind::Qr);
    let mut found: Vec<(String, usize)> = Vec::new();
    let mut saw = |text: String, weight: usize| match found.iter_mut().find(|(known, _)| *known == text) {
        Some((_, count)) => *count += weight,
        None => found.push((text, weight)),
    };
    if let Some(text) = decoded(&whole, &square) {
        saw(text, 2);
    }
    if !bars.is_empty() {
        let strip = whole.height / STRIPS;
        let part = |n: u32| PixelRect { left: 0, top: n * strip, right: whole.width, bottom: (n + 1) * strip };
        let mut texts: Vec<String> = (0..STRIPS).filter_map(|n| decoded(&whole.cut(part(n)), &bars)).collect();
        if texts.is_empty() {
            texts.extend(decoded(&whole, &bars));
        }
        texts.into_iter().for_each(|text| saw(text, 1));
    }
    found.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let confirmed = found.first().is_some_and(|(_, count)| *count >= 2);
    CodesRead { texts: found.into_iter().map(|(text, _)| text).collect(), confirmed }
}

/// The first code found, tried in two sizes: small modules need more dots.
fn decoded(picture: &Gray, kinds: &[CodeKind]) -> Option<String> {
    if kinds.is_empty() || picture.width == 0 || picture.height == 0 {
        return None;
    }
    let formats: HashSet<BarcodeFormat> = kinds.iter().flat_map(|kind| formats(*kind)).copied().collect();
    read_with(picture, &formats).or_else(|| read_with(&resized(picture, 2.0), &formats))
}

fn read_with(picture: &Gray, formats: &HashSet<BarcodeFormat>) -> Option<String> {
    let hints = || DecodeHints { PossibleFormats: Some(formats.clone()), TryHarder: Some(true), ..Default::default() };
    // The library takes pictures from anywhere; should one upset it, that is a code that was not read.
    let read = std::panic::catch_unwind(|| {
        detect_in_luma_slice_with_hints(&picture.pixels, picture.width, picture.height, None, &mut hints())
    });
    Some(read.ok()?.ok()?.getText().to_owned()).filter(|text| !text.is_empty())
}

/// What the library calls the codes of a kind; the first is the usual one.
pub fn formats(kind: CodeKind) -> &'static [BarcodeFormat] {
    match kind {
        CodeKind::Qr => &[BarcodeFormat::QR_CODE],
        CodeKind::Jan => &[BarcodeFormat::EAN_13, BarcodeFormat::EAN_8],
        CodeKind::Code128 => &[BarcodeFormat::CODE_128],
        CodeKind::Code39 => &[BarcodeFormat::CODE_39],
        CodeKind::Nw7 => &[BarcodeFormat::CODABAR],
        CodeKind::Itf => &[BarcodeFormat::ITF],
    }
}
