//! A line of writing: its ink cut out and cleaned, and what Tesseract makes of it.

use crate::model::value::Rect;
use crate::reading::components::Components;
use crate::reading::ink::STROKE_INK;
use crate::reading::page::{Gray, PixelRect};
use crate::reading::register::Registered;
use crate::reading::scale::resized;

use super::tesseract::{Tesseract, TesseractError};

/// Writing leaves its zone by up to this much, in mm.
const OVERRUN_MM: f64 = 1.0;
/// Pieces smaller than this in both directions are specks; a full stop or a dot of ゛ is larger, in mm.
const SPECK_MM: f64 = 0.25;
/// Height of a line's ink for Tesseract, in pixels: characters of 30 to 40 pixels read best.
const HEIGHT: f64 = 36.0;
/// White around the ink, in pixels.
const MARGIN: u32 = 12;
/// Lines lower than this are dashes: they are not blown up further, in mm.
const LOWEST_MM: f64 = 3.0;

/// A line's ink, trimmed: 255 is ink.
pub struct LineInk {
    pub ink: Gray,
    dots_per_mm: f64,
}

/// The ink of a zone without remains of the frame, specks and neighbours; `None` if nothing is left.
pub fn cut_line(rect: Rect, registered: &Registered) -> Option<LineInk> {
    let window = registered.pixels(rect, OVERRUN_MM);
    let zone = registered.pixels(rect, 0.0);
    let labels = Components::of(&registered.ink, window, STROKE_INK);
    let speck = (SPECK_MM * registered.dots_per_mm) as u32;
    let kept: Vec<bool> = labels.pieces.iter().map(|p| belongs(p.bounds, window, zone, speck)).collect();
    let bounds =
        labels.pieces.iter().zip(&kept).filter(|(_, k)| **k).map(|(p, _)| p.bounds).reduce(PixelRect::union)?;
    let mut ink = Gray::filled(bounds.width(), bounds.height(), 0);
    for y in bounds.top..bounds.bottom {
        for x in bounds.left..bounds.right {
            let to = ((y - bounds.top) * ink.width + (x - bounds.left)) as usize;
            if labels.at(x, y).is_none_or(|l| kept[l]) {
                ink.pixels[to] = registered.ink.at(x, y);
            }
        }
    }
    Some(LineInk { ink, dots_per_mm: registered.dots_per_mm })
}

fn belongs(piece: PixelRect, window: PixelRect, zone: PixelRect, speck: u32) -> bool {
    let middle = (piece.left + piece.right) / 2;
    let centre = (piece.top + piece.bottom) / 2;
    let inside = (zone.left..zone.right).contains(&middle) && (zone.top..zone.bottom).contains(&centre);
    let at_rim = piece.left == window.left
        || piece.top == window.top
        || piece.right == window.right
        || piece.bottom == window.bottom;
    let thin = piece.width().min(piece.height()) <= 2 * speck;
    inside && piece.width().max(piece.height()) > speck && !(at_rim && thin)
}

impl LineInk {
    /// Tesseract's reading, as it stands; empty if nothing was recognised.
    ///
    /// # Errors
    /// If Tesseract cannot take the picture.
    pub fn read(&self, engine: &mut Tesseract) -> Result<String, TesseractError> {
        let lowest = LOWEST_MM * self.dots_per_mm;
        let scale = (HEIGHT / f64::from(self.ink.height).max(lowest)).min(1.5);
        let picture = on_white(&resized(&self.ink, scale));
        let dots_per_inch = (self.dots_per_mm * 25.4 * scale) as u32;
        engine.line(&picture, dots_per_inch.max(70))
    }

    /// For another reader: black on white, in the scan's own size.
    pub fn picture(&self) -> Gray {
        on_white(&self.ink)
    }
}

fn on_white(ink: &Gray) -> Gray {
    let mut picture = framed(ink, MARGIN);
    picture.pixels.iter_mut().for_each(|p| *p = 255 - *p);
    picture
}

fn framed(source: &Gray, margin: u32) -> Gray {
    let mut picture = Gray::filled(source.width + 2 * margin, source.height + 2 * margin, 0);
    for y in 0..source.height {
        let from = (y * source.width) as usize;
        let to = ((y + margin) * picture.width + margin) as usize;
        let width = source.width as usize;
        picture.pixels[to..to + width].copy_from_slice(&source.pixels[from..from + width]);
    }
    picture
}
