//! Broken files: each mistake is told by its own message at its place, whatever the file, and nothing panics.

use std::path::{Path, PathBuf};

use jitan::locale::Lang;
use proptest::prelude::*;

use crate::scenario_folder::{Folder, Mistake, each_is_told};

const SCENARIO: &str = "scenario.yaml";
const FORM: &str = "form.yaml";
const TARGET: &str = "targets/demo-system.yaml";

#[rustfmt::skip]
pub const MISTAKES: &[Mistake] = &[
    // YAML.
    (SCENARIO, "title:", "\ttitle:", "format.tab"),
    (SCENARIO, "title: 施設利用申込", "title: \"施設利用申込", "format.open-quote"),
    (SCENARIO, "title: 施設利用申込", "title: '施設' 利用", "format.open-quote"),
    (SCENARIO, "[form.yaml]", "[form.yaml", "format.open-bracket"),
    (SCENARIO, "{bound: 0.1%}", "{bound: 0.1%", "format.open-bracket"),
    (SCENARIO, "title: 施設利用申込", "title: 施設: 利用", "format.stray-colon"),
    (SCENARIO, "title: 施設利用申込", "title: *a", "format.alias"),
    (SCENARIO, "title: 施設利用申込", "title: &a 施設", "format.anchor"),
    (SCENARIO, "title: 施設利用申込", "title: !x 施設", "format.tag"),
    (SCENARIO, "title: 施設利用申込", "title: 施設\ntitle: 利用", "format.duplicate-key"),
    (SCENARIO, "title: 施設利用申込", "title: @x", "format.needs-quotes"),
    (SCENARIO, "title: 施設利用申込", "title: \u{7}", "format.control-character"),
    (SCENARIO, "title: 施設利用申込", "? [a]\n: b", "format.key-not-text"),
    (SCENARIO, "title: 施設利用申込", "---\na: 1\n---\ntitle: x", "format.several-documents"),
    (SCENARIO, "  cron:", " cron:", "format.indentation"),
    // Keys and shapes.
    (SCENARIO, "title:", "titel:", "format.unknown-key"),
    (SCENARIO, "title: 施設利用申込\n", "", "format.missing-key"),
    (SCENARIO, "title: 施設利用申込", "title:", "format.no-value-for"),
    (SCENARIO, "title: 施設利用申込", "title: ~", "format.no-value-for"),
    (SCENARIO, "title: 施設利用申込", "title: ''", "format.empty-text"),
    (SCENARIO, "title: 施設利用申込", "title: [a]", "format.expected-value"),
    (SCENARIO, "[form.yaml]", "form.yaml", "format.expected-list"),
    (SCENARIO, "[form.yaml]", "[]", "format.too-few-items"),
    (SCENARIO, "[form.yaml]", "[~]", "format.no-value"),
    (SCENARIO, "{bound: 0.1%}", "0.1%", "format.expected-map"),
    (SCENARIO, "watch: {folder: inbox/demo}", "watch: {folder: inbox/demo, pattern: a/b}", "format.bad-pattern"),
    (SCENARIO, "inbox/demo", "../inbox", "format.bad-folder"),
    (SCENARIO, "title: 施設利用申込", "title: 施設\nbound: 1%", "format.unknown-key"),
    // Values.
    (SCENARIO, "0.1%", "0.001", "format.bad-probability"),
    (SCENARIO, "0.1%", "0%", "format.bad-probability"),
    (SCENARIO, "0.1%", "100%", "format.bad-probability"),
    (SCENARIO, "reading: 2m", "reading: 2", "format.duration-without-unit"),
    (SCENARIO, "reading: 2m", "reading: 2分", "format.bad-duration"),
    (SCENARIO, "reading: 2m", "reading: 0m", "format.zero-duration"),
    (SCENARIO, "reading: 2m", "reading: 999d", "format.duration-too-long"),
    (SCENARIO, "from: 2026-04-01", "from: 2026-04-31", "format.no-such-day"),
    (SCENARIO, "from: 2026-04-01", "from: 令和1年4月30日", "format.day-outside-era"),
    (SCENARIO, "from: 2026-04-01", "from: 4/1", "format.bad-date"),
    (SCENARIO, "until: 2027-03-31", "until: 2026-03-31", "format.until-before-from"),
    (SCENARIO, "    estimated: 担当者への聞き取り", "    measured: {on: 2026-05-01, cases: 3}", "format.measured-after-from"),
    (SCENARIO, "    estimated: 担当者への聞き取り", "    measured: {on: 2026-03-01, cases: 0}", "format.out-of-range"),
    (SCENARIO, "    estimated: 担当者への聞き取り", "    measured: {on: 2026-03-01, cases: 三}", "format.bad-whole-number"),
    (SCENARIO, "    estimated: 担当者への聞き取り\n", "", "format.one-key-needed"),
    (SCENARIO, "    estimated: 担当者への聞き取り", "    estimated: x\n    measured: {on: 2026-03-01, cases: 3}", "format.keys-exclude"),
    (SCENARIO, "baselines:\n", "baselines:\n  - {from: 2026-01-01, until: 2026-04-01, reading: 1m, entering: 1m, estimated: x}\n", "format.baselines-overlap"),
    // Schedules.
    (SCENARIO, "0 22 * * *", "0 22 * *", "format.cron-field-count"),
    (SCENARIO, "0 22 * * *", "99 22 * * *", "format.cron-minute"),
    (SCENARIO, "0 22 * * *", "0 24 * * *", "format.cron-hour"),
    (SCENARIO, "0 22 * * *", "0 22 32 * *", "format.cron-day"),
    (SCENARIO, "0 22 * * *", "0 22 * 13 *", "format.cron-month"),
    (SCENARIO, "0 22 * * *", "0 22 * * 月", "format.cron-weekday"),
    (SCENARIO, "0 22 * * *", "0 22 1 * MON", "format.cron-both-days"),
    (SCENARIO, "0 22 * * *", "0 22 31 4 *", "format.cron-never-fires"),
    (SCENARIO, "0 22 * * *", "0 12 * * *", "format.fires-outside-window"),
    (SCENARIO, "22:00-06:00", "22-6", "format.bad-window"),
    (SCENARIO, "22:00-06:00", "22:00-22:00", "format.bad-window"),
    (SCENARIO, "Asia/Tokyo", "UTC", "format.unknown-word"),
    (SCENARIO, "days: office", "days: any\n  shift: next", "format.shift-without-office-days"),
    // Steps.
    (SCENARIO, "$kana", "$kanna", "format.unknown-field"),
    (SCENARIO, "$kana", "kana", "format.literal-is-a-field"),
    (SCENARIO, "$kana", "$", "format.bad-reference"),
    (SCENARIO, "$kana", "$ka.na", "format.expression-sign"),
    (SCENARIO, "$kana", "{text: a, account: user}", "format.keys-exclude"),
    (SCENARIO, "$kana", "{field: kana}", "format.unknown-key"),
    // Expressions.
    (SCENARIO, "$kana", "kana | hiragana", "format.literal-is-a-field"),
    (SCENARIO, "$kana", "$kana | katakanna", "format.unknown-filter"),
    (SCENARIO, "$kana", "$kana | upper", "format.unknown-filter"),
    (SCENARIO, "$kana", "$kana ~ name", "format.expression-bare-word"),
    (SCENARIO, "$kana", "$kana ~ 様", "format.expression-bare-word"),
    (SCENARIO, "$kana", "$kana + $name", "format.expression-sign"),
    (SCENARIO, "$kana", "$kana ～ $name", "format.expression-sign"),
    (SCENARIO, "$kana", "'$kana ~ \"様'", "format.expression-open-quote"),
    (SCENARIO, "$kana", "$kana ~ ~ $name", "format.expression-syntax"),
    (SCENARIO, "$kana", "$kana == $name", "format.expression-no-value"),
    (SCENARIO, "$kana", "$kana | first", "model.filter-needs-number"),
    (SCENARIO, "$kana", "$kana | hiragana(2)", "model.filter-takes-no-number"),
    (SCENARIO, "$kana", "'\"2026\" | era_date ~ $kana'", "model.filter-not-a-day"),
    (SCENARIO, "  - click: {button: 確認}", "  - click: {button: 確認}\n    when: $categori == \"一般\"", "format.unknown-field"),
    (SCENARIO, "  - click: {button: 確認}", "  - click: {button: 確認}\n    when: $category", "format.expression-no-condition"),
    (SCENARIO, "  - click: {button: 確認}", "  - click: {button: 確認}\n    when: $category == 一般", "format.expression-bare-word"),
    (SCENARIO, "  - click: {button: 確認}", "  - click: {button: 確認}\n    when: $category = \"一般\"", "format.expression-sign"),
    (SCENARIO, "  - click: {button: 確認}", "  - click: {button: 確認}\n    when: always", "format.expression-bare-word"),
    (SCENARIO, "  - click: {button: 確認}", "  - click: {button: 確認}\n    when: '\"a\" == \"a\"'", "format.expression-without-field"),
    (SCENARIO, "  - open: /applications/new", "  - open: /applications/new\n    when: $category == \"一般\"", "format.begin-with-open"),
    (SCENARIO, "      on_unknown: ask", "      on_unknown: ask\n    when: $category == \"一般\"", "format.when-on-submit"),
    (TARGET, "signed_out:", "  - click: {button: a}\n    when: $name == \"a\"\nsigned_out:", "format.field-in-sign-in"),
    (SCENARIO, "[member_no, applied]", "[member]", "format.unknown-field"),
    (SCENARIO, "{button: 確認}", "{button: 確認, css: a}", "format.keys-exclude"),
    (SCENARIO, "{button: 確認}", "{}", "format.one-key-needed"),
    (SCENARIO, "{button: 確認}", "{button: 確認, name: a}", "format.name-without-role"),
    (SCENARIO, "/applications/new", "applications/new", "format.bad-path"),
    (SCENARIO, "/applications/new", "//evil.example/x", "format.bad-path"),
    (SCENARIO, "  - open: /applications/new\n", "", "format.begin-with-open"),
    (SCENARIO, "  - submit:", "  - sumbit:", "format.unknown-key"),
    (SCENARIO, "      on_unknown: ask", "", "format.submit-without-probe"),
    (SCENARIO, "      on_unknown: ask", "      on_unknown: ask\n      precheck: true", "format.precheck-without-probe"),
    (SCENARIO, "      on_unknown: ask", "      on_unknown: ask\n  - click: {button: a}", "format.act-after-submit"),
    (SCENARIO, "      on_unknown: ask", "      on_unknown: ask\n  - submit: {click: {button: a}, confirmed_by: {text: b}, on_unknown: ask}", "format.second-submit"),
    (SCENARIO, "      on_unknown: ask", "      probe: {steps: [{submit: {click: {text: a}, confirmed_by: {text: b}, on_unknown: ask}}], absent: {text: a}, rows: tr, matches: [{column: a, value: $kana}]}", "format.submit-not-here"),
    (SCENARIO, "      on_unknown: ask", "      probe: {steps: [{open: /s}], absent: {text: a}, rows: tr, matches: [{column: a, value: b}]}", "format.probe-matches-everything"),
    (SCENARIO, "{button: 確認}", "{button: 確認, nth: 0}", "format.out-of-range"),
    (SCENARIO, "{button: 確認}", "{in: 児童1}", "format.one-key-needed"),
    (SCENARIO, "{button: 確認}", "{button: 確認, right_of: ''}", "format.empty-text"),
    (SCENARIO, "  - click: {button: 確認}", "  - click: {button: 確認}\n    dialog: ok", "format.unknown-word"),
    (SCENARIO, "  - click: {button: 確認}", "  - click: {button: 確認}\n    window: 検索", "format.unknown-word"),
    (SCENARIO, "value: $kana", "value: $kana, keys: fast", "format.unknown-word"),
    (SCENARIO, "  - click: {button: 確認}", "  - upload: {label: a, file: photo}", "format.unknown-word"),
    (SCENARIO, "  - click: {button: 確認}", "  - hover: {}", "format.one-key-needed"),
    (TARGET, "signed_out:", "  - upload: {label: a}\nsigned_out:", "format.upload-not-here"),
    // What a target offers.
    (TARGET, "signed_out:", "places:\n  - {named: a, label: x}\n  - {named: a, label: y}\nsigned_out:", "format.place-twice"),
    (TARGET, "signed_out:", "procedures:\n  - {name: p, steps: [{open: /a}]}\n  - {name: p, steps: [{open: /b}]}\nsigned_out:", "format.procedure-twice"),
    (TARGET, "signed_out:", "procedures:\n  - {name: p, steps: [{fill: {label: x, value: $a}}]}\nsigned_out:", "format.not-taken"),
    (TARGET, "signed_out:", "procedures:\n  - {name: p, steps: [{submit: {click: {text: a}, confirmed_by: {text: b}, on_unknown: ask}}]}\nsigned_out:", "format.submit-not-here"),
    (SCENARIO, "baselines:", "on_error:\n  - submit: {click: {text: a}, confirmed_by: {text: b}, on_unknown: ask}\nbaselines:", "format.submit-not-here"),
    (SCENARIO, "{button: 確認}", "{place: 確認}", "format.unknown-place"),
    (SCENARIO, "  - click: {button: 確認}", "  - run: {procedure: 確認}", "format.unknown-procedure"),
    (SCENARIO, "  - click: {button: 確認}", "  - run: {procedure: 確認}\n    dialog: accept", "format.key-beside-run"),
    // Targets and files.
    (SCENARIO, "target: demo-system", "target: other", "format.missing-file"),
    (SCENARIO, "target: demo-system", "target: ../x", "format.bad-name"),
    (SCENARIO, "[form.yaml]", "[other.yaml]", "format.missing-file"),
    (SCENARIO, "[form.yaml]", "[../form.yaml]", "format.path-leaves-folder"),
    (SCENARIO, "[form.yaml]", "[form.yaml, form.yaml]", "format.form-twice"),
    (TARGET, "http://127.0.0.1:8400/", "ftp://x/", "format.bad-url"),
    (TARGET, "http://127.0.0.1:8400/", "http://u:p@x/", "format.bad-url"),
    (TARGET, "account: {user", "hosts: [\"https://a/\"]\n  account: {user", "format.bad-host"),
    (TARGET, "{secret: demo-password}", "{secret: \"p@ss word\"}", "format.bad-secret"),
    (TARGET, "{secret: demo-password}", "hunter2", "format.expected-map"),
    (TARGET, "test:", "text:", "format.unknown-key"),
    (TARGET, "signed_out: {text: ログインし直してください}\n", "", "format.sign-in-without-signed-out"),
    (TARGET, "{account: user}", "$name", "format.field-in-sign-in"),
    (TARGET, "{account: user}", "{account: uzer}", "format.unknown-word"),
    (TARGET, "reading_requests: [", "reading_requests: [GET /search, ", "format.bad-method"),
    (TARGET, "reading_requests: [", "reading_requests: [POST search, ", "format.bad-path"),
    (TARGET, "reading_requests:", "sessions: 99\nreading_requests:", "format.out-of-range"),
    // Forms.
    (FORM, "width: 210", "width: 二百", "format.bad-number"),
    (FORM, "[50, 75, 112, 10]", "[50, 75, 112]", "format.wrong-count"),
    (FORM, "[50, 75, 112, 10]", "[150, 75, 112, 10]", "format.zone-outside-page"),
    (FORM, "[50, 75, 112, 10]", "[50, 75, 112, 0.5]", "format.zone-too-small"),
    (FORM, "[50, 75, 112, 10]", "[50, 91, 80, 10]", "format.zones-overlap"),
    (FORM, "count: 6}", "count: 6}\n    check: my-number", "format.wrong-box-count"),
    (FORM, "count: 6}", "count: 6}\n    check: my-nunber", "format.unknown-word"),
    (FORM, "count: 6}", "count: 0}", "format.out-of-range"),
    (FORM, "kind: kana", "kind: line", "format.kind-needs-key"),
    (FORM, "kind: kana", "kind: kana\n    content: phone", "format.key-of-other-kind"),
    (FORM, "value: 学生", "value: 一般", "format.option-twice"),
    (FORM, "name: phone", "name: name", "format.name-twice"),
    (FORM, "name: phone", "name: 電話 番号", "format.bad-name"),
    (FORM, "era: 令和", "era: 令輪", "format.not-an-era"),
    (FORM, "era: 令和", "era: {field: category}", "format.era-needs-choice"),
    (FORM, "year: applied_y", "year: applied_z", "format.unknown-field"),
    (FORM, "year: applied_y", "year: kana", "format.member-needs-digits"),
    // Fields held against each other.
    (FORM, "    date: {era: 令和, year: applied_y, month: applied_m, day: applied_d}\n", "", "format.one-key-needed"),
    (FORM, "    date: {era: 令和", "    person: {kana: kana, name: name}\n    date: {era: 令和", "format.keys-exclude"),
    (FORM, "groups:\n", "groups:\n  - {name: p, label: 氏名, person: {kana: kanna, name: name}}\n", "format.unknown-field"),
    (FORM, "groups:\n", "groups:\n  - {name: p, label: 氏名, person: {kana: member_no, name: name}}\n", "format.member-needs-kana"),
    (FORM, "groups:\n", "groups:\n  - {name: p, label: 氏名, person: {kana: kana, name: category}}\n", "format.member-needs-line"),
    (FORM, "groups:\n", "groups:\n  - {name: p, label: 氏名, person: {kana: kana}}\n", "format.missing-key"),
    (FORM, "groups:\n", "groups:\n  - {name: p, label: 氏名, persons: {kana: kana, name: name}}\n", "format.unknown-key"),
    (FORM, "groups:\n", "groups:\n  - {name: a, label: 住所, address: {postal: kana, address: name}}\n", "format.member-needs-digits"),
    (FORM, "groups:\n", "groups:\n  - {name: a, label: 口座, account: {bank: name, branch: member_no}}\n", "format.member-needs-line"),
    (FORM, "groups:\n", "groups:\n  - {name: a, label: 口座, account: {bank: name, branch: name, bank_code: kana}}\n", "format.member-needs-digits"),
    (FORM, "groups:\n", "groups:\n  - {name: w, label: 区分, words: {field: phone, one_of: [市内]}}\n", "format.too-few-items"),
    (FORM, "groups:\n", "groups:\n  - {name: w, label: 区分, words: {field: category, one_of: [市内, 市外]}}\n", "format.member-needs-line"),
    (FORM, "groups:\n", "groups:\n  - {name: s, label: 同じ, same: [name]}\n", "format.too-few-items"),
    (FORM, "groups:\n", "groups:\n  - {name: s, label: 同じ, same: [name, nama]}\n", "format.unknown-field"),
    (FORM, "groups:\n", "groups:\n  - {name: s, label: 同じ, same: [name, kana]}\n", "format.same-of-other-kind"),
    (FORM, "groups:\n", "groups:\n  - {name: s, label: 合計, sum: {parts: [phone], total: phone}}\n", "format.too-few-items"),
    (FORM, "groups:\n", "groups:\n  - {name: s, label: 合計, sum: {parts: [phone, kana], total: phone}}\n", "format.member-needs-digits"),
    (FORM, "groups:\n", "groups:\n  - {name: s, label: 年齢, age: {field: phone, born: phone, on: phone}}\n", "format.not-a-date-group"),
    (FORM, "kind: kana", "kind: kana\n    page: 2", "format.no-such-page"),
    (FORM, "blank: blank.png", "blank: [blank.png]", "format.too-few-items"),
    (FORM, "blank: blank.png", "blank: [blank.png, blank.png]", "format.page-without-fields"),
    (FORM, "blank: blank.png", "blank: form.yaml", "format.blank-not-a-picture"),
    (FORM, "blank: blank.png", "blank: none.png", "format.missing-file"),
    (FORM, "height: 297", "height: 148", "format.blank-other-shape"),
    (FORM, "required: false", "required: no", "format.bad-boolean"),
];

#[test]
fn each_mistake_is_told_by_its_own_message() {
    each_is_told(MISTAKES, Folder::new);
}

#[test]
fn no_rendering_is_wider_than_a_terminal() {
    use unicode_width::UnicodeWidthStr;
    for (file, from, to, _) in MISTAKES {
        let folder = Folder::new();
        folder.change(file, from, to);
        for lang in [Lang::Ja, Lang::En] {
            for line in folder.shown(lang).lines() {
                assert!(line.width() <= 80, "{line}");
            }
        }
    }
}

/// File, what stands in place of all of it, the message.
pub fn whole_files() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    vec![
        (SCENARIO, b"".to_vec(), "format.empty-file"),
        (SCENARIO, b"# nothing\n".to_vec(), "format.empty-file"),
        (SCENARIO, b"\x8e\x9e".to_vec(), "format.not-utf8"),
        (SCENARIO, "a".repeat(1024 * 1024 + 1).into_bytes(), "format.too-large"),
        (SCENARIO, b"just words".to_vec(), "format.expected-map"),
        (SCENARIO, "[".repeat(100).into_bytes(), "format.too-deep"),
        (SCENARIO, "- ".repeat(5000).into_bytes(), "format.too-deep"),
        ("blank.png", b"\x89PNG\r\n\x1a\n".to_vec(), "format.blank-not-a-picture"),
        ("blank.png", b"".to_vec(), "format.blank-not-a-picture"),
    ]
}

#[test]
fn whole_files_that_cannot_be_read_are_told_too() {
    for (file, bytes, code) in whole_files() {
        let folder = Folder::new();
        std::fs::write(folder.path.join(file), bytes).unwrap();
        let codes: Vec<String> = folder.mistakes().iter().map(|d| d.message.code.to_string()).collect();
        assert!(codes.contains(&code.to_owned()), "{file}: expected {code}, found {codes:?}");
    }
}

#[test]
fn a_link_does_not_lead_out_of_the_folder() {
    let folder = Folder::new();
    let outside = folder.path.join("../secret.yaml");
    std::fs::write(&outside, "password: hunter2\n").unwrap();
    std::fs::remove_file(folder.path.join(FORM)).unwrap();
    std::os::unix::fs::symlink(&outside, folder.path.join(FORM)).unwrap();
    let shown = folder.shown(Lang::En);
    assert!(shown.contains("leads out of the scenario's folder"), "{shown}");
    assert!(!shown.contains("hunter2"));
}

#[test]
fn all_mistakes_of_all_files_come_at_once_in_their_order() {
    let folder = Folder::new();
    folder.change(SCENARIO, "title:", "titel:");
    folder.change(SCENARIO, "0.1%", "0.001");
    folder.change(SCENARIO, "reading: 2m", "reading: 120");
    folder.change(FORM, "required: false", "required: no");
    folder.change(TARGET, "http://127.0.0.1:8400/", "127.0.0.1");
    insta::assert_snapshot!(folder.shown(Lang::Ja), @r##"
    scenario.yaml:2:1: 「titel」というキーはありません
        2 | titel: 施設利用申込
          | ^^^^^
          = ヒント: 「title」のことですか

    scenario.yaml:2:1: 必要なキー「title」がありません
        2 | titel: 施設利用申込
          | ^^^^^
          = ヒント: 例 → title: 児童手当 認定請求

    scenario.yaml:15:18: 「0.001」は割合として読めません。0% より大きく 100% より小
        さい値を「%」付きで書きます
       15 | reading: {bound: 0.001}
          |                  ^^^^^
          = ヒント: 例 → 0.1%

    scenario.yaml:40:14: 「120」に時間の単位がありません
       40 |     reading: 120
          |              ^^^
          = ヒント: 秒なら 120s、分なら 120m

    form.yaml:35:15: 「no」は true でも false でもありません
       35 |     required: no
          |               ^^
          = ヒント: 書ける値 → true, false

    targets/demo-system.yaml:4:8: 「127.0.0.1」は入力先のアドレスとして使えません
        （http または https、利用者名や「?」なし）
        4 |   url: 127.0.0.1
          |        ^^^^^^^^^
          = ヒント: 例 → https://system.city.example.lg.jp/
    "##);
    insta::assert_snapshot!(folder.shown(Lang::En), @r##"
    scenario.yaml:2:1: there is no key `titel` here
        2 | titel: 施設利用申込
          | ^^^^^
          = hint: did you mean `title`?

    scenario.yaml:2:1: the required key `title` is missing
        2 | titel: 施設利用申込
          | ^^^^^
          = hint: for example title: 児童手当 認定請求

    scenario.yaml:15:18: `0.001` is not a percentage above 0% and below 100%, with
        its sign
       15 | reading: {bound: 0.001}
          |                  ^^^^^
          = hint: for example 0.1%

    scenario.yaml:40:14: `120` has no unit of time
       40 |     reading: 120
          |              ^^^
          = hint: 120s for seconds, 120m for minutes

    form.yaml:35:15: `no` is neither true nor false
       35 |     required: no
          |               ^^
          = hint: allowed values: true, false

    targets/demo-system.yaml:4:8: `127.0.0.1` cannot be a base address (http or
        https, without user, query or fragment)
        4 |   url: 127.0.0.1
          |        ^^^^^^^^^
          = hint: for example https://system.city.example.lg.jp/
    "##);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Files as editors, transfers and people break them: cut, doubled, with characters put in and taken out.
    #[test]
    fn no_file_however_broken_panics_the_loader(
        which in 0usize..3,
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0usize..12, "[-\\[\\]{}:,#&*!|>'\"%@`$ \t\n\\\\a0あ\u{feff}\u{85}\r?~]{0,6}"), 1..5),
    ) {
        let file = [SCENARIO, FORM, TARGET][which];
        let folder = Folder::new();
        let path = folder.path.join(file);
        let mut text: Vec<char> = std::fs::read_to_string(&path).unwrap().chars().collect();
        for (at, remove, insert) in cuts {
            let at = at.index(text.len() + 1);
            let end = (at + remove).min(text.len());
            text.splice(at..end, insert.chars());
        }
        std::fs::write(&path, text.into_iter().collect::<String>()).unwrap();
        let _ = folder.shown(Lang::Ja);
    }

    #[test]
    fn no_bytes_panic_the_parser(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = jitan::format::tree::parse("x.yaml", &bytes);
    }

    #[test]
    fn no_yaml_like_text_panics_the_parser(text in "[-\\[\\]{}:,#&*!|>'\"%@`$ \t\n\\\\a0b\u{85}\r?~<=.]{0,120}") {
        let _ = jitan::format::tree::parse("x.yaml", text.as_bytes());
    }
}

#[test]
fn what_the_shipped_files_say_is_what_their_schema_allows() {
    for (kind, path) in shipped() {
        let text = std::fs::read_to_string(&path).unwrap();
        let value: serde_json::Value = serde_saphyr::from_str(&text).unwrap();
        let schema = jitan::format::schema::schema(kind);
        let validator = jsonschema::validator_for(&schema).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&value).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", path.display());
        assert!(!validator.is_valid(&serde_json::json!({"titel": "x"})), "{}", kind.name);
    }
}

#[test]
fn the_first_line_of_every_shipped_file_points_an_editor_to_its_schema() {
    for (kind, path) in shipped() {
        let text = std::fs::read_to_string(&path).unwrap();
        let first = text.lines().next().unwrap();
        let schema =
            first.strip_prefix("# yaml-language-server: $schema=").unwrap_or_else(|| panic!("{}", path.display()));
        assert!(schema.ends_with(&format!("/{}.schema.json", kind.name)), "{first}");
        assert!(path.parent().unwrap().join(schema).is_file(), "{}: {schema} is not there", path.display());
    }
}

/// Every YAML file of the repository that an author would write, with its kind.
fn shipped() -> Vec<(jitan::format::table::FileKind, PathBuf)> {
    let kind = |name: &str| jitan::format::schema::kind(name).unwrap();
    let yaml_in = |dir: &str| -> Vec<PathBuf> {
        let entries = Path::new(dir).read_dir().unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.extension().is_some_and(|e| e == "yaml")).collect()
    };
    let mut files: Vec<_> = yaml_in("scenarios/targets").into_iter().map(|path| (kind("target"), path)).collect();
    files.extend(yaml_in("plans").into_iter().map(|path| (kind("plan"), path)));
    files.push((kind("scenario"), "scenarios/jido-teate/scenario.yaml".into()));
    files.push((kind("form"), "scenarios/jido-teate/form.yaml".into()));
    files.push((kind("scenario"), "scenarios/jido-teate-denshi/scenario.yaml".into()));
    files.push((kind("records"), "scenarios/jido-teate-denshi/records.yaml".into()));
    files
}

#[test]
fn a_step_cannot_use_what_only_holds_fields_against_each_other() {
    let folder = Folder::new();
    folder.change(FORM, "groups:\n", "groups:\n  - {name: person, label: 氏名, person: {kana: kana, name: name}}\n");
    assert!(folder.mistakes().is_empty());
    folder.change(SCENARIO, "$kana", "$person");
    let codes: Vec<_> = folder.mistakes().iter().map(|m| m.message.code.clone()).collect();
    assert_eq!(codes, ["format.unknown-field"]);
}

#[test]
fn the_printed_schemas_and_the_manual_are_current() {
    for kind in jitan::format::schema::KINDS {
        let path = format!("docs/schema/{}.schema.json", kind.name);
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(kept, jitan::format::schema::text(kind), "run: jitan schema {} > {path}", kind.name);
    }
    let kept = std::fs::read_to_string("docs/keys.md").unwrap_or_default();
    assert_eq!(kept, jitan::format::manual::manual(), "run: jitan schema --format markdown > docs/keys.md");
}
