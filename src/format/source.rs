//! Where a step's value comes from: what may be said, and its decoding.

use super::act::{Names, Scope};
use super::diagnostic::{Faults, Span};
use super::expression;
use super::fields::{Fields, value};
use super::scalar::{self, Scalar, Schema};
use super::table::{Mapping, Shape, Word, optional, word, words};
use super::tree::Node;
use crate::message;
use crate::model::expression::Purpose;
use crate::model::step::ValueSource;

/// A value as one text: with a `$` in it an expression, else it stands for itself.
static VALUE_TEXT: Scalar =
    Scalar { check: |t| scalar::text(t).map(drop), schema: Schema::TextOrNumber, example: "$my_number" };
static ACCOUNT: [Word; 2] = [
    word("user", "入力先の利用者ID", "the target account's user name"),
    word("password", "入力先のパスワード", "the target account's password"),
];
static VALUE: Mapping = Mapping {
    name: "value",
    doc: words("入力する値", "the value to enter"),
    keys: &[&[
        optional(
            "text",
            Shape::TEXT,
            words("決まった文字。「$」を含んでもよい", "a fixed text, which may hold a `$`"),
            "児童手当",
        ),
        optional("account", Shape::Word(&ACCOUNT), words("入力先のアカウント", "of the target's account"), "user"),
        optional(
            "secret",
            Shape::Scalar(&scalar::SECRET),
            words("秘密情報の名前", "a secret by its name"),
            "portal-pin",
        ),
    ]],
    one_of: &[&["text", "account", "secret"]],
};
pub const VALUE_SHAPE: Shape = Shape::Either(&[Shape::Scalar(&VALUE_TEXT), Shape::Map(&VALUE)]);

pub fn source(node: &Node, scope: Scope<'_>, faults: &mut Faults) -> Option<ValueSource> {
    if let Some(text) = node.scalar() {
        if text.contains('$') {
            return Some(ValueSource::Expression(expression::decode(node, Purpose::Value, scope, faults)?));
        }
        refuse_forgotten_dollar(text, node.span, scope, faults);
        return Some(ValueSource::Literal(value(node, scalar::text)?));
    }
    let fields = Fields::of(node);
    if let Some(text) = fields.get("text", scalar::text) {
        return Some(ValueSource::Literal(text));
    }
    if let Some(secret) = fields.get("secret", scalar::secret) {
        return Some(ValueSource::Secret(secret));
    }
    match fields.node("account")?.scalar()? {
        "password" => Some(ValueSource::AccountPassword),
        _ => Some(ValueSource::AccountUser),
    }
}

/// `value: my_number` types the words "my_number" into the page, `value: birth | era_date` those: nobody means that.
fn refuse_forgotten_dollar(text: &str, span: Span, scope: Scope<'_>, faults: &mut Faults) {
    let first = text.split(['|', '~']).next().unwrap_or_default().trim();
    if let Names::Document(names) = scope.names
        && names.iter().any(|name| name.as_str() == first)
    {
        let hint = message!("format.hint-dollar", name = first);
        faults.add_hinted(span, message!("format.literal-is-a-field", name = first), hint);
    }
}
