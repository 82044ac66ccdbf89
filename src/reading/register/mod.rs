//! Registration: lays a scanned page on the pixel grid of its blank form, or says honestly that it does not fit.

use crate::model::value::Rect;
use crate::ports::reader::Registration;

use super::page::Gray;

/// A page that lies on its blank.
#[derive(Debug, Clone)]
pub struct Registered {
    /// The page on the blank's pixel grid, paper evened out to white.
    pub page: Gray,
    /// What was written: the blank's print taken away; 0 is paper, 255 is ink. Same grid.
    pub ink: Gray,
    pub quality: Registration,
    /// Of the blank's grid.
    pub dots_per_mm: f64,
    /// Mean `ink` per pixel where nothing is printed and nothing belongs: what scanner and paper add by themselves.
    pub noise: f64,
}

/// A rectangle of whole pixels inside a picture: left, top, right, bottom; the last two are just outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PixelRect {
    pub left: u32,
    pub top: u32,
    pub right: u32,
    pub bottom: u32,
}

impl PixelRect {
    pub fn width(&self) -> u32 {
        self.right - self.left
    }

    pub fn height(&self) -> u32 {
        self.bottom - self.top
    }

    /// In pixels.
    pub fn area(&self) -> u64 {
        u64::from(self.width()) * u64::from(self.height())
    }
}

impl Registered {
    /// The pixels of a place on the form, grown by `margin_mm` on every side (negative: shrunk) and cut at the page's
    /// edge; it may be empty.
    pub fn pixels(&self, rect: Rect, margin_mm: f64) -> PixelRect {
        pixel_rect(rect, margin_mm, self.dots_per_mm, self.page.width, self.page.height)
    }
}

/// See [`Registered::pixels`].
pub(crate) fn pixel_rect(rect: Rect, margin_mm: f64, dots_per_mm: f64, width: u32, height: u32) -> PixelRect {
    let edge = |mm: f64, most: u32| (mm * dots_per_mm).round().clamp(0.0, f64::from(most)) as u32;
    let (left, top) = (edge(rect.x - margin_mm, width), edge(rect.y - margin_mm, height));
    let right = edge(rect.x + rect.width + margin_mm, width).max(left);
    let bottom = edge(rect.y + rect.height + margin_mm, height).max(top);
    PixelRect { left, top, right, bottom }
}
