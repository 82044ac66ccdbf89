//! Files that a page offers: taken only where a step asks for one, of its kind and size, and kept with the document.

use std::fs;

use jitan::entering::error::{EnterError, ErrorKind};
use jitan::entering::prepare::TakenFile;
use jitan::model::download::{Download, FileKind};
use jitan::model::id::FieldName;
use jitan::model::step::Action;

use super::entering_pages::*;
use crate::night::{Night, Settings, told};

fn download(kind: FileKind) -> Action {
    let name = FieldName::new("slip").unwrap();
    Action::Download(Download { click: button("受付票"), name, kind, most_bytes: 1_000_000 })
}

/// What a page's script gives when its button is pressed.
fn taken(script: &str, kind: FileKind) -> Result<Vec<TakenFile>, EnterError> {
    let page = format!(
        "<button onclick=\"give()\">受付票</button>{}<script>
         const offer = (parts, name) => {{
           const a = document.createElement('a');
           a.href = URL.createObjectURL(new Blob(parts)); a.download = name; a.click();
         }};
         function give() {{ {script} }}</script>",
        form("<input name=a>")
    );
    story(async {
        let pages = Pages::serve(&page).await;
        let actions = vec![download(kind), fill(css("[name=a]"), "後"), submit_by(button("登録する"))];
        let case = Case::new(&pages, actions);
        case.prepare().await.map(|(_, prepared)| prepared.files)
    })
}

#[test]
fn a_file_of_its_kind_is_taken_whole_and_the_steps_go_on() {
    let files = taken("offer(['%PDF-1.7\\n', 'x'.repeat(300000)], '../受付票.pdf')", FileKind::Pdf).unwrap();
    assert_eq!((files.len(), files[0].bytes.len(), files[0].name.as_str()), (1, 300_009, "slip"));
    let late = taken("setTimeout(() => offer(['受付番号,氏名\\n'], 'a.csv'), 400)", FileKind::Csv).unwrap();
    assert_eq!(late[0].bytes.as_slice(), "受付番号,氏名\n".as_bytes());
}

#[test]
fn a_file_of_another_kind_or_too_large_or_none_stops_the_document() {
    for (script, code, kind) in [
        ("offer(['<html>error'], 'a.pdf')", "entering.download-other-kind", ErrorKind::ScreenChanged),
        ("offer(['%PDF-', 'x'.repeat(2000000)], 'a.pdf')", "entering.download-too-large", ErrorKind::Business),
        ("", "entering.no-download", ErrorKind::ScreenChanged),
    ] {
        let error = taken(script, FileKind::Pdf).unwrap_err();
        assert_eq!((error.message().code.as_ref(), error.kind), (code, kind), "{error}");
    }
}

#[test]
fn a_file_that_no_step_asks_for_is_refused_before_and_after_one_that_is() {
    let page = "<button onclick=\"one()\">ほかの票</button><button onclick=\"two()\">受付票</button><script>
        const offer = (text) => { const a = document.createElement('a');
          a.href = URL.createObjectURL(new Blob([text])); a.download = 'a.csv'; a.click(); };
        const one = () => offer('別の人'), two = () => { offer('1'); offer('2'); };</script>"
        .to_owned()
        + &form("<input name=a>");
    story(async {
        let pages = Pages::serve(&page).await;
        let other = || click(button("ほかの票"));
        let actions = vec![other(), download(FileKind::Csv), other(), submit_by(button("登録する"))];
        let case = Case::new(&pages, actions);
        let (_, prepared) = case.prepare().await.unwrap();
        let texts: Vec<&[u8]> = prepared.files.iter().map(|file| file.bytes.as_slice()).collect();
        assert_eq!(texts, [b"1"]);
    });
}

#[test]
fn the_slip_of_a_document_lies_in_its_folder_and_nowhere_else() {
    let after = "        entered_at: 登録日時\n  - download: {link: 受付票, into: 受付票, type: pdf}\n";
    let settings =
        Settings { replace: vec![("        entered_at: 登録日時\n", after.to_owned())], ..Settings::default() };
    let night = Night::begin(&settings);
    let run = night.plugged(None, &[night.given(1)]);
    assert!(run.status.success(), "{}", told(&run));
    let receipt = night.portal.ledger().entries()[0].receipt.clone();
    let id = night.documents()[0].id.to_string();
    let story = told(&night.jitan(&["documents", "show", &id]));
    assert!(story.contains("file: 受付票 (pdf, 1 kB)"), "{story}");
    let out = night.path("files");
    let written = told(&night.jitan(&["documents", "files", &id, "--output", out.to_str().unwrap()]));
    let files: Vec<_> = fs::read_dir(&out).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{written}");
    let pdf = String::from_utf8(fs::read(&files[0]).unwrap()).unwrap();
    assert!(pdf.starts_with("%PDF-") && pdf.contains(&receipt), "{pdf}");
    let plain = std::process::Command::new("grep").args(["-rl", &receipt]).arg(night.path("data")).output().unwrap();
    assert!(plain.stdout.is_empty(), "it lies in the clear: {}", told(&plain));
}
