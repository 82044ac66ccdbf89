//! Other revisions of a form, made from the picture of its blank.

use jitan::model::form::Form;
use jitan::model::value::Rect;
use jitan::reading::page::Gray;
use rand::RngExt;
use rand::rngs::StdRng;

use super::words;

/// How a revision differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    FieldMoved,
    RowInserted,
    FontSize,
    RowTakenOut,
    RowAdded,
    FieldDivided,
    StripReprinted,
    WordsExchanged,
    CharacterExchanged,
    OptionsExchanged,
}

impl Change {
    pub const ALL: [Change; 10] = [
        Change::FieldMoved,
        Change::RowInserted,
        Change::FontSize,
        Change::RowTakenOut,
        Change::RowAdded,
        Change::FieldDivided,
        Change::StripReprinted,
        Change::WordsExchanged,
        Change::CharacterExchanged,
        Change::OptionsExchanged,
    ];

    pub fn says(self) -> &'static str {
        match self {
            Change::FieldMoved => "one field moved by 1.5 mm",
            Change::RowInserted => "a row put in",
            Change::FontSize => "labels in another size",
            Change::RowTakenOut => "a strip of 7 to 12 mm taken out",
            Change::RowAdded => "a table's last row twice",
            Change::FieldDivided => "a line's field divided in two",
            Change::StripReprinted => "a strip of other print across words",
            Change::WordsExchanged => "other words in a label's place",
            Change::CharacterExchanged => "one other character in a label",
            Change::OptionsExchanged => "two options' words exchanged",
        }
    }

    /// The blank's picture with this change made to it.
    pub fn made(self, blank: &Gray, form: &Form, rng: &mut StdRng) -> Gray {
        let dots = f64::from(blank.width) / form.page.width;
        match self {
            Change::FieldMoved => field_moved(blank, form, dots, rng),
            Change::RowInserted => row_inserted(blank, form, dots, rng),
            Change::FontSize => font_size(blank, form, dots, rng),
            Change::RowTakenOut => row_taken_out(blank, form, dots, rng),
            Change::RowAdded => row_added(blank, form, dots, rng),
            Change::FieldDivided => field_divided(blank, form, dots, rng),
            Change::StripReprinted => strip_reprinted(blank, form, dots, rng),
            Change::WordsExchanged => words::exchanged(blank, form, dots, rng),
            Change::CharacterExchanged => words::one_character(blank, form, dots, rng),
            Change::OptionsExchanged => words::options_exchanged(blank, form, dots, rng),
        }
    }
}

/// The places of each field.
pub fn places(form: &Form) -> Vec<Vec<Rect>> {
    form.fields.iter().map(|field| field.kind.places()).collect()
}

pub fn pixels(rect: Rect, margin: f64, dots: f64) -> [u32; 4] {
    let at = |mm: f64| (mm * dots).round().max(0.0) as u32;
    [at(rect.x - margin), at(rect.y - margin), at(rect.x + rect.width + margin), at(rect.y + rect.height + margin)]
}

fn field_moved(blank: &Gray, form: &Form, dots: f64, rng: &mut StdRng) -> Gray {
    let window = |field: Vec<Rect>| {
        let whole = field.into_iter().reduce(Rect::union).expect("a field has a place");
        let [left, top, right, bottom] = pixels(whole, 0.4, dots);
        [left, top, right.min(blank.width), bottom.min(blank.height)]
    };
    // A line on bare paper can move without a trace on the blank.
    let has_print = |[left, top, right, bottom]: &[u32; 4]| {
        let dark =
            (*top..*bottom).flat_map(|y| blank.row(y)[*left as usize..*right as usize].iter()).filter(|v| **v < 110);
        dark.count() as f64 > 2.0 * dots * dots
    };
    let all: Vec<[u32; 4]> = places(form).into_iter().map(window).filter(has_print).collect();
    let [left, top, right, bottom] = all[rng.random_range(0..all.len())];
    let by = (1.5 * dots).round() as i64;
    let (dx, dy) = [(by, 0), (-by, 0), (0, by), (0, -by)][rng.random_range(0..4)];
    let mut moved = blank.clone();
    let mut put = |x: i64, y: i64, value: u8| {
        if x >= 0 && y >= 0 && x < i64::from(blank.width) && y < i64::from(blank.height) {
            moved.pixels[y as usize * blank.width as usize + x as usize] = value;
        }
    };
    for (y, x) in (top..bottom).flat_map(|y| (left..right).map(move |x| (y, x))) {
        put(x.into(), y.into(), 255);
    }
    for (y, x) in (top..bottom).flat_map(|y| (left..right).map(move |x| (y, x))) {
        put(i64::from(x) + dx, i64::from(y) + dy, blank.at(x, y));
    }
    moved
}

fn row_inserted(blank: &Gray, form: &Form, dots: f64, rng: &mut StdRng) -> Gray {
    let all = places(form);
    // Not before the first field and not behind the last: there a row would change nothing.
    let field = &all[rng.random_range(1..all.len())];
    let top = field.iter().map(|rect| rect.y).fold(f64::MAX, f64::min);
    let from = ((top - 1.0) * dots).round() as u32;
    let by = (rng.random_range(7.0..12.0) * dots) as u32;
    let mut longer = blank.clone();
    for y in (from..blank.height).rev() {
        let source = if y < from + by { from } else { y - by };
        let row = blank.row(source).to_vec();
        longer.pixels[y as usize * blank.width as usize..][..row.len()].copy_from_slice(&row);
    }
    longer
}

fn row_taken_out(blank: &Gray, form: &Form, dots: f64, rng: &mut StdRng) -> Gray {
    let all = places(form);
    let field = &all[rng.random_range(1..all.len())];
    let top = field.iter().map(|rect| rect.y).fold(f64::MAX, f64::min);
    let from = ((top - 1.0) * dots).round() as u32;
    let by = (rng.random_range(7.0..12.0) * dots) as u32;
    let mut shorter = blank.clone();
    for y in from..blank.height {
        let to = &mut shorter.pixels[y as usize * blank.width as usize..][..blank.width as usize];
        if y + by < blank.height { to.copy_from_slice(blank.row(y + by)) } else { to.fill(255) }
    }
    shorter
}

/// The rows of a field's line at which a ruled line is printed above and below it.
fn rules_around(blank: &Gray, rect: Rect, dots: f64) -> Option<[u32; 2]> {
    let x = ((rect.x + rect.width / 2.0) * dots) as u32;
    let middle = ((rect.y + rect.height / 2.0) * dots) as u32;
    let is_rule = |y: &u32| (x - 60..x + 60).all(|x| blank.at(x, *y) < 128);
    let reach = (12.0 * dots) as u32;
    let above = (middle.saturating_sub(reach)..middle).rev().find(is_rule)?;
    let below = (middle..(middle + reach).min(blank.height)).find(is_rule)?;
    Some([above, below])
}

/// Wide places for a line, with the ruled lines around them.
fn lines(blank: &Gray, form: &Form, dots: f64) -> Vec<(Rect, [u32; 2])> {
    let wide = places(form).into_iter().flatten().filter(|rect| rect.width > 40.0);
    wide.filter_map(|rect| Some((rect, rules_around(blank, rect, dots)?))).collect()
}

/// The row of the lowest line's field stands twice, and what is below it lower.
fn row_added(blank: &Gray, form: &Form, dots: f64, rng: &mut StdRng) -> Gray {
    let all = lines(blank, form, dots);
    let lowest = all.iter().map(|(_, rules)| *rules).max().expect("a line");
    let [above, below] = if rng.random_bool(0.5) { lowest } else { all[rng.random_range(0..all.len())].1 };
    let mut longer = blank.clone();
    for y in (below..blank.height).rev() {
        let row = blank.row(y - (below - above)).to_vec();
        longer.pixels[y as usize * blank.width as usize..][..row.len()].copy_from_slice(&row);
    }
    longer
}

fn field_divided(blank: &Gray, form: &Form, dots: f64, rng: &mut StdRng) -> Gray {
    let all = lines(blank, form, dots);
    let (rect, [above, below]) = all[rng.random_range(0..all.len())];
    let x = ((rect.x + rect.width * rng.random_range(0.3..0.7)) * dots) as u32;
    let mut divided = blank.clone();
    for y in above..below {
        divided.pixels[(y * blank.width + x) as usize..][..3].fill(0);
    }
    divided
}

/// A strip of one label in place of another's, cut where a grid falls: half characters, and pieces of lines.
fn strip_reprinted(blank: &Gray, form: &Form, dots: f64, rng: &mut StdRng) -> Gray {
    let all: Vec<[u32; 4]> = labels(blank, form, dots)
        .into_iter()
        .filter(|[left, _, right, _]| f64::from(right - left) > 12.0 * dots)
        .collect();
    let which = rng.random_range(0..all.len());
    let [left, top, right, bottom] = all[which];
    let [other_left, other_top, ..] = all[(which + rng.random_range(1..all.len())) % all.len()];
    let mut reprinted = blank.clone();
    for (y, x) in (top..bottom).flat_map(|y| (left..right).map(move |x| (y, x))) {
        let from = [(other_left + x - left).min(blank.width - 1), (other_top + y - top).min(blank.height - 1)];
        reprinted.pixels[(y * blank.width + x) as usize] = blank.at(from[0], from[1]);
    }
    reprinted
}

/// Every run of printed characters redrawn larger or smaller from its own left edge; rules and boxes stay.
fn font_size(blank: &Gray, form: &Form, dots: f64, rng: &mut StdRng) -> Gray {
    let by = if rng.random_bool(0.5) { 1.12 } else { 0.88 };
    let mut out = blank.clone();
    for [left, top, right, bottom] in labels(blank, form, dots) {
        for y in top..bottom {
            out.pixels[y as usize * blank.width as usize..][left as usize..right as usize].fill(255);
        }
        let middle = f64::from(top + bottom) / 2.0;
        let (width, height) = (f64::from(right - left) * by, f64::from(bottom - top) * by);
        for v in 0..height as u32 {
            for u in 0..width as u32 {
                let (x, y) = (left + u, (middle - height / 2.0) as u32 + v);
                let (sx, sy) = ((f64::from(u) / by) as u32 + left, (f64::from(v) / by) as u32 + top);
                if x < blank.width && y < blank.height && sx < right && sy < bottom {
                    let at = (y * blank.width + x) as usize;
                    out.pixels[at] = out.pixels[at].min(blank.at(sx, sy));
                }
            }
        }
    }
    out
}

/// Runs of characters: rows of a coarse grid whose cells hold print but no rule, outside the fields.
fn labels(blank: &Gray, form: &Form, dots: f64) -> Vec<[u32; 4]> {
    let cell = (1.5 * dots) as u32;
    let taken: Vec<[u32; 4]> = places(form).into_iter().flatten().map(|rect| pixels(rect, 0.5, dots)).collect();
    let is_free = |x: u32, y: u32| !taken.iter().any(|t| t[0] <= x + cell && x < t[2] && t[1] <= y + cell && y < t[3]);
    let dark = |x: u32, y: u32| blank.at(x, y) < 128;
    let mut found = Vec::new();
    let mut y = 0;
    while y + 3 * cell < blank.height {
        let (mut x, mut any) = (0, false);
        while x + cell < blank.width {
            let band = |x: u32| {
                let ink =
                    (y..y + 3 * cell).flat_map(|v| (x..x + cell).map(move |u| (u, v))).filter(|(u, v)| dark(*u, *v));
                let rule = (x..x + cell).any(|u| (y..y + 3 * cell).all(|v| dark(u, v)))
                    || (y..y + 3 * cell).any(|v| (x..x + cell).all(|u| dark(u, v)));
                ink.count() > 8 && !rule && is_free(x, y) && is_free(x, y + cell) && is_free(x, y + 2 * cell)
            };
            let start = x;
            while x + cell < blank.width && band(x) {
                x += cell;
            }
            if x > start {
                found.push([start, y, x, y + 3 * cell]);
                any = true;
            }
            x += cell;
        }
        y += if any { 3 * cell } else { cell };
    }
    found
}
