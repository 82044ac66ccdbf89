//! Katakana in boxes: Tesseract knows no boxes and takes ニ for 二; here every box holds one katakana.

use unicode_normalization::UnicodeNormalization;

/// Characters that look like a katakana and stand for one in a box meant for katakana.
const LOOKALIKES: &[(&str, char)] = &[
    ("一-－—–―‐~〜_", 'ー'),
    ("二=", 'ニ'),
    ("三", 'ミ'),
    ("八", 'ハ'),
    ("力", 'カ'),
    ("口□0", 'ロ'),
    ("夕", 'タ'),
    ("卜", 'ト'),
    ("工", 'エ'),
    ("千", 'チ'),
    ("才", 'オ'),
    ("又", 'ヌ'),
    ("厶", 'ム'),
    ("七", 'セ'),
    ("木", 'ホ'),
    ("井", 'キ'),
    ("丁", 'テ'),
    ("入", 'ヘ'),
    ("ノ/", 'ノ'),
    ("了", 'ア'),
    ("于", 'チ'),
    ("彡", 'ミ'),
    ("刀", 'カ'),
    ("乂X×", 'メ'),
    ("し", 'レ'),
];

/// The text as full-width katakana without spaces.
pub fn katakana(text: &str) -> String {
    let composed: String = text.nfkc().filter(|c| !c.is_whitespace()).collect();
    composed.chars().map(one).collect()
}

fn one(c: char) -> char {
    if let Some((_, kana)) = LOOKALIKES.iter().find(|(looks, _)| looks.contains(c)) {
        return *kana;
    }
    match c {
        'ぁ'..='ゖ' => char::from_u32(c as u32 + 0x60).unwrap_or(c),
        _ => c,
    }
}

/// Whether every character is a katakana.
pub fn is_katakana(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| matches!(c, 'ァ'..='ヶ' | 'ー' | '・'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hiragana_half_width_and_lookalikes_become_katakana() {
        assert_eq!(katakana("ニ力 ﾊﾞ やし一"), "ニカバヤレー");
        assert!(is_katakana("サトウ"));
        assert!(!is_katakana("サト卜"));
        assert!(!is_katakana(""));
    }
}
