//! Texts, the names of fields, forms, targets and secrets, and yes or no.

use super::{Fault, Scalar, Schema};
use crate::format::tree::shown;
use crate::message;
use crate::model::form::LinePattern;
use crate::model::id::{BadId, FieldName, FormName, TargetName};
use crate::model::target::SecretRef;

pub static TEXT: Scalar =
    Scalar { check: |t| text(t).map(drop), schema: Schema::TextOrNumber, example: "児童手当 認定請求" };
pub static FIELD: Scalar =
    Scalar { check: |t| field_name(t).map(drop), schema: Schema::TextOrNumber, example: "my_number" };
pub static FORM_NAME: Scalar =
    Scalar { check: |t| form_name(t).map(drop), schema: Schema::TextOrNumber, example: "jido-teate-r8" };
pub static TARGET: Scalar =
    Scalar { check: |t| target_name(t).map(drop), schema: Schema::TextOrNumber, example: "portal" };
pub static SECRET: Scalar =
    Scalar { check: |t| secret(t).map(drop), schema: Schema::TextOrNumber, example: "portal-password" };
pub static BOOLEAN: Scalar = Scalar { check: |t| boolean(t).map(drop), schema: Schema::Boolean, example: "true" };

pub static LINE_PATTERN: Scalar =
    Scalar { check: |t| line_pattern(t).map(drop), schema: Schema::TextOrNumber, example: "AA9999" };

/// Longest text: titles and labels are short, and a longer one is a forgotten quote.
const MAX_TEXT_CHARS: usize = 500;

/// A text that is not empty.
///
/// # Errors
/// If it is blank or longer than 500 characters.
pub fn text(text: &str) -> Result<String, Fault> {
    if text.trim().is_empty() {
        return Err(Fault::new(message!("format.empty-text")));
    }
    if text.chars().count() > MAX_TEXT_CHARS {
        return Err(Fault::new(message!("format.text-too-long", limit = MAX_TEXT_CHARS)));
    }
    Ok(text.to_owned())
}

fn bad_id(text: &str, why: &BadId) -> Fault {
    let fault = match why {
        BadId::Empty => Fault::new(message!("format.empty-text")),
        BadId::TooLong { max } => Fault::new(message!("format.text-too-long", limit = max)),
        BadId::Character(_) | BadId::NotHex { .. } => Fault::new(message!("format.bad-name", found = shown(text))),
    };
    fault.hint(message!("format.hint-name"))
}

/// A field's name.
///
/// # Errors
/// If a character may not stand in a name.
pub fn field_name(text: &str) -> Result<FieldName, Fault> {
    FieldName::new(text).map_err(|why| bad_id(text, &why))
}

/// What a line holds, place by place.
///
/// # Errors
/// If it is empty or has a place that nobody can write.
pub fn line_pattern(text: &str) -> Result<LinePattern, Fault> {
    LinePattern::new(text).ok_or_else(|| Fault::new(message!("format.bad-line-pattern")))
}

/// A form's name.
///
/// # Errors
/// If a character may not stand in a name.
pub fn form_name(text: &str) -> Result<FormName, Fault> {
    FormName::new(text).map_err(|why| bad_id(text, &why))
}

/// A target's name.
///
/// # Errors
/// If a character may not stand in a name.
pub fn target_name(text: &str) -> Result<TargetName, Fault> {
    TargetName::new(text).map_err(|why| bad_id(text, &why))
}

/// A secret's name, never the secret.
///
/// # Errors
/// If a character may not stand in a name.
pub fn secret(text: &str) -> Result<SecretRef, Fault> {
    FieldName::new(text).map(|name| SecretRef(name.into())).map_err(|_| {
        // What stands here may be the secret itself: it is not repeated.
        Fault::new(message!("format.bad-secret")).hint(message!("format.hint-secret"))
    })
}

/// `true` or `false`.
///
/// # Errors
/// For anything else, `yes` and `はい` among it: they mean different things to different YAML readers.
pub fn boolean(text: &str) -> Result<bool, Fault> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Fault::new(message!("format.bad-boolean", found = shown(text)))
            .hint(message!("format.hint-words", words = "true, false"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_password_is_not_repeated() {
        let fault = secret("p@ss w0rd!").unwrap_err();
        assert!(!format!("{fault:?}").contains("w0rd"));
    }
}
