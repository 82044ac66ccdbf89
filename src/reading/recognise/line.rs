//! A line of writing: its ink cut out and cleaned, read twice in different sizes and sources. Two readings that agree
//! say more than one reading's own confidence.

use crate::model::value::Rect;
use crate::reading::components::Components;
use crate::reading::ink::STROKE_INK;
use crate::reading::page::Gray;
use crate::reading::register::{PixelRect, Registered};

use super::cell::CellInk;
use super::tesseract::{Symbol, Tesseract, TesseractError};

/// Writing leaves its zone by up to this much, in mm.
const OVERRUN_MM: f64 = 1.0;
/// Pieces smaller than this in both directions are specks; a full stop or a dot of ゛ is larger, in mm.
const SPECK_MM: f64 = 0.25;
/// Height of a line's ink for the first and the second reading, in pixels: characters of 30 to 40 pixels read best.
const HEIGHTS: [f64; 2] = [36.0, 48.0];
/// White around the ink, in pixels.
const MARGIN: u32 = 12;
/// Lines lower than this are dashes: they are not blown up further, in mm.
const LOWEST_MM: f64 = 3.0;

/// What one reading says.
#[derive(Debug, Clone, PartialEq)]
pub struct LineReading {
    pub symbols: Vec<Symbol>,
    /// The least sure symbol's confidence, 0 if nothing was recognised.
    pub confidence: f64,
    /// In symbol-picture pixels: gaps between ink wide enough to be a space, middle of each.
    pub gaps: Vec<u32>,
}

impl LineReading {
    pub fn text(&self) -> String {
        self.symbols.iter().map(|s| s.text.as_str()).collect()
    }
}

/// A line's ink, trimmed: dark on light, and the same place of the page as scanned.
pub struct LineInk {
    ink: Gray,
    page: Gray,
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
    let mut ink = Gray::filled(bounds.width(), bounds.height(), 255);
    let mut page = ink.clone();
    for y in bounds.top..bounds.bottom {
        for x in bounds.left..bounds.right {
            let to = ((y - bounds.top) * ink.width + (x - bounds.left)) as usize;
            if labels.at(x, y).is_none_or(|l| kept[l]) {
                ink.pixels[to] = 255 - registered.ink.at(x, y);
            }
            page.pixels[to] = registered.page.at(x, y);
        }
    }
    Some(LineInk { ink, page, dots_per_mm: registered.dots_per_mm })
}

/// Boxes' ink set side by side as a line without boxes. The scan itself shows the boxes, so both sources are the ink.
pub fn join_cells(cells: &[&CellInk], dots_per_mm: f64) -> Option<LineInk> {
    let trimmed: Vec<(PixelRect, &Gray)> = cells
        .iter()
        .filter_map(|cell| {
            let whole = PixelRect { left: 0, top: 0, right: cell.ink.width, bottom: cell.ink.height };
            let labels = Components::of(&cell.ink, whole, STROKE_INK);
            labels.pieces.iter().map(|p| p.bounds).reduce(PixelRect::union).map(|b| (b, &cell.ink))
        })
        .collect();
    let top = trimmed.iter().map(|(b, _)| b.top).min()?;
    let bottom = trimmed.iter().map(|(b, _)| b.bottom).max()?;
    let gap = (0.9 * dots_per_mm) as u32;
    let width = trimmed.iter().map(|(b, _)| b.width() + gap).sum::<u32>() - gap;
    let mut ink = Gray::filled(width, bottom - top, 255);
    let mut left = 0;
    for (b, source) in trimmed {
        for y in b.top..b.bottom {
            for x in b.left..b.right {
                let to = (y - top) * width + left + (x - b.left);
                ink.pixels[to as usize] = 255 - source.at(x, y);
            }
        }
        left += b.width() + gap;
    }
    Some(LineInk { page: ink.clone(), ink, dots_per_mm })
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
    /// Reads the ink, then the page as scanned in another size.
    ///
    /// # Errors
    /// If Tesseract cannot take the pictures.
    pub fn read(&self, engine: &mut Tesseract) -> Result<[LineReading; 2], TesseractError> {
        Ok([reading(&self.ink, self, HEIGHTS[0], engine)?, reading(&self.page, self, HEIGHTS[1], engine)?])
    }
}

fn reading(source: &Gray, line: &LineInk, height: f64, engine: &mut Tesseract) -> Result<LineReading, TesseractError> {
    let lowest = LOWEST_MM * line.dots_per_mm;
    let scale = (height / f64::from(source.height).max(lowest)).min(1.5);
    let side = |length: u32| ((f64::from(length) * scale).round() as u32).max(1);
    let small = resized(source, side(source.width), side(source.height));
    let picture = framed(&small, MARGIN);
    let dots_per_inch = (line.dots_per_mm * 25.4 * scale) as u32;
    let symbols = engine.line(&picture, dots_per_inch.max(70))?;
    let confidence = symbols.iter().map(|s| s.confidence).reduce(f64::min).unwrap_or(0.0);
    Ok(LineReading { symbols, confidence, gaps: wide_gaps(&picture) })
}

fn resized(source: &Gray, width: u32, height: u32) -> Gray {
    let image = image::GrayImage::from_raw(source.width, source.height, source.pixels.clone())
        .expect("a picture has as many pixels as its size says");
    let small = image::imageops::resize(&image, width, height, image::imageops::FilterType::Triangle);
    Gray { width, height, pixels: small.into_raw() }
}

fn framed(source: &Gray, margin: u32) -> Gray {
    let mut picture = Gray::filled(source.width + 2 * margin, source.height + 2 * margin, 255);
    for y in 0..source.height {
        let from = (y * source.width) as usize;
        let to = ((y + margin) * picture.width + margin) as usize;
        let width = source.width as usize;
        picture.pixels[to..to + width].copy_from_slice(&source.pixels[from..from + width]);
    }
    picture
}

/// Middles of white columns at least 0.6 of the line's height wide, between ink.
fn wide_gaps(picture: &Gray) -> Vec<u32> {
    let least = (0.6 * f64::from(picture.height - 2 * MARGIN)) as u32;
    let inked: Vec<bool> = (0..picture.width).map(|x| (0..picture.height).any(|y| picture.at(x, y) < 140)).collect();
    let mut gaps = Vec::new();
    let mut last_ink: Option<u32> = None;
    for x in (0..picture.width).filter(|x| inked[*x as usize]) {
        if let Some(last) = last_ink
            && x - last > least
        {
            gaps.push(u32::midpoint(last, x));
        }
        last_ink = Some(x);
    }
    gaps
}
