//! Systems with an API: requests instead of pages, under the same rules. Reading asks what the target declares as
//! reading; the one request of a submit leaves once, and only its own answer is evidence.

use serde_json::{Map, Number, Value};
use url::Url;

use super::Job;
use super::error::{EnterError, ErrorKind};
use super::values::Values;
use super::walk::Taken;
use crate::message;
use crate::model::http::{HttpRefusal, HttpRequest, HttpStep, JsonValue, Written};
use crate::model::step::Line;
use crate::model::value::Personal;
use crate::ports::browser::BrowserError;
use crate::ports::http::{Answer, Outgoing, Unsent};

/// Asks, and gives what the step takes from the answer.
///
/// # Errors
/// The kind says what follows, as for a page.
pub(super) async fn ask(
    job: &Job<'_>,
    step: &HttpStep,
    line: &Line,
    values: &Values,
) -> Result<Vec<Taken>, EnterError> {
    let answer = asked(job, &step.request, values).await?;
    if let Some(refused) = HttpRefusal::told_by(step.refused_by.as_ref(), answer.status) {
        return Err(EnterError::refused(words(&answer, refused), line));
    }
    expected(&answer, step.expect, line)?;
    let json = json(&answer);
    let take = |at: &str| text_at(json.as_ref(), at).ok_or_else(|| nothing_at(at, line));
    step.take.iter().map(|one| Ok(Taken { name: one.name.clone(), text: take(&one.at)? })).collect()
}

/// The records that a search's answer lists: each of `columns` by its name.
///
/// # Errors
/// If the answer is none, or lists nothing where it should.
pub(super) async fn rows(
    job: &Job<'_>,
    request: &HttpRequest,
    (at, columns): (&str, &[&str]),
    line: &Line,
) -> Result<Vec<Vec<Option<Personal>>>, EnterError> {
    let answer = asked(job, request, job.values).await?;
    expected(&answer, 200, line)?;
    let json = json(&answer);
    let list = json.as_ref().and_then(|json| json.pointer(at)).and_then(Value::as_array);
    let list = list.ok_or_else(|| nothing_at(at, line))?;
    let row = |row: &Value| columns.iter().map(|column| row.get(column).and_then(text_of)).collect();
    Ok(list.iter().map(row).collect())
}

/// A reading request's answer.
async fn asked(job: &Job<'_>, request: &HttpRequest, values: &Values) -> Result<Answer, EnterError> {
    let outgoing = outgoing(job, request, values)?;
    let reading = job.target.reading(job.site);
    if !reading.covers(&outgoing.method, outgoing.url.path()) {
        let request = reading.pattern_of(&outgoing.method, outgoing.url.path());
        return Err(BrowserError::UndeclaredWrite { request }.into());
    }
    let answer = job.http.send_once(outgoing, job.target.step_timeout).await.map_err(|unsent| {
        let why = match unsent {
            Unsent::Certainly => message!("entering.unreachable", code = "connect"),
            Unsent::Perhaps => message!("entering.http-no-answer"),
        };
        EnterError::new(ErrorKind::System, why)
    })?;
    match answer.status {
        401 | 403 => {
            let why = message!("entering.http-not-let-in", target = job.target.name, status = answer.status);
            Err(EnterError::new(ErrorKind::SignInRefused, why))
        }
        500.. => Err(EnterError::new(ErrorKind::System, message!("entering.server-error", status = answer.status))),
        _ => Ok(answer),
    }
}

fn expected(answer: &Answer, status: u16, line: &Line) -> Result<(), EnterError> {
    if answer.status == status {
        return Ok(());
    }
    let why = message!("entering.http-unexpected", line = line, status = answer.status, expected = status);
    Err(EnterError::new(ErrorKind::ScreenChanged, why))
}

fn nothing_at(at: &str, line: &Line) -> EnterError {
    EnterError::new(ErrorKind::ScreenChanged, message!("entering.http-nothing-at", line = line, at = at))
}

/// The request with this document's values.
///
/// # Errors
/// If a value does not fit, or the request cannot be made of them.
pub(super) fn outgoing(job: &Job<'_>, request: &HttpRequest, values: &Values) -> Result<Outgoing, EnterError> {
    let value = |source| job.value_among(source, values);
    let bad_address = || EnterError::new(ErrorKind::Setup, message!("entering.bad-address", path = request.words()));
    let mut url = Url::parse(&job.site.url).map_err(|_| bad_address())?;
    {
        let mut parts = url.path_segments_mut().map_err(|()| bad_address())?;
        parts.pop_if_empty();
        for part in &request.path {
            let part = value(part)?;
            // These two mean other places, whatever way they are written.
            if matches!(part.expose(), "" | "." | "..") {
                return Err(EnterError::new(ErrorKind::Business, message!("entering.http-bad-part")));
            }
            parts.push(part.expose());
        }
    }
    for named in &request.query {
        url.query_pairs_mut().append_pair(&named.name, value(&named.value)?.expose());
    }
    let mut headers = vec![("Accept".to_owned(), "application/json".to_owned())];
    for header in &job.target.api_headers {
        headers.push((header.name.clone(), format!("{}{}", header.prefix, value(&header.value)?.expose())));
    }
    let mut body = Vec::new();
    if !request.json.is_empty() {
        headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
        let mut json = Value::Null;
        for part in &request.json {
            put(&mut json, &part.at, written(part, &value(&part.value)?)?);
        }
        body = serde_json::to_vec(&json).expect("a JSON value is a JSON text");
    }
    Ok(Outgoing { method: request.method.to_string(), url, headers, body })
}

fn written(part: &JsonValue, text: &Personal) -> Result<Value, EnterError> {
    let text = text.expose();
    match part.written {
        Written::Text => Ok(Value::String(text.to_owned())),
        Written::Number if text.is_empty() => Ok(Value::Null),
        Written::Number => serde_json::from_str::<Number>(text).map(Value::Number).map_err(|_| {
            let mut error = EnterError::new(ErrorKind::Business, message!("entering.http-no-number", at = part.at));
            error.fields.extend_from_slice(part.value.fields());
            error
        }),
    }
}

/// Puts a value at a pointer, making what holds it: a number is a place in a list, anything else a name.
fn put(json: &mut Value, at: &str, value: Value) {
    /// No form has more rows; a list is never made longer by a slip of a pen.
    const MOST: usize = 1000;
    let mut place = json;
    for part in at.split('/').skip(1) {
        let name = part.replace("~1", "/").replace("~0", "~");
        place = match name.parse::<usize>().ok().filter(|at| *at < MOST && !place.is_object()) {
            Some(at) => {
                if !place.is_array() {
                    *place = Value::Array(Vec::new());
                }
                let list = place.as_array_mut().expect("it was just made one");
                if list.len() <= at {
                    list.resize(at + 1, Value::Null);
                }
                &mut list[at]
            }
            None => {
                if !place.is_object() {
                    *place = Value::Object(Map::new());
                }
                place.as_object_mut().expect("it was just made one").entry(name).or_insert(Value::Null)
            }
        };
    }
    *place = value;
}

fn json(answer: &Answer) -> Option<Value> {
    serde_json::from_slice(&answer.body).ok()
}

fn text_at(json: Option<&Value>, at: &str) -> Option<Personal> {
    json?.pointer(at).and_then(text_of)
}

fn text_of(value: &Value) -> Option<Personal> {
    match value {
        Value::String(text) => Some(Personal::new(text.as_str())),
        Value::Number(number) => Some(Personal::new(number.to_string())),
        Value::Bool(is) => Some(Personal::new(is.to_string())),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The target's words, if it says any.
pub(super) fn words(answer: &Answer, refused: &HttpRefusal) -> Personal {
    let said = refused.said.as_deref().and_then(|at| text_at(json(answer).as_ref(), at));
    said.unwrap_or_else(|| Personal::new(format!("HTTP {}", answer.status)))
}

/// The receipt number, if the answer has one.
pub(super) fn receipt(answer: &Answer, at: Option<&str>) -> Option<Personal> {
    text_at(json(answer).as_ref(), at?)
}
