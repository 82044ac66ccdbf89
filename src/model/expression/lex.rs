//! The words and signs that an expression may be made of. Texts are not calculated with and have no parts that a dot or
//! an index would name, so minijinja's signs for those are let through as little as its functions and statements.

use super::filter::FILTERS;
use super::{Purpose, unfit, unfit_of};
use crate::model::id::FieldName;
use crate::model::message::Message;

/// A mistake in an expression, in characters from its beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub at: usize,
    pub length: usize,
    pub kind: FaultKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultKind {
    /// No expression has this sign.
    Sign(char),
    /// A text without its second quotation mark.
    OpenQuote,
    /// `$` without a name.
    NoName,
    /// A word that is neither a field nor in quotes.
    BareWord(String),
    UnknownFilter(String),
    /// It depends on nothing.
    NoField,
    /// The words are known, but not in this order.
    Syntax,
    /// A filter is used as it cannot be.
    Unfit(Message),
    /// Not what it is for.
    WrongOutcome(Purpose),
}

/// An expression in minijinja's words.
pub(super) struct Lexed {
    source: String,
    pub program: String,
    tokens: Vec<Token>,
    fields: Vec<FieldName>,
}

/// Where a word stands, in the program (bytes) and in the source (characters).
struct Token {
    in_program: usize,
    at: usize,
    length: usize,
}

/// The words that are not fields, filters or texts.
const KEYWORDS: [&str; 6] = ["and", "or", "not", "in", "if", "else"];

/// minijinja's name of the n-th field.
pub(super) fn variable(n: usize) -> String {
    format!("f{n}")
}

pub(super) fn lex(source: &str) -> Result<Lexed, Fault> {
    let chars: Vec<char> = source.chars().collect();
    let mut lexed = Lexed { source: source.to_owned(), program: String::new(), tokens: Vec::new(), fields: Vec::new() };
    let mut before = String::new();
    let mut at = 0;
    while at < chars.len() {
        if chars[at].is_whitespace() {
            at += 1;
            continue;
        }
        let length = length_of(&chars[at..]);
        let text: String = chars[at..at + length].iter().collect();
        let fault = |kind| Fault { at, length, kind };
        let word = match text.strip_prefix('$') {
            Some(name) => lexed.variable_of(FieldName::new(name).map_err(|_| fault(FaultKind::NoName))?),
            None => {
                allowed(&text, &before).map_err(fault)?;
                text.clone()
            }
        };
        lexed.push(&word, at, length);
        before = text;
        at += length;
    }
    if lexed.fields.is_empty() {
        return Err(lexed.whole(FaultKind::NoField));
    }
    Ok(lexed)
}

/// A source that has been lexed, with other source in the place of each field.
pub(super) fn replaced(source: &str, mut with: impl FnMut(&FieldName) -> String) -> String {
    let chars: Vec<char> = source.chars().collect();
    let (mut out, mut at) = (String::new(), 0);
    while at < chars.len() {
        let length = length_of(&chars[at..]);
        let text: String = chars[at..at + length].iter().collect();
        match text.strip_prefix('$').and_then(|name| FieldName::new(name).ok()) {
            Some(name) => out.push_str(&with(&name)),
            None => out.push_str(&text),
        }
        at += length;
    }
    out
}

/// Whether a word or sign that is no field may stand after the one before it.
fn allowed(text: &str, before: &str) -> Result<(), FaultKind> {
    let first = text.chars().next().unwrap_or_default();
    match text {
        "|" | "~" | "(" | ")" | "," | "]" | "==" | "!=" => Ok(()),
        // A list to be looked for in; an index is none.
        "[" if before == "in" => Ok(()),
        _ if matches!(first, '"' | '\'') => {
            if is_closed(text, first) {
                Ok(())
            } else {
                Err(FaultKind::OpenQuote)
            }
        }
        _ if first.is_ascii_digit() => Ok(()),
        _ if !first.is_alphabetic() && first != '_' => Err(FaultKind::Sign(first)),
        _ if before == "|" && FILTERS.iter().any(|filter| filter.name == text) => Ok(()),
        _ if before == "|" => Err(FaultKind::UnknownFilter(text.to_owned())),
        _ if KEYWORDS.contains(&text) => Ok(()),
        _ => Err(FaultKind::BareWord(text.to_owned())),
    }
}

/// How many characters the word or sign has that these begin with.
fn length_of(chars: &[char]) -> usize {
    let run = |from: usize, part: fn(char) -> bool| from + chars[from..].iter().take_while(|c| part(**c)).count();
    match chars[0] {
        '$' => run(1, |c| c.is_alphanumeric() || matches!(c, '_' | '-')),
        quote @ ('"' | '\'') => {
            let mut escaped = false;
            let end = chars[1..].iter().position(|c| {
                let ends = *c == quote && !escaped;
                escaped = *c == '\\' && !escaped;
                ends
            });
            end.map_or(chars.len(), |end| end + 2)
        }
        '=' | '!' if chars.get(1) == Some(&'=') => 2,
        c if c.is_ascii_digit() => run(0, |c| c.is_ascii_digit()),
        c if c.is_alphabetic() || c == '_' => run(0, |c| c.is_alphanumeric() || c == '_'),
        _ => 1,
    }
}

/// Whether a text in quotation marks has its second one.
fn is_closed(text: &str, quote: char) -> bool {
    let inner = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    inner.is_some_and(|inner| inner.chars().rev().take_while(|c| *c == '\\').count() % 2 == 0)
}

impl Lexed {
    fn variable_of(&mut self, name: FieldName) -> String {
        let n = self.fields.iter().position(|known| *known == name).unwrap_or_else(|| {
            self.fields.push(name);
            self.fields.len() - 1
        });
        variable(n)
    }

    fn push(&mut self, word: &str, at: usize, length: usize) {
        if !self.program.is_empty() {
            self.program.push(' ');
        }
        self.tokens.push(Token { in_program: self.program.len(), at, length });
        self.program.push_str(word);
    }

    pub fn names(&self) -> Vec<FieldName> {
        self.fields.clone()
    }

    /// A fault of all of it.
    pub fn whole(&self, kind: FaultKind) -> Fault {
        Fault { at: 0, length: self.source.chars().count(), kind }
    }

    /// minijinja's error as a fault at the word it is about.
    pub fn fault_of(&self, error: &minijinja::Error) -> Fault {
        let kind =
            if unfit_of(error).is_some() { FaultKind::Unfit(unfit(error, &self.source)) } else { FaultKind::Syntax };
        let Some(range) = error.range() else { return self.whole(kind) };
        match self.tokens.iter().rev().find(|token| token.in_program <= range.start) {
            Some(token) => Fault { at: token.at, length: token.length, kind },
            None => self.whole(kind),
        }
    }
}
