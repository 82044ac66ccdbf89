//! A page as every stage sees it: grey pixels, and rectangles of them.

use image::{ExtendedColorType, ImageEncoder};

/// An 8-bit grey picture, row by row from the top left; 0 is black.
#[derive(Clone, PartialEq, Eq)]
pub struct Gray {
    pub width: u32,
    pub height: u32,
    /// `width * height` values.
    pub pixels: Vec<u8>,
}

impl std::fmt::Debug for Gray {
    /// A page is personal data: only its size is shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Gray({} x {})", self.width, self.height)
    }
}

impl Gray {
    /// A picture of one value.
    pub fn filled(width: u32, height: u32, value: u8) -> Self {
        Self { width, height, pixels: vec![value; width as usize * height as usize] }
    }

    /// The value at a place inside the picture.
    pub fn at(&self, x: u32, y: u32) -> u8 {
        self.pixels[y as usize * self.width as usize + x as usize]
    }

    /// One row's values.
    pub fn row(&self, y: u32) -> &[u8] {
        let width = self.width as usize;
        &self.pixels[y as usize * width..][..width]
    }

    /// A part of the picture.
    #[must_use]
    pub fn cut(&self, window: PixelRect) -> Gray {
        let rows = (window.top..window.bottom).map(|y| &self.row(y)[window.left as usize..window.right as usize]);
        Gray { width: window.width(), height: window.height(), pixels: rows.flatten().copied().collect() }
    }

    /// Turned by `quarters` × 90° clockwise.
    #[must_use]
    pub fn turned(&self, quarters: u8) -> Gray {
        let (w, h) = (self.width as usize, self.height as usize);
        match quarters % 4 {
            0 => self.clone(),
            2 => Gray { pixels: self.pixels.iter().rev().copied().collect(), ..*self },
            quarter => {
                let mut pixels = vec![0; w * h];
                for (y, row) in self.pixels.chunks_exact(w.max(1)).enumerate() {
                    for (x, value) in row.iter().enumerate() {
                        let (to_x, to_y) = if quarter == 1 { (h - 1 - y, x) } else { (y, w - 1 - x) };
                        pixels[to_y * h + to_x] = *value;
                    }
                }
                Gray { width: self.height, height: self.width, pixels }
            }
        }
    }

    /// A PNG file, packed for speed: it travels through a pipe or waits for a person, encrypted.
    pub fn to_png(&self) -> Vec<u8> {
        use image::codecs::png::{CompressionType, FilterType, PngEncoder};
        let mut bytes = Vec::with_capacity(self.pixels.len() / 8 + 1024);
        PngEncoder::new_with_quality(&mut bytes, CompressionType::Fast, FilterType::Up)
            .write_image(&self.pixels, self.width, self.height, ExtendedColorType::L8)
            .expect("memory takes every byte and the size fits the pixels");
        bytes
    }
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

    /// The smallest that holds both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corner() -> Gray {
        Gray { width: 3, height: 2, pixels: vec![1, 2, 3, 4, 5, 6] }
    }

    #[test]
    fn a_quarter_turn_brings_the_top_left_corner_to_the_top_right() {
        assert_eq!(corner().turned(1), Gray { width: 2, height: 3, pixels: vec![4, 1, 5, 2, 6, 3] });
    }

    #[test]
    fn four_quarter_turns_are_none() {
        let page = corner();
        assert_eq!(page.turned(1).turned(3), page);
        assert_eq!(page.turned(1).turned(1), page.turned(2));
    }

    #[test]
    fn a_part_has_its_own_rows() {
        let window = PixelRect { left: 1, top: 0, right: 3, bottom: 2 };
        assert_eq!(corner().cut(window), Gray { width: 2, height: 2, pixels: vec![2, 3, 5, 6] });
    }

    #[test]
    fn debug_output_shows_no_pixels() {
        assert_eq!(format!("{:?}", corner()), "Gray(3 x 2)");
    }
}
