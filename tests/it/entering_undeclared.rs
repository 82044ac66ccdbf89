//! Outside a submit a page sends only what its target lists as reading: anything else that could write is refused before
//! it leaves, and stops the document.

use jitan::entering::error::ErrorKind;
use jitan::model::document::stage::StageKind;
use jitan::model::step::Action;
use jitan::ports::browser::Session;

use super::entering_pages::*;
use crate::night::{Night, Settings, told};

/// Makes the shipped target's list of reading requests another one.
fn declare(night: &Night, reading: &str) {
    let target = night.path("scenarios/targets/portal.yaml");
    let text = std::fs::read_to_string(&target).unwrap();
    let line = |l: &str| {
        if l.starts_with("reading_requests:") { format!("reading_requests: [{reading}]") } else { l.to_owned() }
    };
    std::fs::write(target, text.lines().map(line).collect::<Vec<_>>().join("\n")).unwrap();
}

#[test]
fn a_click_that_would_have_entered_something_sends_nothing_and_stops_the_document() {
    let by_script = |call: &str| {
        format!("<label>氏名<input name=a></label><button onclick=\"{call}\">登録する</button><p id=out></p>")
    };
    let fetch =
        by_script("fetch('/send?who=板橋', {method: 'POST', body: '板橋'}).finally(() => out.textContent = '済')");
    let xhr =
        by_script("x = new XMLHttpRequest(); x.open('POST', '/send?who=板橋'); x.send('板橋'); out.textContent = '済'");
    let beacon = by_script("navigator.sendBeacon('/send?who=板橋', '板橋'); out.textContent = '済'");
    story(async {
        for page in [form("<label>氏名<input name=a></label>"), fetch, xhr, beacon] {
            let pages = Pages::serve(&page).await;
            let seen = Action::Expect { what: text("済") };
            let steps = vec![fill(label("氏名"), "板橋"), click(button("登録する")), seen, submit_by(button("-"))];
            let error = Case::new(&pages, steps).prepare().await.err().unwrap();
            assert_eq!(error.kind, ErrorKind::UndeclaredWrite, "{page}: {error}");
            let said = error.to_string();
            assert!(said.contains("`POST /send`") && !said.contains("板橋") && !said.contains('?'), "{said}");
            assert!(pages.sent().is_empty(), "{page}");
        }
    });
}

#[test]
fn what_the_target_lists_as_reading_passes_by_its_own_method_only() {
    story(async {
        let page = form("<label>氏名<input name=a></label>");
        let steps = vec![fill(label("氏名"), "板橋"), click(button("登録する")), submit_by(button("-"))];
        let pages = Pages::serve(&page).await;
        let mut case = Case::new(&pages, steps);
        case.target.step_timeout = std::time::Duration::from_millis(500);
        case.target.reading_requests = vec!["PUT /send".to_owned().into()];
        assert_eq!(case.prepare().await.err().map(|error| error.kind), Some(ErrorKind::UndeclaredWrite));
        case.target.reading_requests = vec!["POST /se*".to_owned().into()];
        let (session, _) = case.prepare().await.unwrap();
        assert_eq!(pages.sent().len(), 1);
        let seen: Vec<_> = session.writes_seen().into_iter().map(|(request, ok)| (request.to_string(), ok)).collect();
        assert_eq!(seen, [("POST /send".to_owned(), true)]);
    });
}

#[test]
fn a_session_that_nobody_guards_sends_nothing_that_could_write() {
    story(async {
        let pages = Pages::serve(&form("")).await;
        let mut session: Box<dyn Session> = session().await;
        session.open(&format!("{}/page", pages.address), std::time::Duration::from_secs(5)).await.unwrap();
        let send =
            "async () => { try { await fetch('/send', {method: 'POST'}); return 'sent' } catch { return 'refused' } }";
        let limit = std::time::Duration::from_secs(5);
        let ran = session.run(send, &serde_json::Value::Null, limit, &|| ()).await;
        assert!(ran.is_err(), "{ran:?}");
        assert!(pages.sent().is_empty());
    });
}

#[test]
fn a_version_whose_trial_saw_an_undeclared_write_cannot_go_live() {
    let night = Night::begin(&Settings::default());
    declare(&night, "/login, /search");
    let folder = night.path("scenarios/jido-teate");
    let folder = folder.to_str().unwrap();
    let tried = night.jitan(&["deploy", "--test", folder]);
    assert!(tried.status.success(), "{}", told(&tried));
    night.trial(&[night.given(1)]);
    assert_eq!(night.stages(), [StageKind::Held]);
    assert!(night.portal.ledger().entries().is_empty());
    let live = night.jitan(&["deploy", folder]);
    assert!(!live.status.success());
    assert!(told(&live).contains("`POST /claims/confirm`"), "{}", told(&live));

    declare(&night, "/login, /search, POST /claims/confirm");
    let live = night.jitan(&["deploy", folder]);
    assert!(live.status.success(), "{}", told(&live));
}

#[test]
fn a_trial_lists_what_the_pages_sent_with_the_lines_to_paste() {
    let night = Night::begin(&Settings::default());
    declare(&night, "/login, /search");
    let folder = night.path("scenarios/jido-teate");
    let scan = &crate::night::samples()[0];
    let trial = || night.jitan(&["run", "--dry-run", "--trial", folder.to_str().unwrap(), scan.to_str().unwrap()]);
    let stopped = trial();
    let said = told(&stopped);
    assert_eq!(stopped.status.code(), Some(1), "{said}");
    for line in ["POST /login", "undeclared: refused", "  - POST /search\n  - POST /claims/confirm\n"] {
        assert!(said.contains(line), "{line} is not in {said}");
    }
    declare(&night, "/login, /search, /claims/confirm");
    let reached = trial();
    assert!(reached.status.success(), "{}", told(&reached));
    assert!(night.portal.ledger().entries().is_empty() && night.documents().is_empty());
}
