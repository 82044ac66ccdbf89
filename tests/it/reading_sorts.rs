//! What a feeder took in one go, in whatever order and turn: each page finds its form by itself, and a page of no form
//! goes to a person with the reason.

use jitan::adapters::reader_process::{ReaderProcess, Settings};
use jitan::model::form::Form;
use jitan::model::value::FieldValue;
use jitan::ports::reader::{Reader, Sheet, SheetOutcome};
use jitan::reading::decode::Caps;
use jitan::reading::page::Gray;
use jitan::reading::register::Registered;
use jitan::reading::register::blank::Blank;
use jitan::reading::sheets::{ReadForm, read_file};

use crate::paper::{Dice, PAGE, Scanner, TestForm, first_form, moved_revision, second_form};
use crate::scan_files::{DCT, g4_tiff, jpeg, scanned_pdf};

/// A page as it lies in the feeder, and what must become of it: a form's name, or why it is refused.
struct Page {
    scan: Gray,
    becomes: &'static str,
}

/// Two forms that the office waits for, and what else people put into a feeder.
fn stack() -> Vec<Page> {
    let filled = |form: TestForm, tick: usize| {
        let mut paper = form.blank.clone();
        paper.tick(form.cells("sex")[tick]);
        form.cells("number").iter().for_each(|cell| paper.scribble(*cell));
        paper.picture
    };
    let white = Gray::filled((PAGE.width * 8.0) as u32, (PAGE.height * 8.0) as u32, 250);
    let pages = [
        (filled(first_form(), 0), 0.7, "first"),
        (filled(second_form(), 1), -1.2, "second"),
        (filled(first_form(), 2), 180.4, "first"),
        (filled(second_form(), 0), 179.1, "second"),
        (filled(moved_revision(3.0), 1), 0.3, "reading.field-moved"),
        (filled(first_form(), 1), -2.0, "first"),
        (filled(second_form(), 2), 1.5, "second"),
        (white, 0.0, "reading.blank-page"),
    ];
    let scanned = |(picture, degrees, becomes): (Gray, f64, &'static str)| {
        let scan = Scanner { degrees, noise: 4.0, ..Scanner::default() }.scan(&picture);
        Page { scan, becomes }
    };
    pages.into_iter().map(scanned).collect()
}

fn became(sheet: &Sheet) -> String {
    match &sheet.outcome {
        SheetOutcome::Read { form, .. } => form.as_str().to_owned(),
        SheetOutcome::Refused { why, .. } => why.code.to_string(),
    }
}

/// Reads nothing: which form a page is of does not depend on what stands there.
struct Unread;

impl ReadForm for Unread {
    fn fields(&mut self, _: &Form, _: &Registered) -> Vec<FieldValue> {
        Vec::new()
    }

    fn together(&mut self, _: &Form, _: &mut Vec<FieldValue>) {}
}

#[test]
fn eighty_mixed_pages_of_a_feeder_each_find_their_form_or_a_reason() {
    let stack = stack();
    let mut dice = Dice(80);
    let order: Vec<&Page> = (0..80).map(|_| &stack[dice.below(stack.len() as u64) as usize]).collect();
    let file = g4_tiff(&order.iter().map(|page| page.scan.clone()).collect::<Vec<_>>());
    let prepared = |form: TestForm| Blank::prepare(&form.form, 1, &form.blank.picture.to_png()).unwrap();
    let blanks = [prepared(first_form()), prepared(second_form())];
    let mut sheets = Vec::new();
    let forms = [first_form().form, second_form().form];
    let hand_on = |sheet: Sheet| sheets.push((sheet.page, became(&sheet)));
    read_file(&file, (&forms, &blanks), Caps::default(), false, &mut Unread, hand_on).unwrap();
    let expected: Vec<(u16, String)> = (1..).zip(order.iter().map(|page| page.becomes.to_owned())).collect();
    assert_eq!(sheets, expected);
}

#[tokio::test]
async fn the_pages_of_a_mixed_pdf_are_read_each_by_its_own_form() {
    let stack = stack();
    let pages: Vec<(&Gray, &str, Vec<u8>)> = stack.iter().map(|p| (&p.scan, DCT, jpeg(&p.scan))).collect();
    let reader = ReaderProcess::new(Settings::for_program(env!("CARGO_BIN_EXE_jitan").into()));
    let forms = [first_form().with_blanks(), second_form().with_blanks()];
    let reading = reader.read(&scanned_pdf(&pages), &forms).await.unwrap();
    let expected: Vec<&str> = stack.iter().map(|page| page.becomes).collect();
    assert_eq!(reading.sheets.iter().map(became).collect::<Vec<_>>(), expected);
    for sheet in &reading.sheets {
        if let SheetOutcome::Read { form, fields, .. } = &sheet.outcome {
            let written = fields.iter().filter(|field| field.content.written().is_some()).count();
            assert!(written > 0, "page {} of form {form}", sheet.page);
        }
    }
}
