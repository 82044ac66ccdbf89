//! Small closed lists: relationships (続柄), occupations, eras.

/// Words by list.
#[derive(Debug)]
pub struct Words(Vec<(String, Vec<String>)>);

impl Words {
    pub(super) fn of(rows: &[[&str; 2]]) -> Self {
        let mut lists: Vec<(String, Vec<String>)> = Vec::new();
        for [list, word] in rows {
            match lists.iter_mut().find(|(name, _)| name == list) {
                Some((_, words)) => words.push((*word).to_owned()),
                None => lists.push(((*list).to_owned(), vec![(*word).to_owned()])),
            }
        }
        Self(lists)
    }

    /// The words of a list (`relationship`, `occupation`, `era`); empty if there is no such list.
    pub fn list(&self, name: &str) -> &[String] {
        self.0.iter().find(|(list, _)| list == name).map_or(&[], |(_, words)| words)
    }

    /// Every word of a list with its cost: all are equally likely.
    pub fn surfaces(&self, list: &str) -> impl Iterator<Item = (&str, f32)> {
        let words = self.list(list);
        let cost = (words.len() as f32).ln();
        words.iter().map(move |word| (word.as_str(), cost))
    }
}

#[cfg(test)]
mod tests {
    use crate::model::era::Era;
    use crate::reading::lexicon::shipped;

    #[test]
    fn relationships_occupations_and_eras_are_listed() {
        let words = &shipped().words;
        assert!(words.list("relationship").iter().any(|w| w == "長男"));
        assert!(words.list("occupation").iter().any(|w| w == "会社員"));
        assert_eq!(words.list("era"), Era::ALL.map(|era| era.kanji().to_owned()));
        assert!(words.list("colour").is_empty());
    }
}
