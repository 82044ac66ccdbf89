//! What a PDF says beside its picture, held against what was read. It is evidence and never the value: anybody can write
//! anything there. Letters that people see as well must agree; those that a scanner's own recognition left are often
//! wrong about handwriting, so that they speak for a value or offer another, and against none.

use unicode_normalization::UnicodeNormalization;

use crate::message;
use crate::model::form::{FieldKind, Form, LineContent};
use crate::model::value::{FieldValue, Personal};
use crate::reading::decode::Letter;
use crate::reading::register::Placement;

use super::alternative;
use super::line::{cleaned, same};

/// Longest text taken for an alternative, in characters: what is longer is no field of a form.
const LONGEST: usize = 200;

/// Holds the fields of a page against the letters that came with it.
pub fn hold(form: &Form, placement: &Placement, letters: &[Letter], fields: &mut [FieldValue]) {
    if letters.is_empty() {
        return;
    }
    for field in &form.fields {
        let Some(value) = fields.iter_mut().find(|value| value.field == field.name) else { continue };
        let corners: Vec<Quad> = field.kind.places().into_iter().map(|place| Quad::of(place, placement)).collect();
        let inside: Vec<&Letter> =
            letters.iter().filter(|letter| corners.iter().any(|quad| quad.holds(letter.at))).collect();
        let text: String = inside.iter().map(|letter| letter.text.as_str()).collect();
        if let Some(text) = normal(&field.kind, &text) {
            compare(value, &field.kind, text, inside.iter().all(|letter| letter.is_visible));
        }
    }
}

fn compare(value: &mut FieldValue, kind: &FieldKind, text: String, visible: bool) {
    let read = value.content.written().map(Personal::expose);
    if read.and_then(|read| normal(kind, read)).is_some_and(|read| same(&read, &text)) {
        value.evidence.push(message!("reading.agrees-with-letters"));
        return;
    }
    if visible {
        value.doubts.push(message!("reading.letters-differ"));
    }
    let known = |other: &str| normal(kind, other).is_some_and(|other| same(&other, &text));
    if text.chars().count() <= LONGEST && !value.alternatives.iter().any(|other| known(other.text.expose())) {
        value.alternatives.push(alternative(text, 0.0));
    }
}

/// The text as the kind of field writes it; nothing where there is none, and for kinds that are not written in letters.
fn normal(kind: &FieldKind, text: &str) -> Option<String> {
    let text = match kind {
        FieldKind::Digits { .. } => text.nfkc().filter(char::is_ascii_digit).collect(),
        FieldKind::Kana { .. } => cleaned(text, LineContent::Kana),
        FieldKind::Line { content, .. } => cleaned(text, *content),
        FieldKind::Choice { .. } | FieldKind::Code { .. } => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// A place of the form as it lies in the scan: four corners in order.
struct Quad([[f64; 2]; 4]);

impl Quad {
    fn of(place: crate::model::value::Rect, placement: &Placement) -> Self {
        let (right, bottom) = (place.x + place.width, place.y + place.height);
        let corners = [[place.x, place.y], [right, place.y], [right, bottom], [place.x, bottom]];
        Quad(corners.map(|corner| placement.on_scan(corner)))
    }

    /// On the same side of all four edges.
    fn holds(&self, at: [f64; 2]) -> bool {
        let side = |i: usize| {
            let (a, b) = (self.0[i], self.0[(i + 1) % 4]);
            (b[0] - a[0]) * (at[1] - a[1]) - (b[1] - a[1]) * (at[0] - a[0])
        };
        let sides = [0, 1, 2, 3].map(side);
        sides.iter().all(|s| *s >= 0.0) || sides.iter().all(|s| *s <= 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::form::{DigitsCheck, Field, PageSize};
    use crate::model::id::{FieldName, FormName};
    use crate::model::value::{Content, Provenance, Rect};

    const PLACE: Rect = Rect { x: 10.0, y: 10.0, width: 50.0, height: 10.0 };

    fn form(kind: FieldKind) -> Form {
        let name = FieldName::new("it").unwrap();
        Form {
            name: FormName::new("form").unwrap(),
            title: String::new(),
            revision: String::new(),
            page: PageSize { width: 210.0, height: 297.0 },
            blanks: vec![String::new()],
            fields: vec![Field { name, label: String::new(), kind, page: 1, required: true }],
            groups: Vec::new(),
        }
    }

    fn line() -> FieldKind {
        FieldKind::Line { rect: PLACE, content: LineContent::PersonalName, pattern: None }
    }

    /// Letters side by side from 12 mm on, 5 mm each, on a page of 10 dots a mm; doubts, evidence, alternatives.
    fn held(kind: FieldKind, read: &str, letters: &str, at_mm: f64, visible: bool) -> [Vec<String>; 3] {
        let content = if read.is_empty() { Content::Blank } else { Content::Written(Personal::new(read)) };
        let mut fields = vec![FieldValue::certain(FieldName::new("it").unwrap(), content, Provenance::Zone(PLACE))];
        let letter = |(i, c): (usize, char)| Letter {
            text: c.to_string(),
            at: [120.0 + 50.0 * i as f64, at_mm * 10.0],
            is_visible: visible,
        };
        let letters: Vec<Letter> = letters.chars().enumerate().map(letter).collect();
        hold(&form(kind), &Placement::filling(10.0), &letters, &mut fields);
        let codes = |messages: &[crate::model::message::Message]| messages.iter().map(|m| m.code.to_string()).collect();
        let others = fields[0].alternatives.iter().map(|a| a.text.expose().to_owned()).collect();
        [codes(&fields[0].doubts), codes(&fields[0].evidence), others]
    }

    #[test]
    fn letters_that_agree_are_evidence_whoever_put_them_there() {
        for visible in [true, false] {
            let agrees = [vec![], vec!["reading.agrees-with-letters".to_owned()], vec![]];
            assert_eq!(held(line(), "板橋　花子", "板橋花子", 15.0, visible), agrees);
        }
        let digits = FieldKind::Digits { cells: vec![PLACE], check: DigitsCheck::None };
        assert_eq!(held(digits, "123", "１２３", 15.0, false)[1], ["reading.agrees-with-letters"]);
        assert_eq!(held(FieldKind::Kana { cells: vec![PLACE] }, "ハナコ", "ﾊﾅｺ", 15.0, false)[1].len(), 1);
    }

    #[test]
    fn letters_that_people_see_must_agree_and_a_scanners_own_only_offer_another_reading() {
        let other = vec!["坂橋花子".to_owned()];
        let differ = vec!["reading.letters-differ".to_owned()];
        assert_eq!(held(line(), "板橋　花子", "坂橋花子", 15.0, true), [differ.clone(), vec![], other.clone()]);
        assert_eq!(held(line(), "板橋　花子", "坂橋花子", 15.0, false), [vec![], vec![], other]);
        assert_eq!(held(line(), "", "山", 15.0, true), [differ, vec![], vec!["山".to_owned()]], "on a blank field");
    }

    #[test]
    fn letters_elsewhere_say_nothing() {
        let nothing: [Vec<String>; 3] = Default::default();
        assert_eq!(held(line(), "板橋　花子", "坂橋花子", 25.0, true), nothing);
        assert_eq!(held(line(), "板橋　花子", "", 15.0, true), nothing);
    }
}
