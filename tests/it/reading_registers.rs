//! A page lies on its form however the scanner took it, and whatever is not that form is refused.

use std::path::Path;

use jitan::format::folder::load_folder;
use jitan::locale::Lang;
use jitan::model::form::FieldKind;
use jitan::reading::ink::{Verdict, is_blank};
use jitan::reading::mark::read_choice;
use jitan::reading::page::Gray;
use jitan::reading::register::blank::Blank;
use jitan::reading::register::{Registered, register};

use crate::paper::{Paper, Scanner, TestForm, first_form, moved_revision, name, second_form};

#[path = "../../examples/registration/corrected.rs"]
mod corrected;
#[path = "../../examples/registration/distort.rs"]
mod distort;
#[path = "../../examples/registration/measure.rs"]
mod measure;
#[path = "../../examples/registration/revise.rs"]
mod revise;
#[path = "../../examples/registration/words.rs"]
mod words;

fn prepared(form: &TestForm) -> Blank {
    Blank::prepare(&form.form, 1, &form.blank.picture.to_png()).unwrap()
}

/// The first form with its second tick and third circle marked and the first three digits written.
fn filled() -> Paper {
    let form = first_form();
    let mut paper = form.blank.clone();
    paper.tick(form.cells("sex")[1]);
    paper.circle(form.cells("living")[2]);
    form.cells("number")[..3].iter().for_each(|cell| paper.scribble(*cell));
    paper
}

/// The values and blanks that `filled` holds, each found where it stands.
fn assert_read_as_filled(registered: &Registered, how: &str) {
    let form = first_form();
    let choice = |field: &str| match &form.form.field(&name(field)).unwrap().kind {
        FieldKind::Choice { options } => read_choice(options, registered),
        _ => unreachable!("the field is a choice"),
    };
    for (field, value) in [("sex", "b"), ("living", "z")] {
        let read = choice(field);
        assert_eq!(read.content.written().map(jitan::model::value::Personal::expose), Some(value), "{field}, {how}");
        assert!(read.doubts.is_empty(), "{field}, {how}: {:?}", read.doubts);
    }
    let verdicts: Vec<Verdict> = form.cells("number").iter().map(|c| is_blank(registered, *c).verdict).collect();
    let expected: Vec<Verdict> = (0..8).map(|i| if i < 3 { Verdict::Written } else { Verdict::Blank }).collect();
    assert_eq!(verdicts, expected, "{how}");
    assert_eq!(is_blank(registered, form.cells("person")[0]).verdict, Verdict::Blank, "{how}");
}

#[test]
fn a_page_lies_on_its_form_however_it_was_scanned() {
    let blanks = [prepared(&first_form()), prepared(&second_form())];
    let paper = filled();
    let plain = Scanner::default();
    let scanners = [
        plain,
        Scanner { degrees: 90.0, ..plain },
        Scanner { degrees: 181.2, noise: 8.0, ..plain },
        Scanner { degrees: 268.6, ..plain },
        Scanner { degrees: 4.5, shift: [2.0, -1.5], ..plain },
        Scanner { degrees: -4.5, scale: 1.5, noise: 12.0, ..plain },
        Scanner { scale: 0.8, degrees: 0.7, ..plain },
        Scanner { scale: 3.0, degrees: -1.1, ..plain },
        Scanner { stretch: 0.012, degrees: 1.0, ..plain },
        Scanner { shift: [6.0, 5.0], degrees: -0.4, ..plain },
        Scanner { shadow: 120.0, noise: 10.0, degrees: 0.9, ..plain },
        Scanner { bilevel: true, degrees: 1.7, noise: 15.0, ..plain },
    ];
    for scanner in scanners {
        let scan = scanner.scan(&paper.picture);
        let how = format!("{scanner:?}");
        let (which, registered) =
            register(&scan, &blanks).unwrap_or_else(|r| panic!("{how}: {} {:?}", r.why, r.registration));
        assert_eq!(which, 0, "{how}");
        assert!(registered.quality.residual_mm < 0.3, "{how}: {:?}", registered.quality);
        assert!(registered.quality.ink_explained > 0.95, "{how}: {:?}", registered.quality);
        let turn_off = (registered.quality.turned_degrees - scanner.degrees).rem_euclid(360.0);
        assert!(turn_off.min(360.0 - turn_off) < 0.2, "{how}: {:?}", registered.quality);
        assert_read_as_filled(&registered, &how);
    }
}

#[test]
fn a_form_lying_on_a_larger_glass_is_found() {
    let blanks = [prepared(&first_form())];
    let paper = filled().picture;
    let mut glass = Gray::filled(paper.width * 141 / 100, paper.height * 141 / 100, 255);
    for y in 0..paper.height {
        let at = (y as usize + 150) * glass.width as usize + 90;
        glass.pixels[at..at + paper.width as usize].copy_from_slice(paper.row(y));
    }
    let (_, registered) = register(&glass, &blanks).unwrap();
    assert_read_as_filled(&registered, "on a larger glass");
}

#[test]
fn every_field_lies_within_half_a_millimetre_of_its_true_place_under_every_distortion() {
    let blanks = [prepared(&first_form()), prepared(&second_form())];
    for (number, kind) in distort::Kind::ALL.into_iter().enumerate() {
        match measure::one_page(&blanks, number % 2, kind, number) {
            measure::Outcome::Laid(mm) => assert!(mm <= 0.5, "{}: {mm:.2} mm", kind.says()),
            measure::Outcome::Refused(why) => panic!("{}: {why}", kind.says()),
        }
    }
}

#[test]
fn another_revision_is_refused_whatever_changed_and_so_is_another_form() {
    use revise::Change::{FieldMoved, FontSize, RowInserted, RowTakenOut};
    let here = [FieldMoved, RowInserted, FontSize, RowTakenOut];
    let blanks = [prepared(&first_form()), prepared(&second_form())];
    // The others need a form with lines between ruled lines, and words in them.
    for change in revise::Change::ALL.into_iter().filter(|change| here.contains(change)) {
        for number in 0..4 {
            let refused = measure::revised_page(&blanks, number % 2, change, number);
            assert!(refused.is_some(), "{}, page {number}", change.says());
        }
    }
    let refused = measure::foreign_page(&blanks[1], &blanks[..1], 0);
    assert_eq!(refused.as_deref(), Some("reading.another-form"));
}

/// The form of the shipped scenario.
fn shipped() -> Blank {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/jido-teate");
    let loaded = load_folder(Path::new(folder)).map_err(|broken| broken.render(Lang::En)).unwrap();
    let form = loaded.bundle.forms()[0].clone();
    let file = loaded.files.iter().find(|(name, _)| *name == form.blanks[0]).unwrap();
    Blank::prepare(&form, 1, &file.1).unwrap()
}

#[test]
fn a_field_of_the_shipped_form_that_moved_is_refused_though_a_pen_hides_that_it_did() {
    let blanks = [shipped()];
    // On page 18 a circle stands where nine tenths of the words 普通 and 当座 were.
    for number in [16, 17, 18, 19] {
        let refused = measure::revised_page(&blanks, 0, revise::Change::FieldMoved, number);
        assert_eq!(refused.as_deref(), Some("reading.field-moved"), "page {number}");
    }
}

#[test]
fn a_row_more_a_field_in_two_and_other_words_are_another_revision_though_every_field_is_in_its_place() {
    let blanks = [shipped()];
    let expected = [
        (revise::Change::RowAdded, 0, "reading.another-revision"),
        (revise::Change::FieldDivided, 0, "reading.other-rules"),
        // One pixel over such a short line is no slope.
        (revise::Change::FieldDivided, 1, "reading.other-rules"),
        (revise::Change::StripReprinted, 0, "reading.another-revision"),
        (revise::Change::StripReprinted, 1, "reading.other-words"),
        (revise::Change::WordsExchanged, 0, "reading.other-words"),
        (revise::Change::WordsExchanged, 1, "reading.another-revision"),
        (revise::Change::CharacterExchanged, 0, "reading.other-words"),
        (revise::Change::OptionsExchanged, 0, "reading.other-words"),
        // Under a circle nearly all that is left of a word can be found: what counts is that another option's word is there.
        (revise::Change::OptionsExchanged, 9, "reading.other-words"),
    ];
    let refused = expected.map(|(change, number, _)| {
        let why = measure::revised_page(&blanks, 0, change, number);
        (change, number, why.unwrap_or_default())
    });
    assert_eq!(refused, expected.map(|(change, number, why)| (change, number, why.to_owned())));
}

#[test]
fn rulers_stamps_notes_folds_streaks_holes_and_copiers_make_no_other_revision() {
    let blanks = [shipped()];
    for trace in corrected::Trace::ALL {
        assert_eq!(measure::corrected_page(&blanks, 0, trace, 0), None, "{}", trace.says());
    }
}

fn refusal(page: &Gray) -> String {
    let blanks = [prepared(&first_form())];
    register(page, &blanks).err().map(|r| r.why.code.into_owned()).unwrap_or_default()
}

#[test]
fn another_form_of_the_same_office_is_refused() {
    let scan = Scanner { degrees: 0.8, ..Scanner::default() }.scan(&second_form().blank.picture);
    assert_eq!(refusal(&scan), "reading.another-form");
}

#[test]
fn each_of_two_forms_is_told_from_the_other() {
    let blanks = [prepared(&first_form()), prepared(&second_form())];
    let scan = Scanner { degrees: -1.3, ..Scanner::default() }.scan(&second_form().blank.picture);
    assert_eq!(register(&scan, &blanks).unwrap().0, 1);
}

#[test]
fn the_same_form_registered_twice_is_for_a_person() {
    let blanks = [prepared(&first_form()), prepared(&first_form())];
    let refusal = register(&filled().picture, &blanks).unwrap_err();
    assert_eq!(refusal.why.code, "reading.two-forms-fit");
}

#[test]
fn a_revision_whose_field_moved_by_more_than_a_millimetre_is_refused() {
    for millimetres in [1.2, 3.0] {
        let scan = Scanner { degrees: 0.5, ..Scanner::default() }.scan(&moved_revision(millimetres).blank.picture);
        assert_eq!(refusal(&scan), "reading.field-moved", "{millimetres} mm");
    }
}

#[test]
fn paper_without_the_form_is_refused_for_what_it_is() {
    let white = Gray::filled(1165, 1654, 250);
    assert_eq!(refusal(&white), "reading.blank-page");
    let noisy = Scanner { noise: 9.0, ..Scanner::default() }.scan(&white);
    assert_eq!(refusal(&noisy), "reading.blank-page");
    assert_eq!(refusal(&Gray::filled(1165, 1654, 0)), "reading.blank-page");
    assert_eq!(refusal(&Gray::filled(1, 1, 0)), "reading.blank-page");
    assert_eq!(refusal(&Gray::filled(1, 4000, 90)), "reading.blank-page");
}

#[test]
fn half_a_page_is_refused() {
    let mut scan = filled().picture;
    let from = scan.pixels.len() / 2;
    scan.pixels[from..].fill(255);
    assert!(["reading.another-form", "reading.field-moved"].contains(&refusal(&scan).as_str()));
}

#[test]
fn two_marks_are_for_a_person() {
    let form = first_form();
    let mut paper = filled();
    paper.tick(form.cells("sex")[2]);
    let (_, registered) = register(&paper.picture, &[prepared(&form)]).unwrap();
    let FieldKind::Choice { options } = &form.form.field(&name("sex")).unwrap().kind else { unreachable!() };
    let read = read_choice(options, &registered);
    assert_eq!(read.doubts.iter().map(|d| d.code.as_ref()).collect::<Vec<_>>(), ["reading.several-marks"]);
    assert_eq!(read.alternatives.len(), 1);
}

#[test]
fn a_blank_without_print_or_of_another_shape_is_refused_when_it_is_prepared() {
    let form = first_form();
    let code = |picture: &Gray| Blank::prepare(&form.form, 1, &picture.to_png()).err().unwrap().code.into_owned();
    assert_eq!(code(&Paper::new().picture), "reading.blank-too-empty");
    assert_eq!(code(&Gray::filled(1165, 1165, 255)), "reading.blank-misshapen");
    let broken = Blank::prepare(&form.form, 1, b"not a picture").err().unwrap();
    assert_eq!(broken.code, "reading.blank-unreadable");
}
