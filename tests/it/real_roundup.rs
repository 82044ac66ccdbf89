//! A web application that nobody here wrote: Roundup's issue tracker, in Japanese, as its classic template comes. Whom to
//! tell is looked up in a window that a page opens and writes itself.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use jitan::model::document::stage::StageKind;

use crate::night::Night;
use crate::night::application::{Application, Row, here, rows, rows_by};

const SCENARIO: &str = "soudan-kiroku";

/// An installation whose scenario enters into this tracker.
fn begin() -> (Night, Application) {
    let night = Night::without_scenario();
    fs::create_dir(night.path("tracker")).unwrap();
    let office = here("tests/roundup/office.py");
    let roundup = Application::start("target/roundup/bin/python", &[&office, &night.path("tracker")]);
    night.deploy_into(&roundup, "tests/roundup", [SCENARIO, "roundup", "http://127.0.0.1:8080"]);
    (night, roundup)
}

/// What its database and its folder of messages hold, by title.
fn held(night: &Night) -> BTreeMap<String, Row> {
    const QUERY: &str = "select i._title title, p._name priority, s._name status, u._username person, \
        (select group_concat(k._name) from issue_keyword l join _keyword k on k.id = l.linkid where l.nodeid = i.id) keyword, \
        (select group_concat(_username) from (select n._username from issue_nosy l join _user n on n.id = l.linkid \
        where l.nodeid = i.id order by 1)) informed, m.linkid message, c._username entered_by \
        from _issue i join _priority p on p.id = i._priority left join _status s on s.id = i._status \
        left join _user u on u.id = i._assignedto join _user c on c.id = i._creator \
        left join issue_messages m on m.nodeid = i.id";
    let mut held = rows_by("title", rows(&night.path("tracker/db/db"), QUERY));
    for row in held.values_mut() {
        let file = format!("tracker/db/files/msg/0/msg{}", row["message"]);
        row.insert("note".to_owned(), fs::read_to_string(night.path(&file)).unwrap().into());
    }
    held
}

/// Names and addresses as forms bring them, and as nobody should.
const PEOPLE: [&str; 5] = ["髙橋　一郎", "𠮷野 さくら", "O'Brien & Söhne", "<b>板橋</b>", "渡邉 {{7*7}} $title"];
const NOTES: [&str; 4] = [
    "板橋区赤塚六丁目　三十八番一号　メゾン赤塚壱番館　四〇五号室の前\n街路灯が消えている。",
    "'; DROP TABLE _issue; --",
    "Ａ－１　①　㈱　ｶﾀｶﾅ",
    "=1+1",
];

fn given(n: usize) -> BTreeMap<&'static str, String> {
    let number = format!("R8-{n:06}");
    BTreeMap::from([
        ("title", format!("{number} {}", PEOPLE[n % PEOPLE.len()])),
        ("number", number),
        ("priority", ["至急", "通常", "要望"][n % 3].to_owned()),
        ("status", ["未読", "対応作業中"][n % 2].to_owned()),
        ("person", ["tanaka", "suzuki"][n % 2].to_owned()),
        ("informed", "sato".to_owned()),
        ("keyword", ["道路", "街路灯", ""][n % 3].to_owned()),
        ("note", NOTES[n % NOTES.len()].to_owned()),
    ])
}

fn file(night: &Night, n: usize) -> PathBuf {
    night.written(&format!("issue-{n}"), &given(n))
}

#[test]
fn twenty_issues_stand_in_roundups_database_once_each_and_exactly_as_on_paper() {
    let (night, _roundup) = begin();
    night.enters_twenty(SCENARIO, |n| file(&night, n));

    let held = held(&night);
    assert_eq!(held.len(), 20);
    for n in 1..=20 {
        let given = given(n);
        let row = &held[&given["title"]];
        let stands = |column: &str| row[column].as_str().unwrap_or_default();
        for column in ["priority", "person", "keyword"] {
            assert_eq!(stands(column), given[column], "{n} {column}");
        }
        // A text area sends its line ends as CR LF.
        assert_eq!(stands("note"), given["note"].replace('\n', "\r\n"), "{n}");
        assert_eq!(stands("status"), ["unread", "in-progress"][n % 2], "{n}");
        // Roundup tells whoever entered and whoever is in charge, too.
        assert_eq!(stands("informed"), format!("rpa01,sato,{}", given["person"]), "{n}");
        assert_eq!(stands("entered_by"), "rpa01");
    }
}

#[test]
fn what_roundup_does_not_take_is_refused_with_its_words_and_not_entered() {
    let (night, _roundup) = begin();
    let mut values = given(1);
    values.insert("priority", "- 未選択 -".to_owned());
    night.plugged_into(SCENARIO, None, &[night.written("wrong", &values)]);
    assert_eq!(night.stages(), [StageKind::Failed]);
    assert!(held(&night).is_empty());
    let story = night.story_of(&night.documents()[0]);
    assert!(story.contains("優先度 が入力されていません"), "{story}");
}

#[test]
fn a_wrong_password_is_tried_once_and_the_account_is_left_alone() {
    let (night, roundup) = begin();
    night.keep_secret_again("roundup-password", "chigau-2026");
    night.plugged_into(SCENARIO, None, &[file(&night, 1), file(&night, 2)]);
    assert!(night.stages().iter().all(|stage| *stage != StageKind::Done), "{:#?}", night.documents());
    assert!(held(&night).is_empty());
    assert_eq!(roundup.said().lines().filter(|line| line.starts_with("POST")).count(), 1);
}
