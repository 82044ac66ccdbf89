//! Every kind of file gives its pages through the real child process; the child may die, the parent goes on.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use jitan::adapters::reader_process::{ReaderProcess, Settings};
use jitan::ports::reader::{Original, ReadError, Reader, Reading, SheetOutcome};
use jitan::reading::page::Gray;

use crate::paper::{Scanner, first_form, second_form};
use crate::scan_files::{
    DCT, FLATE, ccitt, cmyk_jpeg, cmyk_tiff, deflated, g4_tiff, jbig2, jpeg, oriented_tiff, pdf, photograph,
    scanned_pdf, searchable_pdf, sixteen_bits, stream,
};

fn settings() -> Settings {
    Settings::for_program(env!("CARGO_BIN_EXE_jitan").into())
}

/// A page of the first form as a scanner gives it.
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
    let forms = [first_form().with_blanks()];
    for (what, file, expected) in files {
        let read = reader.read(&file, &forms).await;
        assert_eq!(outcome(&read), expected, "{what}: {read:?}");
        for sheet in read.unwrap().sheets {
            let is_read = matches!(sheet.outcome, SheetOutcome::Read { .. });
            assert_eq!(sheet.registered(1).is_some(), is_read, "{what}");
            let Original::Paper { pages, .. } = &sheet.original else { panic!("{what}: no page") };
            assert!(pages[0].png.starts_with(b"\x89PNG"), "{what}");
        }
    }
}

/// Mirrored left to right: no turn makes it readable again.
fn mirrored(page: &Gray) -> Gray {
    let pixels = page.pixels.chunks(page.width as usize).flat_map(|row| row.iter().rev().copied()).collect();
    Gray { pixels, ..*page }
}

#[tokio::test]
async fn files_from_cameras_print_shops_and_archives_give_their_pages() {
    let page = scan();
    let (mirror, fallen) = (mirrored(&page), mirrored(&page.turned(1)));
    let in_memory = |format: image::ImageFormat| {
        let mut file = std::io::Cursor::new(Vec::new());
        sixteen_bits(&page).write_to(&mut file, format).unwrap();
        file.into_inner()
    };
    let (jbig2_dict, jbig2_data) = jbig2(&page);
    let files = [
        ("TIFF, four orientations", oriented_tiff(&[(&page, 1), (&mirror, 2), (&fallen, 7), (&page.turned(3), 6)]), 4),
        ("TIFF, CMYK", cmyk_tiff(&page), 1),
        ("TIFF, 16 bits", in_memory(image::ImageFormat::Tiff), 1),
        ("PNG, 16 bits", in_memory(image::ImageFormat::Png), 1),
        ("JPEG, CMYK", cmyk_jpeg(&page), 1),
        ("photograph, turned", photograph(&page.turned(3), 6), 1),
        ("photograph by a mirroring camera", photograph(&mirror, 2), 1),
        ("PDF with JBIG2", scanned_pdf(&[(&page, &jbig2_dict, jbig2_data)]), 1),
        ("PDF with invisible text", searchable_pdf(&page), 1),
    ];
    let reader = ReaderProcess::new(settings());
    for (what, file, pages) in files {
        let read = reader.read(&file, &[first_form().with_blanks()]).await;
        assert_eq!(outcome(&read), vec!["read"; pages].join(","), "{what}: {read:?}");
    }
}

#[tokio::test]
async fn a_locked_pdf_is_refused_for_being_locked() {
    let locked = "/Encrypt << /Filter /Standard /V 2 /R 3 /Length 128 /P -1 /O (00000000000000000000000000000000) \
                  /U (00000000000000000000000000000000) >> /ID [(0) (0)]";
    let objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>".to_vec(),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>".to_vec(),
    ];
    let read = ReaderProcess::new(settings()).read(&pdf(&objects, locked), &[first_form().with_blanks()]).await;
    assert_eq!(read.unwrap_err().message().code, "reading.encrypted-pdf");
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

#[tokio::test]
async fn a_page_that_needs_more_memory_than_the_child_may_have_is_over_the_cap() {
    let reader = ReaderProcess::new(Settings { memory_bytes: 96 << 20, ..settings() });
    let page = Gray::filled(7000, 7000, 200).to_png();
    let read = reader.read(&page, &[first_form().with_blanks()]).await;
    let Err(ReadError::OverCap(why)) = read else { panic!("{read:?}") };
    assert_eq!(why.code, "reading.child-memory");
}

#[tokio::test]
async fn a_result_larger_than_the_cap_stops_the_reading() {
    let reader = ReaderProcess::new(Settings { output_bytes: 100_000, ..settings() });
    let read = reader.read(&scan().to_png(), &[first_form().with_blanks()]).await;
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
    reader.read(b"%PDF-", &[first_form().with_blanks()]).await.unwrap_err()
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
    let read = reader.read(b"%PDF-", &[first_form().with_blanks()]).await;
    assert!(matches!(read, Err(ReadError::Unavailable(_))), "{read:?}");
}
