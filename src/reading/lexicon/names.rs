//! Family and given names with their readings.

/// One way to read one name.
#[derive(Debug, Clone, PartialEq)]
pub struct Name {
    pub name: String,
    /// In katakana.
    pub reading: String,
    pub cost: f32,
}

/// Names in the order of their characters, so that all readings of one stand together.
#[derive(Debug)]
pub struct Names {
    family: Vec<Name>,
    given: Vec<Name>,
}

impl Names {
    /// `None` if a cost is no number.
    pub(super) fn of(family: &[[&str; 3]], given: &[[&str; 3]]) -> Option<Self> {
        Some(Self { family: sorted(family)?, given: sorted(given)? })
    }

    pub fn family(&self) -> &[Name] {
        &self.family
    }

    pub fn given(&self) -> &[Name] {
        &self.given
    }

    /// Every family name as written, once, with the cost of its likeliest reading.
    pub fn family_surfaces(&self) -> impl Iterator<Item = (&str, f32)> {
        surfaces(&self.family)
    }

    /// Every given name as written, once, with the cost of its likeliest reading.
    pub fn given_surfaces(&self) -> impl Iterator<Item = (&str, f32)> {
        surfaces(&self.given)
    }

    /// The readings of a family name; none if it is not listed.
    pub fn readings_of_family(&self, name: &str) -> &[Name] {
        readings(&self.family, name)
    }

    /// The readings of a given name; none if it is not listed.
    pub fn readings_of_given(&self, name: &str) -> &[Name] {
        readings(&self.given, name)
    }

    /// Whether kana are a reading of a name. A space in the name tells where its family name ends, else it may end
    /// anywhere; a space in the kana has to stand at the same place. `None` if the lists know no such name.
    pub fn agree(&self, kana: &str, name: &str) -> Option<bool> {
        let (sounds, gap) = joined(kana);
        let (written, end) = joined(name);
        let places = written.char_indices().map(|(at, _)| at).filter(|at| *at > 0);
        let mut known = false;
        for at in places.filter(|at| end.is_none_or(|end| end == *at)) {
            let (family, given) = written.split_at(at);
            let given = self.readings_of_given(given);
            for first in self.readings_of_family(family) {
                known |= !given.is_empty();
                let rest = sounds.strip_prefix(first.reading.as_str());
                let at_gap = gap.is_none_or(|gap| gap == first.reading.len());
                if at_gap && rest.is_some_and(|rest| given.iter().any(|second| second.reading == rest)) {
                    return Some(true);
                }
            }
        }
        known.then_some(false)
    }
}

/// The text without spaces, and where its only space stood.
fn joined(text: &str) -> (String, Option<usize>) {
    let parts: Vec<&str> = text.split_whitespace().collect();
    let gap = if parts.len() == 2 { Some(parts[0].len()) } else { None };
    (parts.concat(), gap)
}

fn sorted(rows: &[[&str; 3]]) -> Option<Vec<Name>> {
    let parse = |[name, reading, cost]: &[&str; 3]| {
        Some(Name { name: (*name).to_owned(), reading: (*reading).to_owned(), cost: cost.parse().ok()? })
    };
    let mut names: Vec<Name> = rows.iter().map(parse).collect::<Option<_>>()?;
    // The tables are in order already, so this costs one comparison a row.
    names.sort_by(|a, b| a.name.cmp(&b.name));
    Some(names)
}

fn readings<'n>(names: &'n [Name], name: &str) -> &'n [Name] {
    let from = names.partition_point(|n| n.name.as_str() < name);
    let count = names[from..].partition_point(|n| n.name == name);
    &names[from..from + count]
}

fn surfaces(names: &[Name]) -> impl Iterator<Item = (&str, f32)> {
    names.chunk_by(|a, b| a.name == b.name).map(|same| {
        let least = same.iter().map(|n| n.cost).fold(f32::INFINITY, f32::min);
        (same[0].name.as_str(), least)
    })
}

#[cfg(test)]
mod tests {
    use crate::reading::lexicon::shipped;

    #[test]
    fn a_name_has_the_readings_that_people_give_it() {
        let names = &shipped().names;
        let readings = |name| names.readings_of_family(name).iter().map(|n| n.reading.clone()).collect::<Vec<_>>();
        assert_eq!(readings("板橋"), ["イタバシ"]);
        assert_eq!(readings("高橋"), ["タカハシ"], "a reading that hardly anybody has is no evidence");
        assert_eq!(readings("髙橋"), ["タカハシ"], "as the family register writes it");
        assert!(readings("山崎").contains(&"ヤマザキ".to_owned()) && readings("山崎").contains(&"ヤマサキ".to_owned()));
        assert!(names.readings_of_given("花子").iter().any(|n| n.reading == "ハナコ"));
        assert!(names.readings_of_given("さくら").iter().any(|n| n.reading == "サクラ"));
        assert!(names.readings_of_family("有栖川宮家").is_empty());
    }

    #[test]
    fn kana_agree_with_a_name_wherever_it_may_be_divided() {
        let names = &shipped().names;
        assert_eq!(names.agree("イタバシ　ハナコ", "板橋　花子"), Some(true));
        assert_eq!(names.agree("イタバシハナコ", "板橋花子"), Some(true));
        assert_eq!(names.agree("イタハシ　ハナコ", "板橋　花子"), Some(false), "a voicing mark was lost");
        assert_eq!(names.agree("イタ　バシハナコ", "板橋　花子"), Some(false), "the gap is at another place");
        assert_eq!(names.agree("サトウ　タロウ", "板橋花子"), Some(false));
    }

    #[test]
    fn of_a_name_that_is_not_listed_nothing_is_known() {
        let names = &shipped().names;
        assert_eq!(names.agree("グエン　ヴァン", "阮　文勇"), None);
        assert_eq!(names.agree("イタバシ", "板橋"), None);
        assert_eq!(names.agree("", ""), None);
    }

    #[test]
    fn every_name_is_told_once_with_its_least_cost() {
        let names = &shipped().names;
        let all: Vec<(&str, f32)> = names.family_surfaces().collect();
        assert_eq!(all.iter().filter(|(name, _)| *name == "中島").count(), 1);
        let cost = |name| all.iter().find(|(n, _)| *n == name).unwrap().1;
        assert!(cost("佐藤") < cost("板橋"));
        assert!(names.given_surfaces().count() > 10_000);
    }
}
