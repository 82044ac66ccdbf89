//! TIFF, by the `tiff` crate: many pages, bilevel (G4 and others) to 16 bits, grey, palette, RGB, CMYK.

use std::io::Cursor;

use image::metadata::Orientation;
use tiff::ColorType;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::{PhotometricInterpretation, Tag};

use super::{Caps, DecodeError, check_size, gray_from_bits, gray_from_samples, luma, upright};
use crate::reading::page::Gray;

const KIND: &str = "TIFF";

pub(super) struct TiffPages<'a> {
    file: &'a [u8],
    caps: Caps,
    count: u32,
}

impl<'a> TiffPages<'a> {
    /// Walks the directory chain as far as the cap, which also ends chains that bite their tail.
    pub(super) fn open(file: &'a [u8], caps: Caps) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(Cursor::new(file)).map_err(|_| DecodeError::broken(KIND))?;
        let mut count = 1;
        while decoder.more_images() && count <= caps.pages {
            // A chain that breaks off leaves its earlier pages, and the broken one fails as a page.
            count += 1;
            if decoder.next_image().is_err() {
                break;
            }
        }
        Ok(Self { file, caps, count })
    }

    pub(super) fn count(&self) -> u32 {
        self.count
    }

    pub(super) fn decode(&mut self, index: u32) -> Result<Gray, DecodeError> {
        let broken = |_| DecodeError::broken(KIND);
        let mut decoder = Decoder::new(Cursor::new(self.file)).map_err(broken)?;
        decoder.seek_to_image(index as usize).map_err(broken)?;
        let (width, height) = decoder.dimensions().map_err(broken)?;
        check_size(width.into(), height.into(), self.caps, KIND)?;
        let mut limits = Limits::default();
        limits.decoding_buffer_size = usize::try_from(self.caps.pixels * 8).unwrap_or(usize::MAX);
        limits.intermediate_buffer_size = limits.decoding_buffer_size;
        let mut decoder = decoder.with_limits(limits);
        let color = decoder.colortype().map_err(broken)?;
        let palette = palette(&mut decoder)?;
        let orientation = decoder.find_tag_unsigned::<u8>(Tag::Orientation).ok().flatten();
        let samples = decoder.read_image().map_err(broken)?;
        let pixels = to_gray(samples, color, palette.as_deref(), width, height);
        match pixels {
            Some(pixels) if pixels.len() == width as usize * height as usize => {
                // TIFF and EXIF number orientations alike (TIFF 6.0, section 8).
                let orientation = orientation.and_then(Orientation::from_exif).unwrap_or(Orientation::NoTransforms);
                Ok(upright(Gray { width, height, pixels }, orientation))
            }
            _ => Err(DecodeError::broken(KIND)),
        }
    }
}

/// The grey value of each palette entry, if the page has a palette.
fn palette(decoder: &mut Decoder<Cursor<&[u8]>>) -> Result<Option<Vec<u8>>, DecodeError> {
    let kind = decoder.find_tag_unsigned::<u16>(Tag::PhotometricInterpretation).ok().flatten();
    if kind != Some(PhotometricInterpretation::RGBPalette.to_u16()) {
        return Ok(None);
    }
    let map = decoder.get_tag_u16_vec(Tag::ColorMap).map_err(|_| DecodeError::broken(KIND))?;
    let third = map.len() / 3;
    let entry = |i: usize| (map[i] >> 8) as u8;
    Ok(Some((0..third).map(|i| luma(entry(i), entry(i + third), entry(i + 2 * third))).collect()))
}

fn to_gray(
    samples: DecodingResult,
    color: ColorType,
    palette: Option<&[u8]>,
    width: u32,
    height: u32,
) -> Option<Vec<u8>> {
    let bytes = match samples {
        DecodingResult::U8(bytes) => bytes,
        DecodingResult::U16(words) => words.iter().map(|w| (w >> 8) as u8).collect(),
        _ => return None,
    };
    if let Some(palette) = palette {
        let indices = match color.bit_depth() {
            8 => bytes,
            bits @ (1 | 2 | 4) => {
                let most = 255 / ((1_u16 << bits) - 1);
                let spread = gray_from_bits(&bytes, width, height, bits)?;
                spread.iter().map(|v| (u16::from(*v) / most) as u8).collect()
            }
            _ => return None,
        };
        return indices.iter().map(|i| palette.get(usize::from(*i)).copied()).collect();
    }
    match color {
        ColorType::Gray(bits @ (1 | 2 | 4)) => gray_from_bits(&bytes, width, height, bits),
        ColorType::Gray(8 | 16) => Some(bytes),
        ColorType::GrayA(8 | 16) => gray_from_samples(&bytes, 2),
        ColorType::RGB(8 | 16) => gray_from_samples(&bytes, 3),
        ColorType::RGBA(8 | 16) => gray_from_samples(&bytes, 4),
        ColorType::YCbCr(8) => Some(bytes.chunks_exact(3).map(|p| p[0]).collect()),
        ColorType::CMYK(8 | 16) => Some(bytes.chunks_exact(4).map(inks).collect()),
        _ => None,
    }
}

/// Four inks on white paper.
fn inks(p: &[u8]) -> u8 {
    let rest = |ink: u8| ((255 - u16::from(ink)) * (255 - u16::from(p[3])) / 255) as u8;
    luma(rest(p[0]), rest(p[1]), rest(p[2]))
}
