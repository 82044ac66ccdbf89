//! The check digits of the two national numbers.

/// Whether the last of twelve digits is the check digit of the first eleven.
///
/// 行政手続における特定の個人を識別するための番号の利用等に関する法律の規定による通知カード及び個人番号カード並びに
/// 情報提供ネットワークシステムによる特定個人情報の提供等に関する省令 第5条: the digits from the right (the check digit
/// not counted) weigh 2 to 7 and then 2 to 6; 11 less the remainder by 11, or 0 if the remainder is 0 or 1.
pub fn my_number(digits: &[u8]) -> bool {
    let [body @ .., check] = digits else { return false };
    if body.len() != 11 {
        return false;
    }
    let sum: u32 =
        body.iter().rev().zip(1_u32..).map(|(d, n)| u32::from(*d) * if n <= 6 { n + 1 } else { n - 5 }).sum();
    let remainder = sum % 11;
    u32::from(*check) == if remainder <= 1 { 0 } else { 11 - remainder }
}

/// Whether the first of thirteen digits is the check digit of the other twelve.
///
/// 法人番号の指定等に関する省令 第2条: the digits from the right weigh 1 and 2 in turn; 9 less the remainder by 9.
pub fn corporate_number(digits: &[u8]) -> bool {
    let [check, body @ ..] = digits else { return false };
    if body.len() != 12 {
        return false;
    }
    let sum: u32 = body.iter().rev().zip([1, 2].into_iter().cycle()).map(|(d, weight)| u32::from(*d) * weight).sum();
    u32::from(*check) == 9 - sum % 9
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(text: &str) -> Vec<u8> {
        text.bytes().map(|b| b - b'0').collect()
    }

    #[test]
    fn numbers_published_as_examples_hold() {
        // 個人番号 of the specimen card; 法人番号 of the National Tax Agency and of the Digital Agency.
        assert!(my_number(&digits("123456789018")));
        assert!(corporate_number(&digits("7000012050002")));
        assert!(corporate_number(&digits("8000012010038")));
    }

    #[test]
    fn every_single_wrong_digit_of_a_my_number_is_found_unless_the_remainder_hides_it() {
        let right = digits("123456789018");
        for place in 0..12 {
            for other in (0..10).filter(|d| *d != right[place]) {
                let mut wrong = right.clone();
                wrong[place] = other;
                assert!(!my_number(&wrong), "place {place}, digit {other}");
            }
        }
    }

    #[test]
    fn other_lengths_are_no_numbers() {
        assert!(!my_number(&digits("12345678901")));
        assert!(!my_number(&[]));
        assert!(!corporate_number(&digits("700001205000")));
    }
}
