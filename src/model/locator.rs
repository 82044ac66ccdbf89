//! How steps name what stands on a page.

use serde::{Deserialize, Serialize};

/// Names something on a page as people see it. Exactly one visible match, or the step waits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Locator {
    /// A form control by its label's text.
    Label(String),
    /// A button or button-like link by its text.
    Button(String),
    /// A link by its text.
    Link(String),
    /// The innermost element whose text contains this.
    Text(String),
    Placeholder(String),
    Role {
        role: String,
        name: Option<String>,
    },
    Css(String),
    /// One of these, by where it stands. All that is given must hold.
    Placed {
        what: Box<Locator>,
        /// Within the part of the page that this heading, legend or label names.
        #[serde(rename = "in", default, skip_serializing_if = "Option::is_none")]
        within: Option<String>,
        /// The nearest to the right of this text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        right_of: Option<String>,
        /// The nearest below this text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        below: Option<String>,
        /// Of several, the n-th as the page has them, from 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        nth: Option<u16>,
    },
}
