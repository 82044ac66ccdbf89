//! Telephone numbers.

/// Ten or eleven digits beginning with a single 0 (電気通信番号規則), as one number or in three parts with hyphens or brackets
/// between them: area codes have two to five digits, so that where the parts end cannot be told from the number. A number in
/// two parts has most likely lost what stood between two of three.
pub fn is_number(text: &str) -> bool {
    let is_between = |c: char| "-()".contains(c);
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let parts = text.split(is_between).filter(|part| !part.is_empty()).count();
    let number = text.strip_prefix('(').unwrap_or(text);
    number.starts_with('0')
        && !number.starts_with("00")
        && text.chars().all(|c| c.is_ascii_digit() || is_between(c))
        && matches!(digits, 10 | 11)
        && matches!(parts, 1 | 3)
        && !text.contains("--")
        && !text.ends_with(is_between)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_whole_or_in_three_parts() {
        for number in ["03-4606-6042", "0346066042", "03(4606)6042", "(03)4606-6042", "090-1234-5678"] {
            assert!(is_number(number), "{number}");
        }
        let lost = ["034606-6042", "03-46066042", "03--4606-6042", "03-4606-6042-"];
        let none = ["3-4606-6042", "00-4606-6042", "03-4606-604", "03-4606-604２", "03 4606 6042", ""];
        for number in lost.into_iter().chain(none) {
            assert!(!is_number(number), "{number}");
        }
    }
}
