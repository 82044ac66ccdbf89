//! The small picture that the character classifier knows. `ocr-models/train/characters/wear.py` normalises in the same
//! way when it trains.

use crate::reading::page::Gray;
use crate::reading::recognise::cell::without_specks;

/// Side of the classifier's picture, in pixels.
pub const SIDE: usize = 40;
/// Longest side of the ink within it.
const BODY: f64 = 36.0;

/// What the classifier sees: ink 255, paper 0.
#[derive(Clone, PartialEq, Eq)]
pub struct CharacterPicture(pub(super) [u8; SIDE * SIDE]);

impl std::fmt::Debug for CharacterPicture {
    /// Handwriting is personal data: nothing of it is shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CharacterPicture")
    }
}

/// The classifier's picture of some ink (0 is paper): longest side 36 pixels, its box in the middle, darkest pixel 255.
/// Specks are left out, dots of a character (`゛`, `、`) are not. `None` if there is no stroke in it.
pub fn normalise(ink: &Gray) -> Option<CharacterPicture> {
    let body = without_specks(ink, 3.0, 0.012)?;
    let scale = BODY / f64::from(body.width.max(body.height));
    let side = |length: u32| ((f64::from(length) * scale + 0.5) as usize).max(1);
    let (rows, columns) = (weights(body.height, side(body.height)), weights(body.width, side(body.width)));
    let across: Vec<Vec<f64>> = (0..body.height)
        .map(|y| {
            let row = body.row(y);
            columns.iter().map(|c| c.iter().map(|(x, w)| w * f64::from(row[*x])).sum()).collect()
        })
        .collect();
    let small: Vec<Vec<f64>> = rows
        .iter()
        .map(|r| (0..columns.len()).map(|x| r.iter().map(|(y, w)| w * across[*y][x]).sum()).collect())
        .collect();
    let peak = small.iter().flatten().copied().fold(0.0, f64::max);
    let (top, left) = ((SIDE - rows.len()) / 2, (SIDE - columns.len()) / 2);
    let mut picture = [0; SIDE * SIDE];
    for (y, row) in small.iter().enumerate() {
        for (x, value) in row.iter().enumerate() {
            picture[(y + top) * SIDE + x + left] = (value * 255.0 / peak + 0.5) as u8;
        }
    }
    (peak > 0.0).then_some(CharacterPicture(picture))
}

/// For each target pixel, the source pixels it takes from with their shares: linear between pixels, averaging where
/// the picture shrinks.
fn weights(source: u32, target: usize) -> Vec<Vec<(usize, f64)>> {
    let step = f64::from(source) / target as f64;
    let reach = step.max(1.0);
    (0..target)
        .map(|i| {
            let centre = (i as f64 + 0.5) * step;
            let first = (centre - reach - 0.5).max(0.0) as usize;
            let last = ((centre + reach + 0.5) as usize).min(source as usize);
            let near = |p: usize| 1.0 - ((p as f64 + 0.5 - centre) / reach).abs();
            let row: Vec<(usize, f64)> =
                (first..last).map(|p| (p, near(p))).filter(|(_, weight)| *weight > 0.0).collect();
            let sum: f64 = row.iter().map(|(_, weight)| weight).sum();
            row.into_iter().map(|(p, weight)| (p, weight / sum)).collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bar of many greys with a dot beside it, a pale pixel above it and a speck below.
    fn bar() -> Gray {
        let mut ink = Gray::filled(70, 12, 0);
        let mut put = |x: usize, y: usize, value: usize| ink.pixels[y * 70 + x] = value as u8;
        for x in 5..52 {
            for y in 4..9 {
                put(x, y, (x * 23 + y * 41) % 156 + 100);
            }
        }
        put(20, 3, 60);
        for x in 56..60 {
            for y in 5..8 {
                put(x, y, 210);
            }
        }
        put(66, 10, 200);
        ink
    }

    /// What `ocr-models/train/characters/wear.py` makes of `bar`: rows 18 to 20, columns 2 to 37; all else is paper.
    const OF_PYTHON: [[u8; 36]; 3] = [
        [
            209, 177, 184, 226, 233, 212, 171, 207, 247, 205, 150, 189, 226, 205, 172, 171, 213, 226, 204, 164, 195,
            234, 219, 194, 177, 216, 242, 220, 178, 200, 173, 0, 0, 65, 103, 103,
        ],
        [
            181, 214, 221, 188, 183, 201, 222, 223, 184, 191, 222, 230, 206, 171, 206, 233, 183, 173, 189, 213, 215,
            176, 181, 209, 221, 204, 184, 193, 224, 230, 141, 0, 0, 151, 241, 241,
        ],
        [
            255, 212, 160, 194, 233, 198, 177, 176, 216, 235, 193, 172, 200, 238, 218, 194, 182, 220, 250, 182, 164,
            203, 228, 187, 164, 185, 226, 214, 187, 169, 150, 0, 0, 65, 103, 103,
        ],
    ];

    #[test]
    fn training_and_program_make_the_same_picture() {
        let picture = normalise(&bar()).unwrap().0;
        for (y, row) in picture.chunks_exact(SIDE).enumerate() {
            let expected = if (18..21).contains(&y) { &OF_PYTHON[y - 18][..] } else { &[0; 36] };
            assert_eq!(&row[2..38], expected, "row {y}");
            assert_eq!((row[0], row[1], row[38], row[39]), (0, 0, 0, 0));
        }
    }

    #[test]
    fn faint_ink_is_no_picture() {
        assert_eq!(normalise(&Gray::filled(80, 100, 30)), None);
        assert_eq!(normalise(&Gray::filled(0, 0, 0)), None);
    }
}
