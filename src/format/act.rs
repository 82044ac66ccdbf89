//! Decodes steps and holds them against the form and the rules that keep an entry from happening twice.

use std::collections::BTreeSet;

use super::check::nearest;
use super::diagnostic::{Faults, Span};
use super::expression;
use super::fields::{Fields, value};
use super::flow;
use super::http;
use super::pack::{self, Pack};
use super::scalar;
use super::tree::Node;
use crate::message;
use crate::model::download::{Download, FileKind};
use crate::model::expression::Purpose;
use crate::model::id::FieldName;
use crate::model::locator::Locator;
use crate::model::step::{Action, DialogAnswer, Effect, Line, Step, Then, ValueSource, Window};
use crate::model::submit::{ClickSubmit, ColumnMatch, Means, OnUnknown, PageSearch, Probe, Search, Submit};

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

fn submit(fields: Fields<'_>, span: Span, scope: Scope<'_>, faults: &mut Faults) -> Option<Submit> {
    let asks = fields.node("on_unknown").and_then(Node::scalar) == Some("ask");
    let precheck = fields.get("precheck", scalar::boolean);
    // It may run long after what was taken is forgotten.
    let lasting = Scope::new(scope.names, scope.pack);
    let probe = fields.map("probe").map(|fields| self::probe(fields, lasting, faults));
    if probe.is_none() && !asks {
        faults.add_hinted(span, message!("format.submit-without-probe"), message!("format.hint-probe"));
    }
    if probe.is_none() && precheck == Some(true) {
        faults.add(fields.span_of("precheck"), message!("format.precheck-without-probe"));
    }
    let has_probe = probe.is_some();
    Some(Submit {
        by: means(fields, scope, faults)?,
        probe: match probe {
            Some(probe) => Some(probe?),
            None => None,
        },
        on_unknown: if asks { OnUnknown::Ask } else { OnUnknown::Probe },
        precheck: precheck.unwrap_or(has_probe),
    })
}

fn means(fields: Fields<'_>, scope: Scope<'_>, faults: &mut Faults) -> Option<Means> {
    if let Some(request) = fields.map("http") {
        refuse_beside_http(fields, &["confirmed_by", "receipt", "refused_by"], faults);
        return http::submit(request, scope, faults).map(Means::Http);
    }
    needed_beside(fields, "click", &[("confirmed_by", "{text: 登録が完了しました}")], faults);
    Some(Means::Click(ClickSubmit {
        click: locator(fields.node("click")?, scope.pack, faults)?,
        confirmed_by: locator(fields.node("confirmed_by")?, scope.pack, faults)?,
        receipt: fields.node("receipt").and_then(|node| locator(node, scope.pack, faults)),
        refused_by: fields.node("refused_by").and_then(|node| locator(node, scope.pack, faults)),
    }))
}

/// What is said of pages has no meaning where there are none.
fn refuse_beside_http(fields: Fields<'_>, keys: &[&str], faults: &mut Faults) {
    for key in keys.iter().filter(|key| fields.node(key).is_some()) {
        faults.add(fields.span_of(key), message!("format.key-beside-http", key = key));
    }
}

fn needed_beside(fields: Fields<'_>, beside: &str, keys: &[(&str, &str)], faults: &mut Faults) {
    let present = fields.entries().iter().find(|entry| entry.key == beside);
    let missing = keys.iter().filter(|(key, _)| fields.node(key).is_none());
    for (entry, (key, example)) in present.into_iter().flat_map(|entry| missing.clone().map(move |key| (entry, key))) {
        let hint = message!("format.hint-missing", key = key, example = example);
        faults.add_hinted(entry.key_span, message!("format.missing-key", key = key), hint);
    }
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
    let search = match fields.map("http") {
        Some(request) => {
            refuse_beside_http(fields, &["absent", "rows"], faults);
            Search::Http(http::search(request, scope, faults)?)
        }
        None => {
            let needed = [("absent", "{text: 該当なし}"), ("rows", "\"table.result tbody tr\"")];
            needed_beside(fields, "steps", &needed, faults);
            Search::Pages(PageSearch {
                steps: decode(fields.items("steps"), Part::Probe, scope, faults),
                absent: locator(fields.node("absent")?, scope.pack, faults)?,
                rows: fields.get("rows", scalar::text)?,
            })
        }
    };
    Some(Probe {
        search,
        matches,
        receipt: fields.get("receipt", scalar::text),
        entered_by: fields.get("entered_by", scalar::text),
        entered_at: fields.get("entered_at", scalar::text),
    })
}
