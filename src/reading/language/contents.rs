//! Which grammar a line has, by what the form says it holds.

use std::collections::BTreeSet;

use crate::model::form::{LineContent, LinePattern, PatternPlace};
use crate::reading::lexicon::names::Name;
use crate::reading::lexicon::{Lexicon, Towns};

use super::grammar::{Grammar, Part};
use super::trie::Trie;

/// The lists of all contents as grammars, made once when the reader starts.
pub struct Contents {
    name: Grammar,
    kana: Grammar,
    address: Grammar,
    phone: Grammar,
    bank: Grammar,
    branch: Grammar,
    relationship: Grammar,
    occupation: Grammar,
    free: Grammar,
}

/// The numbers of a name's parts, as `name` counts them, for whoever puts the space between them.
pub struct Parts;

impl Parts {
    const GIVEN: usize = 1;
    const UNKNOWN_GIVEN: usize = 3;

    /// Whether a part of a name's grammar is a given name.
    pub fn is_given(part: usize) -> bool {
        part == Self::GIVEN || part == Self::UNKNOWN_GIVEN
    }
}

/// Costs in nats, minus the logarithms of shares that are rough and meant to be: of a hundred names two hold a part
/// that a list of this size lacks.
const UNKNOWN_NAME: f32 = 4.0;
const UNKNOWN_PLACE: f32 = 5.0;
const UNKNOWN_TOWN: f32 = 4.0;
const UNLISTED: f32 = 4.0;
const WITH_PREFECTURE: f32 = 0.7;
const WITHOUT_PREFECTURE: f32 = 0.7;
const TOWN_ALONE: f32 = 3.0;
const NO_NUMBER: f32 = 3.0;
/// What stands behind a town: numbers and what they count.
const BEHIND_TOWN: &str = "0123456789-一二三四五六七八九十丁目番地号室階";
const NUMBERS: &str = "0123456789-()";
const CAPITALS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS: &str = "0123456789";
const KATAKANA: Part = Part::Only {
    characters: "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲンヴ\
                 ガギグゲゴザジズゼゾダヂヅデドバビブベボパピプペポァィゥェォッャュョー",
    each: 4.2,
};

impl Contents {
    pub fn new(lexicon: &Lexicon) -> Self {
        let (names, banks) = (&lexicon.names, &lexicon.banks);
        let readings = |list: &[Name]| Trie::new(list.iter().map(|name| (name.reading.as_str(), name.cost)));
        let written = [Trie::new(names.family_surfaces()), Trie::new(names.given_surfaces())];
        Self {
            name: name(written, &Part::Free { likely: "" }),
            kana: name([readings(names.family()), readings(names.given())], &KATAKANA),
            address: address(&lexicon.towns),
            phone: alone(Part::Only { characters: NUMBERS, each: 2.4 }),
            bank: listed(Trie::new(banks.bank_surfaces())),
            branch: listed(Trie::new(banks.branch_surfaces())),
            relationship: listed(Trie::new(lexicon.words.surfaces("relationship"))),
            occupation: listed(Trie::new(lexicon.words.surfaces("occupation"))),
            free: alone(Part::Free { likely: "" }),
        }
    }

    pub fn line(&self, content: LineContent) -> &Grammar {
        match content {
            LineContent::PersonalName => &self.name,
            LineContent::Address => &self.address,
            LineContent::Phone => &self.phone,
            LineContent::Bank => &self.bank,
            LineContent::Branch => &self.branch,
            LineContent::Kana => &self.kana,
            LineContent::Relationship => &self.relationship,
            LineContent::Occupation => &self.occupation,
            LineContent::Free => &self.free,
        }
    }

    /// A person's name in katakana.
    pub fn kana(&self) -> &Grammar {
        &self.kana
    }
}

/// A line of a fixed form.
pub fn patterned(pattern: &LinePattern) -> Grammar {
    let mut grammar = Grammar::default();
    let mut last = None;
    for place in pattern.places() {
        let characters = match place {
            PatternPlace::Capital => CAPITALS.into(),
            PatternPlace::Digit => DIGITS.into(),
            PatternPlace::Itself(c) => c.to_string().into(),
        };
        let part = grammar.part(Part::One { characters });
        match last {
            Some(before) => grammar.follows(before, part, 0.0),
            None => grammar.begins(part, 0.0),
        }
        last = Some(part);
    }
    if let Some(last) = last {
        grammar.ends(last, 0.0);
    }
    grammar
}

/// A family and a given name, either or both of which may be unknown.
fn name([family, given]: [Trie; 2], unknown: &Part) -> Grammar {
    let mut grammar = Grammar::default();
    let parts = [Part::Words(family), Part::Words(given), unknown.clone(), unknown.clone()];
    let [family, given, unknown_family, unknown_given] = parts.map(|part| grammar.part(part));
    grammar.begins(family, 0.0);
    grammar.begins(unknown_family, UNKNOWN_NAME);
    grammar.follows(family, given, 0.0);
    grammar.follows(family, unknown_given, UNKNOWN_NAME);
    grammar.follows(unknown_family, given, 0.0);
    grammar.ends(given, 0.0);
    grammar.ends(unknown_given, 0.0);
    grammar.ends(unknown_family, UNKNOWN_NAME);
    grammar.ends(family, UNKNOWN_NAME);
    grammar
}

/// Prefecture, city and town as listed, then numbers and what they count; or a place that no list has.
fn address(towns: &Towns) -> Grammar {
    let mut grammar = Grammar::default();
    let mut uniform = |words: BTreeSet<String>| {
        let each = (words.len().max(1) as f32).ln();
        grammar.part(Part::Words(Trie::new(words.iter().map(|word| (word.as_str(), each)))))
    };
    let prefecture = uniform(towns.iter().map(|t| t.prefecture.clone()).collect());
    let place = uniform(towns.iter().map(|t| format!("{}{}", t.city, t.town)).collect());
    let town = uniform(towns.iter().map(|t| t.town.clone()).collect());
    let city = uniform(towns.iter().map(|t| t.city.clone()).collect());
    let behind = grammar.part(Part::Free { likely: BEHIND_TOWN });
    let unknown = grammar.part(Part::Free { likely: BEHIND_TOWN });
    grammar.begins(prefecture, WITH_PREFECTURE);
    grammar.begins(unknown, UNKNOWN_PLACE);
    grammar.follows(prefecture, unknown, UNKNOWN_PLACE);
    for (part, cost) in [(place, 0.0), (town, TOWN_ALONE), (city, UNKNOWN_TOWN)] {
        grammar.begins(part, WITHOUT_PREFECTURE + cost);
        grammar.follows(prefecture, part, cost);
    }
    grammar.follows(place, behind, 0.0);
    grammar.follows(town, behind, 0.0);
    grammar.follows(city, unknown, 0.0);
    grammar.ends(place, NO_NUMBER);
    grammar.ends(town, NO_NUMBER);
    grammar.ends(behind, 0.0);
    grammar.ends(unknown, 0.0);
    grammar
}

/// One of a list, or something that it lacks.
fn listed(words: Trie) -> Grammar {
    let mut grammar = Grammar::default();
    let list = grammar.part(Part::Words(words));
    let unknown = grammar.part(Part::Free { likely: "" });
    grammar.begins(list, 0.0);
    grammar.begins(unknown, UNLISTED);
    grammar.ends(list, 0.0);
    grammar.ends(unknown, 0.0);
    grammar
}

fn alone(part: Part) -> Grammar {
    let mut grammar = Grammar::default();
    let part = grammar.part(part);
    grammar.begins(part, 0.0);
    grammar.ends(part, 0.0);
    grammar
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::reading::lexicon::Tables;

    fn contents() -> Contents {
        let tables = Tables::read(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/ocr-models/lexicon"))).unwrap();
        Contents::new(&Lexicon::of(&tables).unwrap())
    }

    /// The texts in the order of their costs, the cheapest first.
    fn cheapest<'t>(grammar: &Grammar, texts: &[&'t str]) -> &'t str {
        let cost = |text: &str| grammar.cost(text).unwrap_or(f32::INFINITY);
        texts.iter().copied().min_by(|a, b| cost(a).total_cmp(&cost(b))).unwrap()
    }

    #[test]
    fn what_is_listed_is_likelier_than_what_looks_like_it() {
        let contents = contents();
        assert_eq!(cheapest(contents.kana(), &["ミヤザキ キョシ", "ミヤザキ キヨシ"]), "ミヤザキ キヨシ");
        let line = |content| contents.line(content);
        assert_eq!(cheapest(line(LineContent::PersonalName), &["板橋花予", "板橋花子"]), "板橋花子");
        assert_eq!(
            cheapest(line(LineContent::Address), &["東京都板橋区成増ニ丁目48ー16", "東京都板橋区成増二丁目48-16"]),
            "東京都板橋区成増二丁目48-16"
        );
        assert_eq!(cheapest(line(LineContent::Branch), &["地袋", "池袋"]), "池袋");
        let lot = patterned(&LinePattern::new("AA9999").unwrap());
        assert_eq!(lot.cost("HC8142"), Some(2.0));
        assert_eq!((lot.cost("H08142"), lot.cost("HC814"), lot.cost("HC81420")), (None, None, None));
        assert_eq!(cheapest(line(LineContent::Phone), &["090ー1234", "090-1234"]), "090-1234");
    }
}
