//! Registration: lays a scanned page on the pixel grid of its blank form, or says honestly that it does not fit.

pub(crate) mod affine;
mod anchors;
mod bend;
pub mod blank;
mod characters;
mod coarse;
mod fit;
mod landmarks;
mod near;
mod quality;
mod rules;
mod squares;
mod standing;
mod subtract;
mod wording;

use crate::message;
use crate::model::message::Message;
use crate::model::value::Rect;
use crate::ports::reader::Registration;

use super::page::{Gray, PixelRect};
use super::scale::resized;
use super::warp::{Shifts, warp};
use affine::{Affine, Point};
use blank::{Blank, Net};
use coarse::{Pose, SIZES, Sighting, TURNS};
use quality::Print;
use standing::Standing;

/// A page that lies on its blank.
#[derive(Debug, Clone)]
pub struct Registered {
    /// The page on the blank's pixel grid, paper evened out to white.
    pub page: Gray,
    /// What was written: the blank's print taken away; 0 is paper, 255 is ink. Same grid.
    pub ink: Gray,
    pub quality: Registration,
    /// Where the form lies in the scan.
    pub placement: Placement,
    /// Of the blank's grid.
    pub dots_per_mm: f64,
    /// Mean `ink` per pixel where nothing is printed and nothing belongs: what scanner and paper add by themselves.
    pub noise: f64,
}

/// Where a form lies in the scan that it was found in.
#[derive(Debug, Clone)]
pub struct Placement {
    /// From the blank's pixels to the scan's.
    to_scan: Affine,
    /// On top of that, in the blank's pixels.
    shifts: Shifts,
    /// Of the blank.
    dots_per_mm: f64,
    /// Width and height of the scan.
    scan: [f64; 2],
}

impl Placement {
    /// Of a form that fills its scan.
    pub fn filling(dots_per_mm: f64) -> Self {
        let none = Shifts { step: 1.0, columns: 1, rows: 1, at: vec![[0.0; 2]] };
        Self { to_scan: Affine::IDENTITY, shifts: none, dots_per_mm, scan: [f64::INFINITY; 2] }
    }

    /// Whether the scan shows all of a place of the form: paper can lie partly off the glass.
    pub fn shows(&self, place: Rect) -> bool {
        let Rect { x, y, width, height } = place;
        let corners = [[x, y], [x + width, y], [x, y + height], [x + width, y + height]];
        corners.into_iter().all(|corner| {
            let at = self.on_scan(corner);
            (0..2).all(|i| (0.0..=self.scan[i]).contains(&at[i]))
        })
    }

    /// The place in the scan, in pixels from its top left corner, of a place of the form, in mm.
    pub fn on_scan(&self, mm: Point) -> Point {
        // The maps count from the centre of the first pixel, millimetres from the edge of the page.
        let at = mm.map(|v| v * self.dots_per_mm - 0.5);
        let shift = self.shifts.shift(at);
        self.to_scan.apply([at[0] + shift[0], at[1] + shift[1]]).map(|v| v + 0.5)
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

/// Why a readable page is not read: for a person.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    pub why: Message,
    pub registration: Option<Registration>,
}

/// A page with less ink than this share of dark pixels is blank paper.
const LEAST_INK: f64 = 0.0005;
/// Two forms that both explain a page must differ by this share, or a person decides which it is.
const CLEAR_MARGIN: f64 = 0.05;
/// A form is worth laying the page on if its pose has this part of the best pose's agreeing landmarks.
const WORTH_TRYING: f64 = 0.4;
/// Anchors say this against the map, at their 95th percentile in mm, if the paper bends between them.
const BENDS_MM: f64 = 0.15;
/// Anchors found, at least, for a fit.
const FEWEST_SEEN: usize = 10;

/// A page laid on a blank, and what speaks for its being that form.
struct Laid {
    /// Which blank.
    index: usize,
    page: Registered,
    standing: Standing,
}

impl Laid {
    fn explained(&self) -> f64 {
        self.page.quality.ink_explained
    }
}

/// Lays a page on the blank it fits best; gives that blank's place in the list.
///
/// # Errors
/// If the page is blank paper, fits none of the forms, fits two of them, or lies too badly to be read.
pub fn register(page: &Gray, blanks: &[Blank]) -> Result<(usize, Registered), Refusal> {
    let refused = |why| Err(Refusal { why, registration: None });
    if is_empty(page) {
        return refused(message!("reading.blank-page"));
    }
    let poses = poses(page, blanks);
    let most = poses.iter().flatten().map(|pose| pose.agreeing).max().unwrap_or(0);
    let mut laid: Vec<Laid> = Vec::new();
    for (index, (blank, pose)) in blanks.iter().zip(&poses).enumerate() {
        if let Some(pose) = pose
            && pose.agreeing as f64 >= WORTH_TRYING * most as f64
            && let Some((page, standing)) = lay(page, blank, pose)
        {
            laid.push(Laid { index, page, standing });
        }
    }
    laid.sort_by(|a, b| b.explained().total_cmp(&a.explained()));
    let margin = match laid.as_slice() {
        [] => return refused(message!("reading.another-form")),
        [_] => 1.0,
        [first, second, ..] => first.explained() - second.explained(),
    };
    let Laid { index, page: best, standing } = laid.swap_remove(0);
    Print::of(&best.page, &blanks[index]).judge(&best, standing)?;
    if margin < CLEAR_MARGIN {
        return Err(Refusal { why: message!("reading.two-forms-fit"), registration: Some(best.quality) });
    }
    Ok((index, best))
}

/// The best pose of each form, trying sizes and quarter turns until one form is certain: no other lies on the same page
/// in another way.
fn poses(page: &Gray, blanks: &[Blank]) -> Vec<Option<Pose>> {
    let mut best: Vec<Option<Pose>> = vec![None; blanks.len()];
    for size in SIZES {
        let mut sightings: Vec<(f64, Sighting)> = Vec::new();
        for quarters in TURNS {
            for (best, blank) in best.iter_mut().zip(blanks) {
                let long_mm = blank.form.page.width.max(blank.form.page.height);
                let known = sightings.iter().position(|(of, _)| *of == long_mm).unwrap_or_else(|| {
                    sightings.push((long_mm, Sighting::of(page, long_mm, size)));
                    sightings.len() - 1
                });
                let pose = sightings[known].1.pose(&blank.landmarks, quarters);
                if pose.map(|p| p.agreeing) > best.map(|b| b.agreeing) {
                    *best = pose;
                }
            }
            if best.iter().flatten().any(Pose::is_certain) {
                return best;
            }
        }
    }
    best
}

fn is_empty(page: &Gray) -> bool {
    let small = resized(page, (400.0 / f64::from(page.width.max(page.height))).min(1.0));
    let mut sorted = small.pixels.clone();
    sorted.sort_unstable();
    let paper = sorted[sorted.len() * 3 / 4];
    let dark = sorted.partition_point(|v| u32::from(*v) * 4 < u32::from(paper) * 3);
    (dark as f64) < LEAST_INK * sorted.len() as f64
}

/// Brings the page onto the blank's grid: the first look corrects the pose, the second measures. Where that shows paper
/// which bends between the anchors, a third looks at more of them.
fn lay(page: &Gray, blank: &Blank, pose: &Pose) -> Option<(Registered, Standing)> {
    let size = (blank.picture.width, blank.picture.height);
    let to_scan = pose.to_scan.after(&Affine::zoom(size, blank.landmark_size));
    let shrunk = shrunk_to(page, anchors::DOTS_PER_MM, &to_scan, blank.dots_per_mm);
    let middle = blank.anchor_size;
    let mut laid = Laying {
        to_shrunk: Affine::zoom((page.width, page.height), (shrunk.width, shrunk.height)),
        shrunk,
        middle,
        from_middle: Affine::zoom(middle, size),
        to_middle: Affine::zoom(size, middle),
        to_scan,
        shifts: Shifts::none(middle.0, middle.1, f64::from(middle.0)),
        shown: Vec::new(),
    };
    laid.look(&blank.anchors, anchors::REACH)?;
    let mut fit = laid.look(&blank.anchors, anchors::SHORT_REACH)?;
    if fit.residual_mm > BENDS_MM
        && let Some(closer) = laid.look(blank.close_anchors(), anchors::CLOSE_REACH)
    {
        fit = closer;
    }
    let Laying { to_scan, shifts, shown, .. } = laid;
    let ratio = f64::from(size.0) / f64::from(middle.0);
    let shifts = Shifts {
        step: shifts.step * ratio,
        at: shifts.at.iter().map(|s| [s[0] * ratio, s[1] * ratio]).collect(),
        ..shifts
    };
    let scan = [page.width, page.height].map(f64::from);
    let placement = Placement { to_scan, shifts, dots_per_mm: blank.dots_per_mm, scan };
    let standing = Standing::of(&shown, &fit.standing);
    Some((finish(page, blank, placement, fit.residual_mm), standing))
}

/// A page on its way onto a blank: what is known so far of where it lies.
struct Laying {
    /// The scan at anchor resolution.
    shrunk: Gray,
    to_shrunk: Affine,
    /// Width and height of the blank at anchor resolution.
    middle: (u32, u32),
    from_middle: Affine,
    to_middle: Affine,
    /// From the blank's pixels to the scan's.
    to_scan: Affine,
    /// On top of that, at anchor resolution.
    shifts: Shifts,
    /// Of the anchors between the fields last looked for, those that the scan shows.
    shown: Vec<Point>,
}

impl Laying {
    /// Looks for the anchors where they should be by now, and corrects that; `None`, and nothing corrected, if too few
    /// are seen.
    fn look(&mut self, net: &Net, reach: usize) -> Option<fit::Fit> {
        let map = self.to_shrunk.after(&self.to_scan).after(&self.from_middle);
        let page = warp(&self.shrunk, &map, &self.shifts, self.middle.0, self.middle.1);
        let mut seen = anchors::look(&net.anchors, &page, reach);
        let (width, height) = (f64::from(self.shrunk.width), f64::from(self.shrunk.height));
        // Where the scan ends it cuts the print off, which looks like print that is a little shorter.
        let is_shown = |at: Point| {
            anchors::corners(at).into_iter().all(|corner| {
                let shift = self.shifts.shift(corner);
                let [x, y] = map.apply([corner[0] + shift[0], corner[1] + shift[1]]);
                (0.0..width).contains(&x) && (0.0..height).contains(&y)
            })
        };
        seen.retain(|s| is_shown([s.at[0] + s.moved[0], s.at[1] + s.moved[1]]));
        self.shown = net.between_fields.iter().copied().filter(|at| is_shown(*at)).collect();
        let whole = seen.iter().filter(|s| s.is_whole()).count();
        if whole < FEWEST_SEEN.max(net.whole / 4) {
            return None;
        }
        let found = fit::fit(&seen, net.spacing, &self.shifts, self.middle)?;
        self.to_scan = self.to_scan.after(&self.from_middle).after(&found.map).after(&self.to_middle);
        self.shifts = found.shifts.clone();
        Some(found)
    }
}

/// The final picture from the scan itself, and what it says.
fn finish(page: &Gray, blank: &Blank, placement: Placement, residual_mm: f64) -> Registered {
    let Placement { to_scan, shifts, .. } = &placement;
    let source = shrunk_to(page, blank.dots_per_mm, to_scan, blank.dots_per_mm);
    let to_source = Affine::zoom((page.width, page.height), (source.width, source.height));
    let laid = warp(&source, &to_source.after(to_scan), shifts, blank.picture.width, blank.picture.height);
    let page = subtract::evened(&laid, blank);
    let ink = subtract::written(&page, blank);
    let ink_explained = Print::of(&page, blank).explained();
    let turned_degrees = to_scan.scale_and_turn().1;
    let noise = quality::noise(&ink, blank);
    let quality = Registration { ink_explained, residual_mm, turned_degrees };
    Registered { page, ink, quality, placement, dots_per_mm: blank.dots_per_mm, noise }
}

/// The scan made smaller if it has clearly more dots than wanted, so that sampling it skips no ink.
fn shrunk_to(page: &Gray, wanted: f64, to_scan: &Affine, blank_dots: f64) -> Gray {
    let factor = wanted / (to_scan.scale_and_turn().0 * blank_dots);
    if factor < 0.8 { resized(page, factor) } else { page.clone() }
}
