//! Printed codes that machines read: QR codes, and bars. What a code says carries its own check; bars are read at several
//! heights besides, since a slanting or broken code can be read short.

use rxing::{BarcodeFormat, DecodeHints};

use crate::model::form::CodeKind;
use crate::model::value::Rect;
use crate::reading::page::Gray;
use crate::reading::register::{PixelRect, Registered};
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
    let whole = cut(&registered.page, window);
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
        let mut texts: Vec<String> = (0..STRIPS).filter_map(|n| decoded(&cut(&whole, part(n)), &bars)).collect();
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
    [1.0, 2.0].into_iter().find_map(|scale| {
        let picture = if scale > 1.0 { resized(picture, scale) } else { picture.clone() };
        // The library takes pictures from anywhere; should one upset it, that is a code that was not read.
        let read = std::panic::catch_unwind(|| {
            let formats = kinds.iter().flat_map(|kind| formats(*kind)).copied().collect();
            let mut hints = DecodeHints { PossibleFormats: Some(formats), TryHarder: Some(true), ..Default::default() };
            let (width, height) = (picture.width, picture.height);
            rxing::helpers::detect_in_luma_with_hints(picture.pixels, width, height, None, &mut hints)
        });
        Some(read.ok()?.ok()?.getText().to_owned()).filter(|text| !text.is_empty())
    })
}

fn formats(kind: CodeKind) -> &'static [BarcodeFormat] {
    match kind {
        CodeKind::Qr => &[BarcodeFormat::QR_CODE],
        CodeKind::Jan => &[BarcodeFormat::EAN_13, BarcodeFormat::EAN_8],
        CodeKind::Code128 => &[BarcodeFormat::CODE_128],
        CodeKind::Code39 => &[BarcodeFormat::CODE_39],
        CodeKind::Nw7 => &[BarcodeFormat::CODABAR],
        CodeKind::Itf => &[BarcodeFormat::ITF],
    }
}

fn cut(page: &Gray, window: PixelRect) -> Gray {
    let mut part = Gray::filled(window.width(), window.height(), 255);
    for (y, row) in (window.top..window.bottom).zip(part.pixels.chunks_exact_mut(window.width().max(1) as usize)) {
        row.copy_from_slice(&page.row(y)[window.left as usize..window.right as usize]);
    }
    part
}
