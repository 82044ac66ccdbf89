//! A line that a second reader has read as well: what its word adds. It changes no value and no chance of error, since
//! nobody has measured what two readers' agreement is worth; it speaks for the value, or against it.

use crate::message;
use crate::model::form::LineContent;
use crate::model::value::{FieldValue, Personal};

use super::alternative;
use super::line::{cleaned, same};

/// One line of a second reader's answer, in reading order.
#[derive(Debug, Clone, PartialEq)]
pub struct SecondLine {
    pub text: String,
    /// The reader's own, 0 to 1.
    pub confidence: f64,
}

/// Longest text taken for an alternative, in characters: what is longer is no line of a form.
const LONGEST: usize = 200;

/// Holds a field against what the second reader made of the same writing.
pub fn hold(value: &mut FieldValue, content: LineContent, lines: &[SecondLine]) {
    let text = cleaned(&lines.iter().map(|line| line.text.as_str()).collect::<String>(), content);
    let read = value.content.written().map(Personal::expose);
    if read.is_some_and(|read| !text.is_empty() && same(&cleaned(read, content), &text)) {
        value.evidence.push(message!("reading.second-reader-agrees"));
        return;
    }
    value.doubts.push(message!("reading.second-reader-differs"));
    let is_known = value.alternatives.iter().any(|other| same(&cleaned(other.text.expose(), content), &text));
    if !text.is_empty() && text.chars().count() <= LONGEST && !is_known {
        let score = lines.iter().map(|line| line.confidence).fold(1.0, f64::min).clamp(0.0, 1.0);
        value.alternatives.push(alternative(text, score));
    }
}

/// The second reader was to read this field and gave no answer.
pub fn silent(value: &mut FieldValue) {
    value.doubts.push(message!("reading.second-reader-silent"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::FieldName;
    use crate::model::value::{Chance, Content, Provenance, Rect, Writing};

    fn read(content: Content) -> FieldValue {
        FieldValue {
            chance: Chance::Calibrated(0.001, Writing::Typefaces),
            provenance: Provenance::Zone(Rect { x: 0.0, y: 0.0, width: 1.0, height: 1.0 }),
            ..FieldValue::certain(FieldName::new("name").unwrap(), content, Provenance::Given)
        }
    }

    fn held(content: Content, answer: &[&str]) -> (Vec<String>, Vec<String>, Vec<String>) {
        let mut value = read(content);
        let line = |text: &&str| SecondLine { text: (*text).to_owned(), confidence: 0.9 };
        hold(&mut value, LineContent::PersonalName, &answer.iter().map(line).collect::<Vec<_>>());
        let codes = |messages: &[crate::model::message::Message]| messages.iter().map(|m| m.code.to_string()).collect();
        let others = value.alternatives.iter().map(|a| a.text.expose().to_owned()).collect();
        (codes(&value.doubts), codes(&value.evidence), others)
    }

    fn written(text: &str) -> Content {
        Content::Written(Personal::new(text))
    }

    #[test]
    fn agreement_is_evidence_and_anything_else_a_doubt_with_the_other_reading_at_hand() {
        let agrees = (vec![], vec!["reading.second-reader-agrees".to_owned()], vec![]);
        assert_eq!(held(written("板橋　花子"), &["板橋", "花子"]), agrees);
        let differs = vec!["reading.second-reader-differs".to_owned()];
        assert_eq!(held(written("板橋　花子"), &["板橋花予"]), (differs.clone(), vec![], vec!["板橋花予".to_owned()]));
        assert_eq!(held(Content::Unreadable, &["板橋花子"]), (differs.clone(), vec![], vec!["板橋花子".to_owned()]));
        assert_eq!(held(written("板橋　花子"), &[]), (differs, vec![], vec![]));
    }
}
