//! Native dialogs at any step: answered as the step says, or else dismissed, with the document stopped and their words
//! kept for a person.

use jitan::entering::error::ErrorKind;
use jitan::entering::submit::SubmitEnd;
use jitan::model::step::{Action, DialogAnswer, Step};

use super::entering_pages::*;

/// Steps, the last of which provides for dialogs.
fn answering(actions: Vec<Action>, answer: Option<DialogAnswer>) -> Vec<Step> {
    let mut steps = steps(std::iter::once(Action::Open { path: "/page".to_owned() }).chain(actions));
    steps.last_mut().unwrap().dialog = answer;
    steps
}

const ASKS: &str = "<script>onsubmit = () => confirm('板橋花子様で登録しますか')</script>";

#[test]
fn a_question_at_the_submit_is_answered_as_the_step_says() {
    story(async {
        for (answer, entered) in [(Some(DialogAnswer::Accept), 1), (Some(DialogAnswer::Dismiss), 0), (None, 0)] {
            let pages = Pages::serve(&format!("{ASKS}{}", form(""))).await;
            let mut case = Case::new(&pages, vec![]);
            case.steps = answering(vec![submit_by(button("登録する"))], answer);
            let (end, _) = case.enter().await.unwrap();
            assert_eq!(pages.sent().len(), entered, "{answer:?}");
            match (answer, end) {
                (Some(DialogAnswer::Accept), SubmitEnd::Confirmed { .. }) => {}
                (Some(DialogAnswer::Dismiss), SubmitEnd::Unknown { said: None, .. }) => {}
                (None, SubmitEnd::Unknown { why, said: Some(said), .. }) => {
                    assert!(!why.to_string().contains("板橋") && said.expose() == "板橋花子様で登録しますか");
                }
                (answer, end) => panic!("{answer:?}: {end:?}"),
            }
        }
    });
}

#[test]
fn alerts_questions_and_prompts_at_a_step_get_their_answer() {
    let page = |script: &str| {
        format!("{}<button onclick=\"out.textContent = String({script})\">次へ</button><p id=out></p>", form(""))
    };
    story(async {
        for (script, answer, shown) in [
            ("alert('済み')", DialogAnswer::Accept, "undefined"),
            ("confirm('よいですか')", DialogAnswer::Accept, "true"),
            ("confirm('よいですか')", DialogAnswer::Dismiss, "false"),
            ("prompt('部署は', '子育て支援課')", DialogAnswer::Accept, "子育て支援課"),
            ("prompt('部署は', '子育て支援課')", DialogAnswer::Dismiss, "null"),
        ] {
            let pages = Pages::serve(&page(script)).await;
            let mut case = Case::new(&pages, vec![]);
            case.steps = answering(vec![click(button("次へ"))], Some(answer));
            let seen = [Action::Expect { what: text(shown) }, submit_by(button("登録する"))];
            case.steps.extend(steps(seen));
            let prepared = case.prepare().await;
            assert!(prepared.is_ok(), "{script} {answer:?}: {:?}", prepared.err());
        }
    });
}

#[test]
fn a_dialog_nobody_provided_for_stops_the_document_and_its_words_are_kept() {
    story(async {
        let pages =
            Pages::serve(&format!("<button onclick=\"alert('板橋花子様は登録済み')\">次へ</button>{}", form(""))).await;
        let steps = vec![click(button("次へ")), submit_by(button("登録する"))];
        let error = Case::new(&pages, steps).prepare().await.err().unwrap();
        assert_eq!(error.kind, ErrorKind::Business);
        assert!(!error.to_string().contains("板橋"));
        assert_eq!(error.said.unwrap().expose(), "板橋花子様は登録済み");
    });
}

#[test]
fn a_page_that_greets_with_an_alert_is_provided_for_by_the_step_that_opens_it_or_its_first() {
    story(async {
        let pages = Pages::serve(&format!("<script>alert('メンテナンスのお知らせ')</script>{}", form(""))).await;
        for at in [0, 1] {
            let mut case = Case::new(&pages, vec![Action::Expect { what: button("登録する") }]);
            case.steps[at].dialog = Some(DialogAnswer::Accept);
            case.steps.extend(steps([submit_by(button("登録する"))]));
            let prepared = case.prepare().await;
            assert!(prepared.is_ok(), "{at}: {:?}", prepared.err());
        }
    });
}

#[test]
fn a_page_that_does_not_want_to_be_left_is_left_unless_the_step_stays() {
    let leaving = "<label>氏名<input name=a></label><a href=/next>次へ</a>\
                   <script>onbeforeunload = (event) => event.preventDefault()</script>";
    story(async {
        for (answer, leaves) in [(None, true), (Some(DialogAnswer::Dismiss), false)] {
            let pages = Pages::serve(leaving).await.with("next", &form("<p>次の画面</p>"));
            let link = click(jitan::model::locator::Locator::Link("次へ".to_owned()));
            let mut case = Case::new(&pages, vec![]);
            case.steps = answering(vec![fill(label("氏名"), "板橋"), link], answer);
            case.steps.extend(steps([Action::Expect { what: text("次の画面") }, submit_by(button("登録する"))]));
            let prepared = case.prepare().await;
            assert_eq!(prepared.is_ok(), leaves, "{answer:?}: {:?}", prepared.err());
        }
    });
}
