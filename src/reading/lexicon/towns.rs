//! Postal codes and towns (町域) of Tokyo and the prefectures around it.

/// A town and a postal code that stands for it or for a part of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Town {
    /// Seven digits.
    pub postal_code: String,
    pub prefecture: String,
    /// City or ward, with its district (比企郡川島町).
    pub city: String,
    pub town: String,
    /// In katakana.
    pub kana: String,
    /// The 丁目 the code is limited to; empty if it stands for all of the town.
    pub chome: Vec<u8>,
    /// `town` as it is compared.
    plain: String,
}

/// By postal code.
#[derive(Debug)]
pub struct Towns(Vec<Town>);

/// Where an address lies, as far as its beginning tells.
#[derive(Debug, Clone, PartialEq)]
pub struct Place<'t> {
    /// The towns that its beginning names; more than one if the address leaves out its city, or if a town has
    /// several codes. Empty if it names none.
    pub towns: Vec<&'t Town>,
    /// Whether it names a city of the list.
    pub city_named: bool,
    /// What follows the town.
    pub rest: String,
}

impl Towns {
    pub(super) fn of(rows: &[[&str; 6]]) -> Self {
        let town = |[postal_code, prefecture, city, town, kana, chome]: &[&str; 6]| Town {
            postal_code: (*postal_code).to_owned(),
            prefecture: (*prefecture).to_owned(),
            city: (*city).to_owned(),
            town: (*town).to_owned(),
            kana: (*kana).to_owned(),
            chome: chome.split(',').filter_map(|n| n.parse().ok()).collect(),
            plain: plain(town),
        };
        let mut towns: Vec<Town> = rows.iter().map(town).collect();
        towns.sort_by(|a, b| a.postal_code.cmp(&b.postal_code));
        Self(towns)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Town> {
        self.0.iter()
    }

    /// The towns a postal code stands for; none if it is not listed.
    pub fn at(&self, postal_code: &str) -> &[Town] {
        let from = self.0.partition_point(|t| t.postal_code.as_str() < postal_code);
        let count = self.0[from..].partition_point(|t| t.postal_code == postal_code);
        &self.0[from..from + count]
    }

    /// The towns of a city or ward, named with or without its prefecture.
    pub fn of_city<'t>(&'t self, city: &'t str) -> impl Iterator<Item = &'t Town> {
        self.0.iter().filter(move |t| city == t.city || city.strip_prefix(t.prefecture.as_str()) == Some(&t.city))
    }

    /// Every town's name as written, with its cost: each code is equally likely.
    pub fn surfaces(&self) -> impl Iterator<Item = (&str, f32)> {
        let cost = (self.0.len() as f32).ln();
        self.0.iter().map(move |t| (t.town.as_str(), cost))
    }

    /// Where an address lies: it begins with a town, before which city and prefecture may stand.
    pub fn locate(&self, address: &str) -> Place<'_> {
        let address = plain(address);
        let mut best = Place { towns: Vec::new(), city_named: false, rest: String::new() };
        let mut longest = 0;
        for town in &self.0 {
            let (named, rest) = in_city(town, &address);
            if named && !best.city_named {
                (best.city_named, longest) = (true, 0);
                best.towns.clear();
            }
            if named != best.city_named || !rest.starts_with(&town.plain) {
                continue;
            }
            let length = town.plain.len();
            if length > longest {
                longest = length;
                best.towns.clear();
                rest[length..].clone_into(&mut best.rest);
            }
            if length == longest {
                best.towns.push(town);
            }
        }
        best
    }

    /// Whether a postal code stands for the place an address begins with. `None` if the list knows neither.
    pub fn agree(&self, postal_code: &str, address: &str) -> Option<bool> {
        let place = self.locate(address);
        let of_code = self.at(postal_code);
        if of_code.is_empty() {
            // A code of an office, of another prefecture, or one that does not exist.
            return if place.city_named && !place.towns.is_empty() { Some(false) } else { None };
        }
        let chome = chome(&place.rest);
        let stands_for = |town: &&Town| {
            let limited = !town.chome.is_empty();
            town.postal_code == postal_code && !(limited && chome.is_some_and(|n| !town.chome.contains(&n)))
        };
        Some(place.towns.iter().any(stands_for))
    }
}

/// Whether the address names the town's city, and what follows it: all of it if it names none.
fn in_city<'a>(town: &Town, address: &'a str) -> (bool, &'a str) {
    let rest = address.strip_prefix(town.prefecture.as_str()).unwrap_or(address);
    let without_district = town.city.split_once('郡').map(|(_, city)| city).filter(|city| !city.ends_with('市'));
    let city = [Some(town.city.as_str()), without_district].into_iter().flatten();
    let after_city = city.filter_map(|city| rest.strip_prefix(city)).next();
    let rest = after_city.map_or(rest, |rest| rest.strip_prefix("大字").unwrap_or(rest));
    (after_city.is_some(), rest)
}

/// As towns are compared: without spaces, and ヶ and ケ, which people exchange freely, as one.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).map(|c| if c == 'ヶ' { 'ケ' } else { c }).collect()
}

/// The number at the beginning, before 丁目 or a dash: `二丁目48-16` and `2-48-16` are both the second.
fn chome(rest: &str) -> Option<u8> {
    const KANJI: &str = "一二三四五六七八九";
    let end = rest.find(|c: char| !c.is_ascii_digit())?;
    if end > 0 {
        return (rest[end..].starts_with(['-', '丁'])).then(|| rest[..end].parse().ok())?;
    }
    let number = &rest[..rest.find("丁目")?];
    let digit = |c: char| KANJI.chars().position(|k| k == c).map(|at| at as u8 + 1);
    let (tens, ones) = number.split_once('十').map_or(("", number), |(tens, ones)| (tens, ones));
    let value = |text: &str| text.chars().next().map_or(Some(0), digit);
    let tens = if number.contains('十') { value(tens)?.max(1) } else { 0 };
    Some(tens * 10 + value(ones)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::lexicon::shipped;

    #[test]
    fn a_postal_code_stands_for_its_town() {
        let towns = &shipped().towns;
        let [town] = towns.at("1750094") else { panic!("成増 has one code") };
        assert_eq!((town.city.as_str(), town.town.as_str(), town.kana.as_str()), ("板橋区", "成増", "ナリマス"));
        assert!(towns.at("1730000").is_empty(), "the code of every place not listed stands for no town");
        assert!(towns.at("").is_empty());
    }

    #[test]
    fn an_address_may_leave_out_its_prefecture_or_its_city() {
        let towns = &shipped().towns;
        for address in ["東京都板橋区成増二丁目48-16", "板橋区成増2-48-16", "成増二丁目48-16 1108号室"]
        {
            assert_eq!(towns.agree("1750094", address), Some(true), "{address}");
            assert_eq!(towns.agree("1750093", address), Some(false), "{address}");
        }
        assert_eq!(towns.agree("3500131", "埼玉県川島町平沼1175"), towns.agree("3500131", "比企郡川島町平沼1175"));
    }

    #[test]
    fn the_longest_town_that_fits_is_meant() {
        let towns = &shipped().towns;
        assert_eq!(towns.agree("1750092", "板橋区赤塚一丁目48番27号"), Some(true));
        assert_eq!(towns.agree("1750092", "板橋区赤塚新町一丁目3番"), Some(false));
        assert_eq!(towns.agree("1750093", "板橋区赤塚新町一丁目3番"), Some(true));
    }

    #[test]
    fn a_city_that_is_named_is_the_only_one_looked_in() {
        let towns = &shipped().towns;
        let place = towns.locate("豊島区池袋本町三丁目1番");
        assert!(place.city_named && place.towns.iter().all(|t| t.city == "豊島区" && t.town == "池袋本町"));
        assert_eq!(towns.agree("1730004", "埼玉県さいたま市浦和区高砂三丁目15-1"), Some(false));
    }

    #[test]
    fn where_neither_is_listed_nothing_is_known() {
        let towns = &shipped().towns;
        assert_eq!(towns.agree("0600000", "北海道札幌市中央区北一条西2丁目"), None);
        assert_eq!(towns.agree("9999999", "板橋区板橋二丁目66番1号"), Some(false), "this town has another code");
    }

    #[test]
    fn a_code_for_some_chome_stands_for_those_alone() {
        let towns = &shipped().towns;
        let limited = towns.iter().find(|t| t.chome == [1]).expect("some codes are for the first 丁目");
        let address = |number: &str| format!("{}{}{number}", limited.city, limited.town);
        assert_eq!(towns.agree(&limited.postal_code, &address("一丁目5番")), Some(true));
        assert_eq!(towns.agree(&limited.postal_code, &address("1-5")), Some(true));
        assert_eq!(towns.agree(&limited.postal_code, &address("二十九丁目5番")), Some(false));
        assert_eq!(
            (chome("十丁目"), chome("二十三丁目1"), chome("12番"), chome("3丁目")),
            (Some(10), Some(23), None, Some(3))
        );
    }

    #[test]
    fn the_towns_of_a_ward_are_all_there() {
        let towns = &shipped().towns;
        assert_eq!(towns.of_city("板橋区").count(), towns.of_city("東京都板橋区").count());
        assert!(towns.of_city("板橋区").any(|t| t.town == "高島平"));
        assert!(towns.surfaces().any(|(town, cost)| town == "大山東町" && cost > 0.0));
    }
}
