//! A web application that nobody here wrote: Django's administration site, in Japanese, with its own database. What it
//! holds is read there, by a connection of the story's own.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jitan::model::document::stage::StageKind;
use serde_json::Value;

use crate::night::Night;
use crate::night::application::{Application, Row, here, rows, rows_by};

const SCENARIO: &str = "riyo-moshikomi";

/// An installation whose scenario enters into this Django.
fn begin() -> (Night, Application) {
    let night = Night::without_scenario();
    let office = here("tests/django/office.py");
    let django = Application::start("target/django/bin/python", &[&office, &night.path("django.sqlite3")]);
    night.deploy_into(&django, "tests/django", [SCENARIO, "django", "http://127.0.0.1:8000"]);
    (night, django)
}

/// What its table holds, by number.
fn held(night: &Night) -> BTreeMap<String, Row> {
    const QUERY: &str = "select a.*, (select group_concat(name, '、') from (select g.name from application_halls h \
        join auth_group g on g.id = h.group_id where h.application_id = a.id order by g.name)) goods from application a";
    rows_by("number", rows(&night.path("django.sqlite3"), QUERY))
}

/// Names and remarks as forms bring them, and as nobody should.
const NAMES: [&str; 5] = ["髙橋　一郎", "𠮷野 さくら", "O'Brien & Söhne", "<b>板橋</b>", "渡邉 {{7*7}} $name"];
const REMARKS: [&str; 4] = ["2行の\n備考", "'; DROP TABLE application; --", "=1+1", ""];

fn given(n: usize) -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("number", format!("{n:06}")),
        ("name", NAMES[n % NAMES.len()].to_owned()),
        ("kana", if n.is_multiple_of(3) { String::new() } else { "タカハシ　イチロウ".to_owned() }),
        ("day", format!("2026-12-{n:02}")),
        ("start", format!("{:02}:30", 8 + n % 12)),
        ("people", (n * 7).to_string()),
        ("hall", ["大ホール", "小ホール", "会議室", "和室"][n % 4].to_owned()),
        ("payment", ["現金", "口座振替"][n % 2].to_owned()),
        ("goods", ["", "机", "マイク、机", "プロジェクター、マイク、椅子"][n % 4].to_owned()),
        ("remarks", REMARKS[n % REMARKS.len()].to_owned()),
    ])
}

fn file(night: &Night, n: usize) -> PathBuf {
    night.written(&format!("application-{n}"), &given(n))
}

/// What the database should hold for it.
fn expected(n: usize) -> BTreeMap<String, Value> {
    let mut values: BTreeMap<String, Value> = given(n).into_iter().map(|(k, v)| (k.to_owned(), v.into())).collect();
    values.insert("people".to_owned(), (n * 7).into());
    values.insert("start".to_owned(), format!("{:02}:30:00", 8 + n % 12).into());
    values.insert("payment".to_owned(), ["cash", "bank"][n % 2].into());
    values.insert("wheelchair".to_owned(), 1.into());
    values.insert("entered_by".to_owned(), "rpa01".into());
    // A text area sends its line ends as CR LF.
    values.insert("remarks".to_owned(), REMARKS[n % REMARKS.len()].replace('\n', "\r\n").into());
    values
}

#[test]
fn twenty_applications_stand_in_djangos_database_once_each_and_exactly_as_on_paper() {
    let (night, _django) = begin();
    night.enters_twenty(SCENARIO, |n| file(&night, n));

    let held = held(&night);
    assert_eq!(held.len(), 20);
    for n in 1..=20 {
        let row = &held[&format!("{n:06}")];
        for (name, value) in expected(n) {
            let goods = |text: &Value| {
                let mut parts: Vec<String> = text.as_str().unwrap_or_default().split('、').map(str::to_owned).collect();
                parts.sort();
                parts
            };
            if name == "goods" {
                assert_eq!(goods(&row[&name]), goods(&value), "{n}");
            } else {
                assert_eq!(row[&name], value, "{n} {name}");
            }
        }
    }
}

#[test]
fn what_django_does_not_take_is_refused_with_its_words_and_not_entered() {
    let (night, _django) = begin();
    let mut values = given(1);
    values.insert("number", "12".to_owned());
    night.plugged_into(SCENARIO, None, &[night.written("wrong", &values)]);
    assert_eq!(night.stages(), [StageKind::Failed]);
    assert!(held(&night).is_empty());
    let story = night.story_of(&night.documents()[0]);
    assert!(story.contains("下記のエラーを修正してください"), "{story}");
}
