//! Typed values: each with how it is parsed, what its mistake says, and what the schema tells an editor.

mod numbers;
mod places;
mod times;
mod words;

use super::table::Shape;
use crate::message;
use crate::model::message::Message;

pub use numbers::{
    ATTEMPTS, BOXES, COUNT, FACTOR, MEGABYTES, MILLIMETRES, NTH, PROBABILITY, ROWS, SESSIONS, attempts, boxes,
    characters, count, factor, megabytes, nth, number, probability, rows, sessions,
};
pub use places::{FILE, HOST, PATH, REQUEST, URL, base_url, file_name, host, path, request};
pub use times::{DATE, DURATION, FISCAL_YEAR, date, duration, fiscal_year, show_duration};
pub use words::{
    BOOLEAN, FIELD, FORM_NAME, LINE_PATTERN, SECRET, TARGET, TEXT, boolean, field_name, form_name, line_pattern,
    secret, target_name, text,
};

/// The values that most tables hold.
impl Shape {
    pub const TEXT: Shape = Shape::Scalar(&TEXT);
    /// Of a field.
    pub const NAME: Shape = Shape::Scalar(&FIELD);
    pub const DATE: Shape = Shape::Scalar(&DATE);
    pub const DURATION: Shape = Shape::Scalar(&DURATION);
}

/// Why a value cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub message: Message,
    pub hint: Option<Message>,
}

impl Fault {
    pub fn new(message: Message) -> Self {
        Self { message, hint: None }
    }

    #[must_use]
    pub fn hint(mut self, hint: Message) -> Self {
        self.hint = Some(hint);
        self
    }

    /// With an example of what would be right.
    #[must_use]
    pub fn example(self, example: &str) -> Self {
        self.hint(message!("format.hint-example", example = example))
    }
}

/// A kind of value, for tables.
#[derive(Debug)]
pub struct Scalar {
    pub check: fn(&str) -> Result<(), Fault>,
    pub schema: Schema,
    pub example: &'static str,
}

/// What JSON Schema can say of it.
#[derive(Debug, Clone, Copy)]
pub enum Schema {
    Text {
        /// ECMA 262 regular expression.
        pattern: Option<&'static str>,
    },
    /// A number is fine too: names and dates of digits only.
    TextOrNumber,
    Integer {
        min: i64,
        max: i64,
    },
    Number {
        min: f64,
        max: f64,
    },
    Boolean,
}

const fn matching(pattern: &'static str) -> Schema {
    Schema::Text { pattern: Some(pattern) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    pub fn code<T: std::fmt::Debug>(result: Result<T, Fault>) -> String {
        result.unwrap_err().message.code.into_owned()
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,30}") {
            let _ = (duration(&text), probability(&text), date(&text), base_url(&text), host(&text), path(&text));
            let _ = (count(&text), number(&text), file_name(&text), fiscal_year(&text), boolean(&text));
        }
    }
}
