//! What is known without looking: towns and their postal codes, names and their readings, banks and their branches.
//! Lists never make a reading. They bear on one: for it, against it, or not at all.
//!
//! Every list tells its `surfaces`: what may be written, with a cost (the negative natural logarithm of a share), so
//! that a decoder can weigh them.

pub mod banks;
pub mod names;
pub mod towns;
pub mod words;

use std::path::Path;

pub use banks::Banks;
pub use names::Names;
pub use towns::Towns;
pub use words::Words;

/// The tables, in the order in which their digest is taken.
const TABLES: [&str; 6] = ["banks.tsv", "branches.tsv", "family.tsv", "given.tsv", "towns.tsv", "words.tsv"];

/// All lists.
#[derive(Debug)]
pub struct Lexicon {
    pub towns: Towns,
    pub names: Names,
    pub banks: Banks,
    pub words: Words,
}

/// The tables' bytes as shipped.
pub struct Tables(Vec<Vec<u8>>);

impl Tables {
    /// Reads the tables of a folder.
    ///
    /// # Errors
    /// The name of the table that cannot be read.
    pub fn read(folder: &Path) -> Result<Self, &'static str> {
        TABLES
            .iter()
            .map(|name| std::fs::read(folder.join(name)).map_err(|_| *name))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// One after another, as they are pinned.
    pub fn bytes(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(Vec::as_slice)
    }

    fn rows<const N: usize>(&self, name: &'static str) -> Result<Vec<[&str; N]>, &'static str> {
        let at = TABLES.iter().position(|table| *table == name).ok_or(name)?;
        let text = std::str::from_utf8(&self.0[at]).map_err(|_| name)?;
        text.lines().skip(1).map(cells::<N>).collect::<Option<_>>().ok_or(name)
    }
}

impl Lexicon {
    /// Builds the lists.
    ///
    /// # Errors
    /// The name of the table that is not as it should be.
    pub fn of(tables: &Tables) -> Result<Self, &'static str> {
        Ok(Self {
            towns: Towns::of(&tables.rows("towns.tsv")?),
            names: Names::of(&tables.rows("family.tsv")?, &tables.rows("given.tsv")?).ok_or("family.tsv")?,
            banks: Banks::of(&tables.rows("banks.tsv")?, &tables.rows("branches.tsv")?).ok_or("branches.tsv")?,
            words: Words::of(&tables.rows("words.tsv")?),
        })
    }
}

/// A row's cells; `None` if there are not exactly so many.
fn cells<const N: usize>(line: &str) -> Option<[&str; N]> {
    let mut row = [""; N];
    let mut cells = line.split('\t');
    for cell in &mut row {
        *cell = cells.next()?;
    }
    cells.next().is_none().then_some(row)
}

/// The lists as shipped, loaded once for all tests.
#[cfg(test)]
pub(crate) fn shipped() -> &'static Lexicon {
    static SHIPPED: std::sync::LazyLock<Lexicon> = std::sync::LazyLock::new(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("ocr-models/lexicon");
        Lexicon::of(&Tables::read(&folder).expect("the tables are shipped")).expect("the tables are whole")
    });
    &SHIPPED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_with_a_column_too_few_or_too_many_is_refused_by_its_name() {
        let mut tables: Vec<Vec<u8>> = TABLES.iter().map(|_| b"head\n".to_vec()).collect();
        assert!(Lexicon::of(&Tables(tables.clone())).is_ok());
        tables[2] = "name\treading\tcost\n佐藤\tサトウ\n".into();
        assert_eq!(Lexicon::of(&Tables(tables.clone())).err(), Some("family.tsv"));
        tables[2] = b"head\n".to_vec();
        tables[5] = "list\tword\nera\t令和\t2019\n".into();
        assert_eq!(Lexicon::of(&Tables(tables)).err(), Some("words.tsv"));
    }
}
