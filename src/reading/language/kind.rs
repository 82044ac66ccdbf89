//! What sort of character stands beside what sort: the little that is known of text that no list holds.

/// Sorts of characters, as far as their company differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Nothing yet: the beginning of a text.
    Start,
    Kanji,
    /// 一 to 十 and 〇: kanji that often stand where numbers stand.
    Numeral,
    Hiragana,
    Katakana,
    /// ー, which only ever follows a kana.
    Long,
    Digit,
    Latin,
    /// Between numbers: -, and brackets.
    Dash,
    Sign,
}

impl Kind {
    pub fn of(c: char) -> Self {
        match c {
            '一' | '二' | '三' | '四' | '五' | '六' | '七' | '八' | '九' | '十' | '〇' => Kind::Numeral,
            'ー' => Kind::Long,
            '0'..='9' => Kind::Digit,
            'A'..='Z' | 'a'..='z' => Kind::Latin,
            'ぁ'..='ゖ' => Kind::Hiragana,
            'ァ'..='ヺ' => Kind::Katakana,
            '-' | '(' | ')' => Kind::Dash,
            '々' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' => Kind::Kanji,
            _ => Kind::Sign,
        }
    }

    /// Minus the logarithm of the share of one character among its sort, in nats: about how many a form sees.
    pub fn spread(self) -> f32 {
        match self {
            Kind::Start | Kind::Long => 0.0,
            Kind::Kanji => 6.8,
            Kind::Numeral | Kind::Digit => 2.3,
            Kind::Hiragana | Kind::Katakana => 4.2,
            Kind::Latin => 3.6,
            Kind::Dash => 0.7,
            Kind::Sign => 2.5,
        }
    }

    /// Minus the logarithm of how likely this sort follows another, in nats: rough, and meant to be. It tells 二 from
    /// ニ and ー from 一 and -, which look alike.
    pub fn after(self, before: Kind) -> f32 {
        use Kind::{Dash, Digit, Hiragana, Kanji, Katakana, Latin, Long, Numeral, Sign, Start};
        match (before, self) {
            (Start, Kanji) => 0.6,
            (Start | Hiragana | Katakana | Latin, Digit) | (Start, Katakana) => 2.0,
            (Start, Hiragana | Latin) => 2.5,
            (Start, Numeral) => 3.5,
            (_, Start) | (Start, Long) => 12.0,
            (Start, Dash | Sign) => 5.0,
            (Kanji, Kanji) => 0.4,
            (Kanji, Numeral) => 2.5,
            (Kanji, Hiragana) => 2.2,
            (Kanji, Katakana | Digit) => 2.8,
            (Kanji, Latin | Dash | Sign) => 4.0,
            (Kanji | Numeral | Digit | Dash | Latin | Sign, Long) => 9.0,
            (Numeral, Kanji) => 0.3,
            (Numeral, Numeral) => 2.0,
            (Numeral, _) => 4.5,
            (Hiragana, Hiragana) | (Katakana, Katakana) => 0.5,
            (Hiragana, Kanji) => 1.6,
            (Katakana, Long) => 1.6,
            (Hiragana, Long) => 4.0,
            (Katakana, Kanji) => 2.0,
            (Hiragana, Katakana) | (Katakana, Hiragana) => 4.5,
            (Hiragana | Katakana, _) => 4.0,
            (Long, Katakana) => 0.4,
            (Long, Long) => 8.0,
            (Long, _) => 2.8,
            (Digit, Digit) => 0.6,
            (Digit, Dash) => 1.2,
            (Digit, Kanji) => 1.8,
            // Behind a house's number stands a building's name, and no dash between them.
            (Digit, Katakana) => 3.0,
            (Digit, _) => 4.0,
            (Dash, Digit) => 0.15,
            (Dash, Hiragana | Katakana) => 7.0,
            (Dash, _) => 3.0,
            (Latin, Latin) => 0.4,
            (Latin, Kanji | Katakana) => 2.5,
            (Latin, _) => 4.0,
            (Sign, _) => 2.2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(text: &str) -> f32 {
        let mut before = Kind::Start;
        text.chars()
            .map(|c| {
                let kind = Kind::of(c);
                kind.after(std::mem::replace(&mut before, kind)) + kind.spread()
            })
            .sum()
    }

    #[test]
    fn characters_that_look_alike_are_told_apart_by_their_company() {
        for (meant, mistaken) in [
            ("上板橋二丁目", "上板橋ニ丁目"),
            ("コニカ", "コ二カ"),
            ("センター", "センタ一"),
            ("48-16", "48ー16"),
            ("48-16", "48一16"),
            ("三丁目", "ミ丁目"),
            ("カトウ", "力トウ"),
            ("1108号室", "ll08号室"),
            ("48-16コーポ桜", "48-162-ポ桜"),
        ] {
            assert!(cost(meant) < cost(mistaken), "{meant}");
        }
    }
}
