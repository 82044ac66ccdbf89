//! Rewriting a text for a target. Blank stays blank; what a filter cannot be applied to stops the document, because a
//! value that was left as it is would be entered in a form that nobody meant.

use chrono::{Datelike, NaiveDate};
use unicode_normalization::UnicodeNormalization;

use crate::message;
use crate::model::era::EraDate;
use crate::model::message::Message;

/// A filter by its name: `$field | name`, or `$field | name(3)`.
pub struct Filter {
    pub name: &'static str,
    pub takes_number: bool,
    rewrite: fn(&str, usize) -> Result<String, Why>,
}

/// Why a filter cannot be applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    NotADay,
    NotAPostalCode,
    NoSuchPart,
    TooLong,
    NotTwoNames,
    NeedsNumber,
    TakesNoNumber,
}

/// A filter that cannot be applied. Never holds what it was applied to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{filter}: {why:?}")]
pub(super) struct Unfit {
    filter: &'static str,
    why: Why,
}

impl Unfit {
    pub fn message(&self, expression: &str) -> Message {
        let filter = self.filter;
        match self.why {
            Why::NotADay => message!("model.filter-not-a-day", filter = filter, expression = expression),
            Why::NotAPostalCode => message!("model.filter-not-a-postal-code", filter = filter, expression = expression),
            Why::NoSuchPart => message!("model.filter-no-such-part", filter = filter, expression = expression),
            Why::TooLong => message!("model.filter-too-long", filter = filter, expression = expression),
            Why::NotTwoNames => message!("model.filter-not-two-names", filter = filter, expression = expression),
            Why::NeedsNumber => message!("model.filter-needs-number", filter = filter, expression = expression),
            Why::TakesNoNumber => message!("model.filter-takes-no-number", filter = filter, expression = expression),
        }
    }
}

impl Filter {
    pub(super) fn apply(&self, text: &str, number: Option<u32>) -> Result<String, Unfit> {
        let unfit = |why| Unfit { filter: self.name, why };
        match number {
            None if self.takes_number => return Err(unfit(Why::NeedsNumber)),
            Some(_) if !self.takes_number => return Err(unfit(Why::TakesNoNumber)),
            _ => {}
        }
        if text.is_empty() {
            return Ok(String::new());
        }
        (self.rewrite)(text, number.unwrap_or_default() as usize).map_err(unfit)
    }
}

const fn plain(name: &'static str, rewrite: fn(&str, usize) -> Result<String, Why>) -> Filter {
    Filter { name, takes_number: false, rewrite }
}

const fn numbered(name: &'static str, rewrite: fn(&str, usize) -> Result<String, Why>) -> Filter {
    Filter { name, takes_number: true, rewrite }
}

/// Every filter there is.
pub static FILTERS: &[Filter] = &[
    plain("era_date", |text, _| Ok(era_date(text)?.to_string())),
    plain("era", |text, _| Ok(era_date(text)?.era().to_string())),
    plain("era_year", |text, _| Ok(era_date(text)?.year().to_string())),
    plain("year", |text, _| Ok(day(text)?.year().to_string())),
    plain("month", |text, _| Ok(day(text)?.month().to_string())),
    plain("day", |text, _| Ok(day(text)?.day().to_string())),
    plain("full_width", |text, _| Ok(full_width(text))),
    plain("half_width", |text, _| Ok(text.chars().map(half_width).collect())),
    plain("half_kana", |text, _| Ok(half_kana(text))),
    plain("hiragana", |text, _| Ok(text.chars().map(hiragana).collect())),
    plain("katakana", |text, _| Ok(text.chars().map(katakana).collect())),
    plain("no_spaces", |text, _| Ok(text.chars().filter(|c| !c.is_whitespace()).collect())),
    plain("no_hyphens", |text, _| Ok(text.chars().filter(|c| !is_hyphen(*c)).collect())),
    plain("no_leading_zeros", |text, _| Ok(no_leading_zeros(text))),
    plain("postal_hyphen", |text, _| postal_hyphen(text)),
    plain("family_name", |text, _| Ok(names(text)?.0)),
    plain("given_name", |text, _| Ok(names(text)?.1)),
    numbered("part", part),
    numbered("first", |text, n| Ok(text.chars().take(n).collect())),
    numbered("last", |text, n| Ok(text.chars().skip(text.chars().count().saturating_sub(n)).collect())),
    numbered("skip", |text, n| Ok(text.chars().skip(n).collect())),
    numbered("pad", pad),
];

fn day(text: &str) -> Result<NaiveDate, Why> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| Why::NotADay)
}

fn era_date(text: &str) -> Result<EraDate, Why> {
    EraDate::of(day(text)?).ok_or(Why::NotADay)
}

/// From a half-width letter, digit or sign to its full-width twin.
const WIDTH_DISTANCE: u32 = 0xFEE0;

/// Half-width katakana become katakana: a voiced one is two characters before and one after.
fn full_width(text: &str) -> String {
    let is_half_kana = |c: char| ('\u{FF61}'..='\u{FF9F}').contains(&c);
    let kana: String = text
        .split_inclusive(|c| !is_half_kana(c))
        .flat_map(|run| {
            let end = run.trim_end_matches(|c| !is_half_kana(c)).len();
            run[..end].nfkc().chain(run[end..].chars()).collect::<Vec<char>>()
        })
        .collect();
    let wide = |c| match c {
        ' ' => '\u{3000}',
        '!'..='~' => shifted(c, WIDTH_DISTANCE.cast_signed()),
        other => other,
    };
    kana.chars().map(wide).collect()
}

fn half_width(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '\u{FF01}'..='\u{FF5E}' => shifted(c, -WIDTH_DISTANCE.cast_signed()),
        other => other,
    }
}

/// Katakana as bank transfers want them: `ガ` is `ｶﾞ`, and spaces are half-width.
fn half_kana(text: &str) -> String {
    /// In the order of the half-width block, which begins at U+FF61.
    const KANA: &str = "。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン\u{3099}\u{309A}";
    let half = |c: char| {
        let at = KANA.chars().position(|kana| kana == c).and_then(|at| u32::try_from(at).ok());
        at.and_then(|at| char::from_u32(0xFF61 + at)).unwrap_or_else(|| half_width(c))
    };
    let halves = |c: char| {
        let parts: Vec<char> = std::iter::once(c).nfd().map(half).collect();
        // What has no half-width form is left whole.
        if parts.iter().all(|part| ('\u{FF61}'..='\u{FF9F}').contains(part)) { parts } else { vec![half(c)] }
    };
    text.chars().flat_map(halves).collect()
}

/// From a hiragana to its katakana.
const KANA_DISTANCE: i32 = 0x60;

fn hiragana(c: char) -> char {
    match c {
        'ァ'..='ヶ' | 'ヽ' | 'ヾ' => shifted(c, -KANA_DISTANCE),
        other => other,
    }
}

fn katakana(c: char) -> char {
    match c {
        'ぁ'..='ゖ' | 'ゝ' | 'ゞ' => shifted(c, KANA_DISTANCE),
        other => other,
    }
}

fn shifted(c: char, by: i32) -> char {
    u32::from(c).checked_add_signed(by).and_then(char::from_u32).unwrap_or(c)
}

/// The signs that stand between the parts of a number; the long vowel mark is none of them.
fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2013}' | '\u{2212}' | '\u{FF0D}')
}

/// `1750094` and `175-0094` alike, digits of any width.
fn postal_hyphen(text: &str) -> Result<String, Why> {
    let digits: String = text.chars().map(half_width).filter(|c| !is_hyphen(*c)).collect();
    let is_code = digits.len() == 7 && digits.bytes().all(|b| b.is_ascii_digit());
    if is_code { Ok(format!("{}-{}", &digits[..3], &digits[3..])) } else { Err(Why::NotAPostalCode) }
}

/// The n-th part between hyphens, from 1.
fn part(text: &str, n: usize) -> Result<String, Why> {
    let index = n.checked_sub(1).ok_or(Why::NoSuchPart)?;
    text.split(is_hyphen).nth(index).filter(|part| !part.is_empty()).map(str::to_owned).ok_or(Why::NoSuchPart)
}

/// With leading zeros, so that it has n characters.
fn pad(text: &str, n: usize) -> Result<String, Why> {
    /// Longer than any number that a system asks for.
    const LONGEST: usize = 100;
    match n.checked_sub(text.chars().count()) {
        Some(missing) if n <= LONGEST => Ok("0".repeat(missing) + text),
        _ => Err(Why::TooLong),
    }
}

/// Family and given name, with one gap between them.
fn names(text: &str) -> Result<(String, String), Why> {
    let mut names = text.split_whitespace();
    match (names.next(), names.next(), names.next()) {
        (Some(family), Some(given), None) => Ok((family.to_owned(), given.to_owned())),
        _ => Err(Why::NotTwoNames),
    }
}

fn no_leading_zeros(text: &str) -> String {
    let rest = text.trim_start_matches('0');
    if rest.is_empty() { "0".to_owned() } else { rest.to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn apply(name: &str, number: Option<u32>, text: &str) -> Result<String, Why> {
        let filter = FILTERS.iter().find(|filter| filter.name == name).unwrap_or_else(|| panic!("{name}"));
        filter.apply(text, number).map_err(|unfit| unfit.why)
    }

    #[test]
    fn texts_take_the_shape_a_target_wants() {
        #[rustfmt::skip]
        let table = [
            ("era_date", None, "2026-04-01", "令和8年4月1日"), ("era_date", None, "2019-05-01", "令和元年5月1日"),
            ("era", None, "1989-01-07", "昭和"), ("era_year", None, "2019-05-01", "1"),
            ("year", None, "2026-04-01", "2026"), ("month", None, "2026-04-01", "4"), ("day", None, "2026-04-01", "1"),
            ("full_width", None, "A-1 b", "Ａ－１　ｂ"), ("full_width", None, "ｶﾞｷﾞ子ﾊﾟ1", "ガギ子パ１"),
            ("half_width", None, "１７５－００９４", "175-0094"), ("half_kana", None, "イタバシ　ガッコウ", "ｲﾀﾊﾞｼ ｶﾞｯｺｳ"),
            ("half_kana", None, "板橋ヴ", "板橋ｳﾞ"), ("hiragana", None, "イタバシ　ハナコヴ", "いたばし　はなこゔ"),
            ("katakana", None, "いたばし", "イタバシ"), ("no_spaces", None, " 板橋　花子\t", "板橋花子"),
            ("no_hyphens", None, "03-3964－1111", "0339641111"), ("no_hyphens", None, "スーパー", "スーパー"),
            ("no_leading_zeros", None, "007", "7"), ("no_leading_zeros", None, "000", "0"),
            ("postal_hyphen", None, "1750094", "175-0094"), ("postal_hyphen", None, "175-0094", "175-0094"),
            ("family_name", None, "板橋　花子", "板橋"), ("given_name", None, "板橋 花子", "花子"),
            ("part", Some(3), "03-3964-1111", "1111"), ("first", Some(3), "1750094", "175"),
            ("last", Some(4), "1750094", "0094"), ("skip", Some(3), "1750094", "0094"), ("pad", Some(7), "123", "0000123"),
        ];
        for (name, number, text, wanted) in table {
            assert_eq!(apply(name, number, text).as_deref(), Ok(wanted), "{text} | {name}");
        }
        let shown = |name: &str| table.iter().any(|row| row.0 == name);
        assert!(FILTERS.iter().all(|filter| shown(filter.name)), "every filter has an example");
    }

    #[test]
    fn what_a_filter_is_not_for_is_refused() {
        assert_eq!(apply("era_date", None, "not a day"), Err(Why::NotADay));
        assert_eq!(apply("era_date", None, "1800-01-01"), Err(Why::NotADay));
        assert_eq!(apply("postal_hyphen", None, "175009"), Err(Why::NotAPostalCode));
        assert_eq!(apply("part", Some(4), "03-3964-1111"), Err(Why::NoSuchPart));
        assert_eq!(apply("part", Some(0), "03-3964-1111"), Err(Why::NoSuchPart));
        assert_eq!(apply("family_name", None, "板橋花子"), Err(Why::NotTwoNames));
        assert_eq!(apply("given_name", None, "板橋　花　子"), Err(Why::NotTwoNames));
        assert_eq!(apply("pad", Some(3), "1234"), Err(Why::TooLong));
        assert_eq!(apply("pad", Some(u32::MAX), "1"), Err(Why::TooLong));
        assert_eq!(apply("pad", None, "1"), Err(Why::NeedsNumber));
        assert_eq!(apply("era", Some(1), "2026-04-01"), Err(Why::TakesNoNumber));
    }

    proptest! {
        #[test]
        fn no_text_panics_a_filter(text in any::<String>(), number in 0u32..20) {
            for filter in FILTERS {
                let _ = filter.apply(&text, filter.takes_number.then_some(number));
            }
        }

        #[test]
        fn width_goes_there_and_back(text in "[ -~]{1,20}") {
            let wide = apply("full_width", None, &text).unwrap();
            prop_assert_eq!(apply("half_width", None, &wide).unwrap(), text);
        }

        #[test]
        fn kana_goes_there_and_back(text in "[ァ-ヶ]{1,20}") {
            let there = apply("hiragana", None, &text).unwrap();
            prop_assert_eq!(apply("katakana", None, &there).unwrap(), text);
        }

        #[test]
        fn half_width_katakana_go_there_and_back(text in "[アイカガサザハバパヴー]{1,20}") {
            let there = apply("half_kana", None, &text).unwrap();
            prop_assert_eq!(apply("full_width", None, &there).unwrap(), text);
        }
    }
}
