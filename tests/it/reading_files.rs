//! Every kind of file gives its pages through the real child process, and every bad file ends as what it is: the
//! child may die, the parent goes on.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use jitan::adapters::reader_process::{ReaderProcess, Settings};
use jitan::ports::reader::{ReadError, Reader, Reading, SheetOutcome};
use jitan::reading::page::Gray;

use crate::paper::{Dice, Scanner, first_form, second_form};
use crate::scan_files::{
    DCT, FLATE, ccitt, claiming_tiff, deflate_bomb, deflated, g4_tiff, jpeg, looping_tiff, pdf, png_of, scanned_pdf,
    stream,
};

fn settings() -> Settings {
    Settings::for_program(env!("CARGO_BIN_EXE_jitan").into())
}

fn scan() -> Gray {
    let form = first_form();
    let mut paper = form.blank.clone();
    paper.tick(form.cells("sex")[1]);
    Scanner { degrees: 0.6, noise: 5.0, ..Scanner::default() }.scan(&paper.picture)
}

/// How a file ended, in one word.
fn outcome(read: &Result<Reading, ReadError>) -> String {
    match read {
        Err(ReadError::Undecodable(_)) => "undecodable".into(),
        Err(ReadError::OverCap(_)) => "over a cap".into(),
        Err(ReadError::Crashed(why)) => format!("crashed: {why}"),
        Err(ReadError::Unavailable(why)) => format!("unavailable: {why}"),
        Ok(reading) => {
            let sheets = reading.sheets.iter().map(|sheet| match &sheet.outcome {
                SheetOutcome::Read { .. } => "read",
                SheetOutcome::Refused { .. } => "refused",
            });
            sheets.collect::<Vec<_>>().join(",")
        }
    }
}

#[tokio::test]
async fn every_kind_of_file_gives_its_pages() {
    let page = scan();
    let (g4_dict, g4_data) = ccitt(&page);
    let flat = |p: &Gray| (FLATE, deflated(&p.pixels));
    let other = second_form().blank.picture;
    let files = [
        ("PNG", page.to_png(), "read"),
        ("JPEG", jpeg(&page), "read"),
        ("G4 TIFF", g4_tiff(std::slice::from_ref(&page)), "read"),
        (
            "G4 TIFF, three pages, the second another form",
            g4_tiff(&[page.clone(), other.clone(), page.turned(2)]),
            "read,refused,read",
        ),
        ("PDF with JPEG", scanned_pdf(&[(&page, DCT, jpeg(&page))]), "read"),
        ("PDF with Flate", scanned_pdf(&[(&page, flat(&page).0, flat(&page).1)]), "read"),
        ("PDF with G4", scanned_pdf(&[(&page, &g4_dict, g4_data)]), "read"),
        (
            "PDF, two pages, the first broken",
            scanned_pdf(&[(&page, DCT, jpeg(&page)[..9000].to_vec()), (&page, DCT, jpeg(&page))]),
            "refused,read",
        ),
        ("PDF that must be drawn", drawn_pdf(&page), "read"),
    ];
    let reader = ReaderProcess::new(settings());
    let forms = [first_form().with_blank()];
    for (what, file, expected) in files {
        let read = reader.read(&file, &forms).await;
        assert_eq!(outcome(&read), expected, "{what}: {read:?}");
        for sheet in read.unwrap().sheets {
            let is_read = matches!(sheet.outcome, SheetOutcome::Read { .. });
            assert_eq!(sheet.registered_png.is_some(), is_read, "{what}");
            assert!(sheet.page_png.starts_with(b"\x89PNG"), "{what}");
        }
    }
}

/// The picture twice, one over the other: not a scan as it is, so the page is drawn.
fn drawn_pdf(page: &Gray) -> Vec<u8> {
    let (w, h) = (f64::from(page.width) * 0.36, f64::from(page.height) * 0.36);
    let size = format!("/Type /XObject /Subtype /Image /Width {} /Height {}", page.width, page.height);
    pdf(
        &[
            b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
            b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>".to_vec(),
            format!(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {w} {h}] /Contents 4 0 R \
                 /Resources << /XObject << /S 5 0 R >> >> >>"
            )
            .into_bytes(),
            stream("", format!("q {w} 0 0 {h} 0 0 cm /S Do /S Do Q").as_bytes()),
            stream(&format!("{size} {DCT}"), &jpeg(page)),
        ],
        "",
    )
}

/// Bad files, each with the outcomes it may have.
fn bad_files() -> Vec<(String, Vec<u8>, &'static [&'static str])> {
    const BROKEN: &[&str] = &["undecodable"];
    const OVER: &[&str] = &["over a cap"];
    const REFUSED: &[&str] = &["refused"];
    /// Damage that a format cannot notice: it may look like a page, but never like a crash.
    const ANY: &[&str] = &["undecodable", "refused", "read"];
    let page = scan();
    let good = [
        ("PNG", page.to_png()),
        ("JPEG", jpeg(&page)),
        ("TIFF", g4_tiff(std::slice::from_ref(&page))),
        ("PDF", scanned_pdf(&[(&page, DCT, jpeg(&page))])),
    ];
    let mut files: Vec<(String, Vec<u8>, &'static [&'static str])> = Vec::new();
    for (kind, file) in &good {
        for part in 1..=12 {
            let cut = file.len() * part / 14;
            files.push((format!("{kind} cut at {cut}"), file[..cut].to_vec(), BROKEN));
        }
        let mut dice = Dice(file.len() as u64);
        for i in 0..8 {
            let mut flipped = file.clone();
            for _ in 0..=i {
                let at = dice.below(file.len() as u64) as usize;
                flipped[at] ^= 1 << dice.below(8);
            }
            let allowed = if *kind == "PNG" { BROKEN } else { ANY };
            files.push((format!("{kind} with {} flipped bits", i + 1), flipped, allowed));
        }
    }
    let mut add = |what: &str, file: Vec<u8>, allowed| files.push((what.to_owned(), file, allowed));
    add("nothing", Vec::new(), BROKEN);
    add("one byte", vec![0], BROKEN);
    add("zeros", vec![0; 100_000], BROKEN);
    add("text", b"jido-teate,1,2,3\n".repeat(50), BROKEN);
    add("an office document", b"PK\x03\x04[Content_Types].xml".to_vec(), BROKEN);
    add("a web page", b"<!DOCTYPE html><script>alert(1)</script>".to_vec(), BROKEN);
    add("a GIF", b"GIF89a\x01\0\x01\0\0\0\0;".to_vec(), BROKEN);
    for (kind, mark) in [("PNG", b"\x89PNG\r\n\x1a\n".as_slice()), ("JPEG", &[0xff, 0xd8, 0xff]), ("TIFF", b"II*\0")] {
        add(&format!("a {kind} mark and nothing"), mark.to_vec(), BROKEN);
        let noise: Vec<u8> = mark.iter().copied().chain((0..5000).map(|i| (i * 31 % 251) as u8)).collect();
        add(&format!("a {kind} mark and noise"), noise, BROKEN);
    }
    add("a PDF mark and nothing", b"%PDF-1.7\n".to_vec(), BROKEN);
    add("a bomb PNG", png_of(60_000, 60_000, &[], &deflated(&[0; 1 << 20])), OVER);
    add("a PNG without width", png_of(0, 10, &[], &deflated(&[0; 20])), BROKEN);
    let bomb = [b"k\0\0".as_slice(), &deflate_bomb(1_200_000)].concat();
    add("a PNG with a text bomb", png_of(2, 2, &[(b"zTXt", bomb)], &deflated(&[0; 6])), ANY);
    add("a PNG whose pixels are a bomb", png_of(2, 2, &[], &deflate_bomb(1_200_000)), ANY);
    add("a PNG with a long text", png_of(2, 2, &[(b"tEXt", vec![b'a'; 30 << 20])], &deflated(&[0; 6])), ANY);
    add("a PNG with one pixel", png_of(1, 1, &[], &deflated(&[0; 2])), REFUSED);
    add("a file over the cap", vec![b'x'; (40 << 20) + 1], OVER);
    add("a TIFF asking for all memory", claiming_tiff(u32::MAX, u32::MAX, 4), OVER);
    add("a TIFF with an endless strip", claiming_tiff(2000, 2000, u32::MAX), BROKEN);
    add("a TIFF with too little data", claiming_tiff(2000, 2000, 8), BROKEN);
    add("a TIFF without width", claiming_tiff(0, 2000, 8), BROKEN);
    add("a TIFF that bites its tail", looping_tiff(), &["undecodable", "refused", "refused,refused"]);
    add("a TIFF of 201 pages", g4_tiff(&vec![Gray::filled(8, 8, 255); 201]), OVER);
    let kids = |count: usize| format!("<< /Type /Pages /Count {count} /Kids [{}] >>", "3 0 R ".repeat(count));
    let catalogue = || b"<< /Type /Catalog /Pages 2 0 R >>".to_vec();
    let leaf = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>".to_vec();
    let places: String = (0..201).map(|i| format!("{} 0 R ", 3 + i)).collect();
    let tree = format!("<< /Type /Pages /Count 201 /Kids [{places}] >>").into_bytes();
    let book: Vec<Vec<u8>> = [catalogue(), tree].into_iter().chain(vec![leaf.clone(); 201]).collect();
    add("a PDF of 201 pages", pdf(&book, ""), OVER);
    add("a PDF without pages", pdf(&[catalogue(), kids(0).into_bytes()], ""), BROKEN);
    let own_child = b"<< /Type /Pages /Count 1 /Kids [2 0 R] >>".to_vec();
    add("a PDF whose pages are their own child", pdf(&[catalogue(), own_child], ""), BROKEN);
    add("a PDF whose picture draws itself", self_drawing_pdf(), ANY);
    add("a PDF page as large as a city", huge_page_pdf(), &["undecodable", "over a cap", "refused"]);
    let locked = "/Encrypt << /Filter /Standard /V 2 /R 3 /Length 128 /P -1 /O (00000000000000000000000000000000) \
                  /U (00000000000000000000000000000000) >> /ID [(0) (0)]";
    add("a locked PDF", pdf(&[catalogue(), kids(1).into_bytes(), leaf], locked), BROKEN);
    add("a white page", Gray::filled(1165, 1654, 255).to_png(), REFUSED);
    add("a black page", Gray::filled(1165, 1654, 0).to_png(), REFUSED);
    add("another form", jpeg(&second_form().blank.picture), REFUSED);
    add("half a page", jpeg(&Gray { height: 800, pixels: page.pixels[..1165 * 800].to_vec(), ..page }), REFUSED);
    add("a thin strip", Gray::filled(1, 50_000, 128).to_png(), REFUSED);
    files
}

fn self_drawing_pdf() -> Vec<u8> {
    pdf(
        &[
            b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
            b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>".to_vec(),
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents 4 0 R \
              /Resources << /XObject << /F 5 0 R >> >> >>"
                .to_vec(),
            stream("", b"/F Do"),
            stream(
                "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /F 5 0 R >> >>",
                b"/F Do /F Do",
            ),
        ],
        "",
    )
}

fn huge_page_pdf() -> Vec<u8> {
    pdf(
        &[
            b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
            b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>".to_vec(),
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99999999 99999999] >>".to_vec(),
        ],
        "",
    )
}

#[tokio::test]
async fn every_bad_file_ends_as_what_it_is_and_the_reader_goes_on() {
    let reader = ReaderProcess::new(settings());
    let forms = [first_form().with_blank()];
    let files = bad_files();
    let mut surprises = Vec::new();
    for (what, file, allowed) in &files {
        let outcome = outcome(&reader.read(file, &forms).await);
        if !allowed.contains(&outcome.as_str()) {
            surprises.push(format!("{what}: {outcome}, expected one of {allowed:?}"));
        }
    }
    assert!(surprises.is_empty(), "{} of {}:\n{}", surprises.len(), files.len(), surprises.join("\n"));
    assert_eq!(outcome(&reader.read(&scan().to_png(), &forms).await), "read");
    println!("{} bad files", files.len());
}

#[tokio::test]
async fn a_page_that_needs_more_memory_than_the_child_may_have_is_over_the_cap() {
    let reader = ReaderProcess::new(Settings { memory_bytes: 96 << 20, ..settings() });
    let page = Gray::filled(7000, 7000, 200).to_png();
    let read = reader.read(&page, &[first_form().with_blank()]).await;
    let Err(ReadError::OverCap(why)) = read else { panic!("{read:?}") };
    assert_eq!(why.code, "reading.child-memory");
}

#[tokio::test]
async fn a_result_larger_than_the_cap_stops_the_reading() {
    let reader = ReaderProcess::new(Settings { output_bytes: 100_000, ..settings() });
    let read = reader.read(&scan().to_png(), &[first_form().with_blank()]).await;
    let Err(ReadError::OverCap(why)) = read else { panic!("{read:?}") };
    assert_eq!(why.code, "reading.child-output");
}

/// A child that does what the script says instead of reading.
async fn read_by(script: &str, patience: Duration) -> ReadError {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("child");
    std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
    let reader = ReaderProcess::new(Settings { program, patience, ..settings() });
    reader.read(b"%PDF-", &[first_form().with_blank()]).await.unwrap_err()
}

#[tokio::test]
async fn however_the_child_ends_the_parent_says_how() {
    let long = Duration::from_secs(60);
    let stories = [
        ("kill -SEGV $$", long, "reading.child-crashed"),
        ("kill -ABRT $$", long, "reading.child-crashed"),
        ("kill -XCPU $$", long, "reading.child-time"),
        ("exit 101", long, "reading.child-crashed"),
        ("echo 'not a frame, but long enough to be taken for one'", long, "reading.child-crashed"),
        ("echo 'memory allocation of 99 bytes failed' >&2; kill -ABRT $$", long, "reading.child-memory"),
        ("exit 75", long, "reading.child-not-started"),
        ("exec sleep 600", Duration::from_millis(300), "reading.child-time"),
    ];
    for (script, patience, code) in stories {
        let error = read_by(script, patience).await;
        assert_eq!(error.message().code, code, "{script}: {error:?}");
    }
}

#[tokio::test]
async fn a_program_that_cannot_be_started_is_not_the_files_fault() {
    let reader = ReaderProcess::new(Settings { program: "/nowhere/jitan".into(), ..settings() });
    let read = reader.read(b"%PDF-", &[first_form().with_blank()]).await;
    assert!(matches!(read, Err(ReadError::Unavailable(_))), "{read:?}");
}
