//! What fields say of each other, case by case.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::model::form::{EraSource, Group, PageSize};
use crate::model::id::FormName;
use crate::model::value::Writing;
use crate::model::value::{Chance, Content, Provenance, Rect};
use crate::reading::decide::alternative;
use crate::reading::lexicon::shipped;

const ZONE: Rect = Rect { x: 0.0, y: 0.0, width: 10.0, height: 5.0 };

fn name(text: &str) -> FieldName {
    FieldName::new(text).unwrap()
}

/// A field's readings, the first one decided; none is a blank field.
fn value(field: &str, readings: &[&str]) -> FieldValue {
    let content = readings.first().map_or(Content::Blank, |text| Content::Written(Personal::new(*text)));
    FieldValue {
        field: name(field),
        content,
        chance: Chance::Calibrated(0.001, Writing::People),
        provenance: Provenance::Zone(ZONE),
        alternatives: readings.iter().skip(1).map(|text| alternative(*text, 0.3)).collect(),
        doubts: Vec::new(),
        evidence: Vec::new(),
    }
}

fn held(rule: GroupRule, content: LineContent, readings: &[(&str, &[&str])]) -> Vec<FieldValue> {
    let fields = readings.iter().map(|(field, texts)| value(field, texts)).collect();
    held_as(vec![rule], content, fields)
}

fn together(rules: Vec<GroupRule>, fields: Vec<FieldValue>) -> Vec<FieldValue> {
    held_as(rules, LineContent::Free, fields)
}

/// The rules' groups are called `group0`, `group1` and so on.
fn held_as(rules: Vec<GroupRule>, content: LineContent, mut fields: Vec<FieldValue>) -> Vec<FieldValue> {
    let called = |(at, rule)| Group { name: name(&format!("group{at}")), label: String::new(), rule };
    let field = |value: &FieldValue| Field {
        name: value.field.clone(),
        label: value.field.as_str().to_uppercase(),
        kind: FieldKind::Line { rect: ZONE, content, pattern: None },
        page: 1,
        required: true,
    };
    let form = Form {
        name: FormName::new("form").unwrap(),
        title: String::new(),
        revision: String::new(),
        page: PageSize { width: 210.0, height: 297.0 },
        blanks: vec![String::new()],
        fields: fields.iter().map(field).collect(),
        groups: rules.into_iter().enumerate().map(called).collect(),
    };
    hold_together(&form, &mut fields, shipped());
    fields
}

fn address(postal: &[&str], address: &[&str]) -> Vec<FieldValue> {
    let rule = GroupRule::Address { postal: name("postal"), address: name("address") };
    held(rule, LineContent::Free, &[("postal", postal), ("address", address)])
}

fn person(kana: &[&str], kanji: &[&str]) -> Vec<FieldValue> {
    let rule = GroupRule::Person { kana: name("kana"), name: name("name") };
    held(rule, LineContent::Free, &[("kana", kana), ("name", kanji)])
}

fn account(bank: &[&str], branch: &[&str], bank_code: &[&str], branch_code: &[&str]) -> Vec<FieldValue> {
    let rule = GroupRule::Account {
        bank: name("bank"),
        branch: name("branch"),
        bank_code: Some(name("bank_code")),
        branch_code: Some(name("branch_code")),
    };
    let readings = [("bank", bank), ("branch", branch), ("bank_code", bank_code), ("branch_code", branch_code)];
    held(rule, LineContent::Free, &readings)
}

fn codes(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|m| m.code.as_ref()).collect()
}

fn texts(fields: &[FieldValue]) -> Vec<&str> {
    fields.iter().filter_map(text).collect()
}

/// Nothing was said of any field, for or against.
fn silent(fields: &[FieldValue]) -> bool {
    fields.iter().all(|f| f.doubts.is_empty() && f.evidence.is_empty())
}

#[test]
fn fields_that_agree_are_each_others_evidence_and_but_for_postal_codes_no_chance_changes() {
    for fields in [person(&["イタバシ　ハナコ"], &["板橋　花子"]), account(&["三菱UFJ"], &["板橋"], &[], &[])]
    {
        assert!(fields.iter().all(|f| f.doubts.is_empty() && f.chance == Chance::Calibrated(0.001, Writing::People)));
        assert!(fields.iter().take(2).all(|f| codes(&f.evidence) == ["reading.agrees-with"]));
    }
    let fields = address(&["1750094"], &["板橋区成増二丁目48-16"]);
    assert_eq!(fields[0].evidence[0].args["neighbour"], "ADDRESS");
    let chance = |wrong| Chance::Calibrated(wrong, Writing::People);
    assert_eq!((fields[0].chance, fields[1].chance), (chance(0.001 * POSTAL_CODE_SLIPS), chance(0.001)));
}

#[test]
fn hardly_a_wrong_digit_leaves_a_postal_code_in_a_town_of_the_same_name() {
    let mut codes: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for town in shipped().towns.iter() {
        codes.entry(&town.town).or_default().insert(&town.postal_code);
    }
    let slips = |codes: &BTreeSet<&str>| {
        let changed = codes.iter().flat_map(|code| {
            (0..code.len()).flat_map(|at| (0..10).map(move |digit| (at, digit.to_string()))).filter_map(
                |(at, digit)| {
                    let other = format!("{}{digit}{}", &code[..at], &code[at + 1..]);
                    (other != **code).then_some(other)
                },
            )
        });
        let fitting: Vec<bool> = changed.map(|other| codes.contains(other.as_str())).collect();
        fitting.iter().filter(|fits| **fits).count() as f64 / fitting.len() as f64
    };
    let most = codes.values().map(slips).fold(0.0, f64::max);
    assert!((most - POSTAL_CODE_SLIPS).abs() < 1e-9, "{most}");
}

#[test]
fn fields_that_cannot_both_be_right_are_both_in_doubt() {
    let wrong = [
        (address(&["1750094"], &["板橋区赤塚二丁目1"]), "reading.postal-code-of-another-town"),
        (person(&["サトウ　ハナコ"], &["板橋　花子"]), "reading.kana-of-another-name"),
        (account(&["三菱UFJ"], &["巣鴨駅前通り"], &[], &[]), "reading.no-such-branch"),
    ];
    for (fields, doubt) in wrong {
        assert!(fields.iter().take(2).all(|f| codes(&f.doubts) == [doubt] && f.evidence.is_empty()), "{doubt}");
    }
}

#[test]
fn no_message_holds_what_was_read() {
    let fields = address(&["1750094"], &["板橋区赤塚二丁目1"]);
    let said = format!("{:?}", fields[0].doubts);
    assert!(!said.contains("赤塚") && !said.contains("成増") && !said.contains("175"));
}

#[test]
fn the_only_other_reading_that_agrees_is_chosen_and_a_person_confirms_it() {
    let fields = address(&["1750084", "1750094", "1150094"], &["板橋区成増二丁目48-16"]);
    assert_eq!(texts(&fields), ["1750094", "板橋区成増二丁目48-16"]);
    assert_eq!(codes(&fields[0].doubts), ["reading.chosen-by-neighbour"]);
    assert_eq!(fields[0].alternatives[0].text.expose(), "1750084", "the first reading is offered first");
    assert!(matches!(fields[0].chance, Chance::Uncalibrated(_)));
    assert!(fields[1].doubts.is_empty() && fields[1].evidence.is_empty(), "what chose is not proved by its choice");

    let fields = person(&["イタハシ　ハナコ", "イタバシ　ハナコ"], &["板橋　花子"]);
    assert_eq!(texts(&fields)[0], "イタバシ　ハナコ");
}

#[test]
fn several_other_readings_that_agree_choose_nothing() {
    let fields = person(&["ナガシマ　ハナコ", "ナカジマ　ハナコ", "ナカシマ　ハナコ"], &["中島　花子"]);
    assert_eq!(texts(&fields)[0], "ナガシマ　ハナコ");
    assert!(fields.iter().all(|f| codes(&f.doubts) == ["reading.kana-of-another-name"]));
}

#[test]
fn of_what_no_list_knows_nothing_follows() {
    assert!(silent(&address(&["0600000"], &["北海道札幌市中央区北一条西2丁目"])));
    assert!(silent(&person(&["グエン　ヴァン"], &["阮　文勇"])));
    assert!(silent(&account(&["どこにもない"], &["板橋"], &[], &[])));
    assert!(silent(&address(&[], &["板橋区成増二丁目48-16"])), "a blank field agrees with nothing");
}

#[test]
fn an_unknown_name_gives_way_to_another_reading_that_its_neighbour_vouches_for() {
    let fields = person(&["イタバシ　ハナコ"], &["坂橘　花子", "板橋　花子"]);
    assert_eq!(texts(&fields)[1], "板橋　花子");
    assert_eq!(codes(&fields[1].doubts), ["reading.chosen-by-neighbour"]);
}

#[test]
fn codes_of_bank_and_branch_must_be_theirs_where_they_are_written() {
    let branch = shipped().banks.codes("三菱UFJ", "板橋")[0].split_at(4).1;
    let right = account(&["三菱UFJ"], &["板橋"], &["0005"], &[branch]);
    assert!(right.iter().all(|f| f.doubts.is_empty() && codes(&f.evidence) == ["reading.agrees-with"]));
    let wrong = account(&["三菱UFJ"], &["板橋"], &["0009"], &[branch]);
    assert!(wrong.iter().all(|f| codes(&f.doubts) == ["reading.no-such-branch"]));
    let mended = account(&["三菱UFJ"], &["板橋"], &["0006", "0005"], &[branch]);
    assert_eq!(texts(&mended)[2], "0005");
}

#[test]
fn a_closed_list_of_the_department_knows_no_other_word() {
    let words = |readings: &[&str]| {
        let rule = GroupRule::Words { field: name("meal"), words: vec!["弁当".to_owned(), "給食".to_owned()] };
        held(rule, LineContent::Free, &[("meal", readings)])
    };
    assert_eq!(codes(&words(&["給食"])[0].evidence), ["reading.one-of-the-words"]);
    assert_eq!(codes(&words(&["絵食"])[0].doubts), ["reading.none-of-the-words"]);
    let chosen = words(&["絵食", "給食"]);
    assert_eq!((texts(&chosen), codes(&chosen[0].doubts)), (vec!["給食"], vec!["reading.chosen-from-the-words"]));
}

#[test]
fn amounts_that_do_not_add_up_are_all_in_doubt_unless_one_other_reading_does() {
    let sum = |total: &[&str], rent: &[&str], power: &[&str]| {
        let rule = GroupRule::Sum { parts: vec![name("rent"), name("power")], total: name("total") };
        held(rule, LineContent::Free, &[("total", total), ("rent", rent), ("power", power)])
    };
    assert!(sum(&["12000"], &["8000"], &["4000"]).iter().all(|f| codes(&f.evidence) == ["reading.agrees-with"]));
    let wrong = sum(&["12000"], &["8000"], &["4500"]);
    assert!(wrong.iter().all(|f| codes(&f.doubts) == ["reading.does-not-add-up"]));
    assert_eq!(wrong[0].doubts[0].args["parts"], "RENT・POWER");
    let mended = sum(&["12000"], &["8000", "7500"], &["4500"]);
    assert_eq!((texts(&mended)[1], codes(&mended[1].doubts)), ("7500", vec!["reading.chosen-by-neighbour"]));
    let empty = sum(&["8000"], &["8000"], &[]);
    assert!(codes(&empty[0].evidence) == ["reading.agrees-with"] && empty[2].evidence.is_empty());
    let mut unread: Vec<FieldValue> = vec![value("total", &["8000"]), value("rent", &["8000"]), value("power", &[])];
    unread[2].content = Content::Unreadable;
    let rule = GroupRule::Sum { parts: vec![name("rent"), name("power")], total: name("total") };
    assert!(silent(&together(vec![rule], unread)), "what could not be read may be any amount");
}

#[test]
fn an_age_must_follow_from_the_day_of_birth() {
    let date = |of: &str, era| GroupRule::Date {
        era,
        year: name(&format!("{of}_y")),
        month: name(&format!("{of}_m")),
        day: name(&format!("{of}_d")),
    };
    let aged = |age: &[&str], year: &[&str]| {
        let rules = vec![
            GroupRule::Age { age: name("age"), born: name("group1"), on: name("group2") },
            date("born", EraSource::Field(name("era"))),
            date("on", EraSource::Printed("令和".to_owned())),
        ];
        let written = [("age", age), ("era", &["平成"]), ("born_y", year), ("born_m", &["04"]), ("born_d", &["02"])];
        let told = [("on_y", &["08"][..]), ("on_m", &["11"]), ("on_d", &["20"])];
        together(rules, written.iter().chain(&told).map(|(field, texts)| value(field, texts)).collect())
    };
    let right = aged(&["8"], &["30"]);
    assert!(right.iter().all(|f| codes(&f.evidence) == ["reading.agrees-with"]), "{right:?}");
    let wrong = aged(&["9"], &["30"]);
    assert!(wrong.iter().all(|f| codes(&f.doubts) == ["reading.age-of-another-birth"]));
    let mended = aged(&["8"], &["20", "30"]);
    assert_eq!((texts(&mended)[2], codes(&mended[2].doubts)), ("30", vec!["reading.chosen-by-neighbour"]));
    assert!(silent(&aged(&["8"], &[])), "without the year nothing follows");
}

#[test]
fn a_relationship_may_be_one_that_no_list_has() {
    let read = |text: &'static str| {
        let rule = GroupRule::Words { field: name("other"), words: Vec::new() };
        held(rule, LineContent::Relationship, &[("relation", &[text])])
    };
    assert_eq!(codes(&read("長男")[0].evidence), ["reading.one-of-the-words"]);
    assert!(silent(&read("はとこ")));
}
