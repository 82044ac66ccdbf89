//! A document's values as steps want them.

use std::collections::BTreeMap;

use super::Job;
use super::error::{EnterError, ErrorKind};
use super::walk::Taken;
use crate::message;
use crate::model::expression::Failed;
use crate::model::id::FieldName;
use crate::model::step::{Step, ValueSource};
use crate::model::value::Personal;

/// Every field a step may ask for; `None` is a field left blank on paper.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values(pub BTreeMap<FieldName, Option<Personal>>);

impl FromIterator<(FieldName, Option<Personal>)> for Values {
    fn from_iter<I: IntoIterator<Item = (FieldName, Option<Personal>)>>(fields: I) -> Self {
        Self(fields.into_iter().collect())
    }
}

impl Values {
    /// With what was taken from the target's pages and answers.
    pub fn with_taken(values: &Values, taken: &[Taken]) -> Self {
        let mut all = values.clone();
        all.0.extend(taken.iter().map(|taken| (taken.name.clone(), Some(taken.text.clone()))));
        all
    }
}

impl Job<'_> {
    /// The text a step puts into the page; a blank field is the empty text. What nobody could type is refused: browsers
    /// and systems change it on its way, each in its own manner.
    pub(super) fn value(&self, source: &ValueSource) -> Result<Personal, EnterError> {
        self.value_among(source, self.values)
    }

    /// The same, with what was taken from the pages among the values.
    pub(super) fn value_among(&self, source: &ValueSource, values: &Values) -> Result<Personal, EnterError> {
        let value = self.looked_up(source, values)?;
        if value.expose().chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
            let mut error = EnterError::new(ErrorKind::Business, message!("entering.control-character"));
            error.fields.extend_from_slice(source.fields());
            return Err(error);
        }
        Ok(value)
    }

    fn looked_up(&self, source: &ValueSource, values: &Values) -> Result<Personal, EnterError> {
        let setup = |why| EnterError::new(ErrorKind::Setup, why);
        let account = || {
            let no_account = || setup(message!("entering.no-account", target = self.target.name));
            self.site.account.as_ref().ok_or_else(no_account)
        };
        match source {
            ValueSource::Literal(text) => Ok(Personal::new(text.as_str())),
            ValueSource::Expression(made) => made.text(&values.0).map_err(|failed| explain(failed, made.fields())),
            ValueSource::AccountUser => Ok(Personal::new(account()?.user.as_str())),
            ValueSource::AccountPassword => self.secrets.resolve(&account()?.password).map_err(setup),
            ValueSource::Secret(secret) => self.secrets.resolve(secret).map_err(setup),
        }
    }
}

/// Whether a document with these values takes a step.
///
/// # Errors
/// If its condition cannot be told for what stands there.
pub fn is_taken(step: &Step, values: &Values) -> Result<bool, EnterError> {
    let Some(when) = &step.when else { return Ok(true) };
    when.holds(&values.0).map_err(|failed| explain(failed, when.fields()))
}

/// A document whose values do not fit is for a person; one without the fields is the scenario's mistake.
fn explain(failed: Failed, fields: &[FieldName]) -> EnterError {
    match failed {
        Failed::NoSuchField(name) => {
            EnterError::new(ErrorKind::Setup, message!("entering.no-such-field", field = name))
        }
        Failed::Unfit(why) => {
            let mut error = EnterError::new(ErrorKind::Business, why);
            error.fields.extend_from_slice(fields);
            error
        }
    }
}
