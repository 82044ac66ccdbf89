//! All scans of the first scenario, from the hot folder through the daemon and a clerk into the portal, and what stands
//! in the portal's own ledger afterwards. The variable `SAMPLES` names a folder of labelled scans; without it the shipped
//! samples are taken.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use jitan::api::types::ReviewSheet;
use jitan::locale::catalogue;
use jitan::model::document::event::RejectReason;
use jitan::model::document::stage::{Document, ReviewNeed, Stage, StageKind};
use jitan::model::id::DocumentId;
use jitan::model::value::Personal;

use crate::night::clerk::{Answers, Clerk, is_right};
use crate::night::running::is_settled;
use crate::night::{Night, Settings};

/// A scan, and what stands on it.
struct Scan {
    file: PathBuf,
    right: Answers,
}

#[derive(serde::Deserialize)]
struct Truth {
    form: String,
    fields: Answers,
}

fn batch() -> Vec<Scan> {
    let scans = |folder: PathBuf, truth: BTreeMap<String, Answers>| {
        truth.into_iter().map(|(name, right)| Scan { file: folder.join(name), right }).collect()
    };
    let Some(folder) = std::env::var_os("SAMPLES") else {
        println!("sample scans not used");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/jido-teate/samples");
        let truth = fs::read_to_string(folder.join("truth.yaml")).unwrap();
        return scans(folder, serde_saphyr::from_str(&truth).unwrap());
    };
    let folder = Path::new(&folder).join("scans");
    let truth = fs::read_to_string(folder.join("truth.json")).unwrap();
    let truth: BTreeMap<String, Truth> = serde_json::from_str(&truth).unwrap();
    let of_this_form = truth.into_iter().filter(|(_, truth)| truth.form == "jido-teate");
    scans(folder, of_this_form.map(|(file, truth)| (file, truth.fields)).collect())
}

/// What passed the reading before anybody looked.
#[derive(Default)]
struct Reading {
    looked_at: usize,
    unseen: usize,
    /// Names of fields that passed and are not what stands on the paper.
    wrong: Vec<String>,
}

impl Reading {
    fn count(&mut self, sheet: &ReviewSheet, scan: &Scan) {
        for field in &sheet.fields {
            if field.doubtful {
                self.looked_at += 1;
                continue;
            }
            self.unseen += 1;
            if !is_right(field, &scan.right) {
                let file = scan.file.file_name().unwrap().to_string_lossy();
                self.wrong.push(format!("{file} {}", field.value.field));
            }
        }
    }
}

#[test]
fn every_scan_of_the_first_scenario_ends_where_the_design_says_and_the_ledger_holds_the_done_ones() {
    let batch = batch();
    let night = Night::begin(&Settings { step_timeout: "20s", ..Settings::without_schedule() });
    let inbox = night.inbox();
    let daemon = night.daemon();
    for scan in &batch {
        fs::copy(&scan.file, inbox.join(scan.file.file_name().unwrap())).unwrap();
    }
    let before = night.wait_for_documents(batch.len(), is_settled);
    before.iter().for_each(|document| assert_told(document, &before));

    let clerk = night.clerk();
    let became: BTreeMap<DocumentId, &Scan> =
        batch.iter().map(|scan| (clerk.document_of(&fs::read(&scan.file).unwrap()), scan)).collect();
    let documents: BTreeSet<DocumentId> = before.iter().map(|d| d.id).collect();
    assert_eq!(became.keys().copied().collect::<BTreeSet<_>>(), documents, "one scan is one document");
    let mut reading = Reading::default();
    became.iter().for_each(|(id, scan)| reading.count(&clerk.sheet(*id), scan));

    for document in before.iter().filter(|d| waits_for_fields(d)) {
        clerk.review(document.id, &became[&document.id].right);
    }
    let after = night.wait_for_documents(batch.len(), is_settled);
    after.iter().for_each(|document| assert_told(document, &after));
    assert!(!after.iter().any(waits_for_fields), "{after:#?}");
    assert_ledger(&night, &clerk, &after);
    tell(&batch, &before, &after, &reading);
    assert_eq!(daemon.stop(), Some(0));
}

fn waits_for_fields(document: &Document) -> bool {
    matches!(document.stage, Stage::Review { need: ReviewNeed::Fields { .. } })
}

/// It is done, or says what keeps it from being done.
fn assert_told(document: &Document, all: &[Document]) {
    match &document.stage {
        // Only a page that itself names a day that does not exist is sent back (see the clerk).
        Stage::Done { .. } | Stage::Rejected { why: RejectReason::Incomplete } => {}
        Stage::Review { need: ReviewNeed::Fields { fields } } => assert!(!fields.is_empty(), "{document:?}"),
        Stage::Review { need: ReviewNeed::Page { why } } | Stage::Failed { why, .. } => {
            assert!(catalogue().contains_key(why.code.as_ref()), "{document:?}");
        }
        Stage::DuplicateSuspected { of } => assert!(all.iter().any(|d| d.id == *of), "{document:?}"),
        other => panic!("{} ended as {other:?}", document.id),
    }
}

/// The portal's own ledger holds each done document once, with the values that passed or were confirmed, and nothing else.
fn assert_ledger(night: &Night, clerk: &Clerk, documents: &[Document]) {
    let entries = night.portal.ledger().entries();
    let mut entered: BTreeMap<String, _> = entries.iter().map(|e| (e.receipt.clone(), e.values.clone())).collect();
    assert_eq!(entered.len(), entries.len(), "a receipt number stands for one entry");
    for document in documents.iter().filter(|d| d.stage.kind() == StageKind::Done) {
        let receipt = clerk.receipt(document.id).expect("a done document has its receipt");
        let values = entered.remove(&receipt).unwrap_or_else(|| panic!("{receipt} is not in the ledger"));
        let filled: BTreeMap<String, String> = values.into_iter().filter(|(_, text)| !text.is_empty()).collect();
        let expected = as_entered(&clerk.sheet(document.id));
        let names: BTreeSet<&String> = filled.keys().chain(expected.keys()).collect();
        let differ: Vec<_> = names.into_iter().filter(|name| filled.get(*name) != expected.get(*name)).collect();
        assert!(differ.is_empty(), "{receipt} stands otherwise in the ledger: {differ:?}");
    }
    assert!(entered.is_empty(), "{} entries belong to no done document", entered.len());
}

/// The kept values as the scenario has them entered, told a second time and without its filters; blanks are left out.
fn as_entered(sheet: &ReviewSheet) -> BTreeMap<String, String> {
    let written = |name: &str| {
        let field = sheet.fields.iter().find(|f| f.value.field.as_str() == name);
        field.and_then(|f| f.value.content.written()).map(Personal::expose)
    };
    let number = |text: &str| text.trim_start_matches('0').to_owned();
    let mut entered = BTreeMap::new();
    for field in &sheet.fields {
        let name = field.value.field.as_str();
        let Some(text) = written(name).map(str::trim) else { continue };
        let text = match name {
            "submitted_y" | "submitted_m" | "submitted_d" => continue,
            "postal" => format!("{}-{}", &text[..3], &text[3..]),
            _ if ["_y", "_m", "_d"].iter().any(|end| name.ends_with(end)) => number(text),
            _ => text.to_owned(),
        };
        entered.insert(name.to_owned(), text);
    }
    let [year, month, day] = ["submitted_y", "submitted_m", "submitted_d"].map(|name| number(written(name).unwrap()));
    let year = if year == "1" { "元" } else { &year };
    entered.insert("submitted".to_owned(), format!("令和{year}年{month}月{day}日"));
    entered
}

fn tell(batch: &[Scan], before: &[Document], after: &[Document], reading: &Reading) {
    let count = |documents: &[Document], kind| documents.iter().filter(|d| d.stage.kind() == kind).count();
    let untouched = count(before, StageKind::Done);
    println!(
        "{} scans: {untouched} done untouched, {} done after review, {} sent back for a day that does not exist, {} \
         suspected duplicates, {} failed, {} pages left to a person; {} fields looked at, {} passed unseen, of which {} differ from the paper {:?}",
        batch.len(),
        count(after, StageKind::Done) - untouched,
        count(after, StageKind::Rejected),
        count(after, StageKind::DuplicateSuspected),
        count(after, StageKind::Failed),
        count(after, StageKind::Review),
        reading.looked_at,
        reading.unseen,
        reading.wrong.len(),
        reading.wrong,
    );
}
