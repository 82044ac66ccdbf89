//! Values from paper are text and nothing else: what looks like a script, a selector, a template, SQL, a formula or a
//! control reaches the target byte for byte, or stops its document with the reason; none of it runs.

use std::collections::BTreeMap;

use jitan::entering::error::ErrorKind;
use jitan::entering::prepare::prepare;
use jitan::entering::submit::{SubmitEnd, submit};
use jitan::model::id::FieldName;
use jitan::model::value::Personal;
use serde_json::Value;

use super::entering_pages::{session, within};
use super::entering_portal::Office;

/// Each would leave a mark on the page, or open a dialog, if anything took it for more than text.
const CORES: [&str; 29] = [
    "<script>document.body.title='ran'</script>",
    "<img src=x onerror=document.body.title='ran'>",
    "\"><svg onload=alert(1)>",
    "'><body onload=alert(1)>",
    "javascript:alert(1)",
    "</textarea></form><script>alert(1)</script>",
    "${alert(1)}",
    "{{constructor.constructor('alert(1)')()}}",
    "{% include '/etc/passwd' %}",
    "<%= 7*7 %>",
    "#{7*7}",
    "'); alert(1); ('",
    "`);alert(1);(`",
    "\\u0061lert(1)",
    "input[name=a]",
    "label: 氏名",
    "*:not(#m)>*",
    "$my_number",
    "'; DROP TABLE claims; --",
    "1 OR 1=1",
    "=HYPERLINK(\"http://x.example\",\"x\")",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "板\u{202e}橋\u{2066}花子\u{2069}",
    "板\u{200b}橋\u{feff}花\u{fe00}子",
    "板橋\u{0}花子",
    "板橋\u{1b}[31m花子",
    "板橋\r\n花子",
    "𠮷野家\u{e0100}と葛󠄀飾",
];
const BEFORE: [&str; 5] = ["", "板橋　", "x'\"", "&lt;", "%00"];
const AFTER: [&str; 4] = ["", "番地", "\\", "<!--"];

/// Repeats itself after 29 × 5 × 4.
fn hostile(n: usize) -> String {
    format!("{}{}{}", BEFORE[n % BEFORE.len()], CORES[n % CORES.len()], AFTER[n % AFTER.len()])
}

/// Whether the page shows the mark of something that ran.
const RAN: &str = "() => document.body.title";

#[test]
fn hostile_values_arrive_byte_for_byte_or_are_refused_and_none_runs() {
    let count: usize = std::env::var("PROOF_HOSTILE").map_or(29, |n| n.parse().unwrap());
    within(std::time::Duration::from_secs(60 + 10 * count as u64), async {
        let mut office = Office::open();
        let mut outcomes = BTreeMap::from([("exact", 0), ("refused", 0)]);
        let mut session = session().await;
        for n in 0..count {
            let value = hostile(n);
            office.set("address", &value);
            let before = office.entered();
            let outcome = match prepare(session.as_mut(), &office.job()).await {
                Ok(prepared) => match submit(session.as_mut(), &office.job(), &prepared, &|_| ()).await {
                    SubmitEnd::Confirmed { .. } => {
                        let entries = office.entries();
                        assert_eq!(entries.len(), before + 1, "{value:?}");
                        assert_eq!(entries[before].values["address"], value);
                        "exact"
                    }
                    end => panic!("{value:?}: {end:?}"),
                },
                Err(error) => {
                    assert_eq!(error.kind, ErrorKind::Business, "{value:?}: {error}");
                    assert!(!error.to_string().contains(&value));
                    assert_eq!(office.entered(), before, "{value:?}");
                    "refused"
                }
            };
            *outcomes.get_mut(outcome).unwrap() += 1;
            let limit = std::time::Duration::from_secs(5);
            let ran = session.run(RAN, &Value::Null, limit, &|| ()).await.unwrap();
            assert_eq!((ran.answer, ran.dialog), (Some("".into()), None), "{value:?}");
        }
        println!("{count} hostile values: {outcomes:?}");
        assert_eq!(outcomes["exact"] + outcomes["refused"], count);
        assert!(outcomes["exact"] * 5 >= count * 4, "{outcomes:?}");
    });
}

impl Office {
    fn set(&mut self, field: &str, value: &str) {
        self.values.0.insert(FieldName::new(field).unwrap(), Some(Personal::new(value)));
    }
}
