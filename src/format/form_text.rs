//! A form definition as YAML that a person goes on writing. What `form::decode` reads back is the same form, but for
//! boxes that do not stand evenly.

use std::fmt::Write as _;

use crate::model::form::{DigitsCheck, Field, FieldKind, Form, LineContent, MarkStyle};
use crate::model::value::Rect;

/// The file's text. Groups are not written: a draft has none.
pub fn text(form: &Form) -> String {
    let mut out = String::new();
    let (width, height) = (form.page.width, form.page.height);
    let mut line = |text: String| out.push_str(&(text + "\n"));
    line(format!("name: {}", form.name));
    line(format!("title: {}", quoted(&form.title)));
    line(format!("revision: {}", quoted(&form.revision)));
    line(format!("page: {{width: {width}, height: {height}}}"));
    match form.blanks.as_slice() {
        [only] => line(format!("blank: {}", quoted(only))),
        pages => line(format!("blank: [{}]", pages.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", "))),
    }
    line("fields:".to_owned());
    form.fields.iter().for_each(|field| out.push_str(&field_text(field)));
    out
}

/// A JSON string is a YAML string.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn field_text(field: &Field) -> String {
    let mut out = format!("  - name: {}\n    label: {}\n", field.name, quoted(&field.label));
    let kind = match &field.kind {
        FieldKind::Digits { .. } => "digits",
        FieldKind::Kana { .. } => "kana",
        FieldKind::Line { .. } => "line",
        FieldKind::Choice { .. } => "choice",
        FieldKind::Code { .. } => "code",
    };
    let mut key = |key: &str, value: &str| {
        let _ = writeln!(out, "    {key}: {value}");
    };
    key("kind", kind);
    if field.page > 1 {
        key("page", &field.page.to_string());
    }
    match &field.kind {
        FieldKind::Digits { cells, check } => {
            key("boxes", &boxes(cells));
            if let Some(word) = check_word(*check) {
                key("check", word);
            }
        }
        FieldKind::Kana { cells } => key("boxes", &boxes(cells)),
        FieldKind::Line { rect, content, pattern } => {
            key("area", &area(*rect));
            key("content", content_word(*content));
            if let Some(pattern) = pattern {
                key("pattern", &quoted(pattern.as_str()));
            }
        }
        FieldKind::Choice { options } => {
            let circle = options.first().is_some_and(|option| option.style == MarkStyle::Circle);
            key("mark", if circle { "circle" } else { "tick" });
            let options =
                options.iter().map(|o| format!("\n      - {{value: {}, area: {}}}", quoted(&o.value), area(o.rect)));
            key("options", &options.collect::<String>());
        }
        FieldKind::Code { rect, codes, pattern } => {
            key("area", &area(*rect));
            key("codes", &format!("[{}]", codes.iter().map(|code| code.word()).collect::<Vec<_>>().join(", ")));
            if let Some(pattern) = pattern {
                key("pattern", &quoted(pattern.as_str()));
            }
        }
    }
    if !field.required {
        key("required", "false");
    }
    out
}

fn check_word(check: DigitsCheck) -> Option<&'static str> {
    match check {
        DigitsCheck::None => None,
        DigitsCheck::MyNumber => Some("my-number"),
        DigitsCheck::CorporateNumber => Some("corporate-number"),
        DigitsCheck::PostalCode => Some("postal-code"),
    }
}

fn content_word(content: LineContent) -> &'static str {
    match content {
        LineContent::Free => "free",
        LineContent::PersonalName => "personal-name",
        LineContent::Address => "address",
        LineContent::Phone => "phone",
        LineContent::Bank => "bank",
        LineContent::Branch => "branch",
        LineContent::Kana => "kana",
        LineContent::Relationship => "relationship",
        LineContent::Occupation => "occupation",
    }
}

/// To a hundredth of a millimetre.
fn mm(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

fn area(rect: Rect) -> String {
    format!("[{}, {}, {}, {}]", mm(rect.x), mm(rect.y), mm(rect.width), mm(rect.height))
}

/// Rows of boxes: a new one where the way to the next box changes by more than a millimetre.
fn boxes(cells: &[Rect]) -> String {
    let mut rows: Vec<Vec<Rect>> = Vec::new();
    for cell in cells {
        let continues = |row: &&mut Vec<Rect>| match row.as_slice() {
            [.., before, last] => (cell.x - last.x - (last.x - before.x)).abs() < 1.0 && (cell.y - last.y).abs() < 1.0,
            [only] => (cell.x - only.x - only.width).abs() < 1.5 && (cell.y - only.y).abs() < 1.0,
            [] => false,
        };
        match rows.last_mut().filter(continues) {
            Some(row) => row.push(*cell),
            None => rows.push(vec![*cell]),
        }
    }
    let row = |row: &Vec<Rect>| {
        let (first, last) = (row[0], row[row.len() - 1]);
        let steps = row.len() - 1;
        let pitch = if steps == 0 { first.width } else { (last.x - first.x) / steps as f64 };
        let pitch = (pitch * 1000.0).round() / 1000.0;
        format!("{{first: {}, pitch: {pitch}, count: {}}}", area(first), row.len())
    };
    match rows.as_slice() {
        [only] => row(only),
        several => several.iter().map(|r| format!("\n      - {}", row(r))).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::folder::load_form;

    #[test]
    fn what_is_written_is_read_back_as_the_same_form() {
        let template = include_str!("template/form.yaml").replace("NAME", "x");
        let mut form = load_form("form.yaml", template.as_bytes()).unwrap().form;
        form.groups.clear();
        form.title = "「申請書」: \"特別\" # 1".to_owned();
        let written = text(&form);
        let again = load_form("form.yaml", written.as_bytes()).unwrap_or_else(|why| panic!("{why:?}\n{written}")).form;
        let places = |form: &Form| form.fields.iter().map(|field| field.kind.places()).collect::<Vec<_>>();
        for (read, meant) in places(&again).concat().iter().zip(places(&form).concat()) {
            assert!((read.x - meant.x).abs() < 0.02 && (read.y - meant.y).abs() < 0.02, "{read:?} {meant:?}");
        }
        assert_eq!(places(&again).concat().len(), places(&form).concat().len());
        let plain =
            |form: &Form| form.fields.iter().map(|f| (f.name.clone(), f.label.clone(), f.required)).collect::<Vec<_>>();
        assert_eq!((again.title.as_str(), plain(&again)), (form.title.as_str(), plain(&form)));
    }
}
