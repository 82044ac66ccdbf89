//! The one click: what is known about it afterwards, and what is never claimed.

use std::sync::Mutex;
use std::time::Duration;

use jitan::adapters::chrome::Chrome;
use jitan::entering::error::ErrorKind;
use jitan::entering::prepare::prepare;
use jitan::entering::submit::{SubmitEnd, SubmitMoment, submit};
use jitan::model::locator::Locator;
use jitan::model::step::Action;
use jitan::ports::browser::{Browser, Picture};

use super::entering_pages::*;

const CONTROLS: &str = "<label>氏名<input name=a></label>";

fn steps() -> Vec<Action> {
    vec![fill(label("氏名"), "板橋"), submit_by(button("登録する"))]
}

async fn end_of(pages: &Pages) -> (SubmitEnd, Vec<SubmitMoment>) {
    Case::new(pages, steps()).enter().await.unwrap()
}

#[test]
fn a_confirmed_submit_passes_every_moment_in_order_and_brings_its_receipt() {
    story(async {
        let pages = Pages::serve(&form(CONTROLS)).await;
        let (end, moments) = end_of(&pages).await;
        let SubmitEnd::Confirmed { receipt, picture, .. } = end else { panic!("{end:?}") };
        assert_eq!(receipt.unwrap().expose(), "R8-000123");
        assert!(picture.is_some());
        use SubmitMoment::{Answered, BeforeClick, ClickDispatched, EvidenceSeen, RequestHeld, ResponseSeen};
        assert_eq!(moments, [BeforeClick, ClickDispatched, RequestHeld, Answered, ResponseSeen, EvidenceSeen]);
        assert_eq!(pages.sent().len(), 1);
    });
}

#[test]
fn a_refusal_is_told_in_the_targets_words_and_is_no_failure_of_ours() {
    story(async {
        let pages = Pages::serve(&form(CONTROLS)).await.answering(
            200,
            "<p class=refused>口座番号が違います</p>",
            Duration::ZERO,
        );
        let (end, _) = end_of(&pages).await;
        let SubmitEnd::Refused { said, .. } = end else { panic!("{end:?}") };
        assert_eq!(said.expose(), "口座番号が違います");
    });
}

#[test]
fn no_answer_is_ever_taken_for_a_failure() {
    story(async {
        let nothing = Duration::ZERO;
        for (status, body, delay) in [
            (500, "Internal Server Error", nothing),
            (502, RECEIPT, nothing),
            (504, "", nothing),
            (404, "not found", nothing),
            (200, "<p>しばらくお待ちください</p>", nothing),
            (200, RECEIPT, Duration::from_secs(60)),
        ] {
            let pages = Pages::serve(&form(CONTROLS)).await.answering(status, body, delay);
            let (end, moments) = end_of(&pages).await;
            assert!(matches!(end, SubmitEnd::Unknown { .. }), "{status} {body}: {end:?}");
            assert!(!moments.contains(&SubmitMoment::EvidenceSeen));
            assert_eq!(pages.sent().len(), 1);
        }
    });
}

#[test]
fn evidence_that_stands_there_before_the_click_is_no_evidence() {
    story(async {
        let pages = Pages::serve(&format!("<p>受付完了まであと少し</p>{}", form(CONTROLS))).await;
        let (end, _) = end_of(&pages).await;
        let SubmitEnd::NotSent { why } = end else { panic!("{end:?}") };
        assert!(why.to_string().contains("stands on the page before the submit"), "{why}");
        assert!(pages.sent().is_empty());
    });
}

#[test]
fn a_session_found_ended_before_the_click_sends_nothing() {
    story(async {
        let page = format!(
            "{}<script>setTimeout(() => document.body.innerHTML = '<h1>ログイン</h1>', 900)</script>",
            form(CONTROLS)
        );
        let pages = Pages::serve(&page).await;
        let mut case = Case::new(
            &pages,
            [steps().remove(0), Action::Expect { what: text("ログイン") }, steps().remove(1)].to_vec(),
        );
        case.target.signed_out = Some(text("ログイン"));
        let error = case.prepare().await.err().unwrap();
        assert_eq!(error.kind, ErrorKind::SignedOut);
        assert!(pages.sent().is_empty());
    });
}

#[test]
fn a_browser_killed_in_mid_form_fails_and_the_next_session_has_a_fresh_one() {
    story(async {
        let chrome = Chrome::new(settings());
        let page = "<form action=/send method=post><button>次へ</button></form>";
        let pages = Pages::serve(page).await.answering(200, RECEIPT, Duration::from_secs(60));
        let mut case = Case::new(&pages, [vec![click(button("次へ"))], steps()].concat());
        case.target.reading_requests = vec!["/send".to_owned().into()];
        let mut session = chrome.session().await.unwrap();
        let (error, ()) = tokio::join!(
            async { prepare(session.as_mut(), &case.job()).await.err().unwrap() },
            kill_when_sent(&chrome, &pages)
        );
        assert_eq!(error.kind, ErrorKind::System);
        assert!(error.to_string().contains("browser died"), "{error}");
        drop(session);

        let pages = Pages::serve(&form(CONTROLS)).await;
        let case = Case::new(&pages, steps());
        let mut session = chrome.session().await.unwrap();
        prepare(session.as_mut(), &case.job()).await.unwrap();
    });
}

#[test]
fn a_browser_killed_in_mid_submit_leaves_the_outcome_unknown() {
    story(async {
        let chrome = Chrome::new(settings());
        let pages = Pages::serve(&form(CONTROLS)).await.answering(200, RECEIPT, Duration::from_secs(60));
        let case = Case::new(&pages, steps());
        let mut session = chrome.session().await.unwrap();
        let prepared = prepare(session.as_mut(), &case.job()).await.unwrap();
        let job = case.job();
        let (end, ()) =
            tokio::join!(submit(session.as_mut(), &job, &prepared, &|_| ()), kill_when_sent(&chrome, &pages));
        assert!(matches!(end, SubmitEnd::Unknown { .. }), "{end:?}");
        // Dead before it was asked: certain that nothing was sent.
        let end = submit(session.as_mut(), &job, &prepared, &|_| ()).await;
        assert!(matches!(end, SubmitEnd::NotSent { .. }), "{end:?}");
        assert_eq!(pages.sent().len(), 1);
    });
}

async fn kill_when_sent(chrome: &Chrome, pages: &Pages) {
    pages.site.arrived.notified().await;
    let pid = chrome.process_id().await.unwrap();
    let pid = nix::unistd::Pid::from_raw(i32::try_from(pid).unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).unwrap();
}

#[test]
fn only_the_targets_own_hosts_can_be_reached() {
    story(async {
        let pages = Pages::serve(&form(CONTROLS)).await;
        let mut settings = settings();
        settings.hosts = vec!["portal.invalid".to_owned()];
        let chrome = Chrome::new(settings);
        let mut session = chrome.session().await.unwrap();
        let case = Case::new(&pages, steps());
        let error = prepare(session.as_mut(), &case.job()).await.err().unwrap();
        assert_eq!(error.kind, ErrorKind::System);
        assert!(error.to_string().contains("net::ERR_NAME_NOT_RESOLVED"), "{error}");
    });
}

/// Two pages that differ only in what is personal look the same in evidence; only what is declared makes a difference.
#[test]
fn evidence_shows_the_receipt_and_nothing_about_a_person() {
    story(async {
        let one = pixels(&completion("板橋花子", "R8-000123")).await;
        let another_person = pixels(&completion("練馬太郎", "R8-000123")).await;
        let another_receipt = pixels(&completion("板橋花子", "R8-000999")).await;
        assert!(one == another_person);
        assert!(one != another_receipt);
    });
}

/// A completion page that holds a name in every way a page can show one, with styles that insist.
fn completion(name: &str, receipt: &str) -> String {
    format!(
        "<style>#loud {{ color: red !important; transition: color 9s }} .after::after {{ content: '{name}' }}
           @layer strong {{ h2 {{ text-shadow: 1px 1px red !important }} }}</style>
         <h1>受付完了</h1><p>受付番号 <b id=receipt>{receipt}</b></p><p id=loud>{name}</p><h2>{name}</h2>
         <p class=after>x</p><input value='{name}'><input placeholder='{name}'><textarea>{name}</textarea>
         <select><option>{name}</select><p>前<span style='color:blue !important'>{name}</span>後</p>
         <svg width=200 height=30><text y=20>{name}</text></svg><canvas width=200 height=30></canvas>
         <iframe srcdoc='{name}' width=200 height=50></iframe><div id=host></div>
         <script>host.attachShadow({{mode: 'open'}}).innerHTML = '<p style=color:black>{name}</p>';
           document.querySelector('canvas').getContext('2d').fillText('{name}', 0, 20)</script>"
    )
}

async fn pixels(completion: &str) -> Vec<u8> {
    let pages = Pages::serve(&form(CONTROLS)).await.answering(200, completion, Duration::ZERO);
    let (end, _) = end_of(&pages).await;
    let SubmitEnd::Confirmed { picture: Some(Picture(png)), .. } = end else { panic!("{end:?}") };
    image::load_from_memory(&png).unwrap().into_rgb8().into_raw()
}

#[test]
fn a_page_whose_texts_cannot_be_covered_is_not_pictured() {
    story(async {
        let stubborn = format!(
            "{RECEIPT}<p style='-webkit-text-fill-color: red !important; visibility: visible !important'>板橋花子</p>"
        );
        let pages = Pages::serve(&form(CONTROLS)).await.answering(200, &stubborn, Duration::ZERO);
        let (end, _) = end_of(&pages).await;
        assert!(matches!(end, SubmitEnd::Confirmed { picture: None, .. }), "{end:?}");
    });
}

#[test]
fn what_is_shown_must_be_declared() {
    story(async {
        let pages = Pages::serve(&form(CONTROLS)).await;
        let mut pictures = Vec::new();
        for show in [vec![], vec![Locator::Css("#receipt".to_owned())]] {
            let mut case = Case::new(&pages, steps());
            case.target.show = show;
            let (end, _) = case.enter().await.unwrap();
            let SubmitEnd::Confirmed { picture, .. } = end else { panic!("{end:?}") };
            pictures.push(picture.unwrap());
        }
        assert!(pictures[0] != pictures[1]);
    });
}

#[test]
fn a_moment_is_seen_before_anything_else_happens() {
    story(async {
        let pages = Pages::serve(&form(CONTROLS)).await;
        let case = Case::new(&pages, steps());
        let (mut session, prepared) = case.prepare().await.unwrap();
        let sent_before_click = Mutex::new(None);
        let observe = |moment| {
            if moment == SubmitMoment::BeforeClick {
                *sent_before_click.lock().unwrap() = Some(pages.sent().len());
            }
        };
        submit(session.as_mut(), &case.job(), &prepared, &observe).await;
        assert_eq!(*sent_before_click.lock().unwrap(), Some(0));
    });
}
