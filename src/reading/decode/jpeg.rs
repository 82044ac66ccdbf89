//! JPEG, by `zune-jpeg` straight to grey. Strict: a file that ends early or lost its way is refused, because the
//! lenient rest would be a blank that nobody wrote.

use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use image::metadata::Orientation;

use super::{Caps, DecodeError, check_size, luma, upright};
use crate::reading::page::Gray;

const KIND: &str = "JPEG";
/// More progressive scans than any camera or scanner writes are an attack on our time.
const MAX_SCANS: usize = 64;

pub(super) fn decode(file: &[u8], caps: Caps) -> Result<Gray, DecodeError> {
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        .jpeg_set_max_scans(MAX_SCANS)
        .jpeg_set_out_colorspace(ColorSpace::Luma);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(file), options);
    decoder.decode_headers().map_err(|_| DecodeError::broken(KIND))?;
    let info = decoder.info().ok_or_else(|| DecodeError::broken(KIND))?;
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    check_size(width.into(), height.into(), caps, KIND)?;
    let four_inks = matches!(decoder.input_colorspace(), Some(ColorSpace::CMYK | ColorSpace::YCCK));
    if four_inks {
        decoder.set_options(options.jpeg_set_out_colorspace(ColorSpace::RGB));
    }
    if !ends_properly(file) {
        return Err(DecodeError::broken(KIND));
    }
    let samples = decoder.decode().map_err(|_| DecodeError::broken(KIND))?;
    let pixels = if four_inks { samples.chunks_exact(3).map(|p| luma(p[0], p[1], p[2])).collect() } else { samples };
    if pixels.len() != width as usize * height as usize {
        return Err(DecodeError::broken(KIND));
    }
    let orientation = decoder.exif().and_then(|exif| Orientation::from_exif_chunk(exif));
    Ok(upright(Gray { width, height, pixels }, orientation.unwrap_or(Orientation::NoTransforms)))
}

/// Whether an end-of-image mark stands behind the last start-of-scan mark: a file cut short has none there.
fn ends_properly(file: &[u8]) -> bool {
    let last = |mark: [u8; 2]| file.windows(2).rposition(|w| w == mark);
    match (last([0xff, 0xda]), last([0xff, 0xd9])) {
        (Some(scan), Some(end)) => scan < end,
        _ => false,
    }
}
