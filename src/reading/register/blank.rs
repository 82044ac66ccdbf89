//! A blank form, prepared once for all the pages that will be laid on it.

use std::sync::OnceLock;

use crate::message;
use crate::model::form::Form;
use crate::model::message::Message;
use crate::reading::decode::{Caps, Pages};
use crate::reading::page::Gray;
use crate::reading::scale::{darkest_within, resized};

use super::affine::Point;
use super::anchors::{self, Anchor, Spacing};
use super::landmarks::{self, Landmark};
use super::rules::Ruled;
use super::squares::{self, Square};
use super::wording::Wording;
use super::{standing, subtract};

/// A blank's picture with what registration needs of it.
pub struct Blank {
    /// The form as if this page were all of it.
    pub form: Form,
    /// Which page of its form this is, from 1.
    pub page: u16,
    pub picture: Gray,
    pub dots_per_mm: f64,
    /// The darkest that print may make each pixel, allowing for what registration cannot undo.
    pub(crate) darkest: Gray,
    /// Where the print is solid.
    pub(crate) solid: Vec<u32>,
    /// Its ruled lines, its print square by square, and its words.
    pub(crate) ruled: Ruled,
    pub(crate) squares: Vec<Square>,
    pub(crate) wording: Wording,
    pub(crate) landmarks: Vec<Landmark>,
    /// Width and height at landmark resolution.
    pub(crate) landmark_size: (u32, u32),
    pub(crate) anchors: Net,
    /// Made when the first page bends.
    close_anchors: OnceLock<Net>,
    /// Width and height at anchor resolution.
    pub(crate) anchor_size: (u32, u32),
}

/// Anchors spread over a blank.
pub(crate) struct Net {
    pub spacing: Spacing,
    pub anchors: Vec<Anchor>,
    /// How many of them tell both how far they moved across and down.
    pub whole: usize,
    /// Where those are that nobody writes over.
    pub between_fields: Vec<Point>,
}

impl Net {
    /// `middle` is the blank at anchor resolution.
    fn over(middle: &Gray, form: &Form, spacing: Spacing) -> Net {
        let anchors = anchors::choose(middle, spacing);
        let whole = anchors.iter().filter(|anchor| anchor.is_whole()).count();
        Net { spacing, whole, between_fields: standing::between_fields(&anchors, form), anchors }
    }
}

/// Print may be found this far from where the blank has it, in mm: what is left after registration, and the blur of a
/// scanner.
pub(crate) const TOLERANCE_MM: f64 = 0.25;
/// The blank's picture and the form's page must agree in shape to this part.
const SHAPE_TOLERANCE: f64 = 0.01;
/// Resolutions a blank's picture may have, dots per mm: 180 to 620 dpi.
const RESOLUTIONS: std::ops::RangeInclusive<f64> = 7.0..=24.5;
/// With fewer, no page could ever be told from another.
const FEWEST_LANDMARKS: usize = 60;
const FEWEST_ANCHORS: usize = 12;

impl Blank {
    /// Of one page of a form, from 1.
    ///
    /// # Errors
    /// If the picture cannot be decoded, has another shape than the form's page, a resolution that no scan has, or too
    /// little print to register on.
    pub fn prepare(form: &Form, page: u16, file: &[u8]) -> Result<Blank, Message> {
        let form = form.only_page(page);
        let unreadable = || message!("reading.blank-unreadable", form = form.name);
        let mut pages = Pages::open(file, Caps::default()).map_err(|_| unreadable())?;
        let picture = pages.next().and_then(Result::ok).ok_or_else(unreadable)?;
        let dots_per_mm = f64::from(picture.width) / form.page.width;
        let down = f64::from(picture.height) / form.page.height;
        if (dots_per_mm / down - 1.0).abs() > SHAPE_TOLERANCE || !RESOLUTIONS.contains(&dots_per_mm) {
            return Err(message!("reading.blank-misshapen", form = form.name));
        }
        let small = resized(&picture, landmarks::DOTS_PER_MM / dots_per_mm);
        let middle = resized(&picture, anchors::DOTS_PER_MM / dots_per_mm);
        let anchors = Net::over(&middle, &form, Spacing::Wide);
        let blank = Blank {
            darkest: darkest_within(&picture, (TOLERANCE_MM * dots_per_mm).round() as usize),
            solid: subtract::solid_places(&picture),
            ruled: Ruled::of(&picture, dots_per_mm),
            squares: squares::of(&picture, &form),
            wording: Wording::of(&picture, &form),
            landmarks: landmarks::find(&small),
            landmark_size: (small.width, small.height),
            anchors,
            close_anchors: OnceLock::new(),
            anchor_size: (middle.width, middle.height),
            form,
            page,
            picture,
            dots_per_mm,
        };
        if blank.landmarks.len() < FEWEST_LANDMARKS || blank.anchors.whole < FEWEST_ANCHORS {
            return Err(message!("reading.blank-too-empty", form = blank.form.name));
        }
        Ok(blank)
    }

    /// Anchors that follow paper which bends within the spacing of the others.
    pub(crate) fn close_anchors(&self) -> &Net {
        self.close_anchors.get_or_init(|| {
            let middle = resized(&self.picture, anchors::DOTS_PER_MM / self.dots_per_mm);
            Net::over(&middle, &self.form, Spacing::Close)
        })
    }
}
