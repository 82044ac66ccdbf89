//! 金額: whole yen.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// Whole yen; shown as `1,234円`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Yen(pub i64);

/// Why a text is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadAmount {
    #[error("not an amount such as 1,234円")]
    Form,
    /// A comma that does not part thousands is more likely a misread digit than a habit.
    #[error("the commas do not part thousands")]
    Grouping,
    #[error("more than an amount on a form can be")]
    TooLarge,
}

/// More digits than any amount on a municipal form, few enough to never overflow.
const MAX_DIGITS: usize = 15;

impl FromStr for Yen {
    type Err = BadAmount;

    /// `1234`, `1,234`, `1,234円`, `¥1,234`, `金1,234円也`, `△1,234` (negative), in any width.
    fn from_str(text: &str) -> Result<Self, BadAmount> {
        let text: String = text.nfkc().filter(|c| !c.is_whitespace()).collect();
        let (negative, text) = match text.strip_prefix(['-', '−', '△', '▲']) {
            Some(rest) => (true, rest),
            None => (false, text.as_str()),
        };
        let text = text.strip_prefix('金').unwrap_or(text);
        let text = text.strip_prefix(['¥', '\\']).unwrap_or(text);
        let text = text.strip_suffix('也').or_else(|| text.strip_suffix('-')).unwrap_or(text);
        let text = text.strip_suffix('円').unwrap_or(text);
        let digits = ungroup(text)?;
        if digits.len() > MAX_DIGITS {
            return Err(BadAmount::TooLarge);
        }
        let value: i64 = digits.parse().map_err(|_| BadAmount::Form)?;
        Ok(Self(if negative { -value } else { value }))
    }
}

/// The digits without their thousands commas, which must part groups of three or not be there at all.
fn ungroup(text: &str) -> Result<String, BadAmount> {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let mut parts = text.split([',', '、']);
    let head = parts.next().unwrap_or_default();
    let tail: Vec<&str> = parts.collect();
    if !digits(head) || !tail.iter().all(|part| digits(part)) {
        return Err(BadAmount::Form);
    }
    if !tail.is_empty() && (head.len() > 3 || tail.iter().any(|part| part.len() != 3)) {
        return Err(BadAmount::Grouping);
    }
    Ok([head, &tail.concat()].concat())
}

impl fmt::Display for Yen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.unsigned_abs().to_string();
        if self.0 < 0 {
            f.write_str("-")?;
        }
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        f.write_str("円")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_are_read_as_forms_write_them() {
        for text in ["1234", "1,234", "１，２３４円", "￥1,234", "金1,234円也", "¥1,234-"] {
            assert_eq!(text.parse(), Ok(Yen(1234)), "{text}");
        }
        assert_eq!("△1,234円".parse(), Ok(Yen(-1234)));
    }

    #[test]
    fn a_comma_that_parts_no_thousands_is_refused() {
        assert_eq!("12,34".parse::<Yen>(), Err(BadAmount::Grouping));
        assert_eq!("1234,567".parse::<Yen>(), Err(BadAmount::Grouping));
        assert_eq!("1,,234".parse::<Yen>(), Err(BadAmount::Form));
        assert_eq!("".parse::<Yen>(), Err(BadAmount::Form));
        assert_eq!("9999999999999999".parse::<Yen>(), Err(BadAmount::TooLarge));
    }

    proptest! {
        #[test]
        fn every_amount_survives_its_text_form(yen in -999_999_999_999_999i64..=999_999_999_999_999) {
            prop_assert_eq!(Yen(yen).to_string().parse(), Ok(Yen(yen)));
        }

        #[test]
        fn no_text_panics(text in ".{0,20}") {
            let _ = text.parse::<Yen>();
        }
    }
}
