//! A web application that nobody here wrote: Django's administration site, in Japanese, with its own database. What it
//! holds is read there, by a connection of the story's own.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use jitan::model::document::stage::StageKind;
use serde_json::Value;

use crate::night::{Night, Settings, told};

const PASSWORD: &str = "mihon-2026";
const SCENARIO: &str = "riyo-moshikomi";

/// Ended when dropped.
struct Django {
    server: Child,
    url: String,
    database: PathBuf,
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

impl Django {
    fn start(database: PathBuf) -> Self {
        let python = here("target/django/bin/python");
        assert!(python.exists(), "Django is not installed: run scripts/setup");
        let mut server = Command::new(python)
            .arg(here("tests/django/office.py"))
            .arg(&database)
            .env("OFFICE_PASSWORD", PASSWORD)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self { server, url: url.trim().to_owned(), database }
    }

    /// What its table holds, by number.
    fn held(&self) -> BTreeMap<String, BTreeMap<String, Value>> {
        const READ: &str = "import json, sqlite3, sys\n\
            db = sqlite3.connect('file:' + sys.argv[1] + '?mode=ro', uri=True); db.row_factory = sqlite3.Row\n\
            rows = [dict(row) for row in db.execute('select * from application')]\n\
            for row in rows: row['goods'] = '、'.join(r[0] for r in db.execute('select g.name from application_halls h \
            join auth_group g on g.id = h.group_id where h.application_id = ? order by g.name', (row['id'],)))\n\
            print(json.dumps(rows))";
        let read = Command::new("python3").args(["-c", READ]).arg(&self.database).output().unwrap();
        let rows: Vec<BTreeMap<String, Value>> =
            serde_json::from_slice(&read.stdout).unwrap_or_else(|_| panic!("{}", told(&read)));
        let count = rows.len();
        let by_number: BTreeMap<_, _> =
            rows.into_iter().map(|row| (row["number"].as_str().unwrap().to_owned(), row)).collect();
        assert_eq!(by_number.len(), count);
        by_number
    }
}

impl Drop for Django {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// An installation whose scenario enters into this Django.
fn begin() -> (Night, Django) {
    let night = Night::begin(&Settings::default());
    let django = Django::start(night.path("django.sqlite3"));
    for name in ["scenario.yaml", "form.yaml", "blank.png"] {
        let to = night.path("scenarios").join(SCENARIO).join(name);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(here("tests/django/scenarios").join(SCENARIO).join(name), to).unwrap();
    }
    let target = fs::read_to_string(here("tests/django/scenarios/targets/django.yaml")).unwrap();
    let target = target.replace("http://127.0.0.1:8000", &django.url);
    fs::write(night.path("scenarios/targets/django.yaml"), target).unwrap();
    night.keep_secret("django-password", PASSWORD);
    let deployed = night.jitan(&["deploy", night.path("scenarios").join(SCENARIO).to_str().unwrap()]);
    assert!(deployed.status.success(), "{}", told(&deployed));
    (night, django)
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
    let values: BTreeMap<_, _> = given(n).into_iter().map(|(k, v)| (k, Some(v).filter(|v| !v.is_empty()))).collect();
    let file = night.path(&format!("application-{n}.json"));
    fs::write(&file, serde_json::to_vec(&values).unwrap()).unwrap();
    file
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
    let (night, django) = begin();
    // The plug is pulled when the first has just been taken, and the second has not.
    night.plugged_into(SCENARIO, Some("answered"), &[file(&night, 1)]);
    night.plugged_into(SCENARIO, Some("request-held"), &[file(&night, 2)]);
    let files: Vec<PathBuf> = (3..=20).map(|n| file(&night, n)).collect();
    let run = night.plugged_into(SCENARIO, None, &files);
    assert!(run.status.success(), "{}", told(&run));
    assert_eq!(night.stages(), [StageKind::Done; 20], "{:#?}", night.documents());

    let held = django.held();
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
    let (night, django) = begin();
    let mut values = given(1);
    values.insert("number", "12".to_owned());
    let values: BTreeMap<_, _> = values.into_iter().map(|(k, v)| (k, Some(v))).collect();
    let file = night.path("wrong.json");
    fs::write(&file, serde_json::to_vec(&values).unwrap()).unwrap();
    night.plugged_into(SCENARIO, None, &[file]);
    assert_eq!(night.stages(), [StageKind::Failed]);
    assert!(django.held().is_empty());
    let shown = night.jitan(&["documents", "show", &night.documents()[0].id.to_string()]);
    assert!(told(&shown).contains("下記のエラーを修正してください"), "{}", told(&shown));
}
