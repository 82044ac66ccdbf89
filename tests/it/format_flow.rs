//! Branches and rows as an author writes them, and as they are deployed.

use jitan::format::load_folder;
use jitan::locale::Lang;
use jitan::model::expression::Expression;
use jitan::model::locator::Locator;
use jitan::model::step::{Action, Line, Step, Then};

use crate::scenario_folder::{Folder, Mistake, each_is_told};

const CLICK: &str = "  - click: {button: 確認}";

/// The template's scenario with these steps in the place of one.
fn with(steps: &str) -> Vec<Step> {
    let folder = Folder::new();
    folder.change("scenario.yaml", CLICK, steps);
    let loaded = load_folder(&folder.path).unwrap_or_else(|broken| panic!("{}", broken.render(Lang::En)));
    let steps = loaded.bundle.scenario.steps;
    steps[7..].to_vec()
}

fn written(step: &Step) -> (String, Option<&str>) {
    let Action::Fill { into, value } = &step.action else { panic!("{step:?}") };
    let value = match value {
        jitan::model::step::ValueSource::Expression(made) => made.source(),
        other => panic!("{other:?}"),
    };
    (format!("{} = {value}", jitan::entering::error::words(into)), step.when.as_ref().map(Expression::source))
}

#[test]
fn rows_become_plain_steps_each_with_its_own_condition() {
    let steps = with(
        "  - for_each:
      rows: 2
      steps:
        - fill: {label: 氏名, in: 児童<row>, nth: <row>, value: $name ~ \"<row>\"}
        - fill: {label: カナ<row>, value: $kana}
          when: $kana != \"\"
    when: $name != \"<row>\"",
    );
    let all: Vec<_> = steps[..4].iter().map(written).collect();
    assert_eq!(all[0], ("label: 氏名, in: 児童1, nth: 1 = $name ~ \"1\"".to_owned(), Some("$name != \"1\"")));
    assert_eq!(all[1], ("label: カナ1 = $kana".to_owned(), Some("($name != \"1\") and ($kana != \"\")")));
    assert_eq!(all[2], ("label: 氏名, in: 児童2, nth: 2 = $name ~ \"2\"".to_owned(), Some("$name != \"2\"")));
    assert_eq!(all[3], ("label: カナ2 = $kana".to_owned(), Some("($name != \"2\") and ($kana != \"\")")));
}

#[test]
fn a_text_taken_in_every_branch_that_goes_on_can_be_used_behind_them() {
    let steps = with(
        "  - expect_one_of:
      - text: 該当者はいません
        then:
          - take: {into: number, css: \"#new\"}
      - text: 登録済み
        then:
          - take: {into: number, css: \"#old\"}
      - {text: 利用停止中, refuses: true}
  - fill: {label: 整理番号, value: $number}
  - click: {button: 確認}",
    );
    let Action::ExpectOneOf { branches } = &steps[0].action else { panic!("{steps:?}") };
    assert_eq!(branches.iter().map(|branch| branch.steps().len()).collect::<Vec<_>>(), [1, 1, 0]);
    assert!(matches!(branches[2].then, Then::Refused));
    assert_eq!(branches[1].seen, Locator::Text("登録済み".to_owned()));
}

#[test]
fn a_procedure_with_branches_takes_its_callers_values_within_them() {
    let folder = Folder::new();
    let pack = "procedures:
  - name: 探す
    takes: [name]
    steps:
      - expect_one_of:
          - text: 該当なし
            then:
              - fill: {label: 氏名, value: $name}
                when: $name != \"\"
          - text: 該当あり
signed_out:";
    folder.change("targets/demo-system.yaml", "signed_out:", pack);
    let call = "  - run: {procedure: 探す, with: [{name: name, value: $kana | hiragana}]}\n  - click: {button: 確認}";
    folder.change("scenario.yaml", CLICK, call);
    let loaded = load_folder(&folder.path).unwrap_or_else(|broken| panic!("{}", broken.render(Lang::En)));
    let step = &loaded.bundle.scenario.steps[7];
    let within = step.with_branches()[1];
    assert_eq!(written(within), ("label: 氏名 = $kana | hiragana".to_owned(), Some("($kana | hiragana) != \"\"")));
    let Line::Called { from, line, .. } = &within.line else { panic!("{:?}", within.line) };
    let (Line::Called { from: outer, line: outer_line, .. }, true) = (&step.line, line > &0) else { panic!() };
    assert!(from == outer && line > outer_line);
}

const SCENARIO: &str = "scenario.yaml";

#[rustfmt::skip]
const MISTAKES: &[Mistake] = &[
    (SCENARIO, CLICK, "  - expect_one_of: [{text: a}]", "format.too-few-items"),
    (SCENARIO, CLICK, "  - expect_one_of: [{text: a}, {then: [{open: /a}]}]", "format.one-key-needed"),
    (SCENARIO, CLICK, "  - expect_one_of: [{text: a}, {text: b, refuses: true, then: [{open: /a}]}]", "format.refused-and-then"),
    (SCENARIO, CLICK, "  - expect_one_of: [{text: a}, {text: b, then: [{submit: {click: {text: a}, confirmed_by: {text: b}, on_unknown: ask}}]}]", "format.submit-not-here"),
    (SCENARIO, CLICK, "  - expect_one_of: [{text: a}, {text: b, then: [{fill: {label: x, value: $b}}]}]", "format.unknown-field"),
    (SCENARIO, CLICK, "  - expect_one_of: [{text: a, then: [{take: {into: n, text: b}}]}, {text: b}]\n  - fill: {label: x, value: $n}", "format.unknown-field"),
    (SCENARIO, CLICK, "  - take: {into: n, text: b}\n    when: $name != \"\"\n  - fill: {label: x, value: $n}", "format.unknown-field"),
    (SCENARIO, CLICK, "  - fill: {label: x, value: $n}\n  - take: {into: n, text: b}", "format.unknown-field"),
    (SCENARIO, CLICK, "  - take: {into: name, text: b}", "format.taken-is-a-field"),
    (SCENARIO, CLICK, "  - for_each: {rows: 0, steps: [{open: /a}]}", "format.out-of-range"),
    (SCENARIO, CLICK, "  - for_each: {rows: 2, steps: [{fill: {label: x, value: $name<row>}}]}", "format.unknown-field"),
    (SCENARIO, CLICK, "  - for_each: {rows: 2, steps: [{for_each: {rows: 2, steps: [{open: /a}]}}]}", "format.rows-in-rows"),
    (SCENARIO, CLICK, "  - for_each: {rows: 1, steps: [{submit: {click: {text: a}, confirmed_by: {text: b}, on_unknown: ask}}]}", "format.submit-not-here"),
    (SCENARIO, CLICK, "  - for_each: {rows: 1, steps: [{open: /a}]}\n    dialog: accept", "format.key-beside-run"),
    (SCENARIO, CLICK, "  - click: {button: 確認<row>}", "format.row-without-rows"),
    (SCENARIO, CLICK, "  - click: {button: 確認, nth: <row>}", "format.row-without-rows"),
];

#[test]
fn mistakes_in_branches_and_rows_are_told_at_their_place() {
    each_is_told(MISTAKES, Folder::new);
}

#[test]
fn a_mistake_in_a_row_is_told_once_where_it_stands() {
    let folder = Folder::new();
    folder.change(
        SCENARIO,
        CLICK,
        "  - for_each:\n      rows: 9\n      steps:\n        - fill: {label: x, value: $nobody<row>}",
    );
    let mistakes = folder.mistakes();
    assert_eq!(mistakes.len(), 1, "{mistakes:?}");
    let shown = folder.shown(Lang::Ja);
    assert!(shown.contains("$nobody<row>"), "{shown}");
}
