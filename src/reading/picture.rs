//! The registered page with every zone and its value drawn in, for people: green passes, amber waits for a person, red
//! could not be read. The page itself is paled, so that the colours stand out.

use std::collections::BTreeSet;

use ab_glyph::{Font, FontVec, PxScale, ScaleFont, point};
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder, Rgb, RgbImage};

use crate::model::form::{FieldKind, Form, PageSize};
use crate::model::id::FieldName;
use crate::model::value::{Content, FieldValue, Rect};

use super::decode::{Caps, DecodeError, Pages};
use super::page::Gray;
use super::register::pixel_rect;
use crate::message;

/// What a field's colour says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Light {
    /// Passes unseen.
    Green,
    /// Waits for a person.
    Amber,
    /// Nothing could be read.
    Red,
}

impl Light {
    /// For a field; `waiting` are those that a person must look at.
    pub fn of(value: &FieldValue, waiting: &BTreeSet<FieldName>) -> Light {
        match value.content {
            Content::Unreadable => Light::Red,
            _ if waiting.contains(&value.field) => Light::Amber,
            _ => Light::Green,
        }
    }

    fn ink(self) -> Rgb<u8> {
        match self {
            Light::Green => Rgb([0, 128, 55]),
            Light::Amber => Rgb([200, 105, 0]),
            Light::Red => Rgb([200, 20, 30]),
        }
    }

    /// For the inside of a zone: how much of red, green and blue the paper keeps, of 255.
    fn tint(self) -> [u16; 3] {
        match self {
            Light::Green => [225, 248, 230],
            Light::Amber => [255, 240, 205],
            Light::Red => [255, 222, 222],
        }
    }
}

/// Height of a value's text, in mm.
const TEXT_MM: f64 = 3.0;
/// A zone's frame, in mm.
const FRAME_MM: f64 = 0.3;
/// Drawn at half the page's resolution: enough for a screen, and quick to open.
const STEP: u32 = 2;

struct Canvas<'a> {
    picture: RgbImage,
    dots_per_mm: f64,
    font: Option<&'a FontVec>,
}

/// Draws the fields' zones and values over the registered page, both PNG, with those marked that wait for a person.
/// Without a font the zones alone.
///
/// # Errors
/// If the page is no picture.
pub fn draw(
    page_png: &[u8],
    form: &Form,
    fields: &[FieldValue],
    waiting: &BTreeSet<FieldName>,
    font: Option<&FontVec>,
) -> Result<Vec<u8>, DecodeError> {
    let page = &decoded(page_png)?;
    let dots_per_mm = f64::from(page.width) / form.page.width / f64::from(STEP);
    let mut canvas = Canvas { picture: paled(page), dots_per_mm, font };
    let known = || fields.iter().filter_map(|value| Some((value, form.field(&value.field)?)));
    for (value, field) in known() {
        let light = Light::of(value, waiting);
        for zone in field.kind.places() {
            canvas.zone(zone, light);
        }
    }
    for (value, field) in known() {
        let light = Light::of(value, waiting);
        if let FieldKind::Choice { options } = &field.kind {
            let chosen = value.content.written().map_or("", |text| text.expose());
            options.iter().filter(|o| o.value == chosen).for_each(|option| canvas.chosen(option.rect, light));
        }
        if let Some(extent) = field.extent() {
            canvas.label(extent, &shown(value), light);
        }
    }
    Ok(canvas.into_png())
}

/// A page that was refused, framed in red with the reason above it.
///
/// # Errors
/// If the page is no picture.
pub fn refused(page_png: &[u8], why: &str, font: Option<&FontVec>) -> Result<Vec<u8>, DecodeError> {
    /// Taken for the text's size only: what page it is is not known.
    const WIDTH_MM: f64 = 210.0;
    let page = &decoded(page_png)?;
    let picture = paled(page);
    let dots_per_mm = f64::from(picture.width()) / WIDTH_MM;
    let height = f64::from(picture.height()) / dots_per_mm;
    let mut canvas = Canvas { picture, dots_per_mm, font };
    for inset in 0..3 {
        let inset = f64::from(inset) * FRAME_MM;
        let frame = Rect { x: inset, y: inset, width: WIDTH_MM - 2.0 * inset, height: height - 2.0 * inset };
        canvas.frame(frame, Light::Red);
    }
    canvas.label(Rect { x: 4.0, y: 8.0, width: 0.0, height: 0.0 }, why, Light::Red);
    Ok(canvas.into_png())
}

/// What was written at a place of a registered page, with some paper around it: writing overruns its box.
///
/// # Errors
/// If the page is no picture.
pub fn crop(page_png: &[u8], size: PageSize, place: Rect) -> Result<Vec<u8>, DecodeError> {
    const PAPER_MM: f64 = 3.0;
    let page = decoded(page_png)?;
    Ok(cut(&page, place, PAPER_MM, f64::from(page.width) / size.width).to_png())
}

/// A place of a page and `margin_mm` around it; white where there is none of it on the page.
pub fn cut(page: &Gray, place: Rect, margin_mm: f64, dots_per_mm: f64) -> Gray {
    let window = pixel_rect(place, margin_mm, dots_per_mm, page.width, page.height);
    if window.area() == 0 {
        return Gray::filled(1, 1, 255);
    }
    page.cut(window)
}

fn decoded(png: &[u8]) -> Result<Gray, DecodeError> {
    let nothing = || DecodeError::Undecodable(message!("reading.no-pages"));
    Pages::open(png, Caps::default())?.next().ok_or_else(nothing)?
}

/// Blank and unreadable are signs, not words: they mean the same in every language.
fn shown(value: &FieldValue) -> String {
    match &value.content {
        Content::Written(text) => text.expose().to_owned(),
        Content::Blank => "∅".to_owned(),
        Content::Unreadable => "？".to_owned(),
    }
}

/// Half the size; black becomes a middle grey.
fn paled(page: &Gray) -> RgbImage {
    let (width, height) = ((page.width / STEP).max(1), (page.height / STEP).max(1));
    RgbImage::from_fn(width, height, |x, y| {
        let (left, top) = (x * STEP, y * STEP);
        let inside = |u: u32, v: u32| u16::from(page.at(u.min(page.width - 1), v.min(page.height - 1)));
        let sum = inside(left, top) + inside(left + 1, top) + inside(left, top + 1) + inside(left + 1, top + 1);
        let value = (255 - (255 - sum / 4) * 3 / 4) as u8;
        Rgb([value; 3])
    })
}

impl Canvas<'_> {
    /// Pixels of a place: left, top, right, bottom, inside the picture.
    fn pixels(&self, rect: Rect) -> [u32; 4] {
        let edge = |mm: f64, most: u32| (mm * self.dots_per_mm).round().clamp(0.0, f64::from(most)) as u32;
        let (width, height) = self.picture.dimensions();
        let (right, bottom) = (edge(rect.x + rect.width, width), edge(rect.y + rect.height, height));
        [edge(rect.x, width), edge(rect.y, height), right, bottom]
    }

    fn zone(&mut self, rect: Rect, light: Light) {
        let [left, top, right, bottom] = self.pixels(rect);
        for y in top..bottom {
            for x in left..right {
                for (value, keep) in self.picture.get_pixel_mut(x, y).0.iter_mut().zip(light.tint()) {
                    *value = (u16::from(*value) * keep / 255) as u8;
                }
            }
        }
        self.frame(rect, light);
    }

    fn frame(&mut self, rect: Rect, light: Light) {
        let [left, top, right, bottom] = self.pixels(rect);
        let thick = ((FRAME_MM * self.dots_per_mm).round() as u32).max(1);
        for y in top..bottom {
            for x in left..right {
                if x < left + thick || y < top + thick || x + thick >= right || y + thick >= bottom {
                    self.picture.put_pixel(x, y, light.ink());
                }
            }
        }
    }

    /// A bar under the chosen option.
    fn chosen(&mut self, rect: Rect, light: Light) {
        let bar = Rect { y: rect.y + rect.height, height: 4.0 * FRAME_MM, ..rect };
        let [left, top, right, bottom] = self.pixels(bar);
        for y in top..bottom {
            (left..right).for_each(|x| self.picture.put_pixel(x, y, light.ink()));
        }
    }

    /// The value on a white strip along the zone's upper edge, where it hides least of what was written.
    fn label(&mut self, extent: Rect, text: &str, light: Light) {
        let Some(font) = self.font else { return };
        let size = (TEXT_MM * self.dots_per_mm) as f32;
        let scaled = font.as_scaled(PxScale::from(size));
        let width: f32 = text.chars().map(|c| scaled.h_advance(scaled.glyph_id(c))).sum();
        let [left, top, ..] = self.pixels(extent);
        let (strip, height) = (width.ceil() as u32 + 6, (size * 1.1) as u32);
        let left = left.min(self.picture.width().saturating_sub(strip));
        let top = top.saturating_sub(height);
        for y in top..(top + height).min(self.picture.height()) {
            for x in left..(left + strip).min(self.picture.width()) {
                let pixel = self.picture.get_pixel_mut(x, y);
                pixel.0 = pixel.0.map(|value| 255 - (255 - value) / 8);
            }
        }
        let mut pen = left as f32 + 3.0;
        for c in text.chars() {
            let glyph = scaled.glyph_id(c).with_scale_and_position(size, point(pen, top as f32 + scaled.ascent()));
            pen += scaled.h_advance(glyph.id);
            if let Some(outline) = scaled.outline_glyph(glyph) {
                let bounds = outline.px_bounds();
                outline.draw(|x, y, cover| {
                    let (x, y) = (x as f32 + bounds.min.x, y as f32 + bounds.min.y);
                    self.blend(x, y, light.ink(), cover);
                });
            }
        }
    }

    fn blend(&mut self, x: f32, y: f32, ink: Rgb<u8>, cover: f32) {
        if x < 0.0 || y < 0.0 || x as u32 >= self.picture.width() || y as u32 >= self.picture.height() {
            return;
        }
        let pixel = self.picture.get_pixel_mut(x as u32, y as u32);
        for (value, ink) in pixel.0.iter_mut().zip(ink.0) {
            *value = (f32::from(*value) * (1.0 - cover) + f32::from(ink) * cover).round() as u8;
        }
    }

    fn into_png(self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let (width, height) = self.picture.dimensions();
        PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Up)
            .write_image(self.picture.as_raw(), width, height, ExtendedColorType::Rgb8)
            .expect("memory takes every byte and the size fits the pixels");
        bytes
    }
}
