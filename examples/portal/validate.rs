//! What the system refuses: missing values, wrong characters, days that do not exist, a wrong check digit.

use chrono::NaiveDate;

use super::claim::{Control, Field, fields};
use super::ledger::Values;

/// A refusal, beside the field it is about.
#[derive(Debug, PartialEq, Eq, serde::Serialize)]
pub struct Refusal {
    pub field: &'static str,
    pub text: String,
}

/// Everything that speaks against these values, in the page's order.
pub fn refusals(values: &Values) -> Vec<Refusal> {
    let second_child = fields().any(|field| field.name.starts_with("child2_") && !value(values, field.name).is_empty());
    let mut refusals: Vec<Refusal> = fields()
        .filter_map(|field| {
            let required = field.required || (second_child && field.name.starts_with("child2_"));
            let text = refuse(field, value(values, field.name), required)?;
            Some(Refusal { field: field.name, text })
        })
        .collect();
    // A date is judged as a whole, once its parts are numbers.
    if refusals.is_empty() {
        refusals.extend(wrong_dates(values, second_child));
    }
    refusals
}

fn value<'a>(values: &'a Values, name: &str) -> &'a str {
    values.get(name).map_or("", String::as_str)
}

fn refuse(field: &Field, text: &str, required: bool) -> Option<String> {
    let label = field.label;
    if text.is_empty() {
        let act = if matches!(field.control, Control::Text { .. }) { "入力" } else { "選択" };
        return required.then(|| format!("{label}を{act}してください。"));
    }
    match field.control {
        Control::Select { options } | Control::Radio { options } => {
            (!options.contains(&text)).then(|| format!("{label}の選択肢が正しくありません。"))
        }
        Control::Text { max, .. } if text.chars().count() > usize::from(max) => {
            Some(format!("{label}は{max}文字以内で入力してください。"))
        }
        Control::Text { digits: true, .. } if !text.chars().all(|c| c.is_ascii_digit() || c == '-') => {
            Some(format!("{label}は半角数字で入力してください。"))
        }
        Control::Text { .. } => refuse_by_name(field.name, label, text),
    }
}

fn refuse_by_name(name: &str, label: &str, text: &str) -> Option<String> {
    match name {
        "kana" if !text.chars().all(|c| matches!(c, 'ァ'..='ヶ' | 'ー' | ' ' | '　')) => {
            Some(format!("{label}は全角カタカナで入力してください。"))
        }
        "my_number" if !is_my_number(text) => {
            Some("個人番号が正しくありません（検査用数字の誤り）。請求書を確認してください。".to_owned())
        }
        "postal" if !has_digits(&text.replacen('-', "", 1), 7) => Some(format!("{label}は7桁で入力してください。")),
        "account_no" if !has_digits(text, 7) => Some(format!("{label}は7桁で入力してください。")),
        "submitted" if written_day(text).is_none() => Some(format!("{label}の日付が正しくありません。")),
        _ => None,
    }
}

fn has_digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// 検査用数字 of the My Number (番号法に基づく総務省令 第5条): weights 2 to 7 from the right, twice; modulo 11.
fn is_my_number(text: &str) -> bool {
    if !has_digits(text, 12) {
        return false;
    }
    let digits: Vec<u32> = text.bytes().map(|byte| u32::from(byte - b'0')).collect();
    let sum: u32 = (1..=11).map(|n| digits[11 - n] * if n <= 6 { n as u32 + 1 } else { n as u32 - 5 }).sum();
    let check = match sum % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    };
    digits[11] == check
}

fn wrong_dates(values: &Values, second_child: bool) -> Vec<Refusal> {
    let mut dates = vec![("birth_y", "生年月日", value(values, "birth_era"), ["birth_y", "birth_m", "birth_d"])];
    dates.push(("child1_y", "児童1 生年月日", "令和", ["child1_y", "child1_m", "child1_d"]));
    if second_child {
        dates.push(("child2_y", "児童2 生年月日", "令和", ["child2_y", "child2_m", "child2_d"]));
    }
    let wrong = dates.into_iter().filter(|(_, _, era, parts)| {
        let [year, month, day] = parts.map(|part| value(values, part).parse().unwrap_or(0));
        day_of(era, year, month, day).is_none()
    });
    wrong.map(|(field, label, ..)| Refusal { field, text: format!("{label}の日付が正しくありません。") }).collect()
}

/// `令和8年4月1日` or `2026-04-01`.
fn written_day(text: &str) -> Option<NaiveDate> {
    if let Ok(day) = text.parse() {
        return Some(day);
    }
    let era = ["令和", "平成"].into_iter().find(|era| text.starts_with(era))?;
    let (year, rest) = text[era.len()..].split_once('年')?;
    let (month, rest) = rest.split_once('月')?;
    let day = rest.strip_suffix('日')?;
    let year = if year == "元" { 1 } else { year.parse().ok()? };
    day_of(era, year, month.parse().ok()?, day.parse().ok()?)
}

fn day_of(era: &str, year: u32, month: u32, day: u32) -> Option<NaiveDate> {
    let (first, last) = match era {
        "大正" => ((1912, 7, 30), (1926, 12, 24)),
        "昭和" => ((1926, 12, 25), (1989, 1, 7)),
        "平成" => ((1989, 1, 8), (2019, 4, 30)),
        "令和" => ((2019, 5, 1), (9999, 12, 31)),
        _ => return None,
    };
    let year = first.0 + i32::try_from(year).ok()?.checked_sub(1)?;
    let date = NaiveDate::from_ymd_opt(year, month, day)?;
    let within = |(y, m, d)| NaiveDate::from_ymd_opt(y, m, d);
    (within(first)? <= date && date <= within(last)?).then_some(date)
}
