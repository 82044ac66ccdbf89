//! A night on which the target misbehaves at every third request, once for each way it can: nobody is entered twice, nobody
//! is lost, and every document ends with an outcome that has a name. Entries are counted in the portal's own ledger.
//!
//! `PROOF_FAULTS` sets how many documents each way is tried with (a few otherwise).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jitan::model::document::stage::StageKind;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::night::{Night, Settings, my_number, told};
use crate::portal::faults::{Answer, Dialog, Fault, Kind, Stage};

fn people() -> u32 {
    std::env::var("PROOF_FAULTS").ok().and_then(|n| n.parse().ok()).unwrap_or(2)
}

/// Spoils every third request of a stage, up to once for every third of `people`.
fn every_third(stage: Stage, kind: &Kind, people: u32) -> impl Iterator<Item = Fault> {
    // Each counts the requests that those before it let pass.
    (0..people.div_ceil(3)).map(move |n| Fault { stage, kind: kind.clone(), times: Some(1), after: 1 + 2 * n })
}

fn hasty() -> Settings {
    Settings { step_timeout: "2s", retry: "{limit: 20, interval: 1s, backoff: 1}", ..Settings::default() }
}

/// How many documents ended as what, after nobody was found entered twice or lost.
fn outcomes(what: &str, night: &Night, begun: Instant) -> BTreeMap<StageKind, usize> {
    let mut ended = BTreeMap::new();
    for kind in night.stages() {
        *ended.entry(kind).or_default() += 1;
    }
    for document in night.documents().iter().filter(|document| document.stage.kind() != StageKind::Done) {
        println!("{what}: {:?}", document.stage);
    }
    let entered = night.entered();
    let doubled = entered.values().filter(|times| **times > 1).count();
    println!("{what}: {} documents, {ended:?}, {doubled} doubled, {:?}", people(), begun.elapsed());
    assert_eq!(doubled, 0, "{what}");
    assert_eq!(ended.values().sum::<usize>(), people() as usize, "{what}: lost");
    let strangers = entered.keys().filter(|number| !(1..=people()).any(|person| my_number(person) == **number));
    assert_eq!(strangers.count(), 0, "{what}");
    let (done, open) = (ended.get(&StageKind::Done).copied(), ended.get(&StageKind::Unknown).copied());
    let (done, open) = (done.unwrap_or(0), open.unwrap_or(0));
    // What is called done stands there, and what stands there is called done or at least unknown.
    assert!((done..=done + open).contains(&entered.len()), "{what}: {} stand in the ledger", entered.len());
    ended
}

/// Enters everybody into a portal that misbehaves so at these stages.
fn night_of(what: &str, settings: &Settings, stages: &[Stage], kind: &Kind) -> BTreeMap<StageKind, usize> {
    let night = Night::begin(settings);
    let files: Vec<_> = (1..=people()).map(|person| night.given(person)).collect();
    for stage in stages {
        every_third(*stage, kind, people()).for_each(|fault| night.portal.faults().add(fault));
    }
    let begun = Instant::now();
    let run = night.plugged(None, &files);
    assert!(run.status.success(), "{what}: {}", told(&run));
    let ended = outcomes(what, &night, begun);
    assert!(
        night.portal.faults().waiting().len() < people().div_ceil(3) as usize * stages.len(),
        "{what}: nothing went wrong"
    );
    ended
}

/// The same, after which everybody stands there.
fn all_are_entered(what: &str, settings: &Settings, stages: &[Stage], kind: &Kind) {
    let ended = night_of(what, settings, stages, kind);
    assert_eq!(ended, BTreeMap::from([(StageKind::Done, people() as usize)]), "{what}");
}

#[test]
fn errors_500_and_502_on_any_page_and_at_the_commit() {
    for code in [500, 502] {
        let nothing_done = Kind::Status { code };
        all_are_entered(&format!("{code} before the commit"), &hasty(), &[Stage::Entry, Stage::Confirm], &nothing_done);
        all_are_entered(&format!("{code} at the commit"), &hasty(), &[Stage::Commit], &nothing_done);
        let done_all_the_same = Kind::CommitThen { answer: Answer::Status(code) };
        all_are_entered(&format!("{code} after the commit"), &hasty(), &[Stage::Commit], &done_all_the_same);
    }
}

#[test]
fn no_answer_at_all_before_and_after_the_commit() {
    all_are_entered("silence before the commit", &hasty(), &[Stage::Entry, Stage::Confirm], &Kind::Hang);
    all_are_entered("silence at the commit", &hasty(), &[Stage::Commit], &Kind::Hang);
    let committed = Kind::CommitThen { answer: Answer::Hang };
    all_are_entered("silence after the commit", &hasty(), &[Stage::Commit], &committed);
}

#[test]
fn connections_cut_before_and_after_the_commit() {
    all_are_entered("cut before the commit", &hasty(), &[Stage::Entry, Stage::Confirm, Stage::Commit], &Kind::Drop);
    let committed = Kind::CommitThen { answer: Answer::Drop };
    all_are_entered("cut after the commit", &hasty(), &[Stage::Commit], &committed);
}

#[test]
fn pages_that_arrive_drop_by_drop() {
    let stages = [Stage::Entry, Stage::Confirm, Stage::Commit, Stage::Completion];
    all_are_entered("a slow drip", &Settings::default(), &stages, &Kind::Drip { bytes: 400, pause_ms: 40 });
    all_are_entered("a drip beyond patience", &hasty(), &stages, &Kind::Drip { bytes: 60, pause_ms: 200 });
}

#[test]
fn sessions_that_end_under_way() {
    for stage in [Stage::Search, Stage::Entry, Stage::Confirm, Stage::Commit] {
        all_are_entered(&format!("a session ended at {stage:?}"), &hasty(), &[stage], &Kind::ExpireSession);
    }
}

#[test]
fn a_maintenance_page_in_the_place_of_any() {
    for stage in [Stage::Entry, Stage::Confirm, Stage::Commit] {
        all_are_entered(&format!("maintenance at {stage:?}"), &hasty(), &[stage], &Kind::Maintenance);
    }
}

#[test]
fn a_label_that_changes_and_changes_back() {
    let renamed = Kind::RenameLabel { from: "個人番号".to_owned(), to: "マイナンバー".to_owned() };
    all_are_entered("a renamed label", &hasty(), &[Stage::Entry], &renamed);
}

#[test]
fn a_dialog_that_nobody_provided_for_is_a_persons_and_enters_nothing() {
    for show in [Dialog::Alert, Dialog::Confirm] {
        let dialog = Kind::Dialog { show, text: "本日の受付は終了しました".to_owned() };
        let ended = night_of(&format!("a dialog ({show:?})"), &hasty(), &[Stage::Entry], &dialog);
        let failed = ended.get(&StageKind::Failed).copied().unwrap_or(0);
        let done = ended.get(&StageKind::Done).copied().unwrap_or(0);
        assert!(failed > 0 && failed + done == people() as usize, "{show:?}: {ended:?}");
    }
}

#[test]
fn commits_that_come_late() {
    let settings = Settings { settles_within: "4s", ..hasty() };
    let late = Kind::LateCommit { ms: 2_500, answer: Answer::Status(504) };
    all_are_entered("a commit 2.5 s late", &settings, &[Stage::Commit], &late);
}

#[test]
fn browsers_killed_again_and_again() {
    let night = Night::begin(&hasty());
    let files: Vec<_> = (1..=people()).map(|person| night.given(person)).collect();
    let begun = Instant::now();
    let mut run = night.plugged_command("jido-teate").args(&files).spawn().unwrap();
    let mut killed = 0;
    let (mut browser, mut since) = (None, Instant::now());
    while run.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(50));
        let seen = child_of(run.id());
        if seen != browser {
            (browser, since) = (seen, Instant::now());
        }
        // Each lives somewhat longer than the one before, so that all moments of a document have their turn.
        let lives = Duration::from_millis(500 + 450 * (killed % 7));
        if killed < u64::from(people().div_ceil(3))
            && since.elapsed() >= lives
            && let Some(browser) = browser
        {
            kill(browser, Signal::SIGKILL).unwrap();
            killed += 1;
        }
    }
    assert!(run.wait().unwrap().success() && killed > 0);
    let what = format!("the browser killed {killed} times");
    assert_eq!(outcomes(&what, &night, begun), BTreeMap::from([(StageKind::Done, people() as usize)]), "{what}");
}

/// The browser that a process of this story has started.
fn child_of(parent: u32) -> Option<Pid> {
    let threads = std::fs::read_dir(format!("/proc/{parent}/task")).ok()?;
    let children = threads.filter_map(|thread| std::fs::read_to_string(thread.ok()?.path().join("children")).ok());
    let children: String = children.collect();
    children.split_whitespace().next()?.parse().ok().map(Pid::from_raw)
}
