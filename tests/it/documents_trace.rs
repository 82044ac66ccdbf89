//! What was done for a document, as a page that a clerk opens without a network: every step, and nothing from paper.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use jitan::model::document::stage::StageKind;

use super::entering_pages::{session, story};
use crate::night::{Night, Settings, made_up, told};
use crate::portal::faults::{Dialog, Fault, Kind, Stage};

fn once() -> Settings {
    Settings { retry: "{limit: 0, interval: 1s, backoff: 1}", ..Settings::default() }
}

/// The page about the first document, as text and where it lies.
fn trace(night: &Night, lang: &str) -> (String, PathBuf) {
    let (id, file) = (night.documents()[0].id.to_string(), night.path("trace.html"));
    let mut command = night.command(&["documents", "trace", &id, "--output", file.to_str().unwrap()]);
    let written = command.env("LANG", lang).output().unwrap();
    assert!(written.status.success(), "{}", told(&written));
    (readable(&fs::read_to_string(&file).unwrap()), file)
}

/// With plain slashes, and without what only a picture's reader reads.
fn readable(page: &str) -> String {
    without_ids(&without_pictures(page)).replace("&#x2f;", "/")
}

/// An id or a digest of any digits may hold four that stand on paper, too; nothing on paper is as long as one.
fn without_ids(page: &str) -> String {
    const SHORTEST: usize = 20;
    let ids = page.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.len() >= SHORTEST);
    ids.fold(page.to_owned(), |page, id| page.replace(id, "…"))
}

fn without_pictures(page: &str) -> String {
    const DATA: &str = "data:image/png;base64,";
    let (first, rest) = page.split_once(DATA).unwrap_or((page, "\""));
    let pieces: Vec<&str> = rest.split(DATA).map(|piece| &piece[piece.find('"').unwrap()..]).collect();
    if page.contains(DATA) { format!("{first}{DATA}{}", pieces.join(DATA)) } else { page.to_owned() }
}

/// Everything on paper that could not stand on a page by chance.
fn values(person: u32) -> BTreeMap<&'static str, String> {
    let long =
        |(name, value): (&'static str, Option<String>)| value.filter(|v| v.chars().count() > 3).map(|v| (name, v));
    // The answers of choices are the form's own words.
    made_up(person).into_iter().filter(|(name, _)| !["occupation"].contains(name)).filter_map(long).collect()
}

#[test]
fn every_step_is_told_with_its_field_and_nothing_that_stood_on_paper() {
    let night = Night::begin(&Settings::default());
    assert!(night.plugged(None, &[night.given(1)]).status.success());
    let (page, file) = trace(&night, "en_US.UTF-8");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    for said in [
        "label: 個人番号",
        "$my_number",
        "button: 登録",
        "sign-in (lines of",
        "probe (lines of",
        "intent recorded",
        "sent POST /claims once (answer HTTP 303)",
        "POST /claims/confirm",
        "data:image/png;base64,",
    ] {
        assert!(page.contains(said), "{said} is not told:\n{page}");
    }
    for (name, value) in values(1) {
        assert!(!page.contains(&value), "{name} stands in the trace");
    }
    let (page, _) = trace(&night, "ja_JP.UTF-8");
    assert!(page.contains("送信 POST /claims を1回送りました（応答 HTTP 303）"), "{page}");
}

#[test]
fn the_page_runs_no_script_and_reaches_for_nothing_and_shows_its_picture_and_style() {
    let night = Night::begin(&Settings::default());
    assert!(night.plugged(None, &[night.given(1)]).status.success());
    let (page, file) = trace(&night, "ja_JP.UTF-8");
    assert!(!page.contains("<script") && !page.contains("src=\"http") && !page.contains("href="), "{page}");
    assert!(page.contains("default-src 'none'"));
    let looked = story(async {
        let mut session = session().await;
        let limit = std::time::Duration::from_secs(20);
        session.open(&format!("file://{}", file.display()), limit).await.unwrap();
        // What a page that was spoilt would try, too: its policy stands in the way.
        let program = "async function () {
            while (document.readyState !== 'complete') await new Promise((go) => setTimeout(go, 10));
            const fetched = await fetch('http://127.0.0.1:9/').then(() => 'reached', () => 'refused');
            const sheet = document.createElement('style');
            sheet.textContent = 'h1 { color: rgb(1, 2, 3) }';
            document.head.append(sheet);
            const color = getComputedStyle(document.querySelector('h1')).color;
            const event = getComputedStyle(document.querySelector('.event')).borderLeftWidth;
            return { picture: document.images[0].naturalWidth, fetched, color, event };
        }";
        session.run(program, &serde_json::json!({}), limit, &|| ()).await.unwrap().answer.unwrap()
    });
    assert_eq!(looked["picture"], 1280);
    assert_eq!(looked["fetched"], "refused");
    assert_eq!(looked["event"], "3px", "the page's own style is in force");
    assert_ne!(looked["color"], "rgb(1, 2, 3)", "and no other");
}

#[test]
fn a_step_that_failed_is_told_with_what_stood_near_it() {
    let night = Night::begin(&once());
    let renamed = Kind::RenameLabel { from: "口座番号".to_owned(), to: "口座の番号".to_owned() };
    night.portal.faults().add(Fault { stage: Stage::Entry, kind: renamed, times: None, after: 0 });
    night.plugged(None, &[night.given(1)]);
    assert_eq!(night.stages(), [StageKind::Held]);
    let (page, _) = trace(&night, "en_US.UTF-8");
    let failed = page.lines().find(|line| line.contains("class=\"failed\"><td")).unwrap_or_default();
    assert!(failed.contains("label: 口座番号") && failed.contains("$account_no"), "{page}");
    assert!(page.contains("口座の番号"), "what is near is not told: {page}");
    assert!(page.contains("data:image/png;base64,"));
    assert!(!page.contains("button: 登録"), "nothing behind the failed step was done");
}

#[test]
fn what_a_dialog_says_about_a_person_is_blanked_out() {
    let night = Night::begin(&once());
    let text = "板橋 花子 様（電話 03-3964-1111）を確認します".to_owned();
    let kind = Kind::Dialog { show: Dialog::Confirm, text };
    night.portal.faults().add(Fault { stage: Stage::Entry, kind, times: None, after: 0 });
    night.plugged(None, &[night.given(1)]);
    assert_eq!(night.stages(), [StageKind::Failed]);
    let (page, _) = trace(&night, "en_US.UTF-8");
    assert!(page.contains("dialog &quot;●●● 様(電話 ●●●)を確認します&quot; was dismissed"), "{page}");
    assert!(!page.contains("花子") && !page.contains("3964"));
}

#[test]
fn killed_in_mid_submit_the_way_to_the_button_is_on_record_and_the_page_says_what_is_not() {
    let night = Night::begin(&Settings::default());
    night.plugged(Some("answered"), &[night.given(1)]);
    let (page, _) = trace(&night, "en_US.UTF-8");
    assert!(page.contains("button: 確認画面へ") && page.contains("the record ends here"), "{page}");
    assert!(!page.contains("button: 登録"), "what was not kept is not told");
    assert!(night.plugged(None, &[]).status.success());
    assert_eq!(night.stages(), [StageKind::Done]);
    let (page, _) = trace(&night, "en_US.UTF-8");
    for said in ["the record ends here", "outcome unknown", "with this document&#x27;s values, 1", "settled: entered"] {
        assert!(page.contains(said), "{said} is not told:\n{page}");
    }
}

#[test]
fn a_trace_goes_with_its_document() {
    let night = Night::begin(&Settings::default());
    assert!(night.plugged(None, &[night.given(1)]).status.success());
    let id = night.documents()[0].id.to_string();
    assert!(night.jitan(&["documents", "erase", &id, "--yes"]).status.success());
    let refused = night.jitan(&["documents", "trace", &id]);
    assert_eq!(refused.status.code(), Some(1), "{}", told(&refused));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("erased"), "{}", told(&refused));
}
