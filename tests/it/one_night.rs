//! From the scanner to the ledger: files in a folder, a daemon, a portal, people, and what is left on disk afterwards.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::process::Stdio;

use jitan::model::document::stage::{Document, StageKind};

use crate::night::running::is_settled;
use crate::night::{Night, Settings, my_number, samples, told};
use crate::portal::faults::{Answer, Fault, Kind, Stage};

fn count(documents: &[Document], kind: StageKind) -> usize {
    documents.iter().filter(|d| d.stage.kind() == kind).count()
}

#[test]
fn every_scan_in_the_folder_ends_done_waiting_or_failed_and_the_portal_holds_exactly_the_done_ones() {
    let night = Night::begin(&Settings::without_schedule());
    let inbox = night.inbox();
    let daemon = night.daemon();
    let samples = samples();
    for sample in &samples {
        fs::copy(sample, inbox.join(sample.file_name().unwrap())).unwrap();
    }
    let documents = night.wait_for_documents(samples.len(), is_settled);
    assert_eq!(count(&documents, StageKind::Failed), 0, "{documents:#?}\n{}", daemon.log());
    let entries = night.portal.ledger().entries();
    assert_eq!(entries.len(), count(&documents, StageKind::Done));
    let left: Vec<_> = fs::read_dir(&inbox).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["受付済"], "the folder keeps receipts only");
    assert_eq!(fs::read_dir(inbox.join("受付済")).unwrap().count(), samples.len());
    assert_eq!(daemon.stop(), Some(0));
}

#[test]
fn a_daemon_killed_at_work_goes_on_where_it_was() {
    let night = Night::begin(&Settings::without_schedule());
    let inbox = night.inbox();
    let samples = samples();
    for sample in &samples {
        fs::copy(sample, inbox.join(sample.file_name().unwrap())).unwrap();
    }
    let daemon = night.daemon();
    crate::night::running::wait_for("a first document", || !night.documents().is_empty());
    daemon.kill();
    let daemon = night.daemon();
    let documents = night.wait_for_documents(samples.len(), is_settled);
    assert_eq!(night.portal.ledger().entries().len(), count(&documents, StageKind::Done), "{}", daemon.log());
}

#[test]
fn a_second_daemon_is_refused() {
    let night = Night::begin(&Settings::default());
    let _daemon = night.daemon();
    let second = night.jitan(&["daemon"]);
    assert_eq!(second.status.code(), Some(5), "{}", told(&second));
}

#[test]
fn verbs_work_while_the_daemon_is_busy_and_an_unknown_document_is_refused() {
    let night = Night::begin(&Settings::default());
    let _daemon = night.daemon();
    assert!(night.jitan(&["documents"]).status.success());
    let unknown = night.jitan(&["documents", "show", "00000000000000000000-1"]);
    assert_eq!(unknown.status.code(), Some(1), "{}", told(&unknown));
}

#[test]
fn the_same_case_twice_waits_for_a_person_who_decides() {
    let night = Night::begin(&Settings::default());
    let first = night.given(1);
    assert!(night.plugged(None, std::slice::from_ref(&first)).status.success());
    // The same person on the same day, but another phone number: another file, the same case.
    let mut again: BTreeMap<String, Option<String>> = serde_json::from_slice(&fs::read(&first).unwrap()).unwrap();
    again.insert("phone".to_owned(), Some("03-3579-2000".to_owned()));
    let second = night.path("again.json");
    fs::write(&second, serde_json::to_vec(&again).unwrap()).unwrap();
    assert!(night.plugged(None, std::slice::from_ref(&second)).status.success());
    let documents = night.documents();
    let suspected = documents.iter().find(|d| d.stage.kind() == StageKind::DuplicateSuspected).unwrap();
    assert_eq!(night.portal.ledger().entries().len(), 1);
    let cleared = night.jitan(&["documents", "not-duplicate", &suspected.id.to_string()]);
    assert!(cleared.status.success(), "{}", told(&cleared));
    assert!(night.plugged(None, &[]).status.success());
    assert_eq!(night.portal.ledger().entries().len(), 2);
}

#[test]
fn the_same_bytes_again_are_the_same_intake() {
    let night = Night::begin(&Settings::default());
    let file = night.given(1);
    for _ in 0..2 {
        assert!(night.plugged(None, std::slice::from_ref(&file)).status.success());
    }
    assert_eq!(night.stages(), [StageKind::Done]);
    assert_eq!(night.portal.ledger().entries().len(), 1);
}

#[test]
fn an_answer_that_never_came_is_unknown_until_the_probe_finds_the_record() {
    let night = Night::begin(&Settings { step_timeout: "1s", ..Settings::default() });
    let kind = Kind::CommitThen { answer: Answer::Hang };
    night.portal.faults().add(Fault { stage: Stage::Commit, kind, times: Some(1), after: 0 });
    let run = night.plugged(None, &[night.given(1)]);
    assert!(run.status.success(), "{}", told(&run));
    assert_eq!(night.stages(), [StageKind::Done]);
    assert_eq!(night.entered(), BTreeMap::from([(my_number(1), 1)]));
    let told = String::from_utf8(night.jitan(&["documents", "show", &first_id(&night)]).stdout).unwrap();
    assert!(told.contains("outcome unknown") && told.contains("probe: present"), "{told}");
}

#[test]
fn a_commit_that_comes_after_the_first_probe_is_found_and_not_entered_again() {
    let night = Night::begin(&Settings { step_timeout: "1s", settles_within: "6s", ..Settings::default() });
    let kind = Kind::LateCommit { ms: 4_000, answer: Answer::Hang };
    night.portal.faults().add(Fault { stage: Stage::Commit, kind, times: Some(1), after: 0 });
    let run = night.plugged(None, &[night.given(1)]);
    assert!(run.status.success(), "{}", told(&run));
    assert_eq!(night.stages(), [StageKind::Done]);
    assert_eq!(night.entered(), BTreeMap::from([(my_number(1), 1)]));
}

#[test]
fn what_the_target_does_not_take_waits_for_a_person_and_is_not_entered() {
    let night = Night::begin(&Settings { retry: "{limit: 0, interval: 1s, backoff: 1}", ..Settings::default() });
    let file = night.given(1);
    let mut values: BTreeMap<String, Option<String>> = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    values.insert("account_no".to_owned(), Some("12".to_owned()));
    fs::write(&file, serde_json::to_vec(&values).unwrap()).unwrap();
    night.plugged(None, &[file]);
    assert_eq!(night.stages(), [StageKind::Failed]);
    assert!(night.portal.ledger().entries().is_empty());
    let shown = night.jitan(&["documents", "show", &first_id(&night)]);
    assert!(String::from_utf8_lossy(&shown.stdout).contains("口座番号"), "{}", told(&shown));
}

#[test]
fn a_mended_scenario_reaches_the_documents_that_waited_for_it() {
    let night = Night::begin(&Settings { retry: "{limit: 0, interval: 1s, backoff: 1}", ..Settings::default() });
    let renamed = Kind::RenameLabel { from: "口座番号".to_owned(), to: "口座の番号".to_owned() };
    night.portal.faults().add(Fault { stage: Stage::Entry, kind: renamed, times: None, after: 0 });
    night.plugged(None, &[night.given(1), night.given(2)]);
    assert_eq!(night.stages(), [StageKind::Held, StageKind::Held]);
    assert!(night.portal.ledger().entries().is_empty());

    let file = night.path("scenarios/jido-teate/scenario.yaml");
    let mended = fs::read_to_string(&file).unwrap().replace("{label: 口座番号,", "{label: 口座の番号,");
    fs::write(&file, mended).unwrap();
    let deployed = night.jitan(&["deploy", night.path("scenarios/jido-teate").to_str().unwrap()]);
    assert!(String::from_utf8_lossy(&deployed.stdout).contains("2 held documents go on"), "{}", told(&deployed));
    night.plugged(None, &[]);
    assert_eq!(night.stages(), [StageKind::Done, StageKind::Done]);
    let entered = night.entered();
    assert_eq!(entered.values().collect::<Vec<_>>(), [&1, &1]);
}

#[test]
fn a_connection_cut_after_the_entry_is_asked_about_and_not_entered_again() {
    let night = Night::begin(&Settings { settles_within: "2s", ..Settings::default() });
    let kind = serde_json::from_value(serde_json::json!({"commit_then": {"answer": "drop"}})).unwrap();
    night.portal.faults().add(Fault { stage: Stage::Commit, kind, times: Some(1), after: 0 });
    night.plugged(None, &[night.given(1)]);
    assert_eq!(night.stages(), [StageKind::Done]);
    assert_eq!(night.entered().into_values().collect::<Vec<_>>(), [1]);
}

#[test]
fn a_document_in_a_persons_hands_is_left_alone_and_handed_back() {
    let night = Night::begin(&Settings { retry: "{limit: 0, interval: 1s, backoff: 1}", ..Settings::default() });
    let kind = Kind::Status { code: 500 };
    night.portal.faults().add(Fault { stage: Stage::Entry, kind, times: Some(1), after: 0 });
    night.plugged(None, &[night.given(1)]);
    let id = first_id(&night);
    assert_eq!(night.stages(), [StageKind::Failed]);
    assert!(night.jitan(&["documents", "take", &id]).status.success());
    night.plugged(None, &[]);
    assert_eq!(night.stages(), [StageKind::Taken]);
    let by_hand = night.jitan(&["documents", "resolve", &id, "--as", "by-hand", "--minutes", "9"]);
    assert!(by_hand.status.success(), "{}", told(&by_hand));
    assert_eq!(night.stages(), [StageKind::DoneByHand]);
    assert!(night.portal.ledger().entries().is_empty());
}

#[test]
fn a_reviewers_corrections_are_what_is_entered() {
    let night = Night::begin(&Settings::default());
    let doubtful = samples();
    let run = night.jitan(&["run", "jido-teate", doubtful[0].to_str().unwrap()]);
    assert!(matches!(run.status.code(), Some(0 | 4)), "{}", told(&run));
    if night.stages() == [StageKind::Review] {
        let mut review = night
            .command(&["review"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let answers = "\n".repeat(60);
        review.stdin.take().unwrap().write_all(answers.as_bytes()).unwrap();
        let reviewed = review.wait_with_output().unwrap();
        assert!(reviewed.status.success(), "{}", told(&reviewed));
    }
    let shown = String::from_utf8(night.jitan(&["documents", "show", &first_id(&night)]).stdout).unwrap();
    assert!(shown.contains("read ("), "{shown}");
}

#[test]
fn nothing_personal_lies_in_clear_on_disk_or_in_the_log() {
    let night = Night::begin(&Settings::default());
    assert!(night.plugged(None, &[night.given(1)]).status.success());
    assert_eq!(night.stages(), [StageKind::Done]);
    let traces = [my_number(1), "板橋　花子".to_owned(), "イタバシ　ハナコ".to_owned(), "03-3964-1111".to_owned()];
    let mut folders = vec![night.path("data")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_none_or(|e| e != "sock") {
                let bytes = fs::read(&path).unwrap();
                for trace in &traces {
                    let found = bytes.windows(trace.len()).any(|w| w == trace.as_bytes());
                    assert!(!found, "{} holds personal data in clear", path.display());
                }
            }
        }
    }
}

#[test]
fn an_erased_document_cannot_be_read_again_and_the_journal_still_verifies() {
    let night = Night::begin(&Settings::default());
    assert!(night.plugged(None, &[night.given(1)]).status.success());
    let id = first_id(&night);
    assert_eq!(night.jitan(&["documents", "erase", &id]).status.code(), Some(2), "asks for --yes");
    assert!(night.jitan(&["documents", "erase", &id, "--yes"]).status.success());
    assert_eq!(night.stages(), [StageKind::Erased]);
    let shown = night.jitan(&["documents", "show", &id]);
    assert!(shown.status.success() && !String::from_utf8_lossy(&shown.stdout).contains("receipt"), "{}", told(&shown));
    let verified = night.jitan(&["store", "verify"]);
    assert!(verified.status.success(), "{}", told(&verified));
}

fn first_id(night: &Night) -> String {
    night.documents()[0].id.to_string()
}
