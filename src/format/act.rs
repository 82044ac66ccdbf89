//! Decodes steps and holds them against the form and the rules that keep an entry from happening twice.

use std::collections::BTreeSet;

use super::check::nearest;
use super::diagnostic::{Faults, Span};
use super::expression;
use super::fields::{Fields, value};
use super::pack::{self, Pack};
use super::scalar;
use super::tree::Node;
use crate::message;
use crate::model::expression::Purpose;
use crate::model::id::FieldName;
use crate::model::scenario::{
    Action, ColumnMatch, DialogAnswer, Effect, Line, Locator, OnUnknown, Probe, Step, Submit, ValueSource, Window,
};

/// What steps may refer to.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    pub names: Names<'a>,
    /// What the target offers; nothing if the target has mistakes of its own.
    pub pack: Option<&'a Pack>,
}

impl<'a> Scope<'a> {
    pub fn new(names: Names<'a>, pack: Option<&'a Pack>) -> Self {
        Self { names, pack }
    }
}

/// The values that steps may use.
#[derive(Debug, Clone, Copy)]
pub enum Names<'a> {
    /// A document's fields and groups.
    Document(&'a BTreeSet<FieldName>),
    /// The forms have mistakes of their own: what a step refers to cannot be told.
    Unknown,
    /// Signing in happens before there is a document.
    SignIn,
    /// What a procedure takes.
    Taken(&'a [FieldName]),
}

/// Where steps stand, and so what they may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Scenario,
    SignIn,
    Probe,
    Procedure,
    OnError,
}

/// Decodes a checked list of steps.
pub fn decode(items: &[Node], part: Part, scope: Scope<'_>, faults: &mut Faults) -> Vec<Step> {
    let steps: Vec<(Span, Step)> = items
        .iter()
        .flat_map(|item| step(item, scope, faults).into_iter().map(|step| (place(item), step)).collect::<Vec<_>>())
        .collect();
    if let Some((span, first)) = steps.first()
        && !matches!(part, Part::Procedure | Part::OnError)
        && items.first().is_some_and(|item| place(item) == *span)
        && (first.when.is_some() || !matches!(first.action, Action::Open { .. }))
    {
        faults.add_hinted(
            *span,
            message!("format.begin-with-open"),
            message!("format.hint-example", example = "- open: /entry"),
        );
    }
    match part {
        Part::Scenario => one_submit(items, &steps, faults),
        Part::SignIn | Part::Probe | Part::Procedure | Part::OnError => {
            for (span, _) in steps.iter().filter(|(_, step)| step.action.effect() == Effect::Submit) {
                faults.add(*span, message!("format.submit-not-here"));
            }
            let uploads = |step: &Step| matches!(step.action, Action::Upload { .. }) && part != Part::Procedure;
            for (span, _) in steps.iter().filter(|(_, step)| uploads(step)) {
                faults.add(*span, message!("format.upload-not-here"));
            }
        }
    }
    steps.into_iter().map(|(_, step)| step).collect()
}

/// One step, or those of the procedure that it runs; nothing if it has a mistake.
fn step(item: &Node, scope: Scope<'_>, faults: &mut Faults) -> Vec<Step> {
    let fields = Fields::of(item);
    let line = place(item).start.line;
    let when = match fields.node("when").map(|node| expression::decode(node, Purpose::Condition, scope, faults)) {
        Some(None) => return Vec::new(),
        Some(when) => when,
        None => None,
    };
    if let Some(call) = fields.map("run") {
        for key in ["dialog", "window"].into_iter().filter(|key| fields.node(key).is_some()) {
            faults.add(fields.span_of(key), message!("format.key-beside-run", key = key));
        }
        return pack::run(call, line, when.as_ref(), scope, faults);
    }
    let Some(action) = action(item, scope, faults) else { return Vec::new() };
    if let Some(when) = fields.node("when")
        && action.effect() == Effect::Submit
    {
        faults.add_hinted(when.span, message!("format.when-on-submit"), message!("format.hint-when-on-submit"));
    }
    vec![Step {
        line: Line::Own(line),
        dialog: fields.node("dialog").and_then(dialog_answer),
        window: fields.node("window").map_or(Window::Main, |_| Window::Opened),
        when,
        action,
    }]
}

fn place(item: &Node) -> Span {
    item.entries().first().map_or(item.span, |entry| entry.key_span)
}

/// A scenario enters its document once, and looks only after that.
fn one_submit(items: &[Node], steps: &[(Span, Step)], faults: &mut Faults) {
    let is_submit = |step: &Step| step.action.effect() == Effect::Submit;
    let Some(first) = steps.iter().position(|(_, step)| is_submit(step)) else {
        let span = items.last().map_or(Span::START, place);
        faults.add_hinted(span, message!("format.no-submit"), message!("format.hint-submit"));
        return;
    };
    for (span, step) in &steps[first + 1..] {
        if is_submit(step) {
            faults.add_hinted(*span, message!("format.second-submit"), message!("format.hint-second-submit"));
        } else if step.action.effect() != Effect::Read {
            faults.add(*span, message!("format.act-after-submit"));
        }
    }
}

fn dialog_answer(node: &Node) -> Option<DialogAnswer> {
    match node.scalar()? {
        "accept" => Some(DialogAnswer::Accept),
        "dismiss" => Some(DialogAnswer::Dismiss),
        _ => None,
    }
}

/// Keys of a step that say how it is done.
const HOW: [&str; 3] = ["dialog", "window", "when"];

/// The one key of a step that says what it does.
fn action(item: &Node, scope: Scope<'_>, faults: &mut Faults) -> Option<Action> {
    let entry = item.entries().iter().find(|entry| !HOW.contains(&entry.key.as_str()))?;
    let (node, fields) = (&entry.value, Fields::of(&entry.value));
    Some(match entry.key.as_str() {
        "open" => Action::Open { path: value(node, scalar::path)? },
        "fill" => {
            let (into, value) = (locator(node, scope.pack, faults)?, source(fields.node("value")?, scope, faults)?);
            let by_keys = fields.node("keys").and_then(Node::scalar) == Some("real");
            if by_keys { Action::Type { into, value } } else { Action::Fill { into, value } }
        }
        "upload" => Action::Upload { into: locator(node, scope.pack, faults)? },
        "hover" => Action::Hover { what: locator(node, scope.pack, faults)? },
        "choose" => Action::Choose {
            from: locator(node, scope.pack, faults)?,
            value: source(fields.node("value")?, scope, faults)?,
        },
        "check" => Action::Check {
            what: locator(node, scope.pack, faults)?,
            on: fields.get("on", scalar::boolean).unwrap_or(true),
        },
        "click" => Action::Click { what: locator(node, scope.pack, faults)? },
        "expect" => Action::Expect { what: locator(node, scope.pack, faults)? },
        "take" => {
            Action::Take { name: fields.get("into", scalar::field_name)?, from: locator(node, scope.pack, faults)? }
        }
        "submit" => Action::Submit(Box::new(submit(fields, entry.key_span, scope, faults)?)),
        _ => return None,
    })
}

/// Decodes a checked locator, alone or among other keys.
pub fn locator(node: &Node, pack: Option<&Pack>, faults: &mut Faults) -> Option<Locator> {
    let fields = Fields::of(node);
    let text = |key: &str| fields.get(key, scalar::text);
    let name = text("name");
    if name.is_some() && fields.node("role").is_none() {
        faults.add(fields.span_of("name"), message!("format.name-without-role"));
    }
    type Make = fn(String) -> Locator;
    let simple: [(&str, Make); 6] = [
        ("label", Locator::Label),
        ("button", Locator::Button),
        ("link", Locator::Link),
        ("text", Locator::Text),
        ("placeholder", Locator::Placeholder),
        ("css", Locator::Css),
    ];
    let what = match (text("role"), fields.node("place")) {
        (Some(role), _) => Locator::Role { role, name },
        (None, Some(place)) => pack::place(place, pack, faults)?,
        (None, None) => simple.into_iter().find_map(|(key, make)| text(key).map(make))?,
    };
    let (within, right_of, below) = (text("in"), text("right_of"), text("below"));
    let nth = fields.get("nth", scalar::nth);
    if within.is_none() && right_of.is_none() && below.is_none() && nth.is_none() {
        return Some(what);
    }
    if matches!(what, Locator::Placed { .. }) {
        faults.add(fields.span_of("place"), message!("format.place-stands-already"));
        return None;
    }
    Some(Locator::Placed { what: Box::new(what), within, right_of, below, nth })
}

pub fn source(node: &Node, scope: Scope<'_>, faults: &mut Faults) -> Option<ValueSource> {
    if let Some(text) = node.scalar() {
        if text.contains('$') {
            return Some(ValueSource::Expression(expression::decode(node, Purpose::Value, scope, faults)?));
        }
        refuse_forgotten_dollar(text, node.span, scope, faults);
        return Some(ValueSource::Literal(value(node, scalar::text)?));
    }
    let fields = Fields::of(node);
    if let Some(text) = fields.get("text", scalar::text) {
        return Some(ValueSource::Literal(text));
    }
    if let Some(secret) = fields.get("secret", scalar::secret) {
        return Some(ValueSource::Secret(secret));
    }
    match fields.node("account")?.scalar()? {
        "password" => Some(ValueSource::AccountPassword),
        _ => Some(ValueSource::AccountUser),
    }
}

/// `value: my_number` types the words "my_number" into the page, `value: birth | era_date` those: nobody means that.
fn refuse_forgotten_dollar(text: &str, span: Span, scope: Scope<'_>, faults: &mut Faults) {
    let first = text.split(['|', '~']).next().unwrap_or_default().trim();
    if let Names::Document(names) = scope.names
        && names.iter().any(|name| name.as_str() == first)
    {
        let hint = message!("format.hint-dollar", name = first);
        faults.add_hinted(span, message!("format.literal-is-a-field", name = first), hint);
    }
}

/// Reports a name that is no field or group.
pub fn known(name: &FieldName, span: Span, scope: Scope<'_>, faults: &mut Faults) {
    match scope.names {
        Names::Document(names) if !names.contains(name) => {
            let message = message!("format.unknown-field", name = name);
            match nearest(name.as_str(), names.iter().map(FieldName::as_str)) {
                Some(nearest) => faults.add_hinted(span, message, message!("format.hint-nearest", nearest = nearest)),
                None => faults.add_hinted(span, message, message!("format.hint-fields")),
            }
        }
        Names::Taken(names) if !names.contains(name) => {
            faults.add_hinted(span, message!("format.not-taken", name = name), message!("format.hint-takes"));
        }
        Names::SignIn => faults.add(span, message!("format.field-in-sign-in")),
        Names::Document(_) | Names::Taken(_) | Names::Unknown => {}
    }
}

fn submit(fields: Fields<'_>, span: Span, scope: Scope<'_>, faults: &mut Faults) -> Option<Submit> {
    let asks = fields.node("on_unknown").and_then(Node::scalar) == Some("ask");
    let precheck = fields.get("precheck", scalar::boolean);
    let probe = fields.map("probe").map(|fields| self::probe(fields, scope, faults));
    if probe.is_none() && !asks {
        faults.add_hinted(span, message!("format.submit-without-probe"), message!("format.hint-probe"));
    }
    if probe.is_none() && precheck == Some(true) {
        faults.add(fields.span_of("precheck"), message!("format.precheck-without-probe"));
    }
    let has_probe = probe.is_some();
    Some(Submit {
        click: locator(fields.node("click")?, scope.pack, faults)?,
        confirmed_by: locator(fields.node("confirmed_by")?, scope.pack, faults)?,
        receipt: fields.node("receipt").and_then(|node| locator(node, scope.pack, faults)),
        refused_by: fields.node("refused_by").and_then(|node| locator(node, scope.pack, faults)),
        probe: match probe {
            Some(probe) => Some(probe?),
            None => None,
        },
        on_unknown: if asks { OnUnknown::Ask } else { OnUnknown::Probe },
        precheck: precheck.unwrap_or(has_probe),
    })
}

fn probe(fields: Fields<'_>, scope: Scope<'_>, faults: &mut Faults) -> Option<Probe> {
    let matches = fields.items("matches").iter().filter_map(|item| {
        let fields = Fields::of(item);
        let value = source(fields.node("value")?, scope, faults)?;
        Some(ColumnMatch { column: fields.get("column", scalar::text)?, value })
    });
    let matches: Vec<ColumnMatch> = matches.collect();
    if matches.iter().all(|m| matches!(m.value, ValueSource::Literal(_))) {
        faults.add(fields.span_of("matches"), message!("format.probe-matches-everything"));
    }
    Some(Probe {
        steps: decode(fields.items("steps"), Part::Probe, scope, faults),
        absent: locator(fields.node("absent")?, scope.pack, faults)?,
        rows: fields.get("rows", scalar::text)?,
        matches,
        receipt: fields.get("receipt", scalar::text),
        entered_by: fields.get("entered_by", scalar::text),
        entered_at: fields.get("entered_at", scalar::text),
    })
}
