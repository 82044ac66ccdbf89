//! Requests to systems with an API. What a document says travels in them as data: as a part of a path, a value of a
//! query or a value in a JSON text, never as a piece of the request's own text.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::id::FieldName;
use super::step::ValueSource;

/// One request, with values that are still to be put in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HttpRequest {
    pub method: Method,
    /// Parts of the path below the target's base URL.
    pub path: Vec<ValueSource>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub query: Vec<NamedValue>,
    /// The body, value by value; none: no body.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub json: Vec<JsonValue>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
        })
    }
}

/// A parameter of a query, or a header that every request to a target carries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NamedValue {
    pub name: String,
    /// Stands before the value, such as `Bearer `.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    pub value: ValueSource,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JsonValue {
    /// JSON pointer (RFC 6901): `/applicant/name`, `/children/0/name`.
    pub at: String,
    pub value: ValueSource,
    #[serde(default)]
    pub written: Written,
}

/// What a text becomes in a JSON text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Written {
    /// A string; blank is the empty one.
    #[default]
    Text,
    /// A number; blank is `null`.
    Number,
}

/// Asks the target something: writes nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HttpStep {
    pub request: HttpRequest,
    /// The status with which it goes on.
    pub expect: u16,
    pub refused_by: Option<HttpRefusal>,
    /// What is read from the answer: the value at a JSON pointer, under a name.
    pub take: Vec<HttpTake>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HttpTake {
    pub name: FieldName,
    pub at: String,
}

/// By what the target tells that it does not take this document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HttpRefusal {
    /// 400 to 499: what a server's own failure did is not known.
    pub statuses: Vec<u16>,
    /// Where its words stand in the answer; JSON pointer.
    pub said: Option<String>,
}

impl HttpRefusal {
    /// Whether this answer is one; nothing is if the author names none.
    pub fn told_by(refusal: Option<&Self>, status: u16) -> Option<&Self> {
        refusal.filter(|refusal| refusal.statuses.contains(&status))
    }
}

/// A submit that is a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HttpSubmit {
    pub request: HttpRequest,
    /// The one status that means success.
    pub confirmed_by: u16,
    /// Where the receipt number stands in the answer; JSON pointer.
    pub receipt: Option<String>,
    pub refused_by: Option<HttpRefusal>,
}

impl HttpRequest {
    /// The method and path, with `*` for what may name a person or a case.
    pub fn words(&self) -> String {
        let part = |part: &ValueSource| match part {
            ValueSource::Literal(text) => format!("/{text}"),
            _ => "/*".to_owned(),
        };
        format!("{} {}", self.method, self.path.iter().map(part).collect::<String>())
    }

    /// Everything that is put in.
    pub fn values(&self) -> impl Iterator<Item = &ValueSource> {
        let query = self.query.iter().map(|named| &named.value);
        self.path.iter().chain(query).chain(self.json.iter().map(|json| &json.value))
    }

    /// The same, to be replaced.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut ValueSource> {
        let query = self.query.iter_mut().map(|named| &mut named.value);
        self.path.iter_mut().chain(query).chain(self.json.iter_mut().map(|json| &mut json.value))
    }
}
