//! Before the batch: a screen that changed is found, its scenario is held, and nothing is ever written by looking.

use std::time::Duration;

use jitan::api::client::{Client, Socket};
use jitan::api::types::ScenarioSummary;
use jitan::model::document::stage::StageKind;
use serde_json::Value;

use super::entering_pages::story;
use crate::night::running::wait_for;
use crate::night::{Night, Settings, told};
use crate::portal::faults::{Fault, Kind, Stage};

pub fn rename(night: &Night, stage: Stage, from: &str, to: &str) {
    let kind = Kind::RenameLabel { from: from.to_owned(), to: to.to_owned() };
    night.portal.faults().add(Fault { stage, kind, times: None, after: 0 });
}

/// What a look says, its exit code and its findings.
fn look(night: &Night, more: &[&str]) -> (String, Option<i32>) {
    let looked = night.jitan(&[&["canary"], more].concat());
    (told(&looked), looked.status.code())
}

fn findings(night: &Night, verdict: &str) -> Vec<Value> {
    let looked = night.jitan(&["canary", "--format", "json"]);
    let looked: Value = serde_json::from_slice(&looked.stdout).unwrap();
    let all = looked[0]["findings"].as_array().unwrap().iter();
    all.filter(|finding| finding["verdict"]["verdict"] == verdict).cloned().collect()
}

/// The shipped scenario without its samples.
fn without_samples() -> Settings {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/jido-teate/scenario.yaml"));
    let text = text.unwrap();
    let from = text.find("canary:\n").unwrap();
    let samples = &text[from..from + text[from..].find("\n\n").unwrap()];
    Settings { replace: vec![(Box::leak(samples.to_owned().into_boxed_str()), String::new())], ..Settings::default() }
}

#[test]
fn a_screen_that_is_as_it_was_passes_up_to_its_submit_and_nothing_is_written() {
    let night = Night::begin(&Settings::default());
    let (said, code) = look(&night, &[]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("ok jido-teate") && said.contains("子ども政策課"), "{said}");
    let checked = findings(&night, "stands");
    for locator in ["label: 口座番号", "text: 入力内容の確認", "button: 登録", "button: 検索"] {
        assert!(checked.iter().any(|finding| finding["locator"] == locator), "{locator} was not checked: {said}");
    }
    let left = findings(&night, "not_checked");
    assert_eq!(left.len(), 1, "only the columns of a search that finds nobody: {left:?}");
    assert!(night.portal.ledger().entries().is_empty());
}

#[test]
fn a_renamed_label_is_told_at_its_line_with_what_is_near_and_holds_only_if_asked() {
    let night = Night::begin(&Settings { step_timeout: "2s", ..Settings::default() });
    rename(&night, Stage::Entry, "口座番号", "口座の番号");
    let (said, code) = look(&night, &[]);
    assert_eq!(code, Some(1), "{said}");
    let yaml = std::fs::read_to_string(night.path("scenarios/jido-teate/scenario.yaml")).unwrap();
    let line = 1 + yaml.lines().position(|line| line.contains("{label: 口座番号,")).unwrap();
    let place = format!("jido-teate/scenario.yaml:{line}");
    assert!(said.contains(&place) && said.contains("口座の番号") && said.contains("子ども政策課"), "{said}");
    assert!(!said.contains("held"), "{said}");
    let changed = findings(&night, "changed");
    assert_eq!(changed.len(), 1, "the rest of the page stands: {changed:?}");

    let (said, _) = look(&night, &["--hold"]);
    assert!(said.contains("\n  held\n"), "{said}");
    let (said, _) = look(&night, &[]);
    assert!(said.contains("stays held"), "{said}");
    night.portal.faults().clear();
    let (said, code) = look(&night, &[]);
    assert!(code == Some(0) && said.contains("no longer held"), "{said}");
    assert!(night.portal.ledger().entries().is_empty());
}

#[test]
fn without_samples_a_page_is_looked_at_untouched_and_what_lies_behind_is_told() {
    let night = Night::begin(&Settings { step_timeout: "2s", ..without_samples() });
    let (said, code) = look(&night, &[]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("not come to, so not checked") && said.contains("button: 登録\n"), "{said}");
    rename(&night, Stage::Entry, "フリガナ", "氏名カナ");
    rename(&night, Stage::Search, "個人番号", "マイナンバー");
    let changed = findings(&night, "changed");
    let locators: Vec<&str> = changed.iter().map(|finding| finding["locator"].as_str().unwrap()).collect();
    assert_eq!(locators, ["label: フリガナ", "label: 個人番号"]);
}

#[test]
fn a_password_that_is_wrong_is_tried_once_and_holds_the_scenario() {
    let night = Night::begin(&Settings::default());
    std::fs::remove_file(night.path("credentials/portal-password")).unwrap();
    night.keep_secret("portal-password", "wrong");
    for _ in 0..7 {
        let (said, code) = look(&night, &[]);
        assert!(code == Some(1) && said.contains("stopped jido-teate"), "{said}");
    }
    // Five tries would have locked it.
    std::fs::remove_file(night.path("credentials/portal-password")).unwrap();
    night.keep_secret("portal-password", crate::portal::PASSWORD);
    assert!(night.plugged(None, &[night.given(1)]).status.success());
    assert_eq!(night.stages(), [StageKind::Done]);
}

#[test]
fn a_target_that_does_not_answer_is_not_reachable_and_holds_nothing() {
    let night = Night::begin(&Settings { step_timeout: "2s", ..Settings::default() });
    night.portal.faults().add(Fault { stage: Stage::Entry, kind: Kind::Status { code: 503 }, times: None, after: 0 });
    let (said, code) = look(&night, &["--hold"]);
    assert!(code == Some(1) && said.contains("not reachable jido-teate"), "{said}");
    night.portal.faults().clear();
    let (said, _) = look(&night, &[]);
    assert!(!said.contains("held"), "{said}");
}

#[test]
fn a_scenario_that_was_never_deployed_is_refused() {
    let night = Night::begin(&Settings::default());
    let (said, code) = look(&night, &["nobody"]);
    assert_eq!(code, Some(1), "{said}");
}

#[test]
fn the_daemon_looks_before_a_planned_run_and_lets_it_begin_once_the_screen_is_as_it_was() {
    let every_minute = Settings {
        step_timeout: "2s",
        replace: vec![
            ("cron: \"0 22 * * *\"", "cron: \"* * * * *\"".to_owned()),
            ("days: office\n  shift: skip", "days: any".to_owned()),
        ],
        ..Settings::default()
    };
    let night = Night::begin(&every_minute);
    rename(&night, Stage::Entry, "口座番号", "口座の番号");
    let daemon = night.daemon();
    wait_for("a run that does not begin", || !summary(&night).occurrences.is_empty());
    let held = summary(&night);
    assert_eq!(held.held.unwrap().code, "entering.canary-changed");
    assert_eq!(held.occurrences[0].why_not.as_ref().unwrap().code, "daemon.not-fired-held");
    night.portal.faults().clear();
    wait_for("a run that begins", || summary(&night).occurrences[0].why_not.is_none());
    assert_eq!(summary(&night).held, None, "{}", daemon.log());
    assert!(night.portal.ledger().entries().is_empty());
}

fn summary(night: &Night) -> ScenarioSummary {
    let socket = Socket::new(&night.path("data/jitan.sock")).unwrap();
    let scenarios = story(async move { Client::new(socket).scenarios().await.unwrap() });
    std::thread::sleep(Duration::from_millis(500));
    scenarios.into_iter().next().unwrap()
}
