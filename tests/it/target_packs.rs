//! What scenarios of one target share stands in the target's file: a page that changed is mended in one place.

use std::fs;

use jitan::format::load_folder;
use jitan::model::document::stage::StageKind;
use jitan::model::locator::Locator;
use jitan::model::step::{Action, Step, ValueSource};

use crate::night::{Night, Settings, my_number, told};
use crate::portal::faults::{Fault, Kind, Stage};
use crate::scenario_folder::Folder;

const PACK: &str = "
places:
  - {named: 登録ボタン, button: 登録}
procedures:
  - name: 生年月日を入れる
    takes: [era, year, month, day]
    steps:
      - choose: {label: 生年月日 元号, value: $era}
      - fill: {label: 生年月日 年, value: $year | no_leading_zeros}
      - fill: {label: 生年月日 月, value: $month | no_leading_zeros}
      - fill: {label: 生年月日 日, value: $day | no_leading_zeros}
  - name: 個人番号で探す
    takes: [number]
    steps:
      - open: /search
      - fill: {label: 個人番号, value: $number}
      - click: {button: 検索}
";

/// The shipped scenario with what it does on the portal's pages moved into the portal's file.
fn packed() -> Night {
    let night = Night::begin(&Settings { step_timeout: "2s", ..Settings::default() });
    let file = |name: &str| night.path("scenarios").join(name);
    let target = fs::read_to_string(file("targets/portal.yaml")).unwrap();
    fs::write(file("targets/portal.yaml"), target + PACK).unwrap();
    let mut scenario = fs::read_to_string(file("jido-teate/scenario.yaml")).unwrap();
    let birth = "  - run:
      procedure: 生年月日を入れる
      with:
        - {name: era, value: $birth_era}
        - {name: year, value: $birth_y}
        - {name: month, value: $birth_m}
        - {name: day, value: $birth_d}
";
    let first = scenario.find("  - choose: {label: 生年月日 元号").unwrap();
    let last = scenario.find("  - fill: {label: 個人番号").unwrap();
    scenario.replace_range(first..last, birth);
    let first = scenario.find("          - open: /search").unwrap();
    let last = scenario.find("        absent: ").unwrap();
    let search = "          - run: {procedure: 個人番号で探す, with: [{name: number, value: $my_number}]}\n";
    scenario.replace_range(first..last, search);
    scenario = scenario.replace("click: {button: 登録}", "click: {place: 登録ボタン}");
    fs::write(file("jido-teate/scenario.yaml"), scenario).unwrap();
    let deployed = night.jitan(&["deploy", file("jido-teate").to_str().unwrap()]);
    assert!(deployed.status.success(), "{}", told(&deployed));
    night
}

#[test]
fn a_document_is_entered_by_what_the_target_offers() {
    let night = packed();
    let run = night.plugged(None, &[night.given(1)]);
    assert!(run.status.success(), "{}", told(&run));
    assert_eq!(night.stages(), [StageKind::Done]);
    let entries = night.portal.ledger().entries();
    assert_eq!(entries.len(), 1);
    let entered = |name: &str| entries[0].values[name].clone();
    assert_eq!(entered("my_number"), my_number(1));
    assert_eq!(["birth_era", "birth_y", "birth_m", "birth_d"].map(entered), ["平成", "2", "3", "4"]);
}

#[test]
fn what_a_procedure_no_longer_finds_is_told_at_both_places() {
    let night = packed();
    let kind = Kind::RenameLabel { from: "生年月日 年".to_owned(), to: "誕生年".to_owned() };
    night.portal.faults().add(Fault { stage: Stage::Entry, kind, times: None, after: 0 });
    let line_of = |file: &str, text: &str| {
        let text_of = fs::read_to_string(night.path("scenarios").join(file)).unwrap();
        text_of.lines().position(|line| line.contains(text)).unwrap() + 1
    };
    let called = line_of("jido-teate/scenario.yaml", "procedure: 生年月日を入れる") - 1;
    let at = format!("{called} → targets/portal.yaml:{}", line_of("targets/portal.yaml", "label: 生年月日 年"));
    let looked = told(&night.jitan(&["canary"]));
    assert!(looked.contains(&at), "{at} is not in {looked}");
    night.plugged(None, &[night.given(1)]);
    let id = night.documents()[0].id.to_string();
    let story = told(&night.jitan(&["documents", "show", &id]));
    assert!(story.contains(&at), "{at} is not in {story}");
    assert!(night.portal.ledger().entries().is_empty());
}

/// The template's scenario with one call of a procedure, as it is deployed.
fn expanded(takes: &str, step: &str, with: &str) -> Vec<Step> {
    let folder = Folder::new();
    let pack = format!(
        "places:\n  - {{named: 欄, label: 備考}}\nprocedures:\n  - name: p\n    takes: [{takes}]\n    steps:\n      - {step}\nsigned_out:"
    );
    folder.change("targets/demo-system.yaml", "signed_out:", &pack);
    let call = format!("  - run: {{procedure: p, with: [{with}]}}\n  - click: {{button: 確認}}");
    folder.change("scenario.yaml", "  - click: {button: 確認}", &call);
    let loaded =
        load_folder(&folder.path).unwrap_or_else(|broken| panic!("{}", broken.render(jitan::locale::Lang::En)));
    let steps = loaded.bundle.scenario.steps;
    // Between the last field and the confirmation.
    steps[7..steps.len() - 2].to_vec()
}

fn value_of(step: &Step) -> &ValueSource {
    let Action::Fill { value, .. } = &step.action else { panic!("{step:?}") };
    value
}

#[test]
fn what_a_caller_gives_stands_in_the_procedures_place_of_it() {
    let fill = |value: &str| format!("fill: {{place: 欄, value: {value}}}");
    let steps = expanded("a", &fill("$a"), "{name: a, value: $kana | hiragana}");
    let Action::Fill { into, .. } = &steps[0].action else { panic!("{steps:?}") };
    assert_eq!(*into, Locator::Label("備考".to_owned()));
    let ValueSource::Expression(made) = value_of(&steps[0]) else { panic!("{steps:?}") };
    assert_eq!(made.source(), "$kana | hiragana");

    let steps = expanded("a", &fill("$a | no_spaces ~ '様'"), "{name: a, value: $kana | hiragana}");
    let ValueSource::Expression(made) = value_of(&steps[0]) else { panic!("{steps:?}") };
    assert_eq!(made.source(), "($kana | hiragana) | no_spaces ~ '様'");

    let steps = expanded("a", &fill("$a | full_width"), "{name: a, value: 'a\"b'}");
    assert_eq!(*value_of(&steps[0]), ValueSource::Literal("ａ＂ｂ".to_owned()));

    let both = "{name: a, value: 'x\"y'}, {name: b, value: $name}";
    let steps = expanded("a, b", &fill("$a ~ $b"), both);
    let ValueSource::Expression(made) = value_of(&steps[0]) else { panic!("{steps:?}") };
    assert_eq!(made.source(), "\"x\\\"y\" ~ ($name)");

    let steps = expanded("a", &fill("$a"), "{name: a, value: {account: user}}");
    assert_eq!(*value_of(&steps[0]), ValueSource::AccountUser);
}

#[test]
fn a_condition_on_what_is_given_is_settled_when_it_can_be() {
    let step = "{fill: {place: 欄, value: $b}, when: '$a == \"要\"'}";
    let with = |a: &str| format!("{{name: a, value: {a}}}, {{name: b, value: $name}}");
    let always = expanded("a, b", step, &with("要"));
    assert!(always.len() == 1 && always[0].when.is_none(), "{always:?}");
    assert!(expanded("a, b", step, &with("不要")).is_empty());
    let asked = expanded("a, b", step, &with("$category"));
    assert_eq!(asked[0].when.as_ref().unwrap().source(), "($category) == \"要\"");
}
