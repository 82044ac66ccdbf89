//! Whether a cell's text is what its column is for.

use chrono::NaiveDate;

use crate::message;
use crate::model::era::EraDate;
use crate::model::message::Message;
use crate::model::record::CellShape;
use crate::reading::decide::{check_digit, phone};

/// The text as steps see it: as it stands, but for a day, which has one form.
///
/// # Errors
/// What speaks against the text.
pub fn in_shape(shape: &CellShape, text: &str) -> Result<String, Message> {
    let doubt = match shape {
        CellShape::Text | CellShape::Lines => None,
        CellShape::Digits { count } => digits(text, *count),
        CellShape::Date => return day(text).ok_or_else(|| message!("reading.cell-no-day")),
        CellShape::Kana => (!is_kana(text)).then(|| message!("reading.cell-no-kana")),
        CellShape::PostalCode => (!is_postal_code(text)).then(|| message!("reading.cell-no-postal-code")),
        CellShape::Phone => (!phone::is_number(text)).then(|| message!("reading.cell-no-phone")),
        CellShape::MyNumber => digits(text, Some(12)).or_else(|| wrong_digit(check_digit::my_number(&numbers(text)))),
        CellShape::CorporateNumber => {
            digits(text, Some(13)).or_else(|| wrong_digit(check_digit::corporate_number(&numbers(text))))
        }
        CellShape::Choice { options } => {
            (!options.iter().any(|option| option == text)).then(|| message!("reading.cell-no-option"))
        }
        CellShape::Pattern { pattern } => {
            (!pattern.fits(text)).then(|| message!("reading.cell-no-pattern", pattern = pattern.as_str()))
        }
    };
    doubt.map_or_else(|| Ok(text.to_owned()), Err)
}

fn digits(text: &str, count: Option<usize>) -> Option<Message> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    match count {
        Some(count) if !plain || text.len() != count => {
            Some(message!("reading.cell-not-so-many-digits", count = count))
        }
        None if !plain => Some(message!("reading.cell-no-digits")),
        _ => None,
    }
}

fn wrong_digit(right: bool) -> Option<Message> {
    (!right).then(|| message!("reading.cell-check-digit"))
}

fn numbers(text: &str) -> Vec<u8> {
    text.bytes().map(|byte| byte.wrapping_sub(b'0')).collect()
}

/// `2026-04-01`, `2026/4/1`, `20260401` or `令和8年4月1日`.
fn day(text: &str) -> Option<String> {
    let western = ["%Y-%m-%d", "%Y/%m/%d"].iter().find_map(|form| NaiveDate::parse_from_str(text, form).ok());
    let plain = || (text.len() == 8).then(|| NaiveDate::parse_from_str(text, "%Y%m%d").ok()).flatten();
    let day = western.or_else(plain).or_else(|| text.parse::<EraDate>().ok().map(EraDate::day))?;
    // Two figures of a year are no year.
    EraDate::of(day).map(|_| day.format("%Y-%m-%d").to_string())
}

fn is_kana(text: &str) -> bool {
    text.chars().all(|c| matches!(c, 'ァ'..='ヶ' | 'ー' | '・' | ' ' | '\u{3000}'))
}

fn is_postal_code(text: &str) -> bool {
    let digits = match text.split_once('-') {
        Some((area, town)) if area.len() == 3 && town.len() == 4 => format!("{area}{town}"),
        Some(_) => return false,
        None => text.to_owned(),
    };
    digits.len() == 7 && digits.bytes().all(|byte| byte.is_ascii_digit())
}
