//! What an operator does with a running installation: copy it, bring the copy back, run out of disk, close the office.

use std::fs;

use jitan::model::document::stage::StageKind;

use crate::night::{Night, Settings, told};
use crate::portal::faults::{Answer, Fault, Kind, Stage};

#[test]
fn a_backup_made_while_the_daemon_works_comes_back_with_the_versions_its_documents_need() {
    let night = Night::begin(&Settings { settles_within: "2s", ..Settings::default() });
    let kind = Kind::CommitThen { answer: Answer::Status(504) };
    night.portal.faults().add(Fault { stage: Stage::Commit, kind, times: Some(1), after: 0 });
    // Entered, and not known to be.
    night.plugged(Some("answered"), &[night.given(1)]);
    night.portal.faults().add(Fault { stage: Stage::Search, kind: Kind::Maintenance, times: None, after: 0 });
    let daemon = night.daemon();
    let backup = night.path("backup");
    let made = night.jitan(&["store", "backup", backup.to_str().unwrap()]);
    assert!(made.status.success(), "{}", told(&made));
    assert_eq!(daemon.stop(), Some(0));

    fs::rename(night.path("data"), night.path("burnt")).unwrap();
    let restored = night.jitan(&["store", "restore", backup.to_str().unwrap()]);
    assert!(restored.status.success(), "{}", told(&restored));
    let verified = night.jitan(&["store", "verify"]);
    assert!(verified.status.success(), "{}", told(&verified));
    night.portal.faults().clear();
    // What is asked about an unknown document stands in its version.
    night.plugged(None, &[]);
    assert_eq!(night.stages(), [StageKind::Done]);
    assert_eq!(night.entered().into_values().collect::<Vec<_>>(), [1]);
}

#[test]
fn without_room_on_the_disk_nothing_new_begins_and_files_wait_where_they_are() {
    let night = Night::begin(&Settings::default());
    let config = night.path("jitan.toml");
    fs::write(&config, "disk_floor_gib = 16000000000").unwrap();
    night.plugged(None, &[night.given(1)]);
    assert_eq!(night.stages(), [StageKind::Received]);
    let doctor = night.jitan(&["doctor"]);
    assert!(String::from_utf8_lossy(&doctor.stdout).contains("no new work begins below"), "{}", told(&doctor));

    fs::write(&config, "disk_floor_gib = 0").unwrap();
    night.plugged(None, &[]);
    assert_eq!(night.stages(), [StageKind::Done]);
}

#[test]
fn the_offices_own_closing_days_move_the_schedule() {
    let night = Night::begin(&Settings::default());
    let scenario = night.path("scenarios/jido-teate");
    let firings = || {
        let checked = night.jitan(&["check", scenario.to_str().unwrap()]);
        assert!(checked.status.success(), "{}", told(&checked));
        let said = String::from_utf8(checked.stdout).unwrap();
        said.lines().filter_map(|line| line.trim().get(..10).map(str::to_owned)).collect::<Vec<_>>()
    };
    let usual = firings();
    let next = usual.iter().find(|line| line.starts_with("20")).unwrap().clone();
    fs::write(night.path("jitan.toml"), format!("[calendar]\nclosed = ['{next}']\n")).unwrap();
    assert!(!firings().contains(&next));
}
