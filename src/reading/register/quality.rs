//! How well a page lies on its blank, in numbers that can refuse it.

use super::blank::{Blank, TOLERANCE_MM};
use super::near::together;
use super::squares::Square;
use super::standing::Standing;
use super::{Refusal, Registered, pixel_rect, rules};
use crate::message;
use crate::model::form::Field;
use crate::reading::page::{Gray, PixelRect};
use crate::reading::scale::darkest_within;

/// A page explains less of the blank's print than this: another form.
const LEAST_EXPLAINED: f64 = 0.80;
/// Check anchors are farther off than this at their 95th percentile, in mm: poorly registered.
const MOST_RESIDUAL_MM: f64 = 0.8;
/// Of the print between the fields stands where it belongs, at least: of the page, and of any part of it. A stamp hides
/// some of a part.
const LEAST_STANDING: f64 = 0.9;
const LEAST_STANDING_IN_REGION: f64 = 0.35;
/// Print this near belongs to a field, in mm.
const OWN_PRINT_MM: f64 = 1.0;
/// Less print than this around a field says nothing, in mm².
const LEAST_PRINT_MM2: f64 = 2.0;
/// A field of whose print this share is found stands where it belongs, and needs no closer look.
const SURELY_HERE: f64 = 0.97;
/// Of a field that lies badly less is found than this, and so much more at a short distance.
const MOSTLY_HERE: f64 = 0.9;
const OFF: f64 = 0.1;
/// A field of whose print less is found does not.
const LEAST_FOUND: f64 = 0.5;
/// If by this share more is found elsewhere, within this distance in mm, the field stands there. On pages of the same
/// form at least 0.06 less was found there, whatever the scanner did to them.
const CLEARLY_MORE: f64 = 0.05;
const FAR_MM: f64 = 2.5;
/// A field is off by this much before it counts as moved along an axis, in mm.
const MOVED_MM: f64 = 0.8;
/// What a shift by these distances in mm would uncover tells of it: of a long rule only its ends.
const UNCOVERED_BY_MM: [f64; 4] = [-1.5, -1.0, 1.0, 1.5];
/// Less of such print says nothing, in mm².
const LEAST_TELLING_MM2: f64 = 1.0;
/// A square of whose print less is found has lost some. Pages of the same form keep at least 0.94 of each, but for holes.
const KEPT: f64 = 0.9;
/// Print is looked for this far from where it belongs before it is lost, in mm.
const LOOKED_FOR_MM: f64 = 0.75;
/// So many such squares together are more than a hole.
const LOST_TOGETHER: usize = 3;
/// Blank pixels up to this are print; page pixels up to `FOUND` show ink.
pub(super) const PRINT: u8 = 110;
pub(super) const FOUND: u8 = 150;
/// Paper is judged in squares of this side, in mm.
const NOISE_TILE_MM: f64 = 5.0;
/// This near to a field people write, in mm.
const OVERSHOOT_MM: f64 = 4.0;

/// Where the blank's print was looked for and found.
pub(crate) struct Print<'a> {
    blank: &'a Blank,
    /// The page with its dark parts grown by the tolerance.
    grown: Gray,
}

impl<'a> Print<'a> {
    pub(crate) fn of(evened: &Gray, blank: &'a Blank) -> Self {
        let radius = (TOLERANCE_MM * blank.dots_per_mm).round() as usize;
        Self { blank, grown: darkest_within(evened, radius) }
    }

    /// Share of the blank's print that the page shows, 0 to 1.
    pub(crate) fn explained(&self) -> f64 {
        let (print, found) = self.count(self.whole());
        found as f64 / print.max(1) as f64
    }

    fn whole(&self) -> PixelRect {
        PixelRect { left: 0, top: 0, right: self.grown.width, bottom: self.grown.height }
    }

    /// Pixels of print, and how many of them the page shows.
    fn count(&self, window: PixelRect) -> (u64, u64) {
        let (mut print, mut found) = (0, 0);
        for y in window.top..window.bottom {
            let range = window.left as usize..window.right as usize;
            let pairs = self.blank.picture.row(y)[range.clone()].iter().zip(&self.grown.row(y)[range]);
            for (blank, page) in pairs {
                let is_print = *blank <= PRINT;
                print += u64::from(is_print);
                found += u64::from(is_print && *page <= FOUND);
            }
        }
        (print, found)
    }

    /// The first field whose own print is not where it belongs.
    fn moved_field(&self) -> Option<&Field> {
        self.blank.form.fields.iter().find(|field| {
            let print = self.print_of(field);
            self.is_elsewhere(&print) || self.is_shifted(&print, [1, 0]) || self.is_shifted(&print, [0, 1])
        })
    }

    /// Whether the print is found at a distance that no paper feed explains, or clearly better at any, or nowhere.
    fn is_elsewhere(&self, print: &[[u32; 2]]) -> bool {
        let here = self.found(print, [0, 0]);
        if (print.len() as f64) < LEAST_PRINT_MM2 * self.blank.dots_per_mm.powi(2) || here >= SURELY_HERE {
            return false;
        }
        if here < LEAST_FOUND {
            return true;
        }
        let [near, far] = self.best_nearby(print);
        let is_off = here < MOSTLY_HERE && near.max(far) > here + OFF;
        is_off || (near < SURELY_HERE && far > near + CLEARLY_MORE)
    }

    /// Whether the print stands elsewhere along an axis. Most of a wide frame looks the same when it is shifted along
    /// its longer side, so only what would not is counted.
    fn is_shifted(&self, print: &[[u32; 2]], axis: [i64; 2]) -> bool {
        let dots = self.blank.dots_per_mm;
        let by = |mm: f64| axis.map(|a| a * (mm * dots).round() as i64);
        let uncovered =
            |at: &[u32; 2]| UNCOVERED_BY_MM.iter().all(|mm| !is_dark(&self.blank.picture, PRINT, *at, by(*mm)));
        let telling: Vec<[u32; 2]> = print.iter().copied().filter(uncovered).collect();
        if (telling.len() as f64) < LEAST_TELLING_MM2 * dots.powi(2) || self.found(&telling, [0, 0]) >= SURELY_HERE {
            return false;
        }
        let steps = (FAR_MM / TOLERANCE_MM) as i64;
        let (mut near, mut far) = (0.0_f64, 0.0_f64);
        for mm in (-steps..=steps).map(|step| step as f64 * TOLERANCE_MM) {
            let most = if mm.abs() < MOVED_MM { &mut near } else { &mut far };
            *most = most.max(self.found(&telling, by(mm)));
        }
        near < SURELY_HERE && far > near + CLEARLY_MORE
    }

    /// The blank's print at a field's places and close around them: its frames, its printed words.
    fn print_of(&self, field: &Field) -> Vec<[u32; 2]> {
        let (width, height) = (self.grown.width, self.grown.height);
        let mut print = Vec::new();
        for place in field.kind.places() {
            let window = pixel_rect(place, OWN_PRINT_MM, self.blank.dots_per_mm, width, height);
            for y in window.top..window.bottom {
                let row = self.blank.picture.row(y);
                print.extend((window.left..window.right).filter(|x| row[*x as usize] <= PRINT).map(|x| [x, y]));
            }
        }
        print
    }

    /// Share of the print that the page shows, moved by some pixels.
    fn found(&self, print: &[[u32; 2]], by: [i64; 2]) -> f64 {
        let found = print.iter().filter(|place| is_dark(&self.grown, FOUND, **place, by)).count();
        found as f64 / print.len().max(1) as f64
    }

    /// The largest shares found when the print is moved about: by less than counts as moved, and by more.
    fn best_nearby(&self, print: &[[u32; 2]]) -> [f64; 2] {
        let few: Vec<[u32; 2]> = print.iter().step_by(print.len() / 600 + 1).copied().collect();
        let step = self.blank.dots_per_mm * TOLERANCE_MM;
        let reach = (FAR_MM / TOLERANCE_MM) as i64;
        let mut best = [0.0_f64; 2];
        for [x, y] in (-reach..=reach).flat_map(|y| (-reach..=reach).map(move |x| [x, y])) {
            let is_far = (x as f64).hypot(y as f64) * TOLERANCE_MM >= MOVED_MM;
            let most = &mut best[usize::from(is_far)];
            *most = most.max(self.found(&few, [x, y].map(|v| (v as f64 * step).round() as i64)));
        }
        best
    }

    /// The share of the blank's squares that the page shows with all their print, if too many together do not.
    fn kept(&self, laid: &Registered) -> Result<(), f64> {
        let shown: Vec<&Square> =
            self.blank.squares.iter().filter(|square| laid.placement.shows(square.place())).collect();
        let found: Vec<(&Square, f64)> = shown.iter().map(|square| (*square, self.found_near(&square.print))).collect();
        let lost: Vec<&(&Square, f64)> = found.iter().filter(|(_, found)| *found < KEPT).collect();
        let is_beside = |a: &[u32; 2], b: &[u32; 2]| a[0].abs_diff(b[0]) <= 1 && a[1].abs_diff(b[1]) <= 1;
        let groups = together(lost.iter().map(|(square, _)| square.at).collect(), is_beside);
        let together = groups.iter().map(Vec::len).max().unwrap_or(0);
        if together >= LOST_TOGETHER {
            return Err(1.0 - lost.len() as f64 / shown.len() as f64);
        }
        Ok(())
    }

    /// Share of the print that the page shows at its place or close by.
    fn found_near(&self, print: &[[u32; 2]]) -> f64 {
        let here = self.found(print, [0, 0]);
        if here >= SURELY_HERE {
            return here;
        }
        let step = self.blank.dots_per_mm * TOLERANCE_MM;
        let reach = (LOOKED_FOR_MM / TOLERANCE_MM) as i64;
        let places = (-reach..=reach).flat_map(|y| (-reach..=reach).map(move |x| [x, y]));
        places.map(|by| self.found(print, by.map(|v| (v as f64 * step).round() as i64))).fold(here, f64::max)
    }

    /// Refuses a page that is another form, lies badly, has a field elsewhere, or other print than the blank.
    pub(crate) fn judge(&self, laid: &Registered, standing: Standing) -> Result<(), Refusal> {
        let quality = laid.quality;
        let refused = |why| Err(Refusal { why, registration: Some(quality) });
        if quality.ink_explained < LEAST_EXPLAINED {
            return refused(message!("reading.another-form"));
        }
        if quality.residual_mm > MOST_RESIDUAL_MM {
            let off = format!("{:.1}", quality.residual_mm);
            return refused(message!("reading.poorly-registered", millimetres = off));
        }
        if let Some(field) = self.moved_field() {
            return refused(message!("reading.field-moved", field = field.name));
        }
        if standing.share < LEAST_STANDING || standing.least < LEAST_STANDING_IN_REGION {
            return refused(message!("reading.another-revision", percent = (standing.share * 100.0).floor()));
        }
        if let Err(share) = self.kept(laid) {
            return refused(message!("reading.another-revision", percent = (share * 100.0).floor()));
        }
        if let Some([x, y]) = self.blank.wording.other(laid, &self.blank.picture) {
            let [x, y] = [x, y].map(f64::round);
            return refused(message!("reading.other-words", across = x, down = y));
        }
        if rules::has_another(&laid.page, self.blank) {
            return refused(message!("reading.other-rules"));
        }
        Ok(())
    }
}

/// Whether the picture is this dark at a place moved by some pixels; nothing is beyond its edge.
pub(super) fn is_dark(picture: &Gray, most: u8, [x, y]: [u32; 2], [dx, dy]: [i64; 2]) -> bool {
    let (x, y) = (i64::from(x) + dx, i64::from(y) + dy);
    let inside = x >= 0 && y >= 0 && x < i64::from(picture.width) && y < i64::from(picture.height);
    inside && picture.at(x as u32, y as u32) <= most
}

/// Mean ink per pixel where nothing is printed and nothing is written: the middle of the page's empty squares, so
/// that a note in the margin does not count as noise.
pub(crate) fn noise(ink: &Gray, blank: &Blank) -> f64 {
    let dots = blank.dots_per_mm;
    let tile = (NOISE_TILE_MM * dots) as u32;
    let near = |field: &Field| field.extent().map(|e| pixel_rect(e, OVERSHOOT_MM, dots, ink.width, ink.height));
    let fields: Vec<PixelRect> = blank.form.fields.iter().filter_map(near).collect();
    let mut means = Vec::new();
    for top in (0..ink.height.saturating_sub(tile)).step_by(tile as usize) {
        for left in (0..ink.width.saturating_sub(tile)).step_by(tile as usize) {
            let square = PixelRect { left, top, right: left + tile, bottom: top + tile };
            let is_field = fields.iter().any(|f| {
                f.left < square.right && square.left < f.right && f.top < square.bottom && square.top < f.bottom
            });
            if !is_field {
                means.extend(mean_on_paper(ink, blank, square));
            }
        }
    }
    means.sort_by(f64::total_cmp);
    means.get(means.len() / 2).copied().unwrap_or(0.0)
}

fn mean_on_paper(ink: &Gray, blank: &Blank, square: PixelRect) -> Option<f64> {
    let (mut sum, mut count) = (0_u64, 0_u64);
    for y in square.top..square.bottom {
        let range = square.left as usize..square.right as usize;
        for (ink, darkest) in ink.row(y)[range.clone()].iter().zip(&blank.darkest.row(y)[range]) {
            let is_paper = u64::from(*darkest == 255);
            count += is_paper;
            sum += is_paper * u64::from(*ink);
        }
    }
    (count * 2 > square.area()).then(|| sum as f64 / count as f64)
}
