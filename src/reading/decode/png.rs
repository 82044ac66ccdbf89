//! PNG, by the `image` crate under its own memory limit.

use std::io::Cursor;

use image::codecs::png::PngDecoder;
use image::{DynamicImage, ImageDecoder, Limits};

use super::{Caps, DecodeError, check_size, gray_from_samples};
use crate::reading::page::Gray;

pub(super) fn decode(file: &[u8], caps: Caps) -> Result<Gray, DecodeError> {
    let broken = |_| DecodeError::broken("PNG");
    let mut limits = Limits::default();
    // 16-bit RGBA takes eight bytes a pixel; text chunks get no more than a page.
    limits.max_alloc = Some(caps.pixels * 8);
    let decoder = PngDecoder::with_limits(Cursor::new(file), limits).map_err(broken)?;
    let (width, height) = decoder.dimensions();
    check_size(width.into(), height.into(), caps, "PNG")?;
    let picture = DynamicImage::from_decoder(decoder).map_err(broken)?;
    let pixels = match picture {
        DynamicImage::ImageLuma8(grey) => grey.into_raw(),
        DynamicImage::ImageLuma16(grey) => grey.into_raw().iter().map(|v| (v >> 8) as u8).collect(),
        other => {
            let rgba = other.into_rgba8();
            gray_from_samples(rgba.as_raw(), 4).expect("four channels are known")
        }
    };
    Ok(Gray { width, height, pixels })
}
