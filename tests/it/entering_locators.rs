//! Finding things on a page as people name them, and refusing what is not exactly one of them.

use jitan::entering::error::ErrorKind;
use jitan::model::locator::Locator;
use jitan::model::step::Action;

use super::entering_pages::*;

/// Enters one value through a locator and returns what the page sent.
fn sent_by(controls: &str, actions: Vec<Action>) -> Sent {
    story(async {
        let pages = Pages::serve(&form(controls)).await;
        let case = Case::new(&pages, actions.into_iter().chain([submit_by(button("登録する"))]).collect());
        case.enter().await.unwrap();
        pages.sent().remove(0)
    })
}

/// The message, in English, of a scenario that stops before its submit.
fn stopped_by(controls: &str, actions: Vec<Action>) -> (ErrorKind, String) {
    story(async {
        let pages = Pages::serve(&form(controls)).await;
        let case = Case::new(&pages, actions.into_iter().chain([submit_by(button("登録する"))]).collect());
        let error = case.prepare().await.err().expect("this must stop");
        assert!(pages.sent().is_empty());
        (error.kind, error.to_string())
    })
}

fn filled(controls: &str, into: Locator) -> String {
    sent_by(controls, vec![fill(into, "板橋")]).remove("a").unwrap()
}

#[test]
fn a_label_names_its_control_in_every_way_html_has() {
    assert_eq!(filled("<label for=x>氏名</label><input id=x name=a>", label("氏名")), "板橋");
    assert_eq!(filled("<label>氏名 <input name=a></label>", label("氏名")), "板橋");
    assert_eq!(filled("<input aria-label=氏名 name=a>", label("氏名")), "板橋");
    assert_eq!(filled("<span id=n>氏名</span><input aria-labelledby=n name=a>", label("氏名")), "板橋");
    assert_eq!(filled("<table><tr><th>氏名</th><td><input name=a></td></tr></table>", label("氏名")), "板橋");
    assert_eq!(filled("<dl><dt>氏名</dt><dd><textarea name=a></textarea></dd></dl>", label("氏名")), "板橋");
}

#[test]
fn badges_colons_and_width_beside_a_label_make_no_difference() {
    let badge = "<label for=x>氏名：<span>【必須】</span></label><input id=x name=a>";
    assert_eq!(filled(badge, label("氏名")), "板橋");
    assert_eq!(filled("<label for=x>ＴＥＬ ※</label><input id=x name=a>", label("TEL")), "板橋");
}

#[test]
fn a_label_is_compared_whole_so_that_a_longer_one_is_never_meant() {
    let spouse = "<label>配偶者の氏名 <input name=a></label>";
    let (kind, why) = stopped_by(spouse, vec![fill(label("氏名"), "板橋")]);
    assert_eq!(kind, ErrorKind::ScreenChanged);
    insta::assert_snapshot!(why, @"the step on line 2 did not find `label: 氏名` on the page (items that contain the same words, 1); check whether the target's screen changed, mend the step and deploy again");
}

#[test]
fn placeholder_role_and_css_find_controls_too() {
    assert_eq!(filled("<input placeholder=例）板橋花子 name=a>", Locator::Placeholder("例）板橋花子".into())), "板橋");
    let role = Locator::Role { role: "textbox".into(), name: Some("氏名".into()) };
    assert_eq!(filled("<label>氏名<input name=a></label><label>住所<input name=b></label>", role), "板橋");
    assert_eq!(filled("<input name=a class=x>", css("input.x")), "板橋");
}

#[test]
fn buttons_and_links_are_found_by_their_text() {
    story(async {
        for send in [
            "<button>次へ</button>",
            "<input type=submit value=次へ>",
            "<input type=image alt=次へ src=data:, width=20 height=20>",
            "<div role=button tabindex=0 onclick=this.closest('form').submit()>次へ</div>",
            "<a class=btn-primary href=javascript:document.forms[0].submit()>次へ</a>",
        ] {
            let pages = Pages::serve(&format!("<form action=/send method=post>{send}</form>")).await;
            let end = Case::new(&pages, vec![submit_by(button("次へ"))]).enter().await;
            assert_eq!(pages.sent().len(), 1, "{send}: {end:?}");
        }
        let pages = Pages::serve("<a href=/next>申請一覧</a><a href=/page>戻る</a>").await.with("next", &form(""));
        let steps = vec![click(Locator::Link("申請一覧".into())), submit_by(button("登録する"))];
        Case::new(&pages, steps).enter().await.unwrap();
        assert_eq!(pages.sent().len(), 1);
    });
}

#[test]
fn select_boxes_and_radio_groups_are_chosen_by_their_text() {
    let select =
        "<label>種別 <select name=a><option value=''>選択<option value=1>普通<option value=2>当座</select></label>";
    assert_eq!(sent_by(select, vec![choose(label("種別"), "当座")])["a"], "2");
    let group = "<fieldset><legend>種別</legend><label><input type=radio name=a value=1>普通</label>\
                 <label><input type=radio name=a value=2>当座</label></fieldset>";
    assert_eq!(sent_by(group, vec![choose(label("種別"), "当座")])["a"], "2");
    let cell = "<table><tr><th>種別</th><td><input type=radio name=a value=1>普通<input type=radio name=a value=2>当座\
                </td></tr></table>";
    assert_eq!(sent_by(cell, vec![choose(label("種別"), "当座")])["a"], "2");
}

#[test]
fn an_option_that_is_not_there_is_this_documents_fault() {
    let select = "<label>種別 <select name=a><option>普通<option>当座</select></label>";
    let (kind, why) = stopped_by(select, vec![choose(label("種別"), "貯蓄")]);
    assert_eq!(kind, ErrorKind::Business);
    assert!(why.contains("label: 種別") && !why.contains("貯蓄"), "{why}");
}

#[test]
fn tick_boxes_are_set_and_cleared_even_if_drawn_by_their_label() {
    let boxes = "<label><input type=checkbox name=a>同意する</label><label><input type=checkbox name=b checked>通知</label>\
                 <style>.c{display:none}</style><input type=checkbox class=c id=c name=c><label for=c>確認済み</label>";
    let tick = |name: &str, on| Action::Check { what: label(name), on };
    let sent = sent_by(boxes, vec![tick("同意する", true), tick("通知", false), tick("確認済み", true)]);
    assert_eq!(sent.keys().collect::<Vec<_>>(), ["a", "c"]);
}

#[test]
fn a_blank_field_empties_its_control_and_is_no_choice() {
    story(async {
        let pages = Pages::serve(&form(
            "<label>電話 <input name=a value=03></label><fieldset><legend>種別</legend>\
             <label><input type=radio name=b value=1>普通</label></fieldset>",
        ))
        .await;
        let steps = vec![
            Action::Fill { into: label("電話"), value: field("phone") },
            Action::Choose { from: label("種別"), value: field("kind") },
            submit_by(button("登録する")),
        ];
        Case::new(&pages, steps).blank("phone").blank("kind").enter().await.unwrap();
        assert_eq!(pages.sent(), [Sent::from([("a".to_owned(), String::new())])]);
    });
}

#[test]
fn two_matches_are_none() {
    let two = "<label>氏名<input name=a></label><label>氏名<input name=b></label>";
    let (kind, why) = stopped_by(two, vec![fill(label("氏名"), "板橋")]);
    assert_eq!(kind, ErrorKind::ScreenChanged);
    insta::assert_snapshot!(why, @"the step on line 2 names `label: 氏名`, but 2 items (input[text]) match it; make the locator more exact");
    let one_hidden = "<label>氏名<input name=a></label><div hidden><label>氏名<input name=b></label></div>";
    assert_eq!(filled(one_hidden, label("氏名")), "板橋");
}

#[test]
fn values_are_taken_from_controls_and_from_cells_beside_a_heading() {
    story(async {
        let page = format!("<table><tr><th>世帯番号</th><td> 00-12 </td></tr></table>{}", form(""));
        let pages = Pages::serve(&page).await;
        let name = jitan::model::id::FieldName::new("household").unwrap();
        let take = Action::Take { name: name.clone(), from: label("世帯番号") };
        let case = Case::new(&pages, vec![take, submit_by(button("登録する"))]);
        let (_session, prepared) = case.prepare().await.unwrap();
        assert_eq!(prepared.taken[0].name, name);
        assert_eq!(prepared.taken[0].text.expose(), "00-12");
    });
}

#[test]
fn a_spoken_name_counts_like_a_label_that_is_seen() {
    let spoken = "<label>かな<input aria-label=氏名 name=a></label>";
    assert_eq!(filled(spoken, label("氏名")), "板橋");
    let both = "<label>氏名<input name=a></label><input aria-label=氏名 name=b>";
    let (kind, why) = stopped_by(both, vec![fill(label("氏名"), "板橋")]);
    assert!(kind == ErrorKind::ScreenChanged && why.contains('2'), "two of one name are none: {why}");
}

#[test]
fn a_label_of_no_control_names_the_radio_buttons_under_it() {
    let under = "<div><label>区分</label><label><input type=radio name=a value=1>新規</label>\
                 <label><input type=radio name=a value=2>変更</label></div>";
    assert_eq!(sent_by(under, vec![choose(label("区分"), "変更")])["a"], "2");
}

#[test]
fn words_that_nobody_sees_are_no_text() {
    let hidden = "<input name=a><p>受付<span hidden>未</span>完了</p>";
    let expect = |words: &str| vec![Action::Expect { what: text(words) }, fill(css("[name=a]"), "板橋")];
    let (_, why) = stopped_by(hidden, expect("受付未完了"));
    assert!(why.contains("受付未完了"), "{why}");
    let shown = hidden.replace(" hidden", "");
    assert_eq!(sent_by(&shown, expect("受付未完了"))["a"], "板橋");
}

#[test]
fn hidden_words_between_others_do_not_part_them() {
    let read_out = "<input name=a><p>審査<span hidden>（</span>待ち<i style='visibility:hidden'>済</i>です</p>";
    let expect = Action::Expect { what: text("審査待ちです") };
    assert_eq!(sent_by(read_out, vec![expect, fill(css("[name=a]"), "板橋")])["a"], "板橋");
}

#[test]
fn of_several_placeholders_and_roles_the_one_that_is_named_is_meant() {
    let two = "<input placeholder=姓 name=b><input placeholder=名 name=a>";
    assert_eq!(filled(two, Locator::Placeholder("名".to_owned())), "板橋");
    let role = |role: &str| Locator::Role { role: role.to_owned(), name: Some("印刷".to_owned()) };
    let tab = "<button type=button role=tab onclick=\"this.form.a.value='tab'\">印刷</button>\
               <button type=button onclick=\"this.form.a.value='button'\">印刷</button><input name=a>";
    for named in ["tab", "button"] {
        assert_eq!(sent_by(tab, vec![click(role(named))])["a"], named, "what a page calls a tab is no button");
    }
}
