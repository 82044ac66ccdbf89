//! Whatever is put into the hot folder or given to be deployed ends as the design says, and one daemon outlives all of
//! it: bad scans, hostile names, things that are no files, broken scenarios. Everything is counted as one.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;

use jitan::model::document::event::FailureClass;
use jitan::model::document::stage::{Document, ReviewNeed, Stage, StageKind};
use jitan::model::id::IntakeId;
use jitan::model::message::Message;
use jitan::reading::page::Gray;

use crate::bad_scans::{BadScan, End, bad_scans};
use crate::format_mistakes::{MISTAKES, whole_files};
use crate::night::clerk::{Answers, Clerk};
use crate::night::running::is_settled;
use crate::night::{Night, Settings, samples, told};
use crate::scenario_folder::Folder;

/// The reader's caps: bytes of a file, here by one too many.
const TOO_MANY_BYTES: usize = (40 << 20) + 1;

/// Ends that the design names, for the count.
const BROKEN: &str = "failed, cannot be decoded";
const OVER_CAP: &str = "failed, over a cap";
const REFUSED: &str = "waiting for a person, no form of the scenario";
const LEFT_ALONE: &str = "left alone";
const NOT_DEPLOYED: &str = "not deployed, place told";

/// A name for every file: as scanners, people and attackers write them.
fn hostile_names() -> Vec<OsString> {
    let mut names: Vec<OsString> = [
        "a\nb.png",
        "a\r\nb.png",
        "a\tb.png",
        "'; touch owned; '.png",
        "\"quoted\".png",
        "$(touch owned).png",
        "`touch owned`.png",
        "${HOME}.png",
        "a;touch owned.png",
        "a|b&c.png",
        "a>owned.png",
        "-rf.png",
        "--help.png",
        "*.png",
        "?.png",
        "[a-z].png",
        "{a,b}.png",
        "%00.png",
        "%n%s%x.png",
        "a..%2f..%2fetc%2fpasswd.png",
        "a\\..\\..\\owned.png",
        "C:\\scan.png",
        "CON.png",
        "a\u{1}\u{7f}.png",
        "\u{1b}[31mred.png",
        "gnp.\u{202e}fdp.png",
        "zero\u{200b}width.png",
        "か\u{3099}.png",
        "板橋花子 児童手当.png",
        "👪.png",
        " .png",
        "a .png",
        "<script>.png",
        "#!.png",
        "scan.png.exe",
        "scan.docx",
        "SCAN.PNG",
        "scan",
        "scan.tmp.png",
        "part.partially.png",
    ]
    .map(OsString::from)
    .into();
    names.push(format!("{}.png", "長".repeat(83)).into());
    // 板橋 in Shift_JIS, as shares of older machines write it.
    names.push(OsString::from_vec(b"\x94\xc2\x8b\xb4.png".to_vec()));
    names.push(OsString::from_vec(b"\xff\xfe\xc0\xaf..png".to_vec()));
    names
}

const TEMPORARY_NAMES: [&str; 15] = [
    ".hidden.png",
    ".png",
    "..png",
    "..%2f..%2fowned.png",
    ".~lock.scan.pdf#",
    "~$scan.pdf",
    "~$.png",
    "scan.pdf.tmp",
    "scan.TMP",
    "scan.pdf.part",
    "scan.partial",
    "scan.pdf.crdownload",
    "scan.png.download",
    "scan.tif.filepart",
    "Scan.Pdf.FilePart",
];

/// A small page that says nothing, and differs from every other one.
fn small_page(number: usize) -> Vec<u8> {
    Gray::filled(30 + u32::try_from(number).unwrap(), 40, 200).to_png()
}

/// Every bad scan under a name whose ending tells nothing, and every hostile name with a page that says nothing.
fn drop_files(inbox: &Path) -> Vec<BadScan> {
    const ENDINGS: [&str; 5] = ["pdf", "png", "jpg", "TIF", "jpeg"];
    let mut dropped = bad_scans();
    for (number, scan) in dropped.iter().enumerate() {
        let name = format!("板橋花子-{number}.{}", ENDINGS[number % ENDINGS.len()]);
        fs::write(inbox.join(name), &scan.bytes).unwrap();
    }
    for (number, name) in hostile_names().into_iter().enumerate() {
        let bytes = small_page(number);
        fs::write(inbox.join(&name), &bytes).unwrap();
        dropped.push(BadScan { what: format!("named {name:?}"), bytes, may: &[End::Refused] });
    }
    // Larger than the machine's memory may be; a hole, so that it costs no disk.
    fs::File::create(inbox.join("huge.pdf")).unwrap().set_len(200 << 30).unwrap();
    dropped.push(BadScan { what: "200 GiB".to_owned(), bytes: vec![0; TOO_MANY_BYTES], may: &[End::OverCap] });
    dropped
}

/// What the folder leaves alone; gives the names.
fn drop_what_is_no_scan(inbox: &Path) -> BTreeSet<OsString> {
    let sample = &samples()[0];
    for name in TEMPORARY_NAMES {
        fs::copy(sample, inbox.join(name)).unwrap();
    }
    fs::create_dir(inbox.join("folder.png")).unwrap();
    fs::copy(sample, inbox.join("folder.png/scan.jpg")).unwrap();
    for (link, to) in
        [("link.jpg", sample.as_path()), ("dangling.pdf", "nowhere".as_ref()), ("loop.pdf", "loop.pdf".as_ref())]
    {
        std::os::unix::fs::symlink(to, inbox.join(link)).unwrap();
    }
    std::os::unix::fs::symlink("/dev/zero", inbox.join("zero.png")).unwrap();
    nix::unistd::mkfifo(&inbox.join("pipe.pdf"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    let others = ["folder.png", "link.jpg", "dangling.pdf", "loop.pdf", "zero.png", "pipe.pdf"];
    TEMPORARY_NAMES.into_iter().chain(others).map(OsString::from).collect()
}

/// How a document ended, or why it should not have.
fn end_of(document: &Document) -> Result<End, String> {
    const CAPS: [&str; 6] = [
        "reading.too-many-bytes",
        "reading.too-many-pages",
        "reading.too-many-pixels",
        "reading.child-memory",
        "reading.child-time",
        "reading.child-output",
    ];
    let (end, why) = match &document.stage {
        Stage::Failed { class: FailureClass::Business, why, .. } if CAPS.contains(&why.code.as_ref()) => {
            (End::OverCap, why)
        }
        Stage::Failed { class: FailureClass::Business, why, .. } if why.code != "reading.child-crashed" => {
            (End::Broken, why)
        }
        Stage::Review { need: ReviewNeed::Page { why } } => (End::Refused, why),
        other => return Err(format!("{other:?}")),
    };
    if says_nothing_of_the_file(why) { Ok(end) } else { Err(format!("tells of the file: {why:?}")) }
}

/// Arguments are numbers and kinds of files.
fn says_nothing_of_the_file(why: &Message) -> bool {
    let harmless =
        |text: &String| text.parse::<f64>().is_ok() || ["PNG", "JPEG", "TIFF", "PDF"].contains(&text.as_str());
    why.code.starts_with("reading.") && why.args.values().all(harmless)
}

fn word(end: End) -> &'static str {
    match end {
        End::Broken => BROKEN,
        End::OverCap => OVER_CAP,
        End::Refused => REFUSED,
    }
}

type Count = BTreeMap<&'static str, usize>;

/// Broken scenario folders, each refused by the program and by the daemon itself.
fn deploy_broken_folders(night: &Night, clerk: &Clerk, count: &mut Count, surprises: &mut Vec<String>) {
    let changed = MISTAKES.iter().map(|(file, from, to, code)| {
        let folder = Folder::new();
        folder.change(file, from, to);
        (format!("{file}: {to:?}"), folder, *code)
    });
    let replaced = whole_files().into_iter().map(|(file, bytes, code)| {
        let folder = Folder::new();
        fs::write(folder.path.join(file), bytes).unwrap();
        (format!("{file} whole"), folder, code)
    });
    for (what, folder, code) in changed.chain(replaced) {
        match refused(night, clerk, &folder, code) {
            Ok(()) => *count.entry(NOT_DEPLOYED).or_default() += 1,
            Err(surprise) => surprises.push(format!("{what}: {surprise}")),
        }
    }
}

fn refused(night: &Night, clerk: &Clerk, folder: &Folder, code: &str) -> Result<(), String> {
    let path = folder.path.to_str().unwrap();
    let checked = night.jitan(&["check", "--format", "json", path]);
    let faults: Vec<serde_json::Value> = serde_json::from_slice(&checked.stdout).unwrap_or_default();
    let placed = |fault: &serde_json::Value| fault["line"].as_u64() > Some(0) && fault["column"].as_u64() > Some(0);
    if checked.status.code() != Some(3) || !faults.iter().all(placed) || !faults.iter().any(|f| f["code"] == code) {
        return Err(format!("expected {code}: {}", told(&checked)));
    }
    let deployed = night.jitan(&["deploy", path]);
    if deployed.status.code() != Some(3) {
        return Err(told(&deployed));
    }
    match clerk.deploy(&folder.path) {
        Err(refusal) if refusal.message.code == "daemon.deploy-invalid" => Ok(()),
        other => Err(format!("the daemon said {other:?}")),
    }
}

#[test]
fn more_than_200_bad_inputs_end_as_the_design_says_and_the_daemon_goes_on() {
    let night = Night::begin(&Settings { step_timeout: "20s", ..Settings::without_schedule() });
    let inbox = night.inbox();
    let daemon = night.daemon();
    let clerk = night.clerk();
    let (mut count, mut surprises) = (Count::new(), Vec::new());
    let left_alone = drop_what_is_no_scan(&inbox);
    let dropped = drop_files(&inbox);

    let names = |clerk: &Clerk| clerk.scenarios().into_iter().map(|s| (s.name, s.live, s.test)).collect::<Vec<_>>();
    let before = names(&clerk);
    deploy_broken_folders(&night, &clerk, &mut count, &mut surprises);
    assert_eq!(names(&clerk), before, "nothing was deployed");

    let intakes = |documents: &[Document]| documents.iter().map(|d| d.id.intake).collect::<BTreeSet<IntakeId>>();
    let documents = night.wait_until(|d| intakes(d).len() == dropped.len() && d.iter().all(is_settled));
    for BadScan { what, bytes, may } in &dropped {
        let intake = clerk.document_of(bytes).intake;
        let ends: Result<Vec<End>, String> = documents.iter().filter(|d| d.id.intake == intake).map(end_of).collect();
        match ends {
            Ok(ends) if ends.iter().all(|end| may.contains(end)) => *count.entry(word(ends[0])).or_default() += 1,
            other => surprises.push(format!("{what}: {other:?}, expected one of {may:?}")),
        }
    }
    assert!(surprises.is_empty(), "{}:\n{}", surprises.len(), surprises.join("\n"));
    count.insert(LEFT_ALONE, left_alone.len());
    let in_the_folder: BTreeSet<OsString> = fs::read_dir(&inbox).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(in_the_folder, left_alone.into_iter().chain(["受付済".into()]).collect());

    a_good_scan_is_entered(&night, &clerk);
    let log = daemon.log();
    for trace in ["panicked", "板橋", "owned", "123456789018"] {
        assert!(!log.contains(trace), "{trace} stands in the log:\n{log}");
    }
    assert_eq!(daemon.stop(), Some(0));
    let total: usize = count.values().sum();
    let ends: Vec<String> = count.iter().map(|(end, times)| format!("{times} {end}")).collect();
    println!("{total} bad inputs: {}", ends.join(", "));
    assert!(total >= 200);
}

fn a_good_scan_is_entered(night: &Night, clerk: &Clerk) {
    let sample = &samples()[0];
    let truth = fs::read_to_string(sample.with_file_name("truth.yaml")).unwrap();
    let truth: BTreeMap<String, Answers> = serde_saphyr::from_str(&truth).unwrap();
    let right = &truth[sample.file_name().unwrap().to_str().unwrap()];
    let already = night.documents().len();
    fs::copy(sample, night.inbox().join("good.jpg")).unwrap();
    night.wait_for_documents(already + 1, is_settled);
    let id = clerk.document_of(&fs::read(sample).unwrap());
    let is = |kind: StageKind| move |d: &Document| d.id == id && d.stage.kind() == kind;
    if night.documents().iter().any(is(StageKind::Review)) {
        clerk.review(id, right);
    }
    night.wait_until(|documents| documents.iter().any(is(StageKind::Done)));
    assert_eq!(night.entered(), BTreeMap::from([(right["my_number"].clone(), 1)]));
}
