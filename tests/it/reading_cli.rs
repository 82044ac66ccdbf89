//! `jitan read` as a department meets it.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

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
