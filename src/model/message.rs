//! What the program has to say, without saying it in any language: a stable code and its arguments.
//! The catalogue (`locale`) renders it at the edge; `Display` is the English text, for logs.
//!
//! Messages travel through journal, socket and logs, so arguments must never hold personal data:
//! names of scenarios, fields and files' kinds, counts, durations, yes; anything read from paper or shown by a target, no.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::locale::Lang;

/// One thing to say: made by [`message!`](crate::message!), which a test checks against the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Stable, dotted, lower case: `area.what-happened`.
    pub code: Cow<'static, str>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub args: BTreeMap<Cow<'static, str>, String>,
}

impl Message {
    pub fn new(code: &'static str) -> Self {
        Self { code: Cow::Borrowed(code), args: BTreeMap::new() }
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.args.insert(Cow::Borrowed(name), value.to_string());
        self
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Lang::En.render(self))
    }
}

impl Lang {
    /// The message in this language.
    pub fn render(self, message: &Message) -> String {
        self.text(&message.code, &message.args)
    }
}

/// `message!("reading.page-is-another-form", form = name)`: a [`Message`] whose code and argument names a test
/// compares with the catalogue in both languages.
#[macro_export]
macro_rules! message {
    ($code:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::model::message::Message::new($code)$(.with(stringify!($name), &$value))*
    };
}
