//! Applications that come without paper: an export's rows become documents, and each value arrives in the target.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use jitan::model::document::stage::{Document, StageKind};

use crate::night::running::is_settled;
use crate::night::{Night, Settings, my_number, told};

const SCENARIO: &str = "jido-teate-denshi";

fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(SCENARIO).join(name)
}

/// The shipped scenario of records beside the one of paper, deployed without a schedule, with its text changed.
fn begin_with(changes: &[(&str, &str)]) -> Night {
    let night = Night::begin(&Settings::default());
    let folder = night.path("scenarios").join(SCENARIO);
    fs::create_dir_all(&folder).unwrap();
    for file in ["scenario.yaml", "records.yaml"] {
        let mut text = fs::read_to_string(shipped(file)).unwrap();
        text = without_schedule(&text)
            .replace("{limit: 3, interval: 5m, backoff: 2}", "{limit: 0, interval: 1s, backoff: 1}");
        for (from, to) in changes {
            text = text.replace(from, to);
        }
        fs::write(folder.join(file), text).unwrap();
    }
    let deployed = night.jitan(&["deploy", folder.to_str().unwrap()]);
    assert!(deployed.status.success(), "{}", told(&deployed));
    night
}

fn begin() -> Night {
    begin_with(&[])
}

fn without_schedule(text: &str) -> String {
    let mut inside = false;
    let kept = text.lines().filter(|line| {
        inside = line.starts_with("schedule:") || inside && line.starts_with(' ');
        !inside
    });
    kept.map(|line| format!("{line}\n")).collect()
}

/// The shipped sample, as columns by heading for each row.
fn sample() -> Vec<BTreeMap<String, String>> {
    let bytes = fs::read(shipped("samples/shinsei.csv")).unwrap();
    let text = encoding_rs::SHIFT_JIS.decode(&bytes).0.into_owned();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(Result::unwrap).collect()
}

/// An export of these rows, as the application system writes it.
fn export(night: &Night, name: &str, rows: &[BTreeMap<String, String>]) -> PathBuf {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(rows[0].keys()).unwrap();
    for row in rows {
        writer.write_record(row.values()).unwrap();
    }
    let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
    let (bytes, _, unmapped) = encoding_rs::SHIFT_JIS.encode(&text);
    assert!(!unmapped, "{text}");
    let file = night.path(name);
    fs::write(&file, bytes).unwrap();
    file
}

/// A made-up applicant: the first of the sample with another number.
fn applicant(person: u32) -> BTreeMap<String, String> {
    let mut row = sample().remove(0);
    row.insert("個人番号".to_owned(), my_number(person));
    row.insert("口座番号".to_owned(), format!("{person:07}"));
    row
}

fn with(mut row: BTreeMap<String, String>, column: &str, value: &str) -> BTreeMap<String, String> {
    assert!(row.insert(column.to_owned(), value.to_owned()).is_some(), "{column}");
    row
}

/// The documents by their place in the export.
fn by_position(mut documents: Vec<Document>) -> Vec<Document> {
    documents.sort_by_key(|document| document.id.position);
    documents
}

fn kinds(night: &Night) -> Vec<StageKind> {
    by_position(night.documents()).iter().map(|document| document.stage.kind()).collect()
}

fn run(night: &Night, file: &Path) -> std::process::Output {
    night.jitan(&["run", SCENARIO, file.to_str().unwrap()])
}

fn show(night: &Night, position: usize) -> String {
    let id = by_position(night.documents())[position - 1].id.to_string();
    told(&night.jitan(&["documents", "show", &id]))
}

#[test]
fn an_export_in_the_folder_arrives_in_the_target_value_by_value() {
    let night = begin();
    let inbox = night.path("inbox/inbox").join(SCENARIO);
    fs::create_dir_all(&inbox).unwrap();
    let daemon = night.daemon();
    fs::copy(shipped("samples/shinsei.csv"), inbox.join("shinsei.csv")).unwrap();
    let documents = night.wait_for_documents(3, is_settled);
    assert!(documents.iter().all(|d| d.stage.kind() == StageKind::Done), "{documents:#?}\n{}", daemon.log());
    let entered: Vec<BTreeMap<String, String>> =
        night.portal.ledger().entries().into_iter().map(|e| e.values).collect();
    let wanted: Vec<BTreeMap<String, String>> = sample().iter().map(entered_for).collect();
    let sorted = |mut all: Vec<BTreeMap<String, String>>| {
        all.iter_mut().for_each(|values| values.retain(|_, value| !value.is_empty()));
        all.sort_by_key(|values| values["my_number"].clone());
        all
    };
    assert_eq!(sorted(entered), sorted(wanted));
    let left: Vec<_> = fs::read_dir(&inbox).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["受付済"], "the folder keeps a receipt only");
    assert_eq!(daemon.stop(), Some(0));
}

/// What a person would have typed into the portal for a row of the sample, spelt out by hand.
fn entered_for(row: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let (birth, child1, child2) = match row["氏"].as_str() {
        "髙橋" => (["平成", "2", "3", "4"], ["7", "5", "6"], ["", "", ""]),
        "山﨑" => (["昭和", "63", "1", "7"], ["5", "4", "1"], ["7", "8", "9"]),
        _ => (["昭和", "60", "12", "31"], ["6", "2", "29"], ["", "", ""]),
    };
    let submitted = if row["申請日"] == "2026/11/20" { "令和8年11月20日" } else { "令和8年11月21日" };
    let postal = if row["郵便番号"] == "1738501" {
        "173-8501"
    } else if row["氏"] == "山﨑" {
        "175-0094"
    } else {
        "175-0092"
    };
    let names =
        (format!("{}　{}", row["氏（フリガナ）"], row["名（フリガナ）"]), format!("{}　{}", row["氏"], row["名"]));
    let as_given = [
        ("my_number", "個人番号"),
        ("address", "住所"),
        ("phone", "電話番号"),
        ("occupation", "職業"),
        ("bank", "金融機関"),
        ("branch", "支店"),
        ("account_type", "預金種別"),
        ("account_no", "口座番号"),
        ("child1_name", "児童1 氏名"),
        ("child1_living", "児童1 同居の別"),
        ("child2_name", "児童2 氏名"),
        ("child2_living", "児童2 同居の別"),
    ];
    let made = [
        ("submitted", submitted),
        ("kana", &names.0),
        ("name", &names.1),
        ("postal", postal),
        ("birth_era", birth[0]),
        ("birth_y", birth[1]),
        ("birth_m", birth[2]),
        ("birth_d", birth[3]),
        ("child1_y", child1[0]),
        ("child1_m", child1[1]),
        ("child1_d", child1[2]),
        ("child2_y", child2[0]),
        ("child2_m", child2[1]),
        ("child2_d", child2[2]),
    ];
    let given = as_given.map(|(name, column)| (name.to_owned(), row[column].clone()));
    made.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().chain(given).collect()
}

#[test]
fn each_bad_row_has_its_own_outcome_and_the_good_ones_are_entered() {
    let night = begin();
    let file = export(
        &night,
        "mixed.csv",
        &[
            applicant(1),
            with(applicant(2), "個人番号", "123456789012"),
            with(applicant(3), "郵便番号", "17385"),
            with(applicant(4), "氏", ""),
            with(applicant(5), "住所", "板橋区\n板橋"),
            applicant(1), // the same case again: one of the two is entered
            with(applicant(7), "氏", "=cmd|' /C calc'"),
            applicant(8),
        ],
    );
    // Bytes that are no characters, and a row with a cell too many, as no CSV writer would make them.
    let mut bytes = fs::read(&file).unwrap();
    let broken = encoding_rs::SHIFT_JIS.encode("みほん").0.into_owned();
    let at = bytes.windows(broken.len()).rposition(|w| w == broken).unwrap();
    bytes[at] = 0xFF;
    bytes.extend(b"1,2,3\r\n");
    fs::write(&file, bytes).unwrap();

    let ran = run(&night, &file);
    assert_eq!(ran.status.code(), Some(4), "{}", told(&ran));
    use StageKind::{Done, DuplicateSuspected, Review};
    // An intake's first document is recorded last, so that it finds the other.
    assert_eq!(kinds(&night), [DuplicateSuspected, Review, Review, Review, Review, Done, Done, Review, Review]);
    let doubtful = format!("{:?}", by_position(night.documents())[1].stage);
    assert!(doubtful.contains("my_number") && !doubtful.contains("123456789012"), "{doubtful}");
    assert!(show(&night, 9).contains("has 3 cells where the header has 23"), "{}", show(&night, 9));
    let entered = night.entered();
    assert_eq!(entered, BTreeMap::from([(my_number(1), 1), (my_number(7), 1)]));
    let formula = night.portal.ledger().entries().into_iter().find(|e| e.values["my_number"] == my_number(7)).unwrap();
    assert_eq!(formula.values["name"], "=cmd|' /C calc'　花子", "a text like any other");
}

#[test]
fn what_a_person_makes_of_a_doubtful_cell_is_entered() {
    let night = begin();
    let doubtful = with(with(applicant(1), "郵便番号", "17385"), "生年月日", "1990/13/04");
    let file = export(&night, "doubt.csv", &[doubtful]);
    assert_eq!(run(&night, &file).status.code(), Some(4));
    let mut review =
        night.command(&["review"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    review.stdin.take().unwrap().write_all("平成2年3月4日\n173-8501\n".as_bytes()).unwrap();
    let reviewed = review.wait_with_output().unwrap();
    let said = told(&reviewed);
    assert!(reviewed.status.success(), "{said}");
    assert!(said.contains("column: 郵便番号") && said.contains("髙橋"), "the person sees the row: {said}");
    let went_on = night.jitan(&["run", SCENARIO]);
    assert!(went_on.status.success(), "{}", told(&went_on));
    assert_eq!(kinds(&night), [StageKind::Done]);
    let entered = night.portal.ledger().entries().remove(0).values;
    assert_eq!([&entered["birth_y"], &entered["birth_m"], &entered["postal"]], ["2", "3", "173-8501"]);
}

#[test]
fn an_export_with_other_columns_is_refused_as_a_whole() {
    let night = begin();
    let fewer: Vec<BTreeMap<String, String>> = [1, 2]
        .map(|person| {
            let mut row = applicant(person);
            row.remove("口座番号");
            row.insert("口座記号".to_owned(), "12345".to_owned());
            row
        })
        .into();
    let ran = run(&night, &export(&night, "other.csv", &fewer));
    assert_eq!(ran.status.code(), Some(1), "{}", told(&ran));
    assert_eq!(kinds(&night), [StageKind::Failed]);
    let said = show(&night, 1);
    assert!(said.contains("missing: 口座番号") && said.contains("not in the layout: 1"), "{said}");
    assert!(night.portal.ledger().entries().is_empty());
}

#[test]
fn an_export_in_another_encoding_is_refused_and_says_which() {
    let night = begin();
    let file = export(&night, "utf8.csv", &[applicant(1)]);
    let text = encoding_rs::SHIFT_JIS.decode(&fs::read(&file).unwrap()).0.into_owned();
    fs::write(&file, text).unwrap();
    run(&night, &file);
    assert!(show(&night, 1).contains("written in utf-8, not in cp932"), "{}", show(&night, 1));
}

#[test]
fn the_same_export_again_is_the_same_intake_and_a_longer_one_shows_the_cases_that_are_known() {
    let night = begin();
    let first = export(&night, "first.csv", &[applicant(1)]);
    let longer = export(&night, "longer.csv", &[applicant(1), applicant(2)]);
    assert!(run(&night, &first).status.success());
    let again = run(&night, &first);
    assert!(told(&again).contains("was received before"), "{}", told(&again));
    assert_eq!(run(&night, &longer).status.code(), Some(4));
    let mut kinds = kinds(&night);
    kinds.sort();
    let mut wanted = [StageKind::Done, StageKind::Done, StageKind::DuplicateSuspected];
    wanted.sort();
    assert_eq!(kinds, wanted);
    assert_eq!(night.entered(), BTreeMap::from([(my_number(1), 1), (my_number(2), 1)]));
}

#[test]
fn an_erased_row_is_readable_nowhere_and_the_others_keep_theirs() {
    let night = begin();
    let file = export(&night, "two.csv", &[applicant(1), with(applicant(2), "氏", "赤塚")]);
    assert!(run(&night, &file).status.success());
    let ids: Vec<_> = by_position(night.documents()).iter().map(|document| document.id).collect();
    let _daemon = night.daemon();
    let clerk = night.clerk();
    let rows: Vec<String> =
        ids.iter().map(|id| encoding_rs::SHIFT_JIS.decode(&clerk.row(*id).unwrap()).0.into_owned()).collect();
    assert!(rows[0].contains(&my_number(1)) && !rows[0].contains(&my_number(2)), "{rows:?}");
    assert!(rows[1].contains(&my_number(2)) && !rows[1].contains(&my_number(1)), "{rows:?}");
    let erased = night.jitan(&["documents", "erase", &ids[0].to_string(), "--yes"]);
    assert!(erased.status.success(), "{}", told(&erased));
    assert!(clerk.row(ids[0]).is_err());
    assert_eq!(encoding_rs::SHIFT_JIS.decode(&clerk.row(ids[1]).unwrap()).0, rows[1]);
    for gone in [ids[0].intake.to_string(), ids[0].to_string()] {
        let folder = night.path("data/documents").join(gone);
        let left: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["erased"], "{}", folder.display());
    }
}

#[test]
fn a_dry_run_shows_what_expressions_make_and_which_steps_a_document_does_not_take() {
    let night = begin();
    let folder = night.path("scenarios").join(SCENARIO);
    let file = shipped("samples/shinsei.csv");
    let shown = night.jitan(&["run", "--dry-run", folder.to_str().unwrap(), file.to_str().unwrap()]);
    assert!(shown.status.success(), "{}", told(&shown));
    let text = String::from_utf8(shown.stdout).unwrap();
    let rows: Vec<&str> = text.split("shinsei.csv row ").skip(1).collect();
    let cell = |row: &str, label: &str| {
        let line =
            row.lines().find(|line| line.contains(&format!(" {label} "))).unwrap_or_else(|| panic!("{label}: {row}"));
        line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>()[2..4].to_vec()
    };
    assert_eq!(cell(rows[0], "請求者氏名"), ["髙橋　花子", ""]);
    assert_eq!(cell(rows[0], "請求年月日"), ["令和8年11月20日", ""]);
    assert_eq!(cell(rows[0], "郵便番号"), ["173-8501", ""]);
    assert_eq!(cell(rows[0], "児童2 氏名"), ["", "not for this document"]);
    assert_eq!(cell(rows[1], "児童2 氏名"), ["山﨑　三葉", ""]);
    assert!(night.documents().is_empty(), "nothing is kept");
}

#[test]
fn a_value_that_does_not_fit_its_filter_stops_that_document_only_and_says_why() {
    let night = begin_with(&[("{label: 電話番号, value: $phone}", "{label: 電話番号, value: $phone | part(2)}")]);
    let plain = with(applicant(1), "電話番号", "0339641111");
    let file = export(&night, "phones.csv", &[plain, applicant(2)]);
    let folder = night.path("scenarios").join(SCENARIO);
    let shown = night.jitan(&["run", "--dry-run", folder.to_str().unwrap(), file.to_str().unwrap()]);
    assert_eq!(shown.status.code(), Some(1), "{}", told(&shown));
    let ran = run(&night, &file);
    assert_eq!(ran.status.code(), Some(1), "{}", told(&ran));
    assert_eq!(kinds(&night), [StageKind::Failed, StageKind::Done]);
    let said = show(&night, 1);
    assert!(said.contains("has no part as part asks"), "{said}");
    assert!(!said.contains("0339641111"), "{said}");
    assert_eq!(night.portal.ledger().entries()[0].values["phone"], "3964");
}

#[test]
fn reading_an_export_shows_every_row_with_its_doubts() {
    let night = begin();
    let file = export(&night, "read.csv", &[applicant(1), with(applicant(2), "個人番号", "123456789012")]);
    let folder = night.path("scenarios").join(SCENARIO);
    let args =
        |format| ["read", folder.to_str().unwrap(), file.to_str().unwrap(), "--format", format].map(str::to_owned);
    let read = |format| night.jitan(&args(format).each_ref().map(String::as_str));
    let json = read("json");
    assert_eq!(json.status.code(), Some(4), "{}", told(&json));
    let rows: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let field = |row: usize, name: &str| {
        let fields = rows[row]["sheet"]["fields"].as_array().unwrap();
        fields.iter().find(|field| field["field"] == name).unwrap().clone()
    };
    assert_eq!(field(0, "family")["content"]["text"], "髙橋");
    assert_eq!(field(0, "family")["chance"], "not_read");
    assert_eq!(field(0, "family")["provenance"]["column"], "氏");
    assert_eq!(field(1, "my_number")["doubts"][0]["code"], "reading.cell-check-digit");
    let table = told(&read("table"));
    assert!(table.contains("row 2: jido-teate-denshi-r8") && table.contains("check digit"), "{table}");
}

#[test]
fn a_refused_row_is_shown_to_a_person_who_rejects_it() {
    let night = begin();
    let file = export(&night, "refused.csv", &[applicant(1)]);
    let mut bytes = fs::read(&file).unwrap();
    bytes.extend("板橋,\u{1b}[31m\r\n".bytes());
    let header_end = bytes.windows(2).position(|w| w == b"\r\n").unwrap() + 2;
    let second = bytes[header_end..].windows(2).position(|w| w == b"\r\n").unwrap() + header_end + 2;
    bytes.drain(header_end..second);
    fs::write(&file, bytes).unwrap();
    assert_eq!(run(&night, &file).status.code(), Some(4));
    let _daemon = night.daemon();
    let mut review =
        night.command(&["review"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    review.stdin.take().unwrap().write_all(b"r\n").unwrap();
    let said = review.wait_with_output().unwrap();
    assert!(said.status.success(), "{}", told(&said));
    assert!(!said.stdout.contains(&0x1b), "nothing of a file reaches the terminal as a command");
    assert_eq!(kinds(&night), [StageKind::Rejected]);
}

#[test]
fn an_export_cut_off_in_mid_submit_is_entered_once_row_by_row() {
    let night = begin();
    let file = export(&night, "cut.csv", &[applicant(1), applicant(2)]);
    let cut = night.plugged_into(SCENARIO, Some("answered"), std::slice::from_ref(&file));
    assert!(!cut.status.success(), "the plug was pulled");
    let after = night.plugged_into(SCENARIO, None, &[file]);
    assert!(after.status.success(), "{}", told(&after));
    assert_eq!(kinds(&night), [StageKind::Done, StageKind::Done]);
    assert_eq!(night.entered(), BTreeMap::from([(my_number(1), 1), (my_number(2), 1)]));
}

#[test]
fn what_records_save_is_entering_alone() {
    let night = begin();
    assert!(run(&night, &export(&night, "one.csv", &[applicant(1)])).status.success());
    let ledger = night.jitan(&["ledger", "--format", "csv"]);
    let text = String::from_utf8(ledger.stdout.clone()).unwrap();
    assert!(text.contains("gross") && text.contains("rpa"), "{}", told(&ledger));
    assert!(!text.contains("ai-ocr"), "{}", told(&ledger));
}
