//! Print that the blank has and the page does not, square by square of the form: what another revision printed elsewhere,
//! in other words, or not at all. Pens and stamps only add ink, so that an honest page keeps nearly all of its print; a
//! punched hole, a torn corner or tape takes the print of a square or two.

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

/// A square of the blank with print in it.
pub(crate) struct Square {
    /// Its column and row.
    pub at: [u32; 2],
    /// Some of the print, spread evenly.
    pub print: Vec<[u32; 2]>,
}

impl Square {
    /// In mm.
    pub(crate) fn place(&self) -> Rect {
        place(self.at)
    }
}

fn place(at: [u32; 2]) -> Rect {
    let [x, y] = at.map(|at| f64::from(at) * SIDE_MM);
    Rect { x, y, width: SIDE_MM, height: SIDE_MM }
}

/// The squares of a blank that hold print.
pub(crate) fn of(picture: &Gray, form: &Form) -> Vec<Square> {
    let dots_per_mm = f64::from(picture.width) / form.page.width;
    let count = |mm: f64| (mm / SIDE_MM).ceil() as u32;
    let all = (0..count(form.page.height)).flat_map(|row| (0..count(form.page.width)).map(move |column| [column, row]));
    all.filter_map(|at| {
        let window = pixel_rect(place(at), 0.0, dots_per_mm, picture.width, picture.height);
        let inside = (window.top..window.bottom).flat_map(|y| (window.left..window.right).map(move |x| [x, y]));
        let print: Vec<[u32; 2]> = inside.filter(|[x, y]| picture.at(*x, *y) <= PRINT).collect();
        let says = print.len() as f64 >= LEAST_PRINT_MM2 * dots_per_mm.powi(2);
        says.then(|| Square { at, print: print.iter().step_by(print.len() / DOTS + 1).copied().collect() })
    })
    .collect()
}
