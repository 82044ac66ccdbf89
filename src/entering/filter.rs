//! Rewriting values for a target. Every filter is total: what it does not apply to stays as it is.

use chrono::NaiveDate;

use crate::model::era::EraDate;
use crate::model::scenario::Filter;

/// Applies filters in order.
pub fn apply(text: &str, filters: &[Filter]) -> String {
    filters.iter().fold(text.to_owned(), |text, filter| one(&text, filter))
}

fn one(text: &str, filter: &Filter) -> String {
    match filter {
        Filter::EraDate => era_date(text).unwrap_or_else(|| text.to_owned()),
        Filter::FullWidth => text.chars().map(full_width).collect(),
        Filter::HalfWidth => text.chars().map(half_width).collect(),
        Filter::Hiragana => text.chars().map(hiragana).collect(),
        Filter::Katakana => text.chars().map(katakana).collect(),
        Filter::Slice { from, to } => text.chars().skip(*from).take(to.saturating_sub(*from)).collect(),
        Filter::PostalHyphen => postal_hyphen(text),
        Filter::NoSpaces => text.chars().filter(|c| !c.is_whitespace()).collect(),
        Filter::NoLeadingZeros => no_leading_zeros(text),
    }
}

fn era_date(text: &str) -> Option<String> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    Some(EraDate::of(day)?.to_string())
}

/// From a half-width letter, digit or sign to its full-width twin.
const WIDTH_DISTANCE: u32 = 0xFEE0;

fn full_width(c: char) -> char {
    match c {
        ' ' => '\u{3000}',
        '!'..='~' => shifted(c, WIDTH_DISTANCE.cast_signed()),
        other => other,
    }
}

fn half_width(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '\u{FF01}'..='\u{FF5E}' => shifted(c, -WIDTH_DISTANCE.cast_signed()),
        other => other,
    }
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

fn postal_hyphen(text: &str) -> String {
    let is_plain = text.len() == 7 && text.bytes().all(|b| b.is_ascii_digit());
    if is_plain { format!("{}-{}", &text[..3], &text[3..]) } else { text.to_owned() }
}

fn no_leading_zeros(text: &str) -> String {
    let rest = text.trim_start_matches('0');
    if rest.is_empty() && !text.is_empty() { "0".to_owned() } else { rest.to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_take_the_shape_a_target_wants() {
        let one = |text: &str, filter: Filter| apply(text, &[filter]);
        assert_eq!(one("2026-04-01", Filter::EraDate), "令和8年4月1日");
        assert_eq!(one("2019-05-01", Filter::EraDate), "令和元年5月1日");
        assert_eq!(one("not a day", Filter::EraDate), "not a day");
        assert_eq!(one("A-1 b", Filter::FullWidth), "Ａ－１　ｂ");
        assert_eq!(one("１７５－００９４", Filter::HalfWidth), "175-0094");
        assert_eq!(one("イタバシ　ハナコヴ", Filter::Hiragana), "いたばし　はなこゔ");
        assert_eq!(one("2026-04-01", Filter::Slice { from: 5, to: 7 }), "04");
        assert_eq!(one("1750094", Filter::PostalHyphen), "175-0094");
        assert_eq!(one("175-0094", Filter::PostalHyphen), "175-0094");
        assert_eq!(one(" 板橋　花子\t", Filter::NoSpaces), "板橋花子");
        assert_eq!(one("007", Filter::NoLeadingZeros), "7");
        assert_eq!(one("000", Filter::NoLeadingZeros), "0");
    }

    #[test]
    fn filters_apply_in_order() {
        let month = [Filter::Slice { from: 5, to: 7 }, Filter::NoLeadingZeros, Filter::FullWidth];
        assert_eq!(apply("2026-04-01", &month), "４");
    }

    fn any_filter() -> impl Strategy<Value = Filter> {
        prop_oneof![
            Just(Filter::EraDate),
            Just(Filter::FullWidth),
            Just(Filter::HalfWidth),
            Just(Filter::Hiragana),
            Just(Filter::Katakana),
            (0usize..50, 0usize..50).prop_map(|(from, to)| Filter::Slice { from, to }),
            Just(Filter::PostalHyphen),
            Just(Filter::NoSpaces),
            Just(Filter::NoLeadingZeros),
        ]
    }

    proptest! {
        #[test]
        fn no_text_and_no_order_of_filters_panics(text in any::<String>(), filters in prop::collection::vec(any_filter(), 0..6)) {
            apply(&text, &filters);
        }

        #[test]
        fn width_goes_there_and_back(text in "[ -~]*") {
            prop_assert_eq!(apply(&text, &[Filter::FullWidth, Filter::HalfWidth]), text);
        }

        #[test]
        fn kana_goes_there_and_back(text in "[ァ-ヶ]*") {
            prop_assert_eq!(apply(&text, &[Filter::Hiragana, Filter::Katakana]), text);
        }

        #[test]
        fn every_filter_but_slice_is_stable_when_applied_again(text in any::<String>(), filter in any_filter()) {
            prop_assume!(!matches!(filter, Filter::Slice { .. }));
            let once = apply(&text, std::slice::from_ref(&filter));
            prop_assert_eq!(apply(&once, std::slice::from_ref(&filter)), once);
        }
    }
}
