//! From places and the words printed next to them to a form definition: names, labels, and the kind that the words tell.

use std::collections::BTreeSet;

use crate::model::form::{ChoiceOption, DigitsCheck, Field, FieldKind, Form, LineContent, MarkStyle, PageSize};
use crate::model::id::{FieldName, FormName};
use crate::model::value::Rect;

use super::{Choice, Found, Layout, Shape};

/// A form to be looked through by a person.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    pub form: Form,
    /// Tick boxes that stand alone, by page: a choice has two options at least.
    pub alone: Vec<(u16, Rect)>,
}

/// Names everything that was found on a form's pages, in order. `text` reads what is printed at a place of a page, from
/// 1; it may be empty or wrong.
pub fn draft(pages: &[Layout], name: FormName, page: PageSize, mut text: impl FnMut(u16, Rect) -> String) -> Draft {
    let (mut fields, mut alone, mut taken) = (Vec::new(), Vec::new(), BTreeSet::new());
    let everything = (1..).zip(pages).flat_map(|(page, layout)| layout.found.iter().map(move |found| (page, found)));
    for (number, (page, found)) in (1..).zip(everything) {
        let mut text = |place| text(page, place);
        let words: Vec<String> = found.labels.iter().map(|place| text(*place)).filter(|t| !t.is_empty()).collect();
        let label = words.join(" ");
        match kind(found, &label, &mut text) {
            Some(kind) => {
                let name = field_name(&words, number, &mut taken);
                let label = if label.is_empty() { name.as_str().to_owned() } else { label };
                fields.push(Field { name, label, kind, page, required: true });
            }
            None => alone.extend(found.shape.places().into_iter().map(|place| (page, place))),
        }
    }
    let title = pages.first().and_then(|first| first.title).map(|place| text(1, place));
    let title = title.filter(|title| !title.is_empty()).unwrap_or_else(|| name.as_str().to_owned());
    let blanks = match pages.len() {
        1 => vec!["blank.png".to_owned()],
        several => (1..=several).map(|page| format!("blank-{page}.png")).collect(),
    };
    let form = Form { name, title, revision: "?".to_owned(), page, blanks, fields, groups: Vec::new() };
    Draft { form, alone }
}

impl Shape {
    /// Every place where something may be written.
    pub fn places(&self) -> Vec<Rect> {
        match self {
            Shape::Boxes(rows) => rows.concat(),
            Shape::Line(line) => vec![*line],
            Shape::Ticks(options) | Shape::Circles(options) => options.iter().map(|option| option.area).collect(),
        }
    }
}

fn kind(found: &Found, label: &str, text: &mut impl FnMut(Rect) -> String) -> Option<FieldKind> {
    Some(match &found.shape {
        Shape::Boxes(rows) if has(label, &["フリガナ", "カナ", "ふりがな"]) => {
            FieldKind::Kana { cells: rows.concat() }
        }
        Shape::Boxes(rows) => {
            let cells = rows.concat();
            let check = digits_check(label, cells.len());
            FieldKind::Digits { cells, check }
        }
        Shape::Line(line) => FieldKind::Line { rect: *line, content: content(label), pattern: None },
        Shape::Ticks(options) | Shape::Circles(options) if options.len() < 2 => return None,
        Shape::Ticks(options) => FieldKind::Choice { options: choices(options, MarkStyle::Tick, text) },
        Shape::Circles(options) => FieldKind::Choice { options: choices(options, MarkStyle::Circle, text) },
    })
}

fn has(label: &str, words: &[&str]) -> bool {
    words.iter().any(|word| label.contains(word))
}

fn digits_check(label: &str, boxes: usize) -> DigitsCheck {
    match boxes {
        12 if has(label, &["個人番号", "マイナンバー"]) => DigitsCheck::MyNumber,
        13 if has(label, &["法人番号"]) => DigitsCheck::CorporateNumber,
        7 if has(label, &["郵便"]) => DigitsCheck::PostalCode,
        _ => DigitsCheck::None,
    }
}

fn content(label: &str) -> LineContent {
    const WORDS: [(LineContent, &[&str]); 5] = [
        (LineContent::PersonalName, &["氏名", "署名"]),
        (LineContent::Address, &["住所", "所在地"]),
        (LineContent::Phone, &["電話"]),
        (LineContent::Branch, &["支店"]),
        (LineContent::Bank, &["銀行", "金融機関"]),
    ];
    WORDS.iter().find(|(_, words)| has(label, words)).map_or(LineContent::Free, |(content, _)| *content)
}

fn choices(options: &[Choice], style: MarkStyle, text: &mut impl FnMut(Rect) -> String) -> Vec<ChoiceOption> {
    let mut taken = BTreeSet::new();
    let option = |(number, option): (usize, &Choice)| {
        let word = option.word.map(&mut *text).unwrap_or_default();
        let plain = if word.is_empty() { format!("選択肢{number}") } else { word };
        let value = if taken.contains(&plain) { format!("{plain}{number}") } else { plain };
        taken.insert(value.clone());
        ChoiceOption { value, rect: option.area, style }
    };
    (1..).zip(options).map(option).collect()
}

/// The words' letters and digits, or a number if there are none; every name once.
fn field_name(words: &[String], number: usize, taken: &mut BTreeSet<String>) -> FieldName {
    /// Longer labels are questions, not names.
    const LONGEST: usize = 12;
    let plain = |word: &String| word.chars().filter(|c| c.is_alphanumeric()).take(LONGEST).collect::<String>();
    let joined = words.iter().map(plain).filter(|word| !word.is_empty()).collect::<Vec<_>>().join("_");
    let base = if FieldName::new(joined.as_str()).is_ok() { joined } else { format!("field_{number}") };
    let mut names = std::iter::once(base.clone()).chain((2..).map(|n| format!("{base}_{n}")));
    let name = names.find(|name| !taken.contains(name)).expect("numbers do not end");
    taken.insert(name.clone());
    FieldName::new(name).expect("letters, digits and underscores make a name")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: f64) -> Rect {
        Rect { x, y: 10.0, width: 5.0, height: 5.0 }
    }

    #[test]
    fn names_come_from_the_printed_words_and_every_name_once() {
        let choice = |x: f64| Choice { area: at(x), word: Some(at(x)) };
        let found = [
            Found { shape: Shape::Boxes(vec![vec![at(20.0); 3], vec![at(60.0); 4]]), labels: vec![at(1.0)] },
            Found { shape: Shape::Line(at(20.0)), labels: vec![at(2.0)] },
            Found { shape: Shape::Line(at(20.0)), labels: vec![at(2.0)] },
            Found { shape: Shape::Line(at(20.0)), labels: vec![] },
            Found { shape: Shape::Ticks(vec![choice(3.0), choice(4.0)]), labels: vec![at(5.0), at(6.0)] },
            Found { shape: Shape::Ticks(vec![choice(3.0)]), labels: vec![] },
        ];
        let layout = Layout { title: Some(at(9.0)), found: found.to_vec() };
        let text = |page: u16, place: Rect| {
            assert_eq!(page, 1);
            let words = ["", "郵便番号", "氏 名", "はい", "はい", "質問", "(1)", "", "", "申請書"];
            words[place.x as usize].to_owned()
        };
        let page = PageSize { width: 210.0, height: 297.0 };
        let Draft { form, alone } = draft(std::slice::from_ref(&layout), FormName::new("f").unwrap(), page, text);
        let names: Vec<&str> = form.fields.iter().map(|field| field.name.as_str()).collect();
        assert_eq!(names, ["郵便番号", "氏名", "氏名_2", "field_4", "質問_1"]);
        assert_eq!(form.title, "申請書");
        let FieldKind::Digits { check, .. } = &form.fields[0].kind else { panic!("{:?}", form.fields[0]) };
        assert_eq!(*check, DigitsCheck::PostalCode);
        let FieldKind::Choice { options } = &form.fields[4].kind else { panic!("{:?}", form.fields[4]) };
        assert_eq!(options.iter().map(|option| option.value.as_str()).collect::<Vec<_>>(), ["はい", "はい2"]);
        assert_eq!(alone, [(1, at(3.0))]);

        let pages = [layout.clone(), layout];
        let form = draft(&pages, FormName::new("f").unwrap(), page, |_, _| String::new()).form;
        assert_eq!(form.blanks, ["blank-1.png", "blank-2.png"]);
        let pages: Vec<u16> = form.fields.iter().map(|field| field.page).collect();
        assert_eq!(pages, [1, 1, 1, 1, 1, 2, 2, 2, 2, 2]);
    }
}
