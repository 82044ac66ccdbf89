//! Which option of a choice was marked: ticks in boxes and circles round printed words, seen as what was written over
//! the blank. Exactly one option stands out, or a person decides.

use crate::message;
use crate::model::form::{ChoiceOption, MarkStyle};
use crate::model::message::Message;
use crate::model::value::{Alternative, Chance, Content, Personal, Rect};

use super::ink::STROKE_INK;
use super::register::Registered;

/// What a choice says.
#[derive(Debug, Clone, PartialEq)]
pub struct MarkReading {
    pub content: Content,
    /// The recogniser's own score; whoever knows the calibration turns it into a measured chance.
    pub chance: Chance,
    /// Every other option that holds ink, best first.
    pub alternatives: Vec<Alternative>,
    pub doubts: Vec<Message>,
}

/// A tick or a circle leaves its box: this much around it still belongs to the option, in mm.
const OVERSHOOT_MM: f64 = 1.6;
/// An option whose strength is at least this is marked by itself.
const MARKED: f64 = 0.5;
/// An option below this is left alone.
const UNMARKED: f64 = 0.2;
/// The marked option must be this many times as strong as the next.
const CLEAR_LEAD: f64 = 2.5;

/// A line that strikes out rises or falls by less than this within the option, in mm.
const STRIKE_MM: f64 = 0.9;
/// It passes this share of the option's width.
const SIDE_TO_SIDE: f64 = 0.92;
/// A box with this share of its area inked was filled in.
const FILLED: f64 = 0.5;

/// Reads a choice: exactly one option marked is its value, none marked is blank, anything else is for a person.
///
/// An option that was struck out is marked no more, but what then holds is for a person to say.
pub fn read_choice(options: &[ChoiceOption], registered: &Registered) -> MarkReading {
    let struck: Vec<&ChoiceOption> = options.iter().filter(|option| is_struck_out(option, registered)).collect();
    let mut strengths: Vec<(f64, &ChoiceOption)> =
        options.iter().enumerate().map(|(i, option)| (strength(options, i, registered), option)).collect();
    let rank = |option: &ChoiceOption| struck.iter().any(|s| std::ptr::eq(*s, option));
    strengths.sort_by(|a, b| rank(a.1).cmp(&rank(b.1)).then(b.0.total_cmp(&a.0)));
    let first = strengths.first().map_or(0.0, |s| s.0);
    let second = strengths.get(1).map_or(0.0, |s| s.0);
    let (content, rest) = match strengths.first() {
        Some((_, option)) if first >= UNMARKED => (Content::Written(Personal::new(option.value.clone())), 1),
        _ => (Content::Blank, 0),
    };
    let alternatives = strengths[rest..]
        .iter()
        .filter(|(strength, _)| *strength >= UNMARKED)
        .map(|(strength, option)| Alternative { text: Personal::new(option.value.clone()), score: strength.min(1.0) })
        .collect();
    let (mut wrong, mut doubts) = judge(first, second);
    if !struck.is_empty() {
        wrong = 1.0;
        doubts = vec![message!("reading.struck-out")];
    }
    MarkReading { content, chance: Chance::Uncalibrated(wrong), alternatives, doubts }
}

/// How doubtful the best two strengths leave a choice: 0 sure, 1 not at all; and what speaks against it.
fn judge(first: f64, second: f64) -> (f64, Vec<Message>) {
    if first < UNMARKED {
        return (0.5 * first / UNMARKED, Vec::new());
    }
    if second * CLEAR_LEAD > first && second >= UNMARKED {
        return (1.0, vec![message!("reading.several-marks")]);
    }
    if first < MARKED {
        return (0.8, vec![message!("reading.faint-mark")]);
    }
    let lead = 1.0 - second / first;
    let weight = ((first - MARKED) / MARKED).min(1.0);
    (1.0 - lead * (0.5 + 0.5 * weight), Vec::new())
}

/// How strongly one option is marked: ink in its window against the ink of the smallest mark people make (1 is an
/// ordinary mark). A pixel belongs to the option whose rectangle is nearest, so that an overshooting tick does not
/// mark its neighbour.
fn strength(options: &[ChoiceOption], index: usize, registered: &Registered) -> f64 {
    let option = &options[index];
    let window = registered.pixels(option.rect, OVERSHOOT_MM);
    let dots = registered.dots_per_mm;
    let mut inked = 0_u64;
    for y in window.top..window.bottom {
        let row = registered.ink.row(y);
        let y_mm = (f64::from(y) + 0.5) / dots;
        for x in window.left..window.right {
            if row[x as usize] >= STROKE_INK {
                let x_mm = (f64::from(x) + 0.5) / dots;
                let own = distance(option.rect, x_mm, y_mm);
                let nearest = options.iter().all(|other| own <= distance(other.rect, x_mm, y_mm));
                inked += u64::from(nearest);
            }
        }
    }
    inked as f64 / (dots * dots) / ordinary_mark_mm2(option)
}

/// Whether a line runs through the option from side to side. The middle half of its height tells: a tick, a cross and an
/// oval pass it in a few places only. A box that was filled in altogether is marked, not struck out.
fn is_struck_out(option: &ChoiceOption, registered: &Registered) -> bool {
    let rect = option.rect;
    let middle = Rect { y: rect.y + rect.height / 4.0, height: rect.height / 2.0, ..rect };
    let place = registered.pixels(middle, 0.0);
    let reach = ((STRIKE_MM * registered.dots_per_mm) as u32).min(place.height()).max(1);
    let inked = |x: u32, y: u32| registered.ink.at(x, y) >= STROKE_INK;
    let columns_inked = |top: u32, bottom: u32| {
        (place.left..place.right).filter(|x| (top..bottom).any(|y| inked(*x, y))).count() as f64
    };
    let through = f64::from(place.width()) * SIDE_TO_SIDE;
    let struck = (place.top..=place.bottom - reach).any(|top| columns_inked(top, top + reach) >= through);
    let whole = registered.pixels(rect, 0.0);
    let all: usize =
        (whole.top..whole.bottom).map(|y| (whole.left..whole.right).filter(|x| inked(*x, y)).count()).sum();
    let filled = all as f64 >= FILLED * f64::from(whole.width()) * f64::from(whole.height());
    struck && !(filled && option.style == MarkStyle::Tick)
}

/// Ink of an ordinary mark in mm²: a tick of two strokes as long as the box, or an oval round the word, drawn with a
/// 0.4 mm pen; what crosses printed lines is taken away with them, so two thirds remain.
fn ordinary_mark_mm2(option: &ChoiceOption) -> f64 {
    const PEN_MM: f64 = 0.4;
    const REMAINS: f64 = 0.66;
    let (w, h) = (option.rect.width, option.rect.height);
    let length = match option.style {
        MarkStyle::Tick => 1.2 * (w + h) / 2.0,
        MarkStyle::Circle => std::f64::consts::PI * (w + h) / 2.0,
    };
    length * PEN_MM * REMAINS
}

/// Distance of a point from a rectangle in mm, 0 inside.
fn distance(rect: Rect, x: f64, y: f64) -> f64 {
    let dx = (rect.x - x).max(x - rect.x - rect.width).max(0.0);
    let dy = (rect.y - y).max(y - rect.y - rect.height).max(0.0);
    dx.hypot(dy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::reader::Registration;
    use crate::reading::page::Gray;
    use crate::reading::register::Placement;

    const DOTS: f64 = 10.0;

    /// A strip of 60 × 12 mm with a tick box at 5 mm and words to circle at 20 and 40 mm.
    fn options() -> Vec<ChoiceOption> {
        let option = |value: &str, x: f64, width: f64, style| ChoiceOption {
            value: value.to_owned(),
            rect: Rect { x, y: 4.0, width, height: 4.0 },
            style,
        };
        vec![
            option("男", 5.0, 4.0, MarkStyle::Tick),
            option("普通", 20.0, 10.0, MarkStyle::Circle),
            option("当座", 40.0, 10.0, MarkStyle::Circle),
        ]
    }

    struct Pen(Gray);

    impl Pen {
        fn new() -> Self {
            Self(Gray::filled(600, 120, 0))
        }

        /// A stroke of 0.4 mm through points in mm.
        fn stroke(mut self, points: &[(f64, f64)]) -> Self {
            for pair in points.windows(2) {
                for i in 0..=400 {
                    let t = f64::from(i) / 400.0;
                    let at = |a: f64, b: f64| ((a + (b - a) * t) * DOTS) as u32;
                    let (x, y) = (at(pair[0].0, pair[1].0), at(pair[0].1, pair[1].1));
                    for (dx, dy) in (0..4).flat_map(|dx| (0..4).map(move |dy| (dx, dy))) {
                        self.0.pixels[((y + dy) * 600 + x + dx) as usize] = 255;
                    }
                }
            }
            self
        }

        fn oval(self, x: f64, y: f64, width: f64, height: f64) -> Self {
            let angle = |i: i32| f64::from(i) * std::f64::consts::TAU / 48.0;
            let points: Vec<(f64, f64)> =
                (0..=48).map(|i| (x + width / 2.0 * angle(i).sin(), y - height / 2.0 * angle(i).cos())).collect();
            self.stroke(&points)
        }

        fn read(self) -> MarkReading {
            let quality = Registration { ink_explained: 1.0, residual_mm: 0.1, turned_degrees: 0.0 };
            let page = Gray::filled(600, 120, 255);
            let placement = Placement::filling(DOTS);
            let registered = Registered { page, ink: self.0, quality, placement, dots_per_mm: DOTS, noise: 0.0 };
            read_choice(&options(), &registered)
        }
    }

    fn said(reading: &MarkReading) -> (Option<&str>, Vec<&str>) {
        (reading.content.written().map(Personal::expose), reading.doubts.iter().map(|d| d.code.as_ref()).collect())
    }

    #[test]
    fn ticks_crosses_filled_boxes_and_ovals_are_marks() {
        let tick = Pen::new().stroke(&[(5.4, 6.0), (6.8, 7.6), (9.6, 3.4)]);
        let cross = Pen::new().stroke(&[(5.2, 4.2), (8.8, 7.8)]).stroke(&[(8.8, 4.2), (5.2, 7.8)]);
        let filled = (0..11).fold(Pen::new(), |pen, i| {
            let y = 4.0 + 0.35 * f64::from(i);
            pen.stroke(&[(5.0, y), (8.8, y)])
        });
        for pen in [tick, cross, filled] {
            assert_eq!(said(&pen.read()), (Some("男"), vec![]));
        }
        assert_eq!(said(&Pen::new().oval(25.0, 6.0, 11.0, 4.6).read()), (Some("普通"), vec![]));
    }

    #[test]
    fn an_oval_that_overshoots_its_word_marks_only_this_word() {
        assert_eq!(said(&Pen::new().oval(26.0, 6.2, 14.5, 5.6).read()), (Some("普通"), vec![]));
    }

    #[test]
    fn a_mark_that_was_struck_out_is_for_a_person_and_the_other_mark_is_proposed() {
        let corrected = Pen::new()
            .oval(25.0, 6.0, 11.0, 4.6)
            .stroke(&[(18.5, 5.6), (31.5, 5.9)])
            .stroke(&[(18.5, 6.5), (31.5, 6.7)])
            .oval(45.0, 6.0, 11.0, 4.6);
        assert_eq!(said(&corrected.read()), (Some("当座"), vec!["reading.struck-out"]));
        let withdrawn = Pen::new().stroke(&[(19.0, 6.0), (31.0, 6.3)]);
        assert_eq!(said(&withdrawn.read()).1, ["reading.struck-out"]);
    }

    #[test]
    fn no_mark_is_blank() {
        assert_eq!(Pen::new().read().content, Content::Blank);
    }
}
