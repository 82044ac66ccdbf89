//! A second reader of lines: a real program behind the agreed pipe, and programs that break the rules.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use jitan::adapters::reader_process::{ReaderProcess, Settings};
use jitan::adapters::second_reader::{self, SecondReader};
use jitan::model::value::FieldValue;
use jitan::ports::reader::{Reader, Reading, SheetOutcome};
use jitan::reading::page::Gray;

use crate::paper::{Scanner, first_form};
use crate::scan_files::g4_tiff;

/// A page of the first form on whose line for a name something is printed.
fn page_picture(name: &str) -> Gray {
    let mut page = first_form().blank;
    page.print(name, 7.0, 52.0, 40.0);
    Scanner { degrees: 0.4, noise: 4.0, ..Scanner::default() }.scan(&page.picture)
}

async fn read_file(command: &[&str], seconds: u64, file: &[u8]) -> Reading {
    let jitan: std::path::PathBuf = env!("CARGO_BIN_EXE_jitan").into();
    let first = ReaderProcess::new(Settings { with_lines: true, ..Settings::for_program(jitan.clone()) });
    let second = second_reader::Settings {
        jitan,
        command: command.iter().map(|part| (*part).to_owned()).collect(),
        patience: Duration::from_secs(seconds),
        memory_bytes: 2 << 30,
    };
    SecondReader::new(first, second).read(file, &[first_form().with_blanks()]).await.unwrap()
}

async fn read_with(command: &[&str], seconds: u64, text: &str) -> (FieldValue, String) {
    let reading = read_file(command, seconds, &page_picture(text).to_png()).await;
    let SheetOutcome::Read { fields, .. } = &reading.sheets[0].outcome else {
        panic!("{:?}", reading.sheets[0].outcome)
    };
    (fields[0].clone(), reading.reader)
}

fn codes(messages: &[jitan::model::message::Message]) -> Vec<&str> {
    messages.iter().map(|message| message.code.as_ref()).collect()
}

#[tokio::test]
async fn two_readers_that_agree_are_evidence_and_the_reading_names_both() {
    let bridge = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/second_reader/tesseract.py");
    let (value, reader) = read_with(&["python3", bridge], 30, "板橋花子").await;
    assert_eq!(value.content.written().unwrap().expose().replace('　', ""), "板橋花子");
    assert_eq!(codes(&value.evidence), ["reading.second-reader-agrees"]);
    assert!(!codes(&value.doubts).contains(&"reading.second-reader-differs"));
    assert!(reader.contains(" second:tesseract.py:"), "{reader}");
}

#[tokio::test]
async fn a_second_reader_that_reads_otherwise_puts_the_field_in_doubt_and_offers_its_word() {
    let says = r#"while read -r question; do echo '{"lines": [{"text": "坂橋花子", "confidence": 0.8}]}'; done"#;
    let (value, _) = read_with(&["sh", "-c", says], 30, "板橋花子").await;
    assert!(codes(&value.doubts).contains(&"reading.second-reader-differs"), "{:?}", value.doubts);
    assert!(value.alternatives.iter().any(|other| other.text.expose() == "坂橋花子"));
}

#[tokio::test]
async fn a_second_reader_that_breaks_the_rules_is_a_doubt_and_never_holds_the_night_up() {
    for (what, program, seconds) in [
        ("it ends at once", "exit 3", 30),
        ("it says what is not agreed", "while read -r question; do echo nonsense; done", 30),
        ("it says without end", "yes | tr -d '\\n'", 30),
        ("it says nothing", "sleep 600", 1),
        ("it takes all memory", "exec python3 -c 'x = bytearray(8 << 30)'", 30),
    ] {
        let begun = Instant::now();
        let (value, _) = read_with(&["sh", "-c", program], seconds, "板橋花子").await;
        assert_eq!(codes(&value.doubts).last(), Some(&"reading.second-reader-silent"), "{what}: {:?}", value.doubts);
        assert!(value.content.written().is_some(), "{what}: the first reading stays");
        assert!(begun.elapsed() < Duration::from_secs(90), "{what}: {:?}", begun.elapsed());
    }
    let (value, _) = read_with(&["/nowhere/reader"], 30, "板橋花子").await;
    assert_eq!(codes(&value.doubts).last(), Some(&"reading.second-reader-silent"));
}

#[tokio::test]
async fn a_program_that_never_answers_is_waited_for_twice_in_a_file_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let starts = folder.path().join("starts");
    let program = format!("echo >> {}; sleep 600", starts.display());
    let page = page_picture("板橋花子");
    let file = g4_tiff(&[page.clone(), page.clone(), page.clone(), page]);
    let reading = read_file(&["sh", "-c", &program], 1, &file).await;
    let mut silent = 0;
    for sheet in &reading.sheets {
        let SheetOutcome::Read { fields, .. } = &sheet.outcome else { panic!("{:?}", sheet.outcome) };
        silent += u32::from(codes(&fields[0].doubts).contains(&"reading.second-reader-silent"));
    }
    assert_eq!(silent, 4, "every line is in doubt");
    assert_eq!(std::fs::read_to_string(&starts).unwrap().lines().count(), 2);
}

/// What the program is, as an office installs it: a file of its own that may be run.
#[tokio::test]
async fn the_program_sees_neither_secrets_in_the_environment_nor_a_shell() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("reader");
    let seen = folder.path().join("seen");
    let text = format!(
        "#!/bin/sh\nenv > {}\nwhile read -r question; do echo '{{\"lines\": [{{\"text\": \"'\"$1\"'\"}}]}}'; done\n",
        seen.display()
    );
    std::fs::write(&program, text).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let argument = "$(touch owned)";
    let (value, _) = read_with(&[program.to_str().unwrap(), argument], 30, "板橋花子").await;
    assert!(value.alternatives.iter().any(|other| other.text.expose() == "$(touchowned)"), "{:?}", value.doubts);
    let environment = std::fs::read_to_string(&seen).unwrap();
    let allowed = ["PATH", "HOME", "LANG", "TMPDIR", "PWD", "OLDPWD", "SHLVL", "_"];
    let names = environment.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name);
    let others: Vec<&str> = names.filter(|name| !allowed.contains(name)).collect();
    assert!(others.is_empty(), "{others:?}");
    assert!(!Path::new("owned").exists());
}
