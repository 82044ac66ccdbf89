//! Characters that cannot be told apart once a picture has lost its size and its place on the line.

/// Each set is one class; its first character names the class. `ocr-models/train/characters/classes.py` holds the same.
const SETS: &[&str] = &[
    "ー一－-−―—‐–_",
    "1lI|｜",
    "0Oo〇○◯。゜°",
    "ノ/／",
    "・.●•",
    "、ヽ",
    "ニ二=＝",
    "く<〈＜",
    "〃\"″”",
    "カ力ヵ",
    "ロ口□",
    "ハ八",
    "エ工ェ",
    "タ夕",
    "ト卜",
    "オ才ォ",
    "へヘ",
    "べベ",
    "ぺペ",
    "りリ",
    "ケヶ",
    "あぁ",
    "いぃ",
    "うぅ",
    "えぇ",
    "おぉ",
    "つっ",
    "やゃ",
    "ゆゅ",
    "よょ",
    "わゎ",
    "アァ",
    "イィ",
    "ウゥ",
    "ツッ",
    "ヤャ",
    "ユュ",
    "ヨョ",
    "ワヮ",
    "Cc",
    "Ss",
    "Vv",
    "Ww",
    "Xx×",
    "Zz",
    "十+＋",
    "(（〔",
    ")）〕",
    "~〜～",
    ":：",
];

/// All characters that look like this one, itself among them; empty if it looks like no other. They are one class:
/// only size, place and neighbours tell which of them was written.
pub fn look_alikes(c: char) -> &'static str {
    SETS.iter().copied().find(|set| set.contains(c)).unwrap_or("")
}

/// The character that names the class.
pub(super) fn canonical(c: char) -> char {
    look_alikes(c).chars().next().unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_is_one_class_and_no_character_is_in_two() {
        let classes = include_str!("../../../../ocr-models/characters.txt");
        let mut seen = std::collections::HashSet::new();
        for set in SETS {
            let named: Vec<char> = set.chars().filter(|c| classes.contains(*c)).collect();
            assert_eq!(named, [canonical(named[0])], "{set}");
            assert!(set.chars().all(|c| seen.insert(c)), "{set}");
        }
        assert_eq!((look_alikes('力'), look_alikes('愛')), ("カ力ヵ", ""));
    }
}
