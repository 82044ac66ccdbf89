//! Decodes steps and holds them against the form and the rules that keep an entry from happening twice.

use std::collections::BTreeSet;

use super::check::nearest;
use super::diagnostic::{Faults, Span};
use super::expression;
use super::fields::{Fields, value};
use super::flow;
use super::http;
use super::locator::locator;
use super::pack::{self, Pack};
use super::scalar;
use super::source::source;
use super::submit::submit;
use super::tree::Node;
use crate::message;
use crate::model::download::{Download, FileKind};
use crate::model::expression::Purpose;
use crate::model::id::FieldName;
use crate::model::step::{Action, DialogAnswer, Effect, Line, Step, Then, Window};

/// What steps may refer to.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    pub names: Names<'a>,
    /// Texts that steps before have taken from pages.
    pub taken: &'a BTreeSet<FieldName>,
    /// What the target offers; nothing if the target has mistakes of its own.
    pub pack: Option<&'a Pack>,
}

impl<'a> Scope<'a> {
    pub fn new(names: Names<'a>, pack: Option<&'a Pack>) -> Self {
        static NOTHING: BTreeSet<FieldName> = BTreeSet::new();
        Self { names, taken: &NOTHING, pack }
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
    /// Within a step of one of the others.
    Branch,
}

/// Decodes a checked list of steps.
pub fn decode(items: &[Node], part: Part, scope: Scope<'_>, faults: &mut Faults) -> Vec<Step> {
    let mut steps: Vec<(Span, Step)> = Vec::new();
    let mut taken = scope.taken.clone();
    for item in items {
        if part != Part::Branch {
            flow::refuse_stray_rows(item, faults);
        }
        let here = step(item, Scope { taken: &taken, ..scope }, faults);
        for name in here.iter().flat_map(|step| step.action.takes()).filter(|name| is_given(name, scope)) {
            faults.add(place(item), message!("format.taken-is-a-field", name = name));
        }
        taken.extend(here.iter().flat_map(surely_taken));
        steps.extend(here.into_iter().map(|step| (place(item), step)));
    }
    if let Some((span, first)) = steps.first()
        && !matches!(part, Part::Procedure | Part::OnError | Part::Branch)
        && items.first().is_some_and(|item| place(item) == *span)
        && first.action.is_on_a_page()
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
        Part::SignIn | Part::Probe | Part::Procedure | Part::OnError | Part::Branch => {
            for (span, _) in steps.iter().filter(|(_, step)| step.action.effect() == Effect::Submit) {
                faults.add(*span, message!("format.submit-not-here"));
            }
            // A branch may stand where a scan can be uploaded: whoever holds it knows.
            let has_scan = matches!(part, Part::Procedure | Part::Branch);
            let uploads = |step: &&Step| matches!(step.action, Action::Upload { .. }) && !has_scan;
            for (span, _) in steps.iter().filter(|(_, step)| step.with_branches().iter().any(uploads)) {
                faults.add(*span, message!("format.upload-not-here"));
            }
        }
    }
    steps.into_iter().map(|(_, step)| step).collect()
}

/// What later steps can rely on: a text taken under a condition, or in one of several branches, may never be.
fn surely_taken(step: &Step) -> BTreeSet<FieldName> {
    match &step.action {
        _ if step.when.is_some() => BTreeSet::new(),
        Action::ExpectOneOf { branches } => {
            let goes_on = branches.iter().filter_map(|branch| match &branch.then {
                Then::Steps(steps) => Some(steps.iter().flat_map(surely_taken).collect::<BTreeSet<_>>()),
                Then::Refused => None,
            });
            goes_on.reduce(|one, other| &one & &other).unwrap_or_default()
        }
        action => action.takes().into_iter().cloned().collect(),
    }
}

fn is_given(name: &FieldName, scope: Scope<'_>) -> bool {
    match scope.names {
        Names::Document(names) => names.contains(name),
        Names::Taken(names) => names.contains(name),
        Names::SignIn | Names::Unknown => false,
    }
}

/// One step, those of the procedure that it runs, or those of its rows; nothing if it has a mistake.
fn step(item: &Node, scope: Scope<'_>, faults: &mut Faults) -> Vec<Step> {
    let fields = Fields::of(item);
    let line = place(item).start.line;
    for (holder, key) in ["run", "for_each"].into_iter().flat_map(|holder| [(holder, "dialog"), (holder, "window")]) {
        if fields.node(holder).is_some() && fields.node(key).is_some() {
            faults.add(fields.span_of(key), message!("format.key-beside-run", key = key, step = holder));
        }
    }
    if let Some(each) = fields.map("for_each") {
        return flow::rows(each, fields.node("when"), scope, faults);
    }
    let when = match fields.node("when").map(|node| expression::decode(node, Purpose::Condition, scope, faults)) {
        Some(None) => return Vec::new(),
        Some(when) => when,
        None => None,
    };
    if let Some(call) = fields.map("run") {
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

fn kind_of_file(word: &str) -> Option<FileKind> {
    FileKind::ALL.into_iter().find(|kind| kind.word() == word)
}

/// How large a file may be if the step does not say.
const DEFAULT_MOST_MB: u16 = 10;

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
        "expect_one_of" => flow::branches(node.items(), scope, faults)?,
        "take" => {
            Action::Take { name: fields.get("into", scalar::field_name)?, from: locator(node, scope.pack, faults)? }
        }
        "download" => Action::Download(Download {
            click: locator(node, scope.pack, faults)?,
            name: fields.get("into", scalar::field_name)?,
            kind: fields.node("type").and_then(Node::scalar).and_then(kind_of_file)?,
            most_bytes: u64::from(fields.get("most_mb", scalar::megabytes).unwrap_or(DEFAULT_MOST_MB)) * 1_000_000,
        }),
        "http" => Action::Http(Box::new(http::step(fields, scope, faults)?)),
        "submit" => Action::Submit(Box::new(submit(fields, entry.key_span, scope, faults)?)),
        _ => return None,
    })
}

/// Reports a name that is no field or group.
pub fn known(name: &FieldName, span: Span, scope: Scope<'_>, faults: &mut Faults) {
    match scope.names {
        _ if scope.taken.contains(name) => {}
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
