//! A page as every stage sees it: grey pixels, nothing else.

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
    fn debug_output_shows_no_pixels() {
        assert_eq!(format!("{:?}", corner()), "Gray(3 x 2)");
    }
}
