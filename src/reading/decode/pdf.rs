//! PDF, by `hayro`. A page that shows one picture and nothing else is a scan: its picture is taken as it is. Any
//! other page is drawn at 300 dpi.

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::content::ops::TypedInstruction;
use hayro::hayro_syntax::object::Name;
use hayro::hayro_syntax::object::stream::{ImageColorSpace, ImageDecodeParams};
use hayro::hayro_syntax::object::{Array, Object, Stream};
use hayro::hayro_syntax::page::{Page, Rotation};
use hayro::hayro_syntax::{Filter, LoadPdfError, Pdf};
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};

use super::letters::{Letter, letters};
use super::{Caps, DecodeError, check_size, gray_from_bits, gray_from_samples, jpeg, luma};
use crate::message;
use crate::reading::page::Gray;

const KIND: &str = "PDF";
const DRAWN_DPI: f32 = 300.0;
/// PDF's own unit.
const POINTS_PER_INCH: f32 = 72.0;
/// Pages larger than A2 are drawn smaller, not larger: scanners that write one point a pixel make such pages.
const LONGEST_DRAWN_SIDE: f32 = 7000.0;

pub(super) struct PdfPages {
    pdf: Pdf,
}

impl PdfPages {
    pub(super) fn open(file: &[u8]) -> Result<Self, DecodeError> {
        if !has_end(file) {
            return Err(DecodeError::broken(KIND));
        }
        match Pdf::new(file.to_vec()) {
            Ok(pdf) => Ok(Self { pdf }),
            Err(LoadPdfError::Decryption(_)) => Err(DecodeError::Undecodable(message!("reading.encrypted-pdf"))),
            Err(LoadPdfError::Invalid) => Err(DecodeError::broken(KIND)),
        }
    }

    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.pdf.pages().len()).unwrap_or(u32::MAX)
    }

    /// A page and its letters; one that shows nothing but a picture has none.
    pub(super) fn decode(&mut self, index: u32, caps: Caps) -> Result<(Gray, Vec<Letter>), DecodeError> {
        let page = self.pdf.pages().get(index as usize).ok_or_else(|| DecodeError::broken(KIND))?;
        if let Some(picture) = only_picture(page)
            && let Some(gray) = scan(&picture, caps)?
        {
            return Ok((gray.turned(quarters(page.rotation())), Vec::new()));
        }
        let scale = drawn_scale(page);
        Ok((draw(page, scale, caps)?, letters(page, f64::from(scale))))
    }
}

/// Whether the end mark stands near the end (ISO 32000-1, 7.5.5). A file cut short has none, and what could still be
/// found in it would look like a page on which nobody wrote.
fn has_end(file: &[u8]) -> bool {
    const NEAR: usize = 2048;
    file[file.len().saturating_sub(NEAR)..].windows(5).any(|w| w == b"%%EOF")
}

fn quarters(rotation: Rotation) -> u8 {
    match rotation {
        Rotation::None => 0,
        Rotation::Horizontal => 1,
        Rotation::Flipped => 2,
        Rotation::FlippedHorizontal => 3,
    }
}

/// The page's picture if the page does nothing but place one, upright and not mirrored.
fn only_picture<'a>(page: &Page<'a>) -> Option<Stream<'a>> {
    let mut picture = None;
    let mut operations = page.typed_operations();
    while let Some(operation) = operations.next() {
        match operation {
            TypedInstruction::SaveState(_) | TypedInstruction::RestoreState(_) => {}
            TypedInstruction::Transform(m) => {
                let upright = m.0.as_f64() > 0.0 && m.3.as_f64() > 0.0;
                if !upright || m.1.as_f64() != 0.0 || m.2.as_f64() != 0.0 {
                    return None;
                }
            }
            TypedInstruction::XObject(object) if picture.is_none() => {
                picture = Some(page.resources().get_x_object(object.0)?);
            }
            _ => return None,
        }
    }
    let picture: Stream<'a> = picture?;
    let dict = picture.dict();
    let is_picture = dict.get::<Name<'_>>("Subtype").is_some_and(|name| name.as_ref() == b"Image");
    let plain = ["ImageMask", "SMask", "Mask", "Decode"].iter().all(|key| !dict.contains_key(key));
    (is_picture && plain).then_some(picture)
}

/// The picture's pixels, or nothing if its colours need a real interpreter.
fn scan(picture: &Stream<'_>, caps: Caps) -> Result<Option<Gray>, DecodeError> {
    let broken = || DecodeError::broken(KIND);
    let dict = picture.dict();
    let (width, height) = (dict.get::<u32>("Width").unwrap_or(0), dict.get::<u32>("Height").unwrap_or(0));
    check_size(width.into(), height.into(), caps, KIND)?;
    let channels = channels(picture);
    let filters = picture.filters();
    if filters.as_slice() == [Filter::DctDecode] {
        return match channels {
            Some(1 | 3) => jpeg::decode(&picture.raw_data(), caps).map(Some),
            _ => Ok(None),
        };
    }
    let Some(channels @ (1 | 3)) = channels else { return Ok(None) };
    let bits = dict.get::<u8>("BitsPerComponent").unwrap_or(1);
    let params =
        ImageDecodeParams { bpc: Some(bits), num_components: Some(channels), width, height, ..Default::default() };
    let decoded = picture.decoded_image(&params).map_err(|_| broken())?;
    let (channels, bits) = match &decoded.image_data {
        Some(data) if (data.width, data.height) != (width, height) => return Ok(None),
        Some(data) => match data.color_space {
            Some(ImageColorSpace::Gray) | None => (channels, data.bits_per_component),
            Some(ImageColorSpace::Rgb) => (3, data.bits_per_component),
            Some(_) => return Ok(None),
        },
        None => (channels, bits),
    };
    let pixels = match (channels, bits) {
        (1, 1 | 2 | 4) => gray_from_bits(&decoded.data, width, height, bits),
        (1 | 3, 8) => gray_from_samples(&decoded.data, channels.into()),
        _ => return Ok(None),
    };
    match pixels {
        Some(mut pixels) if pixels.len() >= width as usize * height as usize => {
            pixels.truncate(width as usize * height as usize);
            Ok(Some(Gray { width, height, pixels }))
        }
        _ => Err(broken()),
    }
}

/// One for grey, three for RGB, nothing for colour spaces that are neither.
fn channels(picture: &Stream<'_>) -> Option<u8> {
    match picture.dict().get::<Object<'_>>("ColorSpace")? {
        Object::Name(name) => match name.as_ref() {
            b"DeviceGray" | b"CalGray" => Some(1),
            b"DeviceRGB" | b"CalRGB" => Some(3),
            _ => None,
        },
        Object::Array(array) => named_space(&array),
        _ => None,
    }
}

fn named_space(array: &Array<'_>) -> Option<u8> {
    let mut items = array.iter::<Object<'_>>();
    match items.next()?.into_name()?.as_ref() {
        b"CalGray" => Some(1),
        b"CalRGB" => Some(3),
        b"ICCBased" => items.next()?.into_stream()?.dict().get::<u8>("N").filter(|n| matches!(n, 1 | 3)),
        _ => None,
    }
}

/// Pixels a point.
fn drawn_scale(page: &Page<'_>) -> f32 {
    let (width, height) = page.render_dimensions();
    (DRAWN_DPI / POINTS_PER_INCH).min(LONGEST_DRAWN_SIDE / width.max(height))
}

fn draw(page: &Page<'_>, scale: f32, caps: Caps) -> Result<Gray, DecodeError> {
    let (width, height) = page.render_dimensions();
    check_size((width * scale) as u64, (height * scale) as u64, caps, KIND)?;
    let settings = PixmapSettings { x_scale: scale, y_scale: scale, bg_color: WHITE };
    let drawn = hayro::render(
        page,
        &RenderCache::new(),
        &InterpreterSettings::default(),
        &RenderSettings { force_image_interpolation: true, ..RenderSettings::default() },
        &settings,
    );
    let (width, height) = (u32::from(drawn.width()), u32::from(drawn.height()));
    let pixels = drawn.data().iter().map(|p| luma(p.r, p.g, p.b)).collect();
    Ok(Gray { width, height, pixels })
}
