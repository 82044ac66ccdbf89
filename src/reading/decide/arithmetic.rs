//! What can be worked out from other fields: amounts that add up, an age from a day of birth.

use chrono::NaiveDate;
use unicode_normalization::UnicodeNormalization;

/// Whether the first amount is the sum of the others; an empty one of those counts nothing. `None` where nothing but the
/// sum is written, or one of them is no amount.
pub fn adds_up(texts: &[Option<&str>]) -> Option<bool> {
    let (total, parts) = texts.split_first()?;
    let parts: Vec<&str> = parts.iter().flatten().copied().collect();
    if parts.is_empty() {
        return None;
    }
    let sum = parts.into_iter().map(amount).try_fold(0_u64, |sum, part| sum.checked_add(part?))?;
    Some(sum == amount((*total)?)?)
}

/// Whole yen, or pieces: with separators of thousands, a sign before and a unit behind, as people write them.
fn amount(text: &str) -> Option<u64> {
    let plain: String = text.nfkc().filter(|c| !c.is_whitespace()).collect();
    let plain = plain.trim_start_matches(['¥', '\\', '金']).trim_end_matches(['円', '也', '-']);
    let groups: Vec<&str> = plain.split([',', '、']).collect();
    let whole = groups.iter().all(|group| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit()));
    let thousands = groups.len() == 1 || groups[0].len() <= 3 && groups[1..].iter().all(|group| group.len() == 3);
    (whole && thousands).then(|| groups.concat().parse().ok()).flatten()
}

/// Whether somebody born on this day is so old on that one. The law counts a year as full at the end of the day before
/// the birthday (年齢計算ニ関スル法律), people on the day itself: on the day between both are right.
pub fn is_age(text: &str, born: NaiveDate, on: NaiveDate) -> Option<bool> {
    let plain: String = text.nfkc().filter(|c| !c.is_whitespace()).collect();
    let age: u32 = plain.trim_start_matches('満').trim_end_matches(['歳', '才']).parse().ok()?;
    let by_law = on.succ_opt().unwrap_or(on);
    Some([on, by_law].into_iter().any(|day| day.years_since(born) == Some(age)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_add_up_as_people_write_them() {
        assert_eq!(adds_up(&[Some("￥12,000-"), Some("8000円"), None, Some("４，０００")]), Some(true));
        assert_eq!(adds_up(&[Some("12000"), Some("8000"), Some("400")]), Some(false));
        assert_eq!(adds_up(&[Some("12000"), None, None]), None, "only the sum is written");
        assert_eq!(adds_up(&[Some("12000"), Some("八千円")]), None);
        for half in ["1.5", "1,5", "12,", ",000", "1234,000"] {
            assert_eq!(adds_up(&[Some("15"), Some(half)]), None, "{half}");
        }
        assert_eq!(
            adds_up(&[Some("1"), Some("18446744073709551615"), Some("2")]),
            None,
            "no sum overflows into another"
        );
    }

    #[test]
    fn an_age_changes_on_the_birthday_or_by_law_the_day_before() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let age = |text: &str, on: &str| is_age(text, day("2018-04-01"), day(on));
        assert_eq!((age("7歳", "2026-03-30"), age("8", "2026-03-30")), (Some(true), Some(false)));
        assert_eq!((age("7", "2026-03-31"), age("満８才", "2026-03-31")), (Some(true), Some(true)));
        assert_eq!((age("7", "2026-04-01"), age("8", "2026-04-01")), (Some(false), Some(true)));
        assert_eq!(age("0", "2017-12-01"), Some(false), "not born yet");
        assert_eq!(age("八", "2026-04-01"), None);
    }
}
