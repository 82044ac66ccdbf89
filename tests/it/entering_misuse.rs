//! What a control cannot do is told in so many words, before anything is sent; what it does late is waited for.

use jitan::entering::error::ErrorKind;
use jitan::entering::submit::SubmitEnd;
use jitan::model::locator::Locator;
use jitan::model::step::Action;

use super::entering_pages::*;

/// A step on a page's form, and the submit.
fn sent(controls: &str, action: Action) -> Result<Sent, (ErrorKind, String)> {
    story(async {
        let pages = Pages::serve(&form(controls)).await;
        let end = Case::new(&pages, vec![action, submit_by(button("登録する"))]).enter().await;
        let sent = pages.sent();
        match end {
            Ok((SubmitEnd::Confirmed { .. }, _)) => Ok(sent[0].clone()),
            Ok((SubmitEnd::NotSent { why }, _)) | Err(why) => {
                assert!(sent.is_empty(), "{why}");
                Err((why.kind, format!("{} {why}", why.message().code)))
            }
            Ok((end, _)) => panic!("{end:?}"),
        }
    })
}

fn check(what: Locator) -> Action {
    Action::Check { what, on: true }
}

const RADIOS: &str = "<fieldset><legend>区分</legend><label><input type=radio name=k value=1>新規</label>\
                      <label><input type=radio name=k value=2>変更</label><label><input type=radio name=k value=3>変更</label></fieldset>";

#[test]
fn a_control_of_another_kind_is_told_as_such() {
    let tick = "<label><input type=checkbox name=a>同意</label>";
    let text = "<label>氏名<input name=a></label>";
    let upload = Action::Upload { into: label("氏名") };
    for (controls, action, word) in [
        (tick, fill(label("同意"), "板橋"), "not-a-text-field"),
        (text, check(label("氏名")), "not-a-tick-box"),
        (text, choose(label("氏名"), "板橋"), "nothing-to-choose-from"),
    ] {
        let (kind, why) = sent(controls, action).unwrap_err();
        assert!(kind == ErrorKind::ScreenChanged && why.contains(word), "{word}: {kind:?} {why}");
    }
    story(async {
        let pages = Pages::serve(&form(text)).await;
        let case = Case::new(&pages, vec![upload, submit_by(button("登録する"))]);
        let scan = jitan::entering::Scan { name: "scan.png", bytes: vec![1, 2, 3].into() };
        let job = jitan::entering::Job { scan: Some(&scan), ..case.job() };
        let why = jitan::entering::prepare::prepare(session().await.as_mut(), &job).await.unwrap_err();
        assert!(why.to_string().contains("not-a-file-field"), "{why}");
    });
}

#[test]
fn a_choice_that_is_not_there_or_there_twice_is_this_documents_fault() {
    for choice in ["継続", "変更"] {
        let (kind, why) = sent(RADIOS, choose(label("区分"), choice)).unwrap_err();
        assert!(kind == ErrorKind::Business && why.starts_with("entering.no-such-option"), "{choice}: {kind:?} {why}");
    }
    assert_eq!(sent(RADIOS, choose(label("区分"), "新規")).unwrap()["k"], "1");
}

#[test]
fn a_choice_that_was_made_before_cannot_be_left_blank() {
    let chosen = RADIOS.replace("value=2", "value=2 checked");
    let (kind, why) = sent(&chosen, choose(label("区分"), "")).unwrap_err();
    assert!(kind == ErrorKind::Business && why.starts_with("entering.cannot-be-blank"), "{kind:?} {why}");
    assert!(!sent(RADIOS, choose(label("区分"), "")).unwrap().contains_key("k"));
}

#[test]
fn a_tick_box_that_takes_no_click_yet_is_clicked_again() {
    let late = "<label><input type=checkbox name=a id=c>同意</label><script>
        let ready = false; setTimeout(() => { ready = true; }, 500);
        c.addEventListener('click', (event) => { if (!ready) event.preventDefault(); });</script>";
    assert_eq!(sent(late, check(label("同意"))).unwrap()["a"], "on");
    let never = late.replace("ready = true", "ready = false");
    let (_, why) = sent(&never, check(label("同意"))).unwrap_err();
    assert!(why.contains("does-not-change"), "{why}");
}

#[test]
fn a_drop_down_that_shows_its_choice_late_is_waited_for() {
    let late = "<label id=l>区分</label><div role=combobox aria-labelledby=l id=b tabindex=0 aria-expanded=false aria-controls=o>未選択</div>
        <div role=listbox id=o hidden><div role=option>新規</div><div role=option>変更</div></div><input name=k id=k type=hidden><script>
        b.onclick = () => { o.hidden = false; };
        o.onclick = (event) => { o.hidden = true; k.value = event.target.textContent;
          setTimeout(() => { b.textContent = event.target.textContent; }, 600); };</script>";
    assert_eq!(sent(late, choose(label("区分"), "変更")).unwrap()["k"], "変更");
    let never = late.replace("b.textContent =", "b.title =");
    assert!(sent(&never, choose(label("区分"), "変更")).unwrap_err().1.contains("does-not-change"));
}

#[test]
fn a_choice_that_the_page_takes_back_stops_the_document() {
    let selected = "<label>区分<select name=k id=k><option>新規<option>変更</select></label>
                    <label>氏名<input name=a oninput='k.selectedIndex = 0'></label>";
    let of_radios = format!("{RADIOS}<label>氏名<input name=a oninput='form.k[1].checked = true'></label>");
    for (page, choice) in [(selected, "変更"), (&of_radios, "新規")] {
        story(async {
            let pages = Pages::serve(&form(page)).await;
            let actions =
                vec![choose(label("区分"), choice), fill(label("氏名"), "板橋"), submit_by(button("登録する"))];
            let why = Case::new(&pages, actions).enter().await.unwrap_err();
            assert_eq!((why.kind, why.message().code.as_ref()), (ErrorKind::Business, "entering.read-back-differs"));
            assert!(pages.sent().is_empty());
        });
    }
}
