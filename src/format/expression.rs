//! Decodes expressions, with every mistake at its own word.

use super::act::{Names, Scope, known};
use super::check::{list, nearest};
use super::diagnostic::{Faults, Position, Span};
use super::scalar::{self, Scalar, Schema};
use super::table::{Word, word};
use super::tree::{Data, Node, shown};
use crate::message;
use crate::model::expression::filter::FILTERS;
use crate::model::expression::{Expression, Fault, FaultKind, Purpose};
use crate::model::id::FieldName;
use crate::model::message::Message;

/// A condition on a document; what it says is checked where the fields are known.
pub static CONDITION: Scalar = Scalar {
    check: |t| scalar::text(t).map(drop),
    schema: Schema::Text { pattern: None },
    example: "$child2_name != \"\"",
};

/// What the filters do, for the manual: every filter, in the model's order.
pub static FILTER_WORDS: [Word; 22] = [
    word("era_date", "2026-04-01 を 令和8年4月1日 に", "2026-04-01 to 令和8年4月1日"),
    word("era", "2026-04-01 を 令和 に", "2026-04-01 to 令和"),
    word("era_year", "2026-04-01 を 8 に（元年は 1）", "2026-04-01 to 8; a first year is 1"),
    word("year", "2026-04-01 を 2026 に", "2026-04-01 to 2026"),
    word("month", "2026-04-01 を 4 に", "2026-04-01 to 4"),
    word("day", "2026-04-01 を 1 に", "2026-04-01 to 1"),
    word("full_width", "全角に（半角カタカナも）", "to full width, half-width katakana too"),
    word("half_width", "英数字、記号、空白を半角に", "letters, digits, signs and spaces to half width"),
    word("half_kana", "半角カタカナに（銀行の口座名義など）", "to half-width katakana, as bank transfers want them"),
    word("hiragana", "ひらがなに", "to hiragana"),
    word("katakana", "カタカナに", "to katakana"),
    word("no_spaces", "空白を除く", "without spaces"),
    word("no_hyphens", "ハイフンを除く（長音「ー」は残る）", "without hyphens; the long vowel mark stays"),
    word("no_leading_zeros", "先頭の 0 を除く", "without leading zeros"),
    word("postal_hyphen", "1750094 を 175-0094 に", "1750094 to 175-0094"),
    word("family_name", "空白の前（氏）", "what stands before the one gap"),
    word("given_name", "空白の後ろ（名）", "what stands after the one gap"),
    word("part", "part(2) は、ハイフンで区切った2番目", "part(2) is the second part between hyphens"),
    word("first", "first(3) は、はじめの3文字", "first(3) is the first three characters"),
    word("last", "last(4) は、終わりの4文字", "last(4) is the last four characters"),
    word("skip", "skip(3) は、はじめの3文字を除いた残り", "skip(3) is all but the first three characters"),
    word("pad", "pad(7) は、7桁になるまで先頭に 0 を付ける", "pad(7) puts zeros in front up to seven characters"),
];

/// Decodes an expression and reports what is wrong with it.
pub fn decode(node: &Node, purpose: Purpose, scope: Scope<'_>, faults: &mut Faults) -> Option<Expression> {
    let text = node.scalar()?;
    match Expression::parse(text, purpose) {
        Ok(expression) => {
            for name in expression.fields() {
                known(name, place_of_field(node, text, name), scope, faults);
            }
            Some(expression)
        }
        Err(fault) => {
            let (message, hint) = told(&fault, scope);
            faults.push(part_of(node, text, fault.at, fault.length), message, hint);
            None
        }
    }
}

/// The condition that both hold.
pub fn both(one: Option<&Expression>, other: Option<Expression>) -> Option<Expression> {
    match (one, other) {
        (Some(one), Some(other)) => {
            let source = format!("({}) and ({})", one.source(), other.source());
            // Conditions in brackets are conditions again; a third that does not parse would be a fault of this program.
            Some(Expression::parse(&source, Purpose::Condition).expect("two conditions joined are one"))
        }
        (one, other) => other.or(one.cloned()),
    }
}

/// A mistake in words. What stands in the expression is its author's own.
pub fn told(fault: &Fault, scope: Scope<'_>) -> (Message, Option<Message>) {
    match &fault.kind {
        FaultKind::Sign(sign) => {
            (message!("format.expression-sign", sign = shown(&sign.to_string())), Some(message!("format.hint-signs")))
        }
        FaultKind::OpenQuote => (message!("format.expression-open-quote"), Some(message!("format.hint-joined"))),
        FaultKind::NoName => (message!("format.bad-reference"), Some(message!("format.hint-reference"))),
        FaultKind::BareWord(word) => (message!("format.expression-bare-word", word = shown(word)), bare(word, scope)),
        FaultKind::UnknownFilter(name) => {
            let names = || FILTERS.iter().map(|filter| filter.name);
            let hint = match nearest(name, names()) {
                Some(nearest) => message!("format.hint-nearest", nearest = nearest),
                None => message!("format.hint-words", words = list(names())),
            };
            (message!("format.unknown-filter", name = shown(name)), Some(hint))
        }
        FaultKind::NoField => (message!("format.expression-without-field"), Some(message!("format.hint-reference"))),
        FaultKind::Syntax => (message!("format.expression-syntax"), Some(message!("format.hint-joined"))),
        FaultKind::Unfit(why) => (why.clone(), None),
        FaultKind::WrongOutcome(Purpose::Value) => {
            (message!("format.expression-no-value"), Some(message!("format.hint-joined")))
        }
        FaultKind::WrongOutcome(Purpose::Condition) => {
            (message!("format.expression-no-condition"), Some(message!("format.hint-condition")))
        }
    }
}

/// A field without its `$`, or else a text without its quotation marks.
fn bare(word: &str, scope: Scope<'_>) -> Option<Message> {
    let is_field = matches!(scope.names, Names::Document(names) if names.iter().any(|name| name.as_str() == word));
    Some(if is_field {
        message!("format.hint-dollar", name = word)
    } else {
        message!("format.hint-text-in-quotes", text = shown(word))
    })
}

fn place_of_field(node: &Node, text: &str, name: &FieldName) -> Span {
    let reference = format!("${name}");
    let at = text.match_indices(&reference).map(|(at, _)| at).find(|at| {
        // `$name` begins `$name_kana` too.
        let rest = text[at + reference.len()..].chars().next();
        !rest.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
    });
    match at {
        Some(at) => part_of(node, text, text[..at].chars().count(), reference.chars().count()),
        None => node.span,
    }
}

/// Characters of a value as places of the file; all of it if escapes or line breaks stand between.
fn part_of(node: &Node, text: &str, at: usize, length: usize) -> Span {
    let Span { start, end } = node.span;
    let quotes = u32::from(matches!(node.data, Data::Scalar { quoted: true, .. }));
    let chars = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    let as_written = start.line == end.line && end.column.saturating_sub(start.column) == chars + 2 * quotes;
    let (Ok(at), Ok(length)) = (u32::try_from(at), u32::try_from(length)) else { return node.span };
    if !as_written {
        return node.span;
    }
    let place = |after: u32| Position { line: start.line, column: start.column + quotes + after };
    Span { start: place(at), end: place(at + length) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_tells_every_filter_in_its_order() {
        let told: Vec<&str> = FILTER_WORDS.iter().map(|word| word.text).collect();
        assert_eq!(told, FILTERS.iter().map(|filter| filter.name).collect::<Vec<_>>());
    }
}
