//! Identifiers: each its own type, so that a scenario's name cannot stand where a form's belongs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why a text is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadId {
    #[error("an identifier cannot be empty")]
    Empty,
    #[error("an identifier has at most {max} characters")]
    TooLong { max: usize },
    #[error("`{0}` may not stand in an identifier: letters, digits, `-` and `_` may")]
    Character(char),
    #[error("not a hexadecimal identifier of {bytes} bytes")]
    NotHex { bytes: usize },
}

/// Longest name in characters; keeps names fit for file names on every file system.
const MAX_NAME_CHARS: usize = 60;

/// Letters of any script, digits, `-` and `_`: safe as a file name, as a YAML key and in a URL path segment.
fn check_name(text: &str) -> Result<(), BadId> {
    if text.is_empty() {
        return Err(BadId::Empty);
    }
    if text.chars().count() > MAX_NAME_CHARS {
        return Err(BadId::TooLong { max: MAX_NAME_CHARS });
    }
    match text.chars().find(|c| !(c.is_alphanumeric() || matches!(c, '-' | '_'))) {
        Some(c) => Err(BadId::Character(c)),
        None => Ok(()),
    }
}

macro_rules! name_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// # Errors
            /// If the text is empty, too long, or holds a character that is no letter, digit, `-` or `_`.
            pub fn new(text: impl Into<String>) -> Result<Self, BadId> {
                let text = text.into();
                check_name(&text)?;
                Ok(Self(text))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadId;
            fn try_from(text: String) -> Result<Self, BadId> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                Self::new(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

name_id! {
    /// A scenario's name: the name of its folder.
    ScenarioName
}
name_id! {
    /// A form definition's name; a revision of a form is another form with another name.
    FormName
}
name_id! {
    /// A target web system's name: the stem of its file.
    TargetName
}
name_id! {
    /// A field of a form, or a value derived from several.
    FieldName
}
name_id! {
    /// A plan's name: the stem of its file.
    PlanName
}

macro_rules! hex_id {
    ($(#[$doc:meta])* $name:ident, $bytes:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name([u8; $bytes]);

        impl $name {
            pub const fn from_bytes(bytes: [u8; $bytes]) -> Self {
                Self(bytes)
            }

            pub const fn as_bytes(&self) -> &[u8; $bytes] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&hex::encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                let mut bytes = [0; $bytes];
                hex::decode_to_slice(text, &mut bytes).map_err(|_| BadId::NotHex { bytes: $bytes })?;
                Ok(Self(bytes))
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadId;
            fn try_from(text: String) -> Result<Self, BadId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.to_string()
            }
        }
    };
}

hex_id! {
    /// What arrived: a keyed hash (store key) over environment, scenario and content, so that the same bytes given
    /// to the same scenario again are the same intake, and nobody without the key can test a guess at the content.
    IntakeId, 10
}
hex_id! {
    /// An immutable deployed version: digest of every file of the scenario.
    VersionId, 16
}
hex_id! {
    /// A digest made with a document's own key (values) or the store's (look-ups): tells nothing without the key.
    Digest, 32
}
hex_id! {
    /// One firing of a scenario.
    RunId, 8
}
hex_id! {
    /// Fencing token of a lease; random, so that a stale worker cannot guess the next.
    LeaseToken, 8
}

/// One case: the `position`-th document (from 1) of an intake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DocumentId {
    pub intake: IntakeId,
    /// From 1; u16 because a file has at most a few hundred pages (see the reader's caps).
    pub position: u16,
}

impl fmt::Display for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}-{}", self.intake, self.position))
    }
}

impl FromStr for DocumentId {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        let bad = BadId::NotHex { bytes: 10 };
        let (intake, position) = text.split_once('-').ok_or(bad.clone())?;
        let position = position.parse().ok().filter(|p| *p > 0).ok_or(bad)?;
        Ok(Self { intake: intake.parse()?, position })
    }
}

impl TryFrom<String> for DocumentId {
    type Error = BadId;
    fn try_from(text: String) -> Result<Self, BadId> {
        text.parse()
    }
}

impl From<DocumentId> for String {
    fn from(id: DocumentId) -> String {
        id.to_string()
    }
}

/// Who did something: the operating system's user name of the peer, or the program itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// The program, unattended.
    Jitan,
    /// A person, by OS user name (from SO_PEERCRED, never from a flag).
    Person(String),
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Who::Jitan => f.pad("jitan"),
            Who::Person(user) => f.pad(user),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_id_survives_its_text_form() {
        let id = DocumentId { intake: IntakeId::from_bytes([7; 10]), position: 80 };
        assert_eq!(id.to_string().parse::<DocumentId>(), Ok(id));
    }

    #[test]
    fn position_zero_is_no_document() {
        assert!("07070707070707070707-0".parse::<DocumentId>().is_err());
    }

    #[test]
    fn a_name_with_a_path_separator_is_refused() {
        assert_eq!(ScenarioName::new("../jido"), Err(BadId::Character('.')));
        assert!(ScenarioName::new("児童手当-7年版").is_ok());
    }
}
