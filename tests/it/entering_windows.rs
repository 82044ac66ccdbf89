//! Windows that pages open: the search box that writes back to the page that opened it, the application that lives in a
//! window of its own. Steps say `window: opened`; what they do there is read back there, and nowhere else.

use jitan::entering::error::ErrorKind;
use jitan::entering::prepare::prepare;
use jitan::entering::submit::SubmitEnd;
use jitan::model::locator::Locator;
use jitan::model::step::{Action, DialogAnswer, Step, Window};

use super::entering_pages::*;

fn opened(actions: impl IntoIterator<Item = Action>) -> Vec<Step> {
    steps(actions).into_iter().map(|step| Step { window: Window::Opened, ..step }).collect()
}

fn link(text: &str) -> Locator {
    Locator::Link(text.to_owned())
}

fn expect(what: Locator) -> Action {
    Action::Expect { what }
}

/// A case of steps in the main window and in opened ones.
fn case(pages: &Pages, parts: impl IntoIterator<Item = Vec<Step>>) -> Case {
    let mut case = Case::new(pages, vec![]);
    case.steps.extend(parts.into_iter().flatten());
    for (line, step) in (1..).zip(&mut case.steps) {
        step.line = jitan::model::step::Line::Own(line);
    }
    case
}

/// A form whose town is looked up in another window.
const LOOKUP: &str = "<label>氏名<input name=name></label><label>町名<input name=town readonly></label>\
     <button type=button onclick=\"window.open('/search', 'search', 'width=500,height=400')\">町名検索</button>";

/// The search: a page of its own, whose second page writes back and closes itself.
const SEARCH: &str = "<form action=/found><label>氏名<input name=x value=検索用></label><label>町名<input name=q></label>\
     <button>検索</button></form>";
const FOUND: &str = "<a href=# onclick=\"opener.document.forms[0].town.value = '板橋二丁目'; close(); return false\">\
     板橋二丁目</a>";

fn look_up(pages: &Pages) -> Case {
    let filled = steps([fill(label("氏名"), "板橋　花子"), click(button("町名検索"))]);
    let found = opened([
        expect(button("検索")),
        fill(label("氏名"), "別の窓の値"),
        fill(label("町名"), "板橋"),
        click(button("検索")),
        click(link("板橋二丁目")),
    ]);
    let sent = steps([submit_by(button("登録する"))]);
    case(pages, [filled, found, sent])
}

async fn lookup_pages() -> Pages {
    Pages::serve(&form(LOOKUP)).await.with("search", SEARCH).with("found", FOUND)
}

#[test]
fn a_search_in_another_window_writes_back_to_the_page_that_opened_it() {
    story(async {
        let pages = lookup_pages().await;
        let (end, _) = look_up(&pages).enter().await.unwrap();
        assert!(matches!(end, SubmitEnd::Confirmed { .. }), "{end:?}");
        let sent = pages.sent();
        assert_eq!((sent.len(), sent[0]["name"].as_str(), sent[0]["town"].as_str()), (1, "板橋　花子", "板橋二丁目"));
    });
}

#[test]
fn a_window_that_its_opener_writes_is_followed_too() {
    let page = "<input name=town><button type=button onclick=\"w = window.open('about:blank'); \
         w.document.body.innerHTML = '<label>町名<input></label><button>適用</button>'; \
         w.document.querySelector('button').onclick = () => { \
         document.forms[0].town.value = w.document.querySelector('input').value; w.close() }\">検索</button>";
    story(async {
        let pages = Pages::serve(&form(page)).await;
        let looked_up = opened([fill(label("町名"), "赤塚六丁目"), click(button("適用"))]);
        let parts = [steps([click(button("検索"))]), looked_up, steps([submit_by(button("登録する"))])];
        let (end, _) = case(&pages, parts).enter().await.unwrap();
        assert!(matches!(end, SubmitEnd::Confirmed { .. }), "{end:?}");
        assert_eq!(pages.sent()[0]["town"], "赤塚六丁目");
    });
}

#[test]
fn a_link_to_a_window_of_its_own_opens_one_only_for_steps_that_act_there() {
    let page = format!("<a href=/entry target=_blank>新規登録</a>{}", form("<p>一覧</p>"));
    story(async {
        for (elsewhere, stands) in [(true, "一覧"), (false, "登録画面")] {
            let pages = Pages::serve(&page).await.with("entry", &form("<p>登録画面</p>"));
            let entry =
                if elsewhere { opened([expect(text("登録画面"))]) } else { steps([expect(text("登録画面"))]) };
            let after = steps([expect(text(stands)), submit_by(button("登録する"))]);
            let prepared = case(&pages, [steps([click(link("新規登録"))]), entry, after]);
            let prepared = prepared.prepare().await;
            assert!(prepared.is_ok(), "{elsewhere}: {:?}", prepared.err());
        }
    });
}

#[test]
fn an_application_in_a_window_of_its_own_is_entered_there() {
    story(async {
        let menu = "<button onclick=\"window.open('/entry', '_blank', 'noopener')\">業務を始める</button>";
        let pages = Pages::serve(menu).await.with("entry", &form("<label>氏名<input name=name></label>"));
        let entry = opened([fill(label("氏名"), "髙橋　一郎"), submit_by(button("登録する"))]);
        let (end, _) = case(&pages, [steps([click(button("業務を始める"))]), entry]).enter().await.unwrap();
        let SubmitEnd::Confirmed { receipt, picture, .. } = end else { panic!("{end:?}") };
        assert_eq!(receipt.unwrap().expose(), "R8-000123");
        assert!(picture.is_some(), "of the window that confirmed");
        assert_eq!((pages.sent().len(), pages.sent()[0]["name"].as_str()), (1, "髙橋　一郎"));
    });
}

#[test]
fn a_window_that_enters_and_closes_is_confirmed_by_the_page_below_it() {
    story(async {
        let below = "<p id=out>未登録</p><button onclick=\"window.open('/entry')\">登録画面へ</button>";
        let entry = "<label>氏名<input id=a></label><button onclick='go()'>登録する</button><script>
            async function go() {
              const sent = await fetch('/send', {method: 'POST', body: new URLSearchParams({name: a.value})});
              opener.document.getElementById('out').innerHTML = await sent.text();
              close();
            }</script>";
        let pages = Pages::serve(below).await.with("entry", entry);
        let entry = opened([fill(label("氏名"), "板橋"), submit_by(button("登録する"))]);
        let (end, _) = case(&pages, [steps([click(button("登録画面へ"))]), entry]).enter().await.unwrap();
        assert!(matches!(&end, SubmitEnd::Confirmed { receipt: Some(_), .. }), "{end:?}");
        assert_eq!(pages.sent().len(), 1);
    });
}

#[test]
fn a_window_that_never_opens_or_is_closed_holds_the_document_and_names_the_line() {
    story(async {
        let pages = lookup_pages().await;
        let never = [
            steps([fill(label("氏名"), "板橋")]),
            opened([expect(text("検索"))]),
            steps([submit_by(button("登録する"))]),
        ];
        let shut = "<form action=/send method=post><button type=button onclick=\"window.open('').close()\">検索</button></form>";
        let closed = Pages::serve(shut).await;
        let gone =
            [steps([click(button("検索"))]), opened([expect(text("検索"))]), steps([submit_by(button("登録する"))])];
        for case in [case(&pages, never), case(&closed, gone)] {
            let error = case.prepare().await.err().unwrap();
            assert_eq!(error.kind, ErrorKind::ScreenChanged, "{error}");
            assert_eq!(error.message().code, "entering.no-window");
            assert!(error.to_string().contains("line 3"), "{error}");
        }
    });
}

#[test]
fn a_dialog_of_an_opened_window_gets_its_steps_answer() {
    let asks = "<button onclick=\"document.body.textContent = confirm('よいですか')\">選ぶ</button>";
    story(async {
        let page = format!("<button onclick=\"window.open('/search')\">検索</button>{}", form(""));
        let pages = Pages::serve(&page).await.with("search", asks);
        for (answer, seen) in [(Some(DialogAnswer::Accept), true), (Some(DialogAnswer::Dismiss), false), (None, false)]
        {
            let mut chosen = opened([click(button("選ぶ")), expect(text("true"))]);
            chosen[0].dialog = answer;
            let parts = [steps([click(button("検索"))]), chosen, steps([submit_by(button("登録する"))])];
            let case = case(&pages, parts);
            let prepared = case.prepare().await;
            assert_eq!(prepared.is_ok(), seen, "{answer:?}: {:?}", prepared.err());
        }
    });
}

#[test]
fn a_window_that_one_document_left_open_is_not_the_next_ones() {
    story(async {
        let pages = lookup_pages().await;
        let left_open = [steps([click(button("町名検索"))]), opened([expect(button("検索"))])];
        let first = case(&pages, left_open.into_iter().chain([steps([submit_by(button("登録する"))])]));
        let mut session = session().await;
        prepare(session.as_mut(), &first.job()).await.unwrap();
        let never = [opened([expect(button("検索"))]), steps([submit_by(button("登録する"))])];
        let second = case(&pages, never);
        let error = prepare(session.as_mut(), &second.job()).await.unwrap_err();
        assert_eq!(error.message().code, "entering.no-window");
    });
}
