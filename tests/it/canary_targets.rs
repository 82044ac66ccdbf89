//! One target, several scenarios: a changed screen holds those that use it and no others. What lies in branches is looked at
//! as far as the page leads there.

use std::fs;

use serde_json::Value;

use crate::canary::rename;
use crate::night::{Night, Settings, told};
use crate::portal::faults::Stage;

fn hasty() -> Settings {
    Settings { step_timeout: "2s", ..Settings::default() }
}

/// A further scenario: the first one's folder, with its text changed.
fn deploy_another(night: &Night, name: &str, change: impl Fn(String) -> String) {
    let (from, to) = (night.path("scenarios/jido-teate"), night.path("scenarios").join(name));
    fs::create_dir(&to).unwrap();
    for file in ["form.yaml", "blank.png"] {
        fs::copy(from.join(file), to.join(file)).unwrap();
    }
    let text = fs::read_to_string(from.join("scenario.yaml")).unwrap();
    let text = text.replace("inbox/jido-teate", &format!("inbox/{name}")).replace("子ども政策課", "障がい政策課");
    fs::write(to.join("scenario.yaml"), change(text)).unwrap();
    let deployed = night.jitan(&["deploy", to.to_str().unwrap()]);
    assert!(deployed.status.success(), "{}", told(&deployed));
}

fn without_line(text: &str, part: &str) -> String {
    assert!(text.contains(part), "{part}");
    text.lines().filter(|line| !line.contains(part)).map(|line| format!("{line}\n")).collect()
}

/// The looks by scenario.
fn looks(night: &Night, more: &[&str]) -> Vec<Value> {
    let looked = night.jitan(&[&["canary", "--format", "json"], more].concat());
    serde_json::from_slice(&looked.stdout).unwrap_or_else(|_| panic!("{}", told(&looked)))
}

fn consequences(looks: &[Value]) -> Vec<(&str, &str)> {
    looks.iter().map(|look| (look["scenario"].as_str().unwrap(), look["consequence"].as_str().unwrap())).collect()
}

#[test]
fn a_changed_screen_holds_the_scenarios_that_use_it_and_names_their_departments() {
    let night = Night::begin(&hasty());
    deploy_another(&night, "teate-kakunin", |text| without_line(&text, "{label: 児童2 氏名,"));
    rename(&night, Stage::Entry, "児童2 氏名", "第二子の氏名");
    let looks = looks(&night, &["--hold"]);
    assert_eq!(consequences(&looks), [("jido-teate", "held"), ("teate-kakunin", "none")]);
    let told = told(&night.jitan(&["canary"]));
    assert!(told.contains("子ども政策課") && told.contains("障がい政策課"), "{told}");
    assert!(night.portal.ledger().entries().is_empty());
}

#[test]
fn a_changed_sign_in_is_told_at_the_targets_own_line_and_holds_all_its_scenarios() {
    let night = Night::begin(&hasty());
    deploy_another(&night, "teate-kakunin", |text| text);
    rename(&night, Stage::SignIn, "職員番号", "利用者番号");
    let looks = looks(&night, &["--hold"]);
    assert_eq!(consequences(&looks), [("jido-teate", "held"), ("teate-kakunin", "held")]);
    let yaml = fs::read_to_string(night.path("scenarios/targets/portal.yaml")).unwrap();
    let line = 1 + yaml.lines().position(|line| line.contains("{label: 職員番号,")).unwrap();
    let told = told(&night.jitan(&["canary"]));
    assert!(told.contains(&format!("targets/portal.yaml:{line}")) && told.contains("利用者番号"), "{told}");
}

#[test]
fn a_request_that_the_target_does_not_declare_is_found_before_the_night() {
    let night = Night::begin(&hasty());
    let file = night.path("scenarios/targets/portal.yaml");
    let target = fs::read_to_string(&file).unwrap().replace("/claims/confirm, ", "");
    fs::write(&file, target).unwrap();
    deploy_another(&night, "teate-kakunin", |text| text);
    let told = told(&night.jitan(&["canary", "teate-kakunin"]));
    assert!(told.contains("changed teate-kakunin") && told.contains("POST /claims/confirm"), "{told}");
    assert!(night.portal.ledger().entries().is_empty());
}

#[test]
fn a_scenario_that_is_mended_and_deployed_goes_on() {
    let night = Night::begin(&hasty());
    rename(&night, Stage::Entry, "児童2 氏名", "第二子の氏名");
    assert_eq!(consequences(&looks(&night, &["--hold"])), [("jido-teate", "held")]);
    let file = night.path("scenarios/jido-teate/scenario.yaml");
    let mended = fs::read_to_string(&file).unwrap().replace("{label: 児童2 氏名,", "{label: 第二子の氏名,");
    fs::write(&file, mended).unwrap();
    let deployed = night.jitan(&["deploy", night.path("scenarios/jido-teate").to_str().unwrap()]);
    assert!(deployed.status.success(), "{}", told(&deployed));
    let again = looks(&night, &["--hold"]);
    assert!(matches!(consequences(&again)[0].1, "none" | "released"), "{again:?}");
    assert!(night.plugged(None, &[night.given(1)]).status.success());
    assert_eq!(night.portal.ledger().entries().len(), 1);
}

#[test]
fn the_branch_that_the_page_shows_is_looked_at_and_the_others_are_told_as_not_taken() {
    let branches = "  - expect_one_of:
      - text: 入力内容の確認
        then:
          - expect: {button: 登録}
      - text: 登録できません
        then:
          - click: {button: 戻る}
";
    let night = Night::begin(&hasty());
    deploy_another(&night, "teate-kakunin", |text| text.replace("  - expect: {text: 入力内容の確認}\n", branches));
    let looks = looks(&night, &["teate-kakunin"]);
    let verdict = |locator: &str| {
        let of_it = |finding: &&Value| finding["locator"] == locator && finding["place"] == "scenario";
        let found: Vec<&Value> = looks[0]["findings"].as_array().unwrap().iter().filter(of_it).collect();
        found.iter().map(|finding| finding["verdict"]["verdict"].as_str().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(verdict("text: 入力内容の確認 / text: 登録できません"), ["stands"]);
    // Once in the branch, once as the submit's own.
    assert_eq!(verdict("button: 登録"), ["stands", "stands"]);
    assert_eq!(verdict("button: 戻る"), ["not_checked"]);
}
