//! A document's values as steps want them.

use std::collections::BTreeMap;

use super::Job;
use super::error::{EnterError, ErrorKind};
use super::filter;
use crate::message;
use crate::model::id::FieldName;
use crate::model::scenario::ValueSource;
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
            error.fields.extend(field_of(source).cloned());
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
            ValueSource::Field { name, filters } => match self.values.0.get(name) {
                Some(Some(text)) => Ok(Personal::new(filter::apply(text.expose(), filters))),
                Some(None) => Ok(Personal::default()),
                None => Err(setup(message!("entering.no-such-field", field = name))),
            },
            ValueSource::AccountUser => Ok(Personal::new(account()?.user.as_str())),
            ValueSource::AccountPassword => self.secrets.resolve(&account()?.password).map_err(setup),
            ValueSource::Secret(secret) => self.secrets.resolve(secret).map_err(setup),
        }
    }
}

/// The field a value comes from, for messages that name it.
pub(super) fn field_of(source: &ValueSource) -> Option<&FieldName> {
    match source {
        ValueSource::Field { name, .. } => Some(name),
        _ => None,
    }
}
