//! Connected ink: the pieces that strokes, specks and rests of a printed frame are made of.

use super::page::{Gray, PixelRect};

/// A connected piece of ink.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece {
    /// In the page's pixels.
    pub bounds: PixelRect,
    /// In pixels.
    pub area: u64,
}

/// The connected pieces (8 neighbours) of a window, in the order in which their first pixels come row by row, and which
/// pixel belongs to which.
pub(crate) struct Components {
    window: PixelRect,
    of_pixel: Vec<u32>,
    pub pieces: Vec<Piece>,
}

const PAPER: u32 = u32::MAX;
/// Ink whose piece is not known yet.
const OPEN: u32 = u32::MAX - 1;

impl Components {
    /// Ink of at least `threshold` within a window of the picture.
    pub fn of(ink: &Gray, window: PixelRect, threshold: u8) -> Self {
        let (width, height) = (window.width() as usize, window.height() as usize);
        let mut of_pixel = Vec::with_capacity(width * height);
        for y in window.top..window.bottom {
            let row = &ink.row(y)[window.left as usize..][..width];
            of_pixel.extend(row.iter().map(|value| if *value >= threshold { OPEN } else { PAPER }));
        }
        let mut found = Self { window, of_pixel, pieces: Vec::new() };
        let mut queue = Vec::new();
        for start in 0..found.of_pixel.len() {
            if found.of_pixel[start] == OPEN {
                found.flood(start, &mut queue);
            }
        }
        found
    }

    /// Labels the piece that a pixel belongs to.
    fn flood(&mut self, start: usize, queue: &mut Vec<usize>) {
        let (width, height) = (self.window.width() as usize, self.window.height() as usize);
        let label = self.pieces.len() as u32;
        self.of_pixel[start] = label;
        queue.push(start);
        let (mut left, mut top, mut right, mut bottom, mut area) = (usize::MAX, usize::MAX, 0, 0, 0);
        while let Some(at) = queue.pop() {
            let (x, y) = (at % width, at / width);
            (left, top, right, bottom) = (left.min(x), top.min(y), right.max(x + 1), bottom.max(y + 1));
            area += 1;
            for next_y in y.saturating_sub(1)..(y + 2).min(height) {
                for next_x in x.saturating_sub(1)..(x + 2).min(width) {
                    let next = next_y * width + next_x;
                    if self.of_pixel[next] == OPEN {
                        self.of_pixel[next] = label;
                        queue.push(next);
                    }
                }
            }
        }
        let bounds = PixelRect {
            left: self.window.left + left as u32,
            top: self.window.top + top as u32,
            right: self.window.left + right as u32,
            bottom: self.window.top + bottom as u32,
        };
        self.pieces.push(Piece { bounds, area });
    }

    /// The piece at a place of the page; none on paper and outside the window.
    pub fn at(&self, x: u32, y: u32) -> Option<usize> {
        let w = self.window;
        if x < w.left || y < w.top || x >= w.right || y >= w.bottom {
            return None;
        }
        let label = self.of_pixel[((y - w.top) * w.width() + (x - w.left)) as usize];
        (label < self.pieces.len() as u32).then_some(label as usize)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const INK: u8 = 100;

    fn drawn(rows: &[&str]) -> Gray {
        let pixels = rows.iter().flat_map(|row| row.bytes().map(|b| if b == b'#' { INK } else { INK - 1 })).collect();
        Gray { width: rows[0].len() as u32, height: rows.len() as u32, pixels }
    }

    fn rect(left: u32, top: u32, right: u32, bottom: u32) -> PixelRect {
        PixelRect { left, top, right, bottom }
    }

    #[test]
    fn pieces_touch_by_their_corners_too_and_come_row_by_row() {
        let picture = drawn(&["...#.", "#....", ".#..#", "....#"]);
        let found = Components::of(&picture, rect(0, 0, 5, 4), INK);
        let pieces = [(rect(3, 0, 4, 1), 1), (rect(0, 1, 2, 3), 2), (rect(4, 2, 5, 4), 2)];
        assert_eq!(found.pieces, pieces.map(|(bounds, area)| Piece { bounds, area }));
        assert_eq!((found.at(1, 2), found.at(1, 1), found.at(5, 0)), (Some(1), None, None));
    }

    #[test]
    fn ink_outside_the_window_neither_counts_nor_connects() {
        let picture = drawn(&["###", "#.#", "#.#"]);
        let found = Components::of(&picture, rect(0, 1, 3, 3), INK);
        assert_eq!(found.pieces.iter().map(|p| p.bounds).collect::<Vec<_>>(), [rect(0, 1, 1, 3), rect(2, 1, 3, 3)]);
        assert_eq!(found.at(0, 0), None);
        assert!(Components::of(&picture, rect(1, 1, 1, 3), INK).pieces.is_empty());
    }

    /// For each pixel of the window the smallest place that ink leads to from it, found by spreading until nothing changes.
    fn spread(picture: &Gray, window: PixelRect) -> Vec<((u32, u32), (u32, u32))> {
        let places = (window.top..window.bottom).flat_map(|y| (window.left..window.right).map(move |x| (y, x)));
        let mut least: Vec<_> = places.filter(|(y, x)| picture.at(*x, *y) >= INK).map(|at| (at, at)).collect();
        loop {
            let before = least.clone();
            for ((y, x), smallest) in &mut least {
                let near = before.iter().filter(|((ny, nx), _)| ny.abs_diff(*y) <= 1 && nx.abs_diff(*x) <= 1);
                *smallest = near.map(|(_, least)| *least).min().unwrap_or(*smallest);
            }
            if least == before {
                return least;
            }
        }
    }

    proptest! {
        #[test]
        fn two_pixels_are_of_one_piece_exactly_if_ink_leads_from_one_to_the_other(
            (width, pixels) in (1_u32..9, 1_u32..9).prop_flat_map(|(width, height)| {
                let pixel = prop_oneof![Just(INK - 1), Just(INK)];
                (Just(width), proptest::collection::vec(pixel, (width * height) as usize))
            }),
            cut in 0_u32..2,
        ) {
            let picture = Gray { width, height: pixels.len() as u32 / width, pixels };
            let window = rect(cut, 0, picture.width.max(cut), picture.height);
            let found = Components::of(&picture, window, INK);
            let spread = spread(&picture, window);
            let firsts: Vec<_> = spread.iter().filter(|(at, first)| at == first).map(|(at, _)| *at).collect();
            prop_assert_eq!(firsts.len(), found.pieces.len());
            prop_assert_eq!(found.pieces.iter().map(|p| p.area).sum::<u64>(), spread.len() as u64);
            for ((y, x), first) in spread {
                let piece = found.at(x, y).expect("ink belongs to a piece");
                prop_assert_eq!(firsts[piece], first);
                let b = found.pieces[piece].bounds;
                prop_assert!(b.left <= x && x < b.right && b.top <= y && y < b.bottom);
            }
        }
    }
}
