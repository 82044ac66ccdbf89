//! A web application that nobody here wrote: AdminJS, in Japanese, one page that React draws. What it asks and sends goes
//! by script; drop-downs and calendars are the page's own, and a message that vanishes is all it says.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use jitan::model::document::stage::StageKind;

use crate::night::Night;
use crate::night::application::{Application, Row, here, rows, rows_by};

const SCENARIO: &str = "josei-shinsei";

/// An installation whose scenario enters into this application.
fn begin() -> (Night, Application) {
    let night = Night::without_scenario();
    fs::create_dir(night.path("adminjs")).unwrap();
    // Its packages are found from where it lies.
    let office = here("target/adminjs/office.mjs");
    fs::copy(here("tests/adminjs/office.mjs"), &office).expect("AdminJS is not installed: run scripts/setup");
    let adminjs = Application::start("target/adminjs/node", &[&office, &night.path("adminjs")]);
    night.deploy_into(&adminjs, "tests/adminjs", [SCENARIO, "adminjs", "http://127.0.0.1:3000"]);
    (night, adminjs)
}

/// What its table holds, by number.
fn held(night: &Night) -> BTreeMap<String, Row> {
    rows_by("number", rows(&night.path("adminjs/office.sqlite3"), "select * from subsidies"))
}

/// Names and addresses as forms bring them, and as nobody should.
const NAMES: [&str; 5] = ["髙橋　一郎", "𠮷野 さくら", "O'Brien & Söhne", "<b>板橋</b>", "渡邉 {{7*7}} $name"];
const ADDRESSES: [&str; 2] =
    ["板橋区赤塚六丁目　三十八番一号　メゾン赤塚壱番館　四〇五号室　みほん方", "板橋区板橋二丁目66-1"];
const KINDS: [&str; 4] = ["住宅改修", "雨水タンク", "生垣", "防犯カメラ"];
const REMARKS: [&str; 4] = ["2行の\n備考", "'; DROP TABLE subsidies; --", "=1+1", ""];

fn given(n: usize) -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("number", format!("{n:06}")),
        ("name", NAMES[n % NAMES.len()].to_owned()),
        ("kana", if n.is_multiple_of(3) { String::new() } else { "タカハシ　イチロウ".to_owned() }),
        ("birth", format!("19{:02}-{:02}-{:02}", 40 + n * 2, 1 + n % 12, n)),
        ("address", ADDRESSES[n % ADDRESSES.len()].to_owned()),
        ("kind", KINDS[n % KINDS.len()].to_owned()),
        ("amount", (n * 10_000).to_string()),
        ("remarks", REMARKS[n % REMARKS.len()].to_owned()),
    ])
}

fn file(night: &Night, n: usize) -> PathBuf {
    night.written(&format!("subsidy-{n}"), &given(n))
}

#[test]
fn twenty_records_stand_in_adminjss_database_once_each_and_exactly_as_on_paper() {
    let (night, _adminjs) = begin();
    night.enters_twenty(SCENARIO, |n| file(&night, n));

    let held = held(&night);
    assert_eq!(held.len(), 20);
    for n in 1..=20 {
        let given = given(n);
        let row = &held[&given["number"]];
        let stands = |column: &str| row[column].as_str().unwrap_or_default();
        for column in ["name", "kana", "birth", "address", "kind"] {
            assert_eq!(stands(column), given[column], "{n} {column}");
        }
        // A script's form data sends line ends as CR LF, too.
        assert_eq!(stands("remarks"), given["remarks"].replace('\n', "\r\n"), "{n}");
        assert_eq!((&row["amount"], &row["consent"]), (&(n * 10_000).into(), &1.into()), "{n}");
        assert_eq!(row["entered_by"], "rpa01@office.example");
    }
}

#[test]
fn what_adminjs_does_not_take_is_refused_with_its_words_and_not_entered() {
    let (night, _adminjs) = begin();
    night.plugged_into(SCENARIO, None, &[file(&night, 1)]);
    // Another person's paper with a number that is taken, and one whose number is none.
    let [mut taken, mut none] = [given(2), given(3)];
    taken.insert("number", given(1)["number"].clone());
    none.insert("number", "12".to_owned());
    night.plugged_into(SCENARIO, None, &[night.written("taken", &taken), night.written("none", &none)]);
    let stages = night.stages();
    assert_eq!(stages.iter().filter(|stage| **stage == StageKind::Done).count(), 1, "{:#?}", night.documents());
    assert!(stages.contains(&StageKind::Failed), "{stages:?}");
    let held = held(&night);
    assert_eq!((held.len(), held["000001"]["name"].as_str()), (1, Some(given(1)["name"].as_str())));
    let told: String = night.documents().iter().map(|document| night.story_of(document)).collect();
    assert!(told.contains("検証エラーがあります"), "{told}");
}

#[test]
fn a_wrong_password_is_tried_once_and_the_account_is_left_alone() {
    let (night, adminjs) = begin();
    night.keep_secret_again("adminjs-password", "chigau-2026");
    night.plugged_into(SCENARIO, None, &[file(&night, 1), file(&night, 2)]);
    assert!(night.stages().iter().all(|stage| *stage != StageKind::Done), "{:#?}", night.documents());
    assert!(held(&night).is_empty());
    assert_eq!(adminjs.said().lines().filter(|line| line.starts_with("POST /admin/login")).count(), 1);
}
