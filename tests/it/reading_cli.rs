//! `jitan read` as a department meets it.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use jitan::format::folder::load_form;
use jitan::model::form::{DigitsCheck, FieldKind};
use jitan::model::value::Rect;
use jitan::reading::page::Gray;

fn scenario() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/jido-teate")
}

fn jitan(args: &[&str], folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jitan"));
    command.args(args).current_dir(folder).env("LANG", "en_GB.UTF-8").env_remove("LC_ALL").env_remove("LC_MESSAGES");
    command.output().unwrap()
}

#[test]
fn a_scan_is_shown_as_json_and_as_a_picture_that_only_its_owner_can_open() {
    let folder = tempfile::tempdir().unwrap();
    let (scenario, scan) = (scenario(), scenario().join("samples/jido-001.jpg"));
    let (scenario, scan) = (scenario.to_str().unwrap(), scan.to_str().unwrap());
    let shown = jitan(&["read", scenario, scan, "--format", "json", "--picture", "pictures"], folder.path());
    assert!([0, 4].contains(&shown.status.code().unwrap()), "{}", String::from_utf8_lossy(&shown.stderr));
    let pages: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    let fields = pages[0]["sheet"]["fields"].as_array().unwrap();
    let value = |name: &str| fields.iter().find(|f| f["field"] == name).unwrap()["content"]["text"].clone();
    assert_eq!(value("occupation"), "その他");
    assert_eq!(value("account_type"), "普通");
    let picture = folder.path().join("pictures/jido-001.jpg.1.png");
    assert_eq!(std::fs::metadata(&picture).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(image::open(&picture).unwrap().width() > 800);
}

#[test]
fn fields_come_as_a_table_for_people_and_as_csv_for_spreadsheets() {
    let folder = tempfile::tempdir().unwrap();
    let (scenario, scan) = (scenario(), scenario().join("samples/jido-001.jpg"));
    let (scenario, scan) = (scenario.to_str().unwrap(), scan.to_str().unwrap());
    let table = String::from_utf8(jitan(&["read", scenario, scan], folder.path()).stdout).unwrap();
    assert!(table.contains("jido-001.jpg page 1: form jido-teate"), "{table}");
    assert!(table.contains("| 職業"), "{table}");
    let csv = jitan(&["read", scenario, scan, "--format", "csv"], folder.path()).stdout;
    let rows: Vec<csv::StringRecord> = csv::Reader::from_reader(csv.as_slice()).records().map(Result::unwrap).collect();
    let occupation = rows.iter().find(|row| &row[2] == "occupation").unwrap();
    assert_eq!(&occupation[4], "その他");
}

#[test]
fn what_was_read_otherwise_than_it_stands_there_is_shown_with_its_picture() {
    let folder = tempfile::tempdir().unwrap();
    let (scenario, scan) = (scenario(), scenario().join("samples/jido-001.jpg"));
    let (scenario, scan) = (scenario.to_str().unwrap(), scan.to_str().unwrap());
    let shown = jitan(&["read", scenario, scan, "--format", "json"], folder.path());
    let pages: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    let mut truth = serde_json::Map::new();
    let mut unreadable = 0;
    for field in pages[0]["sheet"]["fields"].as_array().unwrap() {
        unreadable += usize::from(field["content"].to_string().contains("unreadable"));
        if let Some(text) = field["content"]["text"].as_str() {
            truth.insert(field["field"].as_str().unwrap().to_owned(), format!(" {text}").into());
        }
    }
    let expecting = |truth: &serde_json::Map<String, serde_json::Value>| {
        let truth = serde_json::json!({ "jido-001.jpg": { "form": "jido-teate", "fields": truth } });
        std::fs::write(folder.path().join("truth.json"), truth.to_string()).unwrap();
        let args = ["read", scenario, scan, "--expect", "truth.json", "--format", "json", "--picture", "pictures"];
        let shown = jitan(&args, folder.path());
        let misses: Vec<serde_json::Value> = serde_json::from_slice(&shown.stdout).unwrap();
        (shown.status.code(), misses, String::from_utf8(shown.stderr).unwrap())
    };
    let (code, misses, said) = expecting(&truth);
    assert_eq!((code, misses.len()), (Some(i32::from(unreadable > 0)), unreadable), "{said}");
    truth.insert("account_type".to_owned(), "当座".into());
    let (code, misses, said) = expecting(&truth);
    assert_eq!((code, misses.len()), (Some(1), unreadable + 1), "{said}");
    assert!(said.contains(" fields missed, "), "{said}");
    let miss = misses.iter().find(|miss| miss["field"] == "account_type").unwrap();
    assert_eq!((&miss["expected"], &miss["read"]), (&"当座".into(), &"普通".into()));
    let crop = folder.path().join(miss["crop"].as_str().unwrap());
    assert_eq!(std::fs::metadata(&crop).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(image::open(&crop).unwrap().width() > 50);
}

#[test]
fn a_blank_becomes_a_form_definition_that_only_needs_better_names() {
    let folder = tempfile::tempdir().unwrap();
    let (scenario, blank) = (scenario(), scenario().join("blank.png"));
    let drafted = || jitan(&["form", "draft", blank.to_str().unwrap(), "--out", "draft"], folder.path());
    let first = drafted();
    assert_eq!(first.status.code(), Some(0), "{}", String::from_utf8_lossy(&first.stderr));
    assert_eq!(String::from_utf8_lossy(&first.stdout), "draft/form.yaml\n");
    let form = |path: PathBuf| load_form("form.yaml", &std::fs::read(path).unwrap()).unwrap().form;
    let (draft, meant) = (form(folder.path().join("draft/form.yaml")), form(scenario.join("form.yaml")));
    let found: Vec<Rect> = draft.fields.iter().flat_map(|field| field.kind.places()).collect();
    for field in meant.fields.iter().filter(|field| !matches!(field.kind, FieldKind::Line { .. })) {
        for place in field.kind.places() {
            let off = |r: &Rect| {
                let sides = [r.x - place.x, r.y - place.y, r.x + r.width - place.x - place.width];
                sides.into_iter().chain([r.y + r.height - place.y - place.height]).map(f64::abs).fold(0.0, f64::max)
            };
            assert!(found.iter().map(off).any(|mm| mm <= 0.5), "{} at {place:?}", field.name);
        }
    }
    let number = draft.fields.iter().find(|field| field.label.contains("個人番号")).unwrap();
    let FieldKind::Digits { cells, check } = &number.kind else { panic!("{number:?}") };
    assert_eq!((cells.len(), *check), (12, DigitsCheck::MyNumber));
    assert!(image::open(folder.path().join("draft/draft.png")).unwrap().width() > 1000);
    assert_eq!(drafted().status.code(), Some(2), "a draft is written over");
}

#[test]
fn hostile_file_names_are_names_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let names = [
        "-rf.png",
        "$(touch owned).png",
        "a\nb.png",
        "; rm x.png",
        "名前 と 空白.png",
        "..png",
        "x".repeat(200).as_str(),
    ]
    .map(str::to_owned);
    for name in &names {
        std::fs::write(folder.path().join(name), Gray::filled(200, 280, 255).to_png()).unwrap();
    }
    let scenario = scenario();
    let mut args = vec!["read", scenario.to_str().unwrap(), "--picture", "pictures", "--"];
    args.extend(names.iter().map(String::as_str));
    let shown = jitan(&args, folder.path());
    assert_eq!(shown.status.code(), Some(4), "{}", String::from_utf8_lossy(&shown.stderr));
    assert_eq!(String::from_utf8_lossy(&shown.stdout).matches("The page is blank.").count(), names.len());
    assert_eq!(std::fs::read_dir(folder.path().join("pictures")).unwrap().count(), names.len());
    assert!(!folder.path().join("owned").exists());
}

#[test]
fn what_cannot_be_read_is_said_on_stderr_and_the_rest_is_read() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("broken.pdf"), b"%PDF-1.4 and no more").unwrap();
    std::fs::write(folder.path().join("white.png"), Gray::filled(200, 280, 255).to_png()).unwrap();
    let scenario = scenario();
    let shown = jitan(&["read", scenario.to_str().unwrap(), "broken.pdf", "white.png"], folder.path());
    assert_eq!(shown.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&shown.stderr),
        "broken.pdf: The PDF file is broken or cut short. Scan the paper again.\n"
    );
    assert!(String::from_utf8_lossy(&shown.stdout).contains("white.png page 1: not read"));
    let nowhere = jitan(&["read", "nowhere", "white.png"], folder.path());
    assert_eq!(nowhere.status.code(), Some(3));
}
