//! A document's values as steps want them.

use std::collections::BTreeMap;

use super::Job;
use super::error::{EnterError, ErrorKind};
use crate::message;
use crate::model::expression::Failed;
use crate::model::id::FieldName;
use crate::model::scenario::{Step, ValueSource};
use crate::model::value::Personal;

/// Every field a step may ask for; `None` is a field left blank on paper.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values(pub BTreeMap<FieldName, Option<Personal>>);

impl FromIterator<(FieldName, Option<Personal>)> for Values {
    fn from_iter<I: IntoIterator<Item = (FieldName, Option<Personal>)>>(fields: I) -> Self {
        Self(fields.into_iter().collect())
    }
}

impl Job<'_> {
    /// The text a step puts into the page; a blank field is the empty text. What nobody could type is refused: browsers
    /// and systems change it on its way, each in its own manner.
    pub(super) fn value(&self, source: &ValueSource) -> Result<Personal, EnterError> {
        let value = self.looked_up(source)?;
        if value.expose().chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
            let mut error = EnterError::new(ErrorKind::Business, message!("entering.control-character"));
            error.fields.extend_from_slice(fields_of(source));
            return Err(error);
        }
        Ok(value)
    }

    fn looked_up(&self, source: &ValueSource) -> Result<Personal, EnterError> {
        let setup = |why| EnterError::new(ErrorKind::Setup, why);
        let account = || {
            let no_account = || setup(message!("entering.no-account", target = self.target.name));
            self.site.account.as_ref().ok_or_else(no_account)
        };
        match source {
            ValueSource::Literal(text) => Ok(Personal::new(text.as_str())),
            ValueSource::Expression(made) => made.text(&self.values.0).map_err(|failed| explain(failed, made.fields())),
            ValueSource::AccountUser => Ok(Personal::new(account()?.user.as_str())),
            ValueSource::AccountPassword => self.secrets.resolve(&account()?.password).map_err(setup),
            ValueSource::Secret(secret) => self.secrets.resolve(secret).map_err(setup),
        }
    }
}

/// The fields a value comes from, for messages that name them.
pub(super) fn fields_of(source: &ValueSource) -> &[FieldName] {
    match source {
        ValueSource::Expression(made) => made.fields(),
        _ => &[],
    }
}

/// The steps that a document with these values takes. What it says is settled before it is entered, so that is too.
///
/// # Errors
/// If a condition cannot be told for what stands there.
pub fn taken_steps(steps: &[Step], values: &Values) -> Result<Vec<Step>, EnterError> {
    let mut taken = Vec::with_capacity(steps.len());
    for step in steps {
        let holds = step
            .when
            .as_ref()
            .map_or(Ok(true), |when| when.holds(&values.0).map_err(|failed| explain(failed, when.fields())));
        if holds? {
            taken.push(step.clone());
        }
    }
    Ok(taken)
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
