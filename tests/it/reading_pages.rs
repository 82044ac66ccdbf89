//! Paper of several pages: what belongs together becomes one document, and what may not belong together is never joined
//! unseen.

use std::fs;

use jitan::adapters::reader_process::{ReaderProcess, Settings};
use jitan::model::document::stage::{Document, ReviewNeed, Stage, StageKind};
use jitan::model::form::{Form, Group, GroupRule};
use jitan::model::value::FieldValue;
use jitan::ports::reader::{FormWithBlanks, Original, Reader, Sheet, SheetOutcome};
use jitan::reading::decode::{Caps, Pages};
use jitan::reading::page::Gray;

use crate::night::running::{Daemon, is_settled};
use crate::night::{Night, Settings as NightSettings, samples, told};
use crate::paper::{Scanner, TestForm, first_form, name, second_form};
use crate::scan_files::{DCT, jpeg, scanned_pdf};

/// A form whose front is the first form's drawing and whose back the second's; on both stands which box was ticked.
fn two_sided(tied: bool) -> FormWithBlanks {
    let (front, back) = (first_form().form, second_form().form);
    let mut back_fields = back.fields;
    for field in &mut back_fields {
        field.name = name(&format!("{}_back", field.name));
        field.label = field.name.as_str().to_owned();
        field.page = 2;
    }
    let mut form = Form { blanks: [front.blanks.clone(), back.blanks].concat(), ..front };
    form.fields.extend(back_fields);
    for field in form.fields.iter_mut().filter(|field| field.name.as_str().starts_with("sex")) {
        field.required = true;
    }
    if tied {
        let rule = GroupRule::Same { fields: vec![name("sex"), name("sex_back")] };
        form.groups.push(Group { name: name("one_person"), label: "同じ人".to_owned(), rule });
    }
    let blanks = vec![first_form().blank.picture.to_png(), second_form().blank.picture.to_png()];
    FormWithBlanks { form, blanks }
}

/// One side with a box ticked, as a scanner gives it.
fn side(form: &TestForm, tick: usize, degrees: f64) -> Gray {
    let mut paper = form.blank.clone();
    paper.tick(form.cells("sex")[tick]);
    Scanner { degrees, noise: 4.0, ..Scanner::default() }.scan(&paper.picture)
}

fn front(tick: usize) -> Gray {
    side(&first_form(), tick, 0.6)
}

fn back(tick: usize) -> Gray {
    side(&second_form(), tick, 179.2)
}

async fn read(form: FormWithBlanks, pages: &[Gray]) -> Vec<Sheet> {
    let reader = ReaderProcess::new(Settings::for_program(env!("CARGO_BIN_EXE_jitan").into()));
    let pages: Vec<(&Gray, &str, Vec<u8>)> = pages.iter().map(|page| (page, DCT, jpeg(page))).collect();
    reader.read(&scanned_pdf(&pages), &[form]).await.unwrap().sheets
}

fn fields(sheet: &Sheet) -> &[FieldValue] {
    let SheetOutcome::Read { fields, .. } = &sheet.outcome else { panic!("{:?}", sheet.outcome) };
    fields
}

fn doubts(sheet: &Sheet, field: &str) -> Vec<String> {
    let value = fields(sheet).iter().find(|value| value.field.as_str() == field).unwrap();
    value.doubts.iter().map(|doubt| doubt.code.to_string()).collect()
}

#[tokio::test]
async fn a_front_and_the_back_after_it_become_one_document_and_a_page_without_its_other_side_goes_to_a_person() {
    let pages = [front(0), back(0), front(1), front(2), back(2), back(1)];
    let sheets = read(two_sided(true), &pages).await;
    let told = |sheet: &Sheet| {
        let Original::Paper { pages, .. } = &sheet.original else { panic!("a row") };
        let outcome = match &sheet.outcome {
            SheetOutcome::Read { fields, .. } => format!("{} fields", fields.len()),
            SheetOutcome::Refused { why, .. } => why.code.to_string(),
        };
        (sheet.page, pages.len(), outcome)
    };
    assert_eq!(
        sheets.iter().map(told).collect::<Vec<_>>(),
        [
            (1, 2, "8 fields".to_owned()),
            (3, 1, "reading.page-missing".to_owned()),
            (4, 2, "8 fields".to_owned()),
            (6, 1, "reading.page-without-the-one-before".to_owned()),
        ]
    );
    for (sheet, ticked) in [(&sheets[0], "a"), (&sheets[2], "c")] {
        let names: Vec<&str> = fields(sheet).iter().map(|value| value.field.as_str()).collect();
        let meant = ["person", "number", "sex", "living", "person_back", "number_back", "sex_back", "living_back"];
        assert_eq!(names, meant, "in the form's order");
        for field in ["sex", "sex_back"] {
            let value = fields(sheet).iter().find(|value| value.field.as_str() == field).unwrap();
            assert_eq!(value.content.written().unwrap().expose(), ticked);
            assert!(value.doubts.is_empty(), "{:?}", value.doubts);
        }
        assert!(sheet.registered(1).is_some() && sheet.registered(2).is_some() && sheet.registered(3).is_none());
    }
}

#[tokio::test]
async fn two_sheets_that_a_feeder_took_for_one_are_not_one_persons() {
    // Front of one sheet, back of the other: in order and complete, and yet of two people.
    let sheets = read(two_sided(true), &[front(0), back(1)]).await;
    assert_eq!(sheets.len(), 1);
    assert_eq!(doubts(&sheets[0], "sex"), ["reading.not-the-same"]);
    assert_eq!(doubts(&sheets[0], "sex_back"), ["reading.not-the-same"]);
}

#[tokio::test]
async fn pages_that_nothing_ties_together_are_looked_at_by_a_person() {
    let sheets = read(two_sided(false), &[front(0), back(0)]).await;
    assert_eq!(doubts(&sheets[0], "person_back"), ["reading.page-not-tied"]);
    assert!(doubts(&sheets[0], "sex_back").is_empty() && doubts(&sheets[0], "person").is_empty());
}

/// The shipped form with a second page: its own blank seen in a mirror, which no page of the first side lies on.
fn with_a_second_page(night: &Night, tied: bool) {
    let folder = night.path("scenarios/jido-teate");
    let blank = image::open(folder.join("blank.png")).unwrap();
    blank.fliph().save(folder.join("ura.png")).unwrap();
    let form = fs::read_to_string(folder.join("form.yaml")).unwrap();
    let second = "\nfields:\n  - name: memo\n    label: 裏面の記入\n    kind: line\n    page: 2\n    required: false\n    area: [20, 60, 60, 9]\n";
    let form =
        form.replacen("\nblank: blank.png", "\nblank: [blank.png, ura.png]", 1).replacen("\nfields:\n", second, 1);
    let form = if tied {
        let tie = "\ngroups:\n  - {name: one_person, label: 表と裏の氏名, same: [name, memo]}\n";
        form.replacen("\ngroups:\n", tie, 1).replacen("required: false\n    area: [20, 60", "area: [20, 60", 1)
    } else {
        form
    };
    assert!(form.contains("[blank.png, ura.png]") && form.contains("memo"), "{form}");
    fs::write(folder.join("form.yaml"), form).unwrap();
}

/// The first sample with its back, through the folder.
fn both_sides_of_the_first_sample(tied: bool) -> (Night, Daemon, Document) {
    let night = Night::begin(&NightSettings::without_schedule());
    with_a_second_page(&night, tied);
    let deployed = night.jitan(&["deploy", night.path("scenarios/jido-teate").to_str().unwrap()]);
    assert!(deployed.status.success(), "{}", told(&deployed));
    let inbox = night.inbox();
    let daemon = night.daemon();
    let front = Pages::open(&fs::read(&samples()[0]).unwrap(), Caps::default()).unwrap().next().unwrap().unwrap();
    let ura = fs::read(night.path("scenarios/jido-teate/ura.png")).unwrap();
    let back = Pages::open(&ura, Caps::default()).unwrap().next().unwrap().unwrap();
    let file = scanned_pdf(&[(&front, DCT, jpeg(&front)), (&back, DCT, jpeg(&back))]);
    fs::write(inbox.join("both.pdf"), &file).unwrap();
    let document = night.wait_for_documents(1, is_settled).remove(0);
    (night, daemon, document)
}

#[test]
fn a_person_sees_every_page_and_what_was_read_from_both_is_entered_once() {
    let (night, daemon, document) = both_sides_of_the_first_sample(false);
    let Stage::Review { need: ReviewNeed::Fields { fields } } = &document.stage else {
        panic!("{document:#?}\n{}", daemon.log())
    };
    assert!(
        fields.iter().any(|field| field.as_str() == "memo"),
        "the tie to the first page is for a person: {fields:?}"
    );

    let seen = night.jitan_typing(&["review"], "q\n");
    let said = told(&seen);
    assert!(said.contains(".png") && said.contains(".2.png"), "{said}");

    let clerk = night.clerk();
    let sheet = clerk.sheet(document.id);
    let memo = sheet.fields.iter().find(|field| field.value.field.as_str() == "memo").unwrap();
    assert_eq!(memo.page, 2);
    let right = sheet.fields.iter().filter_map(|field| {
        let text = field.value.content.written()?.expose().to_owned();
        Some((field.value.field.as_str().to_owned(), text))
    });
    clerk.review(document.id, &right.collect());
    let after = night.wait_for_documents(1, is_settled);
    assert_eq!(after[0].stage.kind(), StageKind::Done, "{after:#?}\n{}", daemon.log());
    assert_eq!(night.portal.ledger().entries().len(), 1);
    assert_eq!(daemon.stop(), Some(0));
}

#[test]
fn sides_that_must_say_the_same_are_not_entered_while_they_differ() {
    let (night, _daemon, document) = both_sides_of_the_first_sample(true);
    let clerk = night.clerk();
    let written = |memo: &str| {
        let sheet = clerk.sheet(document.id);
        let read = sheet.fields.iter().filter_map(|field| {
            let text = field.value.content.written()?.expose().to_owned();
            Some((field.value.field.as_str().to_owned(), text))
        });
        let mut right: crate::night::clerk::Answers = read.collect();
        right.insert("memo".to_owned(), if memo.is_empty() { right["name"].clone() } else { memo.to_owned() });
        right
    };
    let refused = clerk.try_review(document.id, &written("別人　太郎")).expect_err("two people");
    assert_eq!(refused.message.code, "daemon.not-the-same");
    assert!(night.portal.ledger().entries().is_empty());
    clerk.try_review(document.id, &written("")).expect("one person");
    assert_eq!(night.wait_for_documents(1, is_settled)[0].stage.kind(), StageKind::Done);
}
