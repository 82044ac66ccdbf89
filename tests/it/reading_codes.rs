//! Printed codes: every kind is read as it was printed, and what was not read, or not surely, says so.

use std::path::Path;

use jitan::model::form::{CodeKind, Field, FieldKind, LinePattern};
use jitan::model::value::{Content, FieldValue, Personal, Rect};
use jitan::reading::recognise::code::formats;
use jitan::reading::recognise::{Engines, read_fields};
use jitan::reading::register::blank::Blank;
use jitan::reading::register::register;
use rxing::{MultiFormatWriter, Writer};

use crate::paper::{DOTS, Paper, Scanner, first_form, name};

/// Where the first form has nothing.
const ZONE: Rect = Rect { x: 48.0, y: 80.0, width: 84.0, height: 20.0 };

/// Prints a code from a place on, 0.5 mm a module; bars 12 mm high.
fn print(paper: &mut Paper, kind: CodeKind, text: &str, left: f64, top: f64) {
    let code = MultiFormatWriter.encode(text, &formats(kind)[0], 0, 0).unwrap();
    let module = 0.5 * DOTS;
    let high = if kind == CodeKind::Qr { module * f64::from(code.getHeight()) } else { 12.0 * DOTS };
    for y in 0..high as u32 {
        for x in 0..(module * f64::from(code.getWidth())) as u32 {
            let row = if kind == CodeKind::Qr { (f64::from(y) / module) as u32 } else { 0 };
            if code.get((f64::from(x) / module) as u32, row) {
                let at = ((top * DOTS) as u32 + y) * paper.picture.width + (left * DOTS) as u32 + x;
                paper.picture.pixels[at as usize] = 20;
            }
        }
    }
}

/// The code field of the first form, filled in by `draw` and scanned.
fn read(kinds: &[CodeKind], pattern: Option<&str>, scanner: Scanner, draw: &dyn Fn(&mut Paper)) -> FieldValue {
    let mut form = first_form();
    let kind = FieldKind::Code { rect: ZONE, codes: kinds.to_vec(), pattern: pattern.and_then(LinePattern::new) };
    form.form.fields =
        vec![Field { name: name("code"), label: "整理番号".to_owned(), kind, page: 1, required: false }];
    let blank = Blank::prepare(&form.form, 1, &form.blank.picture.to_png()).unwrap();
    let mut paper = form.blank.clone();
    draw(&mut paper);
    let (_, registered) = register(&scanner.scan(&paper.picture), std::slice::from_ref(&blank)).unwrap();
    let mut engines = Engines::load(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/ocr-models"))).unwrap();
    read_fields(&form.form, &registered, &mut engines).remove(0)
}

fn said(value: &FieldValue) -> (Option<&str>, Vec<&str>) {
    (value.content.written().map(Personal::expose), value.doubts.iter().map(|doubt| doubt.code.as_ref()).collect())
}

#[test]
fn every_kind_of_code_is_read_as_it_was_printed() {
    let printed = [
        (CodeKind::Qr, "13115002600012345678901234567890123456", ""),
        (CodeKind::Qr, "整理番号 板橋-0042", ""),
        (CodeKind::Jan, "4901234567894", ""),
        (CodeKind::Code128, "9191234500012345", ""),
        (CodeKind::Code39, "A1234567", ""),
        (CodeKind::Nw7, "A0123456789B", "0123456789"),
        (CodeKind::Itf, "131150026004", ""),
    ];
    let plain = Scanner::default();
    let scanners = [plain, Scanner { degrees: 1.6, noise: 8.0, ..plain }, Scanner { degrees: 181.0, ..plain }];
    for (n, (kind, text, inner)) in printed.into_iter().enumerate() {
        let value = read(&[kind], None, scanners[n % 3], &|paper| print(paper, kind, text, 50.0, 82.0));
        let expected = if inner.is_empty() { text } else { inner };
        assert_eq!(said(&value), (Some(expected), vec![]), "{kind:?}");
    }
}

#[test]
fn what_is_no_code_of_the_kind_is_unreadable_and_an_empty_place_is_blank() {
    let (kinds, plain) = ([CodeKind::Qr], Scanner::default());
    assert_eq!(read(&kinds, None, plain, &|_| ()).content, Content::Blank);
    let scribbled = read(&kinds, None, plain, &|paper| paper.scribble(ZONE));
    assert_eq!((&scribbled.content, said(&scribbled).1), (&Content::Unreadable, vec!["reading.code-unread"]));
    let bars = read(&kinds, None, plain, &|paper| print(paper, CodeKind::Jan, "4901234567894", 50.0, 82.0));
    assert_eq!(said(&bars), (None, vec!["reading.code-unread"]));
}

#[test]
fn a_code_of_another_form_than_expected_is_for_a_person() {
    let value = read(&[CodeKind::Itf], Some("99999999"), Scanner::default(), &|paper| {
        print(paper, CodeKind::Itf, "131150026004", 50.0, 82.0);
    });
    assert_eq!(said(&value), (Some("131150026004"), vec!["reading.not-as-patterned"]));
}

#[test]
fn bars_that_can_be_read_in_one_strip_only_are_for_a_person() {
    // A marker went over nearly all of its height.
    let value = read(&[CodeKind::Code128], None, Scanner::default(), &|paper| {
        print(paper, CodeKind::Code128, "9191234500012345", 50.0, 82.0);
        for n in 0..24 {
            let y = 81.0 + f64::from(n) * 0.5;
            paper.stroke([60.0, y], [110.0, y], 0.8, 30);
        }
    });
    let (text, doubts) = said(&value);
    assert!(text.is_none() || text == Some("9191234500012345"), "{text:?}");
    assert!(!doubts.is_empty());
}
