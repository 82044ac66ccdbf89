//! まとまり: fields of a form that bear on each other, as tables and as rules.

use super::diagnostic::Faults;
use super::fields::{Fields, value};
use super::scalar;
use super::table::{Mapping, Shape, optional, required, words};
use crate::message;
use crate::model::era::Era;
use crate::model::form::{EraSource, Group, GroupRule};

static ERA_FIELD: Mapping = Mapping {
    name: "era_field",
    doc: words("書いた人が元号を選ぶ項目", "the field in which the writer marks the era"),
    keys: &[&[required("field", Shape::NAME, words("項目名", "the field's name"), "birth_era")]],
    one_of: &[],
};
static DATE: Mapping = Mapping {
    name: "date",
    doc: words("元号の日付。手順からは 2026-04-01 の形で使える", "a day in an era; steps see it as 2026-04-01"),
    keys: &[&[
        required(
            "era",
            Shape::Either(&[Shape::TEXT, Shape::Map(&ERA_FIELD)]),
            words("印刷された元号、または {field: 項目名}", "the printed era, or {field: name}"),
            "令和",
        ),
        required("year", Shape::NAME, words("年の項目", "field of the year"), "birth_y"),
        required("month", Shape::NAME, words("月の項目", "field of the month"), "birth_m"),
        required("day", Shape::NAME, words("日の項目", "field of the day"), "birth_d"),
    ]],
    one_of: &[],
};
static ADDRESS: Mapping = Mapping {
    name: "address_link",
    doc: words("郵便番号と住所の町が合うか", "whether postal code and address name the same town"),
    keys: &[&[
        required("postal", Shape::NAME, words("郵便番号の項目", "field of the postal code"), "postal"),
        required("address", Shape::NAME, words("住所の項目", "field of the address"), "address"),
    ]],
    one_of: &[],
};
static PERSON: Mapping = Mapping {
    name: "person_link",
    doc: words("フリガナが氏名の読みか", "whether the kana are a reading of the name"),
    keys: &[&[
        required("kana", Shape::NAME, words("フリガナの項目", "field of the kana"), "kana"),
        required("name", Shape::NAME, words("氏名の項目", "field of the name"), "name"),
    ]],
    one_of: &[],
};
static ACCOUNT: Mapping = Mapping {
    name: "account_link",
    doc: words("支店がその金融機関にあるか", "whether the bank has the branch"),
    keys: &[&[
        required("bank", Shape::NAME, words("金融機関の項目", "field of the bank"), "bank"),
        required("branch", Shape::NAME, words("支店の項目", "field of the branch"), "branch"),
        optional("bank_code", Shape::NAME, words("金融機関コードの項目", "field of the bank's code"), "bank_code"),
        optional("branch_code", Shape::NAME, words("支店コードの項目", "field of the branch's code"), "branch_code"),
    ]],
    one_of: &[],
};
static WORDS: Mapping = Mapping {
    name: "words_link",
    doc: words("書かれるのが決まった言葉のどれかか", "whether what is written is one of a few words"),
    keys: &[&[
        required("field", Shape::NAME, words("項目", "the field"), "relation"),
        required(
            "one_of",
            Shape::List { of: &Shape::TEXT, min: 2 },
            words("書かれうる言葉のすべて", "every word that may stand there"),
            "[父, 母, その他]",
        ),
    ]],
    one_of: &[],
};
static SUM: Mapping = Mapping {
    name: "sum_link",
    doc: words("内訳を足すと合計になるか", "whether amounts add up to their total"),
    keys: &[&[
        required(
            "parts",
            Shape::List { of: &Shape::NAME, min: 2 },
            words("足す項目（空欄は0とみなす）", "what is added up; an empty one counts nothing"),
            "[rent, power]",
        ),
        required("total", Shape::NAME, words("合計の項目", "field of the total"), "amount"),
    ]],
    one_of: &[],
};
static AGE: Mapping = Mapping {
    name: "age_link",
    doc: words("年齢が生年月日と合うか", "whether an age is that of a day of birth"),
    keys: &[&[
        required("field", Shape::NAME, words("年齢の項目", "field of the age"), "age"),
        required("born", Shape::NAME, words("生年月日のまとまり", "the group of the day of birth"), "birth"),
        required(
            "on",
            Shape::NAME,
            words("いつの年齢か（記入日などのまとまり）", "the group of the day it is told for"),
            "submitted",
        ),
    ]],
    one_of: &[],
};
pub static GROUP: Mapping = Mapping {
    name: "group",
    doc: words(
        "互いに関わる項目。日付は1つの値になり、ほかは合うかどうかを調べる",
        "fields that bear on each other: a date becomes one value, the others are held against each other",
    ),
    keys: &[&[
        required(
            "name",
            Shape::NAME,
            words("まとまりの名前。日付は手順で $名前 と使える", "its name; steps say $name for a date"),
            "birth",
        ),
        required("label", Shape::TEXT, words("見出し", "what people call it"), "生年月日"),
        optional(
            "date",
            Shape::Map(&DATE),
            words("日付の作り方", "how the day is made"),
            "{era: 令和, year: y, month: m, day: d}",
        ),
        optional(
            "address",
            Shape::Map(&ADDRESS),
            words("郵便番号と住所", "postal code and address"),
            "{postal: postal, address: address}",
        ),
        optional("person", Shape::Map(&PERSON), words("フリガナと氏名", "kana and name"), "{kana: kana, name: name}"),
        optional(
            "account",
            Shape::Map(&ACCOUNT),
            words("金融機関と支店", "bank and branch"),
            "{bank: bank, branch: branch}",
        ),
        optional(
            "words",
            Shape::Map(&WORDS),
            words("決まった言葉だけが書かれる項目", "a field for one of a few words"),
            "{field: relation, one_of: [父, 母]}",
        ),
        optional(
            "sum",
            Shape::Map(&SUM),
            words("内訳と合計", "amounts and their total"),
            "{parts: [rent, power], total: amount}",
        ),
        optional(
            "age",
            Shape::Map(&AGE),
            words("年齢と生年月日", "age and day of birth"),
            "{field: age, born: birth, on: submitted}",
        ),
        optional(
            "same",
            Shape::List { of: &Shape::NAME, min: 2 },
            words(
                "同じものを書く項目。用紙が何枚かあるときは、同じ人の紙であることもこれで確かめる",
                "fields in which the same is written; between pages they show that the pages belong together",
            ),
            "[number, number_back]",
        ),
    ]],
    one_of: &[&["date", "address", "person", "account", "words", "sum", "age", "same"]],
};

pub fn group(fields: Fields<'_>, faults: &mut Faults) -> Option<Group> {
    let rule = rule(fields, faults)?;
    Some(Group { name: fields.get("name", scalar::field_name)?, label: fields.get("label", scalar::text)?, rule })
}

fn rule(group: Fields<'_>, faults: &mut Faults) -> Option<GroupRule> {
    if let Some(date) = group.map("date") {
        return date_rule(date, faults);
    }
    let same = group.list("same", scalar::field_name);
    if !same.is_empty() {
        return Some(GroupRule::Same { fields: same });
    }
    let (kind, link) = ["address", "person", "account", "words", "sum", "age"]
        .into_iter()
        .find_map(|kind| Some((kind, group.map(kind)?)))?;
    let member = |key| link.get(key, scalar::field_name);
    Some(match kind {
        "address" => GroupRule::Address { postal: member("postal")?, address: member("address")? },
        "person" => GroupRule::Person { kana: member("kana")?, name: member("name")? },
        "account" => GroupRule::Account {
            bank: member("bank")?,
            branch: member("branch")?,
            bank_code: member("bank_code"),
            branch_code: member("branch_code"),
        },
        "sum" => GroupRule::Sum { parts: link.list("parts", scalar::field_name), total: member("total")? },
        "age" => GroupRule::Age { age: member("field")?, born: member("born")?, on: member("on")? },
        _ => GroupRule::Words { field: member("field")?, words: link.list("one_of", scalar::text) },
    })
}

fn date_rule(date: Fields<'_>, faults: &mut Faults) -> Option<GroupRule> {
    let era = date.node("era")?;
    let source = match era.get("field") {
        Some(node) => EraSource::Field(value(node, scalar::field_name)?),
        None => {
            let printed = value(era, scalar::text)?;
            if printed.parse::<Era>().is_err() {
                let hint = message!("format.hint-words", words = Era::ALL.map(Era::kanji).join(", "));
                faults.add_hinted(era.span, message!("format.not-an-era", found = printed), hint);
            }
            EraSource::Printed(printed)
        }
    };
    let member = |key| date.get(key, scalar::field_name);
    Some(GroupRule::Date { era: source, year: member("year")?, month: member("month")?, day: member("day")? })
}
