use super::*;
use crate::locale::Lang;

fn act(act: ActKind, label: &str, text: &str) -> Happened {
    let locator = match act {
        ActKind::Click => Locator::Button(label.to_owned()),
        ActKind::Look => Locator::Text(label.to_owned()),
        _ => Locator::Label(label.to_owned()),
    };
    Happened::Seen(Seen::Act {
        act,
        locator: Some(locator),
        name: label.to_owned(),
        text: Personal::new(text),
        secret: label == "パスワード",
        on: true,
    })
}

fn page(path: &str, heading: &str) -> Happened {
    Happened::Seen(Seen::Page { path: path.to_owned(), headings: vec![Personal::new(heading)] })
}

fn wrote(path: &str) -> Happened {
    Happened::Wrote { method: "POST".to_owned(), path: path.to_owned() }
}

fn recorded(happened: impl IntoIterator<Item = Happened>) -> String {
    let mut recording = Recording::default();
    happened.into_iter().for_each(|one| recording.add(one));
    recording.written(Lang::En).yaml
}

fn lines(yaml: &str) -> Vec<&str> {
    yaml.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect()
}

#[test]
fn a_way_through_a_target_becomes_a_sign_in_steps_and_a_submit() {
    let yaml = recorded([
        page("/login", "ログイン"),
        act(ActKind::Fill, "職員番号", "rpa01"),
        act(ActKind::Fill, "パスワード", ""),
        act(ActKind::Click, "ログイン", ""),
        wrote("/login"),
        Happened::Led,
        page("/menu", "メニュー"),
        page("/claims/new", "登録"),
        act(ActKind::Fill, "氏名", "板橋花子"),
        act(ActKind::Click, "確認", ""),
        wrote("/claims/confirm"),
        Happened::Led,
        page("/claims/confirm", "入力内容の確認"),
        act(ActKind::Click, "登録", ""),
        wrote("/claims"),
        Happened::Led,
        page("/claims/R08-000123", "登録完了"),
    ]);
    let expected = "sign_in:\n  - open: /login\n  - fill: {label: 職員番号, value: {account: user}}\n  \
        - fill: {label: パスワード, value: {account: password}}\n  - click: {button: ログイン}\n\
        reading_requests:\n  - POST /claims/confirm\n  - POST /login\nsteps:\n  - open: /claims/new\n  \
        - fill: {label: 氏名, value: $氏名}\n  - click: {button: 確認}\n  - submit:\n      \
        click: {button: 登録}\n      confirmed_by: {text: 登録完了}\n      on_unknown: ask";
    assert_eq!(lines(&yaml).join("\n"), expected);
}

#[test]
fn nothing_that_was_typed_is_written_not_even_as_a_pages_own_words() {
    let yaml = recorded([
        page("/page", "登録"),
        act(ActKind::Fill, "氏名", "板橋　花子"),
        act(ActKind::Click, "板橋花子を選ぶ", ""),
        act(ActKind::Click, "送る", ""),
        wrote("/send"),
        Happened::Led,
        page("/done", "板橋 花子 様の受付"),
        act(ActKind::Look, "板橋 花子", ""),
    ]);
    assert!(!yaml.contains("花子"), "{yaml}");
    assert!(yaml.contains("confirmed_by: {text: \"?\"}"), "{yaml}");
}

#[test]
fn a_value_that_is_mended_counts_once_and_labels_of_one_name_are_one_field() {
    let yaml = recorded([
        page("/page", ""),
        act(ActKind::Fill, "氏名", "板"),
        act(ActKind::Fill, "氏名", "板橋"),
        act(ActKind::Choose, "職業: 主なもの", "会社員"),
    ]);
    assert_eq!(
        lines(&yaml)[2..],
        ["  - fill: {label: 氏名, value: $氏名}", "  - choose: {label: \"職業: 主なもの\", value: $職業主なもの}",]
    );
}
