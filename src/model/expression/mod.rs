//! 式: what steps make of a document's fields (`$birth | era_date`, `$family ~ "　" ~ $given`) and ask of them
//! (`$child2_name != ""`).
//!
//! Precedence, parsing and evaluating are minijinja's, of which only expressions are used: no statements, so nothing that
//! loops, and an environment that holds the filters of [`filter`] and nothing else. [`lex`] lets through what expressions
//! here are made of and gives every mistake its place. A field is a variable: what stands in it is data, and is never
//! parsed.

pub mod filter;
mod lex;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use minijinja::value::ValueKind;
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value};
use serde::{Deserialize, Serialize};

use super::id::FieldName;
use super::message::Message;
use super::value::Personal;
use crate::message;
use filter::{FILTERS, Filter, Unfit};
pub use lex::{Fault, FaultKind};

/// What an expression is for, and so what it must give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A value: a text.
    Value,
    /// A condition: true or false.
    Condition,
}

/// An expression without mistakes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expression {
    /// As its author wrote it.
    source: String,
    /// As minijinja reads it: the n-th field is `fN`.
    program: String,
    /// In the order of their first use.
    fields: Vec<FieldName>,
}

/// Why an expression has no value for a document. Nothing of the document is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failed {
    /// The document has no such field: a mistake in the program or the scenario, not of the document.
    NoSuchField(FieldName),
    /// What stands in its fields does not fit.
    Unfit(Message),
}

impl Expression {
    /// Parses an expression, and evaluates it once with every field blank: what is no text or no condition then is a
    /// mistake of its author.
    ///
    /// # Errors
    /// The first mistake, with its place.
    pub fn parse(source: &str, purpose: Purpose) -> Result<Self, Fault> {
        let lexed = lex::lex(source)?;
        if let Err(error) = ENVIRONMENT.compile_expression(&lexed.program) {
            return Err(lexed.fault_of(&error));
        }
        let expression = Self { source: source.to_owned(), program: lexed.program.clone(), fields: lexed.names() };
        let blank = expression.evaluate(|_| Some("")).map_err(|error| lexed.fault_of(&error))?;
        let fits = match purpose {
            Purpose::Value => blank.kind() == ValueKind::String,
            Purpose::Condition => blank.kind() == ValueKind::Bool,
        };
        if fits { Ok(expression) } else { Err(lexed.whole(FaultKind::WrongOutcome(purpose))) }
    }

    /// As its author wrote it.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The source with other source in the place of each field.
    pub fn replaced(&self, with: impl FnMut(&FieldName) -> String) -> String {
        lex::replaced(&self.source, with)
    }

    /// The fields that it depends on.
    pub fn fields(&self) -> &[FieldName] {
        &self.fields
    }

    /// The text it gives for a document; a field left blank is the empty text.
    ///
    /// # Errors
    /// If a filter cannot make anything of what stands there.
    pub fn text(&self, values: &BTreeMap<FieldName, Option<Personal>>) -> Result<Personal, Failed> {
        match self.of(values)?.as_str() {
            Some(text) => Ok(Personal::new(text)),
            None => Err(Failed::Unfit(message!("model.expression-no-text", expression = self.source))),
        }
    }

    /// Whether it holds for a document.
    ///
    /// # Errors
    /// If a filter cannot make anything of what stands there.
    pub fn holds(&self, values: &BTreeMap<FieldName, Option<Personal>>) -> Result<bool, Failed> {
        let value = self.of(values)?;
        if value.kind() == ValueKind::Bool {
            return Ok(value.is_true());
        }
        Err(Failed::Unfit(message!("model.expression-no-condition", expression = self.source)))
    }

    fn of(&self, values: &BTreeMap<FieldName, Option<Personal>>) -> Result<Value, Failed> {
        if let Some(missing) = self.fields.iter().find(|name| !values.contains_key(name)) {
            return Err(Failed::NoSuchField(missing.clone()));
        }
        let text = |name: &FieldName| values.get(name).map(|text| text.as_ref().map_or("", Personal::expose));
        self.evaluate(text).map_err(|error| Failed::Unfit(unfit(&error, &self.source)))
    }

    fn evaluate<'v>(&self, text: impl Fn(&FieldName) -> Option<&'v str>) -> Result<Value, Error> {
        let variables = self.fields.iter().enumerate();
        let variables = variables.filter_map(|(n, name)| Some((lex::variable(n), Value::from(text(name)?))));
        ENVIRONMENT.compile_expression(&self.program)?.eval(Value::from_pairs(variables))
    }
}

fn unfit_of(error: &Error) -> Option<&Unfit> {
    std::error::Error::source(error).and_then(|cause| cause.downcast_ref())
}

/// What to tell about an error: a filter's own words, else no more than that it does not work.
fn unfit(error: &Error, source: &str) -> Message {
    match unfit_of(error) {
        Some(unfit) => unfit.message(source),
        None => message!("model.expression-fails", expression = source),
    }
}

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_debug(true); // places of mistakes
    for filter in FILTERS {
        environment.add_filter(filter.name, move |text: &str, number: Option<u32>| apply(filter, text, number));
    }
    environment
});

fn apply(filter: &'static Filter, text: &str, number: Option<u32>) -> Result<String, Error> {
    filter.apply(text, number).map_err(|unfit| Error::new(ErrorKind::InvalidOperation, "unfit").with_source(unfit))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(given: &[(&str, &str)]) -> BTreeMap<FieldName, Option<Personal>> {
        let blank = |text: &str| (!text.is_empty()).then(|| Personal::new(text));
        given.iter().map(|(name, text)| (FieldName::new(*name).unwrap(), blank(text))).collect()
    }

    fn text(source: &str, given: &[(&str, &str)]) -> Result<String, Failed> {
        let expression =
            Expression::parse(source, Purpose::Value).unwrap_or_else(|fault| panic!("{source}: {fault:?}"));
        expression.text(&values(given)).map(|text| text.expose().to_owned())
    }

    fn holds(source: &str, given: &[(&str, &str)]) -> bool {
        let condition = Expression::parse(source, Purpose::Condition);
        condition.unwrap_or_else(|fault| panic!("{source}: {fault:?}")).holds(&values(given)).unwrap()
    }

    #[test]
    fn fields_are_joined_split_and_rewritten() {
        let name = [("family", "板橋"), ("given", "花子"), ("phone", "03-3964-1111")];
        assert_eq!(text("$family ~ \"　\" ~ $given", &name).unwrap(), "板橋　花子");
        assert_eq!(text("$phone | part(2)", &name).unwrap(), "3964");
        assert_eq!(text("$phone | part(1) | full_width", &name).unwrap(), "０３");
        let day = [("birth", "1990-03-04")];
        assert_eq!(text("$birth | era ~ ($birth | era_year | pad(2))", &day).unwrap(), "平成02");
        assert_eq!(text("\"あり\" if $child != \"\" else \"なし\"", &[("child", "")]).unwrap(), "なし");
    }

    #[test]
    fn a_condition_compares_texts_and_joins_with_and_or_not() {
        let given = [("kind", "変更"), ("child", "")];
        assert!(holds("$kind == \"変更\"", &given));
        assert!(holds("$kind in [\"新規\", \"変更\"] and not $child != \"\"", &given));
        assert!(!holds("$kind == \"新規\" or $child != \"\"", &given));
    }

    #[test]
    fn what_stands_in_a_field_is_data_whatever_it_looks_like() {
        for hostile in ["{{ 7 * 7 }}", "$other", "\" ~ $other ~ \"", "{% for x in y %}", "=cmd|' /C calc'!A0", "f1"] {
            let given = [("name", hostile), ("other", "secret")];
            assert_eq!(text("$name", &given).unwrap(), hostile);
            assert_eq!(text("$name ~ \"様\"", &given).unwrap(), format!("{hostile}様"));
            assert!(holds("$name != $other", &given));
        }
    }

    #[test]
    fn a_filter_that_cannot_be_applied_says_so_without_the_value() {
        let Err(Failed::Unfit(why)) = text("$birth | era_date", &[("birth", "板橋花子")]) else {
            panic!("it applied")
        };
        assert_eq!(why.code, "model.filter-not-a-day");
        assert!(!format!("{why:?}").contains("板橋"), "{why:?}");
        assert_eq!(text("$birth", &[]), Err(Failed::NoSuchField(FieldName::new("birth").unwrap())));
    }

    #[test]
    fn a_blank_field_stays_blank_through_every_filter() {
        for filter in FILTERS {
            let number = if filter.takes_number { "(1)" } else { "" };
            assert_eq!(text(&format!("$x | {}{number}", filter.name), &[("x", "")]).unwrap(), "", "{}", filter.name);
        }
    }

    fn fault(source: &str, purpose: Purpose) -> (FaultKind, String) {
        let fault = Expression::parse(source, purpose).unwrap_err();
        (fault.kind, source.chars().skip(fault.at).take(fault.length).collect())
    }

    #[test]
    fn each_mistake_has_its_place() {
        let value = |source: &str| fault(source, Purpose::Value);
        assert_eq!(value("$a | katakanna"), (FaultKind::UnknownFilter("katakanna".to_owned()), "katakanna".to_owned()));
        assert_eq!(value("$a ~ 様"), (FaultKind::BareWord("様".to_owned()), "様".to_owned()));
        assert_eq!(value("$a ~ \"様"), (FaultKind::OpenQuote, "\"様".to_owned()));
        assert_eq!(value("$a + 1"), (FaultKind::Sign('+'), "+".to_owned()));
        assert_eq!(value("$a ＝＝ \"あ\""), (FaultKind::Sign('＝'), "＝".to_owned()));
        assert_eq!(value("$ a"), (FaultKind::NoName, "$".to_owned()));
        assert_eq!(value("\"様\""), (FaultKind::NoField, "\"様\"".to_owned()));
        assert_eq!(value("$a ~ ~ $b").0, FaultKind::Syntax);
        assert_eq!(value("($a").0, FaultKind::Syntax);
        assert_eq!(
            value("$a | part").0,
            FaultKind::Unfit(message!("model.filter-needs-number", filter = "part", expression = "$a | part"))
        );
        assert_eq!(value("$a == $b").0, FaultKind::WrongOutcome(Purpose::Value));
        assert_eq!(fault("$a", Purpose::Condition).0, FaultKind::WrongOutcome(Purpose::Condition));
        assert_eq!(fault("$a and $b == \"\"", Purpose::Condition).0, FaultKind::WrongOutcome(Purpose::Condition));
    }

    #[test]
    fn nothing_but_the_own_filters_is_there() {
        let value = |source: &str| fault(source, Purpose::Value).0;
        assert_eq!(value("$a ~ range(9)"), FaultKind::BareWord("range".to_owned()));
        assert_eq!(value("$a | upper"), FaultKind::UnknownFilter("upper".to_owned()));
        assert_eq!(value("$a * 1000000000"), FaultKind::Sign('*'));
        assert_eq!(value("$a.upper()"), FaultKind::Sign('.'));
        assert_eq!(value("$a[0]"), FaultKind::Sign('['));
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics_the_parser(text in "[$a-z0-9_|~=!()\\[\\], \"'様あ\\\\{}%.*+-]{0,40}") {
            let _ = Expression::parse(&text, Purpose::Value);
            let _ = Expression::parse(&text, Purpose::Condition);
        }
    }
}
