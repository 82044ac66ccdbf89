//! What a target offers its scenarios: places by name, and procedures. Both are put in where a scenario names them, when
//! its folder is loaded: a deployed version holds plain steps, and nothing is looked up at night.

use std::collections::BTreeMap;

use super::act::{self, Names, Part, Scope};
use super::check::nearest;
use super::diagnostic::{Faults, Span};
use super::expression::{both, told};
use super::fields::{Fields, value};
use super::locator::locator;
use super::scalar;
use super::source::source;
use super::tree::Node;
use crate::message;
use crate::model::expression::{Expression, Purpose};
use crate::model::id::{FieldName, TargetName};
use crate::model::locator::Locator;
use crate::model::message::Message;
use crate::model::step::{Action, Line, Step, Then, ValueSource};
use crate::model::value::Personal;

/// A target's places and procedures.
#[derive(Debug)]
pub struct Pack {
    target: TargetName,
    places: BTreeMap<FieldName, Locator>,
    procedures: BTreeMap<FieldName, Procedure>,
}

#[derive(Debug)]
struct Procedure {
    takes: Vec<FieldName>,
    steps: Vec<Step>,
}

impl Pack {
    /// Of a target's checked file. What stands earlier may be used by what stands later.
    pub fn decode(target: &TargetName, fields: Fields<'_>, faults: &mut Faults) -> Self {
        let mut pack = Pack { target: target.clone(), places: BTreeMap::new(), procedures: BTreeMap::new() };
        for node in fields.items("places") {
            let Some((name, span)) = named(node, "named") else { continue };
            if let Some(locator) = locator(node, Some(&pack), faults)
                && pack.places.insert(name.clone(), locator).is_some()
            {
                faults.add(span, message!("format.place-twice", name = name));
            }
        }
        for node in fields.items("procedures") {
            let Some((name, span)) = named(node, "name") else { continue };
            let own = Fields::of(node);
            let takes = own.list("takes", scalar::field_name);
            let scope = Scope::new(Names::Taken(&takes), Some(&pack));
            let steps = act::decode(own.items("steps"), Part::Procedure, scope, faults);
            if pack.procedures.insert(name.clone(), Procedure { takes, steps }).is_some() {
                faults.add(span, message!("format.procedure-twice", name = name));
            }
        }
        pack
    }
}

fn named(node: &Node, key: &str) -> Option<(FieldName, Span)> {
    let name = node.get(key)?;
    Some((value(name, scalar::field_name)?, name.span))
}

/// The place that a locator names. Of a target with mistakes of its own nothing can be told.
pub fn place(node: &Node, pack: Option<&Pack>, faults: &mut Faults) -> Option<Locator> {
    let name = value(node, scalar::field_name)?;
    let pack = pack?;
    let found = pack.places.get(&name);
    if found.is_none() {
        let hint = hint(&name, pack.places.keys(), || message!("format.hint-places"));
        faults.add_hinted(node.span, message!("format.unknown-place", name = name), hint);
    }
    found.cloned()
}

/// The steps of a procedure for its caller's values. `line` is the caller's, and `when` holds for all of them.
pub fn run(call: Fields<'_>, line: u32, when: Option<&Expression>, scope: Scope<'_>, faults: &mut Faults) -> Vec<Step> {
    let (Some(name), Some(pack)) = (call.get("procedure", scalar::field_name), scope.pack) else { return Vec::new() };
    let at = call.span_of("procedure");
    let Some(procedure) = pack.procedures.get(&name) else {
        let hint = hint(&name, pack.procedures.keys(), || message!("format.hint-procedures"));
        faults.add_hinted(at, message!("format.unknown-procedure", name = name), hint);
        return Vec::new();
    };
    let Some(given) = arguments(call, procedure, scope, faults) else { return Vec::new() };
    let mut steps = Vec::new();
    for step in &procedure.steps {
        match filled(step, &given, when) {
            Ok(Some(filled)) => {
                steps.push(called(filled, line, &pack.target));
            }
            Ok(None) => {}
            Err(why) => {
                faults.add(at, why);
                return Vec::new();
            }
        }
    }
    steps
}

/// The step as one of a procedure that is called at `from`.
fn called(mut step: Step, from: u32, target: &TargetName) -> Step {
    let (Line::Own(line) | Line::Called { line, .. }) = step.line;
    step.line = Line::Called { from, target: target.clone(), line };
    if let Action::ExpectOneOf { branches } = &mut step.action {
        for branch in branches {
            if let Then::Steps(steps) = &mut branch.then {
                *steps = std::mem::take(steps).into_iter().map(|step| called(step, from, target)).collect();
            }
        }
    }
    step
}

fn hint<'n>(name: &FieldName, names: impl Iterator<Item = &'n FieldName>, else_say: fn() -> Message) -> Message {
    match nearest(name.as_str(), names.map(FieldName::as_str)) {
        Some(nearest) => message!("format.hint-nearest", nearest = nearest),
        None => else_say(),
    }
}

type Given = BTreeMap<FieldName, ValueSource>;

/// Every value that a procedure takes, and none that it does not.
fn arguments(call: Fields<'_>, procedure: &Procedure, scope: Scope<'_>, faults: &mut Faults) -> Option<Given> {
    let mut given = Given::new();
    for item in call.items("with") {
        let fields = Fields::of(item);
        let name = fields.get("name", scalar::field_name)?;
        if !procedure.takes.contains(&name) {
            let hint = hint(&name, procedure.takes.iter(), || message!("format.hint-takes"));
            faults.add_hinted(fields.span_of("name"), message!("format.not-taken", name = name), hint);
        }
        given.insert(name, source(fields.node("value")?, scope, faults)?);
    }
    let missing: Vec<&str> =
        procedure.takes.iter().filter(|name| !given.contains_key(*name)).map(FieldName::as_str).collect();
    if missing.is_empty() {
        return Some(given);
    }
    faults.add(call.span_of("procedure"), message!("format.not-given", names = missing.join(", ")));
    None
}

/// A procedure's step with its caller's values; `None` if it is not for them.
fn filled(step: &Step, given: &Given, caller: Option<&Expression>) -> Result<Option<Step>, Message> {
    let own = match step.when.as_ref().map(|when| condition(when, given)).transpose()? {
        Some(Asked::Always(false)) => return Ok(None),
        Some(Asked::Of(when)) => Some(when),
        Some(Asked::Always(true)) | None => None,
    };
    let when = both(caller, own);
    let mut action = step.action.clone();
    match &mut action {
        Action::Fill { value, .. } | Action::Type { value, .. } | Action::Choose { value, .. } => {
            *value = put_in(value, given)?;
        }
        Action::Http(step) => {
            for value in step.request.values_mut() {
                *value = put_in(value, given)?;
            }
        }
        Action::ExpectOneOf { branches } => {
            for branch in branches {
                if let Then::Steps(steps) = &mut branch.then {
                    let within = steps.iter().map(|step| filled(step, given, None));
                    *steps = within.filter_map(Result::transpose).collect::<Result<_, _>>()?;
                }
            }
        }
        _ => {}
    }
    Ok(Some(Step { when, action, ..step.clone() }))
}

/// A condition for a caller's values.
enum Asked {
    /// They are fixed, and so is what it says of them.
    Always(bool),
    Of(Expression),
}

fn condition(when: &Expression, given: &Given) -> Result<Asked, Message> {
    match fixed(when, given) {
        Some(values) => when.holds(&values).map(Asked::Always).map_err(failed),
        None => replaced(when, given, Purpose::Condition).map(Asked::Of),
    }
}

fn put_in(value: &ValueSource, given: &Given) -> Result<ValueSource, Message> {
    let ValueSource::Expression(made) = value else { return Ok(value.clone()) };
    // Nothing but the value itself, which may be of any kind, also a secret.
    if let [only] = made.fields()
        && made.source().trim() == format!("${only}")
        && let Some(whole) = given.get(only)
    {
        return Ok(whole.clone());
    }
    match fixed(made, given) {
        Some(values) => made.text(&values).map(|text| ValueSource::Literal(text.expose().to_owned())).map_err(failed),
        None => replaced(made, given, Purpose::Value).map(ValueSource::Expression),
    }
}

/// What an expression depends on, if the caller gave it fixed texts only.
fn fixed(made: &Expression, given: &Given) -> Option<BTreeMap<FieldName, Option<Personal>>> {
    let text = |name: &FieldName| match given.get(name)? {
        ValueSource::Literal(text) => Some((name.clone(), Some(Personal::new(text.as_str())))),
        _ => None,
    };
    made.fields().iter().map(text).collect()
}

fn failed(why: crate::model::expression::Failed) -> Message {
    match why {
        crate::model::expression::Failed::NoSuchField(name) => message!("format.not-taken", name = name),
        crate::model::expression::Failed::Unfit(why) => why,
    }
}

/// The expression with what the caller gave in the place of each name.
fn replaced(made: &Expression, given: &Given, purpose: Purpose) -> Result<Expression, Message> {
    let mut secret = None;
    let text = made.replaced(|name| match given.get(name) {
        // A text that the procedure itself takes from a page.
        None => format!("${name}"),
        Some(ValueSource::Expression(given)) => format!("({})", given.source()),
        Some(ValueSource::Literal(text)) => format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
        _ => {
            secret = Some(name.clone());
            "\"\"".to_owned()
        }
    });
    match secret {
        Some(name) => Err(message!("format.secret-in-expression", name = name)),
        None => parsed(&text, purpose),
    }
}

fn parsed(text: &str, purpose: Purpose) -> Result<Expression, Message> {
    Expression::parse(text, purpose).map_err(|fault| told(&fault, Scope::new(Names::Unknown, None)).0)
}
