//! When a step may act: it waits until the page is ready for it, and stops with the reason if it never is.

use std::time::Duration;

use jitan::entering::error::ErrorKind;
use jitan::entering::submit::SubmitEnd;
use jitan::model::step::Action;

use super::entering_pages::*;

/// Runs steps against a page that changes itself (or not) and tells what was sent, or why it stopped.
fn outcome(page: &str, actions: Vec<Action>) -> Result<Vec<Sent>, (ErrorKind, String)> {
    story(async {
        let pages = Pages::serve(page).await;
        match Case::new(&pages, actions).enter().await {
            Err(error) => Err((error.kind, error.to_string())),
            Ok((SubmitEnd::NotSent { why }, _)) => Err((why.kind, why.to_string())),
            Ok((SubmitEnd::Confirmed { .. }, _)) => Ok(pages.sent()),
            Ok((end, _)) => panic!("{end:?}"),
        }
    })
}

/// A page that is not ready stops with this word; with `mend` run half a second later it goes through.
fn waits_for(page: &str, actions: &[Action], word: &str, mend: &str) {
    let (kind, why) = outcome(page, actions.to_vec()).expect_err(word);
    assert!(why.contains(word), "{why}");
    assert!(matches!(kind, ErrorKind::ScreenChanged | ErrorKind::Business), "{kind:?}");
    let mended = format!("{page}<script>setTimeout(() => {{ {mend} }}, 500)</script>");
    let sent = outcome(&mended, actions.to_vec()).unwrap_or_else(|why| panic!("{word}: {why:?}"));
    assert_eq!(sent.len(), 1, "{word}");
}

fn name_then_send() -> Vec<Action> {
    vec![fill(label("氏名"), "板橋"), submit_by(button("登録する"))]
}

#[test]
fn a_control_must_be_there() {
    let late = "document.forms[0].insertAdjacentHTML('afterbegin', '<label>氏名<input name=a></label>')";
    waits_for(&form(""), &name_then_send(), "did not find", late);
}

#[test]
fn a_control_must_be_visible() {
    let page = form("<label id=l style=visibility:hidden>氏名<input name=a></label>");
    waits_for(&page, &name_then_send(), "not visible", "l.style.visibility = 'visible'");
    let page = form("<label id=l style=display:none>氏名<input name=a></label>");
    waits_for(&page, &name_then_send(), "not visible", "l.style.display = ''");
}

/// Sends a name into a page on which something else has the same label, and nobody sees it.
fn sends_beside(hidden: &str) {
    let page = form(&format!("{hidden}<label>氏名<input name=a></label>"));
    let sent = outcome(&page, name_then_send()).unwrap_or_else(|why| panic!("{hidden}: {why:?}"));
    assert_eq!(sent[0]["a"], "板橋", "{hidden}");
}

#[test]
fn what_nobody_sees_is_no_second_match() {
    sends_beside("<label style=visibility:hidden>氏名<input></label>");
    sends_beside("<label>氏名<input style='width:0;height:0;border:0;padding:0'></label>");
    sends_beside("<iframe style=visibility:hidden srcdoc='<label>氏名<input></label>'></iframe>");
}

#[test]
fn what_shows_through_a_box_that_it_does_not_have_is_seen() {
    let page = form("<label>氏名<input name=a></label><div id=c style=display:contents><p>確認済み</p></div>");
    let steps = |what| vec![fill(label("氏名"), "板橋"), Action::Expect { what }, submit_by(button("登録する"))];
    assert_eq!(outcome(&page, steps(css("#c"))).unwrap().len(), 1);
    let in_words = page.replace("<p>確認済み</p>", "確認済み");
    assert_eq!(outcome(&in_words, steps(text("確認済み"))).unwrap().len(), 1);
    let hidden = page.replace("<p>確認済み", "<p hidden>確認済み");
    let (_, why) = outcome(&hidden, steps(css("#c"))).unwrap_err();
    assert!(why.contains("css: #c"), "{why}");
}

#[test]
fn a_button_a_choice_and_a_file_field_must_be_enabled() {
    let unsent = "<form action=/send method=post><label>氏名<input name=a></label><button id=b disabled>登録する</button></form>";
    waits_for(unsent, &name_then_send(), "(disabled)", "b.disabled = false");
    let choice = form("<label>区分<select id=s name=a disabled><option>一般<option>学生</select></label>");
    let chosen = [choose(label("区分"), "学生"), submit_by(button("登録する"))];
    waits_for(&choice, &chosen, "(disabled)", "s.disabled = false");
    story(async {
        let pages = Pages::serve(&form("<label>添付<input type=file disabled></label>")).await;
        let case = Case::new(&pages, vec![Action::Upload { into: label("添付") }, submit_by(button("登録する"))]);
        let scan = jitan::entering::Scan { name: "scan.png", bytes: vec![1].into() };
        let job = jitan::entering::Job { scan: Some(&scan), ..case.job() };
        let why = jitan::entering::prepare::prepare(session().await.as_mut(), &job).await.err().unwrap().to_string();
        assert!(why.contains("(disabled)"), "{why}");
    });
}

#[test]
fn a_control_must_be_enabled_and_editable() {
    let page = form("<label>氏名<input id=i name=a disabled></label>");
    waits_for(&page, &name_then_send(), "(disabled)", "i.disabled = false");
    let page = form("<label>氏名<input id=i name=a readonly></label>");
    waits_for(&page, &name_then_send(), "(read-only)", "i.readOnly = false");
    let page = form("<div id=d aria-disabled=true><label>氏名<input name=a></label></div>");
    waits_for(&page, &name_then_send(), "(disabled)", "d.ariaDisabled = 'false'");
    let page = form("<label>氏名<input id=i name=a aria-readonly=true></label>");
    waits_for(&page, &name_then_send(), "(read-only)", "i.ariaReadOnly = 'false'");
}

#[test]
fn a_button_must_stand_still() {
    // Elsewhere in every frame, however few of them a busy machine draws.
    let moving = "<script>(function move() { const form = document.forms[0]; if (form && !window.arrived) { \
                  form.style.position = 'relative'; form.style.left = Math.random() * 300 + 'px' } \
                  requestAnimationFrame(move) })()</script>";
    let page = format!("{moving}{}", form("<label>氏名<input name=a></label>"));
    waits_for(&page, &name_then_send(), "(moving)", "window.arrived = true");
}

#[test]
fn a_button_that_is_about_to_move_is_waited_for() {
    // An animation begun anew in every frame never gets to move anything.
    let starting = "<script>(function start(last) { const button = document.querySelector('button'); last?.cancel(); \
                    const next = button && !window.arrived \
                      ? button.animate([{ translate: '0' }, { translate: '90px' }], 1000) : null; \
                    requestAnimationFrame(() => start(next)) })()</script>";
    let page = format!("{}{starting}", form("<label>氏名<input name=a></label>"));
    waits_for(&page, &name_then_send(), "(moving)", "window.arrived = true");
}

#[test]
fn a_tick_box_under_its_own_label_is_reached() {
    let page = form(
        "<label style='position:relative;display:inline-block'>同意する <input type=checkbox name=a value=1>\
         <span style='position:absolute;inset:0'></span></label>",
    );
    let tick = Action::Check { what: label("同意する"), on: true };
    assert_eq!(outcome(&page, vec![tick, submit_by(button("登録する"))]).unwrap()[0]["a"], "1");
}

#[test]
fn a_button_must_not_be_covered() {
    let page = format!(
        "{}<div id=veil style='position:fixed;inset:0;background:#fffc'>処理中</div>",
        form("<label>氏名<input name=a></label>")
    );
    waits_for(&page, &name_then_send(), "lies on top of it", "veil.remove()");
}

#[test]
fn a_page_that_is_never_built_whole_is_told_as_such() {
    let page = format!("{}<script src=/never></script>", form("<label>氏名<input name=a></label>"));
    story(async {
        let pages = Pages::serve(&page).await;
        let case = Case::new(&pages, name_then_send());
        let error = case.prepare().await.err().expect("nothing is typed into half a page");
        assert_eq!(error.kind, ErrorKind::System);
        assert!(error.to_string().contains("did not finish loading"), "{error}");
    });
}

#[test]
fn a_form_that_calls_itself_incomplete_is_not_clicked() {
    let page = form("<label>氏名<input name=a></label><label>住所<input name=b required></label>");
    let (kind, why) = outcome(&page, name_then_send()).expect_err("住所 is missing");
    assert_eq!(kind, ErrorKind::Business);
    assert!(why.contains("1 items (input[text]) missing or wrong"), "{why}");
}

#[test]
fn a_page_that_rewrites_a_value_stops_before_its_submit() {
    story(async {
        let script = "<script>document.querySelector('input').onchange = e => e.target.value += '様'</script>";
        let pages = Pages::serve(&format!("{}{script}", form("<label>氏名<input name=a></label>"))).await;
        let name = Action::Fill { into: label("氏名"), value: field("applicant") };
        let case = Case::new(&pages, vec![name, submit_by(button("登録する"))]).value("applicant", "板橋");
        let error = case.prepare().await.err().unwrap();
        assert_eq!(error.kind, ErrorKind::Business);
        assert_eq!(error.fields[0].as_str(), "applicant");
        assert!(!format!("{error:?}{error}").contains("板橋"));
        assert!(pages.sent().is_empty());
    });
}

#[test]
fn a_value_that_changes_between_preparation_and_click_is_not_sent() {
    story(async {
        let pages = Pages::serve(&form("<label>氏名<input name=a></label>")).await;
        let case = Case::new(&pages, name_then_send());
        let (mut session, prepared) = case.prepare().await.unwrap();
        let change = "() => { document.querySelector('input').value = '練馬' }";
        session.run(change, &serde_json::Value::Null, Duration::from_secs(5), &|| ()).await.unwrap();
        let end = jitan::entering::submit::submit(session.as_mut(), &case.job(), &prepared, &|_| ()).await;
        assert!(matches!(end, SubmitEnd::NotSent { why } if why.kind == ErrorKind::Business));
        assert!(pages.sent().is_empty());
    });
}

#[test]
fn a_native_dialog_stops_the_step_without_its_words() {
    story(async {
        let pages = Pages::serve(&format!("{}<script>alert('板橋花子様は登録済み')</script>", form(""))).await;
        let error = Case::new(&pages, name_then_send()).prepare().await.err().unwrap();
        assert!(error.to_string().contains("native dialog") || error.kind == ErrorKind::ScreenChanged, "{error}");
        let asks = format!("<script>function f() {{ return confirm('板橋花子') }}</script>{}", form(""));
        let asks = asks.replace("<form ", "<form onsubmit='return f()' ");
        let pages = Pages::serve(&asks).await;
        let (end, _) = Case::new(&pages, vec![submit_by(button("登録する"))]).enter().await.unwrap();
        let SubmitEnd::Unknown { why, .. } = end else { panic!("{end:?}") };
        assert!(why.to_string().contains("native dialog") && !why.to_string().contains("板橋"));
        assert!(pages.sent().is_empty());
    });
}

#[test]
fn steps_start_anew_on_a_page_that_replaces_itself() {
    let once = "<script>if (!location.search) setTimeout(() => location.replace('/page?again'), 300)</script>";
    let page = format!("{once}{}", form("<label>氏名<input name=a></label><p id=p></p>"));
    let page = format!("{page}<script>if (location.search) p.textContent = '準備完了'</script>");
    let steps =
        vec![fill(label("氏名"), "板橋"), Action::Expect { what: text("準備完了") }, submit_by(button("登録する"))];
    assert_eq!(outcome(&page, steps).unwrap()[0]["a"], "板橋");
}

#[test]
fn a_click_waits_for_the_next_document_however_the_page_gets_there() {
    story(async {
        let by_link = "<a href=/next>次へ</a>";
        let by_form = "<form action=/next><button>次へ</button></form>";
        let by_script = "<button onclick=\"location.href='/next'\">次へ</button>";
        let later = "<button onclick=\"setTimeout(() => location.assign('/next'), 300)\">次へ</button>";
        let same_document = format!(
            "<button onclick='document.body.innerHTML = `{}`'>次へ</button>",
            form("<label>氏名<input name=a></label>")
        );
        for page in [by_link, by_form, by_script, later, &same_document] {
            let pages = Pages::serve(page).await.with("next", &form("<label>氏名<input name=a></label>"));
            let next =
                if page == by_link { jitan::model::locator::Locator::Link("次へ".into()) } else { button("次へ") };
            let steps = [vec![click(next)], name_then_send()].concat();
            let (end, _) = Case::new(&pages, steps).enter().await.unwrap();
            assert!(matches!(end, SubmitEnd::Confirmed { .. }), "{page}: {end:?}");
            assert_eq!(pages.sent()[0]["a"], "板橋");
        }
    });
}

#[test]
fn values_arrive_byte_for_byte_whatever_they_look_like() {
    let hostile = [
        "<script>document.title='x'</script>",
        "'; DROP TABLE claims; --",
        "\"quoted\" `${1+1}` {{7*7}} \\u0041 \\",
        "=HYPERLINK(\"http://x\")",
        "板橋\u{202e}花子\u{202c}\u{200b}",
        "𠮷野家 葛\u{e0100}飾 が\u{3099}",
        "__proto__",
        "%00%0a&amp;a=b+c",
    ];
    for value in hostile {
        let sent = outcome(
            &form("<label>氏名<input name=a></label>"),
            vec![fill(label("氏名"), value), submit_by(button("登録する"))],
        );
        assert_eq!(sent.unwrap()[0]["a"], value);
    }
}
