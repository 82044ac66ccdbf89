//! Print that the blank has and the page does not, square by square of the form: what another revision printed elsewhere,
//! in other words, or not at all. Pens and stamps only add ink, so that an honest page keeps nearly all of its print; a
//! punched hole, a torn corner or tape takes the print of a square or two, and leaves no other print there.

use super::pixel_rect;
use super::quality::PRINT;
use crate::model::form::Form;
use crate::model::value::Rect;
use crate::reading::page::Gray;

/// Side of a square, in mm.
const SIDE_MM: f64 = 10.0;
/// Less print in a square says nothing, in mm².
const LEAST_PRINT_MM2: f64 = 1.0;
/// So many dots of a square's print are looked for.
const DOTS: usize = 300;
/// Nearer to a field than this, in mm, people write, and cover what they wrote.
const OVERSHOOT_MM: f64 = 3.0;

/// A square of the blank with print in it.
pub(crate) struct Square {
    /// Its column and row.
    pub at: [u32; 2],
    /// Some of the print, spread evenly.
    pub print: Vec<[u32; 2]>,
    /// How much of the print each of those stands for, in pixels.
    pub step: usize,
    /// Whether nobody writes there.
    pub is_between_fields: bool,
}

impl Square {
    /// In mm.
    pub(crate) fn place(&self) -> Rect {
        let [x, y] = self.at.map(|at| f64::from(at) * SIDE_MM);
        Rect { x, y, width: SIDE_MM, height: SIDE_MM }
    }
}

/// The squares of a blank that hold print.
pub(crate) fn of(picture: &Gray, form: &Form) -> Vec<Square> {
    let dots_per_mm = f64::from(picture.width) / form.page.width;
    let fields: Vec<Rect> = form.fields.iter().flat_map(|field| field.kind.places()).collect();
    let count = |mm: f64| (mm / SIDE_MM).ceil() as u32;
    let all = (0..count(form.page.height)).flat_map(|row| (0..count(form.page.width)).map(move |column| [column, row]));
    all.filter_map(|at| {
        let mut square = Square { at, print: Vec::new(), step: 1, is_between_fields: false };
        let place = square.place();
        let window = pixel_rect(place, 0.0, dots_per_mm, picture.width, picture.height);
        let inside = (window.top..window.bottom).flat_map(|y| (window.left..window.right).map(move |x| [x, y]));
        let print: Vec<[u32; 2]> = inside.filter(|[x, y]| picture.at(*x, *y) <= PRINT).collect();
        if (print.len() as f64) < LEAST_PRINT_MM2 * dots_per_mm.powi(2) {
            return None;
        }
        square.step = print.len() / DOTS + 1;
        square.print = print.into_iter().step_by(square.step).collect();
        square.is_between_fields = !fields.iter().any(|field| is_near(*field, place));
        Some(square)
    })
    .collect()
}

fn is_near(field: Rect, place: Rect) -> bool {
    field.x - OVERSHOOT_MM < place.x + place.width
        && place.x < field.x + field.width + OVERSHOOT_MM
        && field.y - OVERSHOOT_MM < place.y + place.height
        && place.y < field.y + field.height + OVERSHOOT_MM
}

/// How many squares stand together at most, side by side or corner to corner.
pub(crate) fn most_together(squares: &[[u32; 2]]) -> usize {
    let mut left = squares.to_vec();
    let mut most = 0;
    while let Some(first) = left.pop() {
        let (mut group, mut done) = (vec![first], 0);
        while done < group.len() {
            let [x, y] = group[done];
            let is_beside = |at: &mut [u32; 2]| at[0].abs_diff(x) <= 1 && at[1].abs_diff(y) <= 1;
            group.extend(left.extract_if(.., is_beside));
            done += 1;
        }
        most = most.max(group.len());
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares_stand_together_side_by_side_and_corner_to_corner() {
        assert_eq!(most_together(&[]), 0);
        assert_eq!(most_together(&[[1, 1], [9, 9], [3, 3], [2, 2], [9, 7]]), 3);
    }
}
