//! The text that a PDF carries beside its picture: it speaks for what was read, or against it, and is never entered.

use std::fmt::Write as _;

use jitan::adapters::reader_process::{ReaderProcess, Settings};
use jitan::model::value::FieldValue;
use jitan::ports::reader::{Reader, SheetOutcome};

use crate::paper::{DOTS, Scanner, first_form};
use crate::scan_files::lettered_pdf;

const NUMBER: &str = "40961728";

/// The number as a printer fills it in, and the PDF's own letters in the same boxes. `before` sets how they are drawn.
async fn read_number(letters: &str, before: &str) -> FieldValue {
    let form = first_form();
    let mut paper = form.blank.clone();
    let cells = form.cells("number");
    for (cell, digit) in cells.iter().zip(NUMBER.chars()) {
        paper.print(&digit.to_string(), 6.0, cell.x + 2.0, cell.y + cell.height / 2.0);
    }
    let scan = Scanner { degrees: 0.4, noise: 3.0, ..Scanner::default() }.scan(&paper.picture);
    let height = f64::from(scan.height) / DOTS;
    let mut text = String::from(before);
    for (cell, digit) in cells.iter().zip(letters.chars()) {
        let points = |mm: f64| mm * 72.0 / 25.4;
        let (x, y) = (points(cell.x + 3.0), points(height - cell.y - cell.height / 2.0));
        write!(text, " BT /F 1 Tf {x:.2} {y:.2} Td ({digit}) Tj ET").unwrap();
    }
    let reader = ReaderProcess::new(Settings::for_program(env!("CARGO_BIN_EXE_jitan").into()));
    let mut reading = reader.read(&lettered_pdf(&scan, &text), &[form.with_blanks()]).await.unwrap();
    let SheetOutcome::Read { fields, .. } = reading.sheets.remove(0).outcome else { panic!("not read") };
    let value = fields.into_iter().find(|value| value.field.as_str() == "number").unwrap();
    assert_eq!(value.content.written().map(|text| text.expose().to_owned()).as_deref(), Some(NUMBER));
    value
}

fn codes(messages: &[jitan::model::message::Message]) -> Vec<&str> {
    messages.iter().map(|message| message.code.as_ref()).collect()
}

/// Not drawn, as a scanner's own recognition leaves them.
const INVISIBLE: &str = "3 Tr";
/// Drawn in the paper's colour: the picture stays as it was.
const WHITE: &str = "0 Tr 1 g";

#[tokio::test]
async fn text_that_agrees_is_evidence_and_changes_nothing_else() {
    let alone = read_number("", INVISIBLE).await;
    let agreed = read_number(NUMBER, INVISIBLE).await;
    assert!(alone.evidence.is_empty());
    assert_eq!(codes(&agreed.evidence), ["reading.agrees-with-letters"]);
    assert_eq!((agreed.chance, agreed.doubts), (alone.chance, alone.doubts));
}

#[tokio::test]
async fn hidden_text_of_another_number_enters_nothing() {
    let value = read_number("40961723", INVISIBLE).await;
    assert!(value.evidence.is_empty() && !codes(&value.doubts).contains(&"reading.letters-differ"));
    assert!(value.alternatives.iter().any(|other| other.text.expose() == "40961723"), "a person may choose it");
}

#[tokio::test]
async fn drawn_text_of_another_number_is_a_doubt() {
    let value = read_number("40961723", WHITE).await;
    assert!(codes(&value.doubts).contains(&"reading.letters-differ"), "{:?}", value.doubts);
}
