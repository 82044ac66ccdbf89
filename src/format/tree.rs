//! YAML to a tree that remembers where everything stood. Narrower than YAML: one document, no aliases, anchors or tags,
//! no key twice, and limits on size and depth, so that no file can make the loader slow or surprising.

use std::borrow::Cow;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError};

use super::diagnostic::{Diagnostic, Faults, Position, Span};
use crate::message;
use crate::model::message::Message;

/// Largest file, in bytes.
pub const MAX_BYTES: usize = 1024 * 1024;
/// Deepest nesting of lists and mappings.
pub const MAX_DEPTH: usize = 32;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    pub span: Span,
    pub data: Data,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Data {
    /// A value; `quoted` tells an empty text from a missing value.
    Scalar {
        text: String,
        quoted: bool,
    },
    List(Vec<Node>),
    /// In the order of the file, each key once.
    Map(Vec<Entry>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub key: String,
    pub key_span: Span,
    pub value: Node,
}

impl Node {
    pub fn scalar(&self) -> Option<&str> {
        match &self.data {
            Data::Scalar { text, .. } => Some(text),
            Data::List(_) | Data::Map(_) => None,
        }
    }

    /// The items of a list; nothing for anything else.
    pub fn items(&self) -> &[Node] {
        match &self.data {
            Data::List(items) => items,
            Data::Scalar { .. } | Data::Map(_) => &[],
        }
    }

    /// The entries of a mapping; nothing for anything else.
    pub fn entries(&self) -> &[Entry] {
        match &self.data {
            Data::Map(entries) => entries,
            Data::Scalar { .. } | Data::List(_) => &[],
        }
    }

    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// Written as nothing at all (`key:`), `~` or `null`.
    pub fn is_missing(&self) -> bool {
        matches!(&self.data, Data::Scalar { text, quoted: false } if matches!(text.as_str(), "" | "~" | "null"))
    }
}

/// Parses one file.
///
/// # Errors
/// Every mistake up to the first that makes the rest unreadable.
pub fn parse(file: &str, bytes: &[u8]) -> Result<Node, Vec<Diagnostic>> {
    let mut faults = Faults::new(file);
    let root = text_of(bytes, &mut faults).and_then(|text| {
        let mut builder = Builder { text, parser: Parser::new_from_str(text), faults: &mut faults };
        builder.document().ok()
    });
    match root {
        Some(root) if faults.is_empty() => Ok(root),
        _ => Err(faults.into_sorted()),
    }
}

/// The file's text without a byte order mark, if it is text that YAML allows.
fn text_of<'a>(bytes: &'a [u8], faults: &mut Faults) -> Option<&'a str> {
    if bytes.len() > MAX_BYTES {
        faults.add(Span::START, message!("format.too-large", limit = "1 MiB"));
        return None;
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(broken) => {
            let before = String::from_utf8_lossy(&bytes[..broken.valid_up_to()]);
            let hint = message!("format.hint-utf8");
            faults.add_hinted(end_of(&before), message!("format.not-utf8"), hint);
            return None;
        }
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let forbidden = |c: char| (c.is_control() && !matches!(c, '\n' | '\r' | '\t')) || c == '\u{feff}';
    if let Some(at) = text.find(forbidden) {
        faults.add(end_of(&text[..at]), message!("format.control-character"));
        return None;
    }
    Some(text)
}

/// The place right after a text.
fn end_of(before: &str) -> Span {
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let position = Position { line: cap(line), column: cap(column) };
    Span { start: position, end: position }
}

fn cap(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn position(marker: Marker) -> Position {
    Position { line: cap(marker.line()), column: cap(marker.col() + 1) }
}

/// Nothing after this place can be read.
struct Stop;

struct Builder<'a, 'f> {
    text: &'a str,
    parser: Parser<'a, saphyr_parser::StrInput<'a>>,
    faults: &'f mut Faults,
}

impl<'a> Builder<'a, '_> {
    fn next(&mut self) -> Result<(Event<'a>, Span), Stop> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => Ok((event, Span { start: position(span.start), end: position(span.end) })),
            Some(Err(error)) => {
                let at = position(*error.marker());
                let (message, hint) = syntax(&error, self.text);
                self.faults.push(Span { start: at, end: at }, message, hint);
                Err(Stop)
            }
            None => Ok((Event::StreamEnd, Span::START)),
        }
    }

    fn document(&mut self) -> Result<Node, Stop> {
        let mut root = None;
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => break,
                (Event::DocumentStart(_), span) if root.is_some() => {
                    self.faults.add(span, message!("format.several-documents"));
                    return Err(Stop);
                }
                (Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing, _) => {}
                (event, span) => root = Some(self.node(event, span, 1)?),
            }
        }
        match root {
            Some(root) if !root.is_missing() => Ok(root),
            _ => {
                self.faults.add(Span::START, message!("format.empty-file"));
                Err(Stop)
            }
        }
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Node, Stop> {
        if depth > MAX_DEPTH {
            self.faults.add(span, message!("format.too-deep", limit = MAX_DEPTH));
            return Err(Stop);
        }
        let data = match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_extras(anchor, tag.is_some(), span);
                Data::Scalar { text: Cow::into_owned(text), quoted: style != ScalarStyle::Plain }
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse_extras(anchor, tag.is_some(), span);
                self.list(depth)?
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse_extras(anchor, tag.is_some(), span);
                self.map(depth)?
            }
            Event::Alias(_) => {
                self.faults.add_hinted(span, message!("format.alias"), message!("format.hint-write-out"));
                Data::Scalar { text: String::new(), quoted: true }
            }
            // The parser never yields these inside a document.
            _ => return Err(Stop),
        };
        Ok(Node { span, data })
    }

    fn refuse_extras(&mut self, anchor: usize, tagged: bool, span: Span) {
        if anchor != 0 {
            self.faults.add_hinted(span, message!("format.anchor"), message!("format.hint-write-out"));
        }
        if tagged {
            self.faults.add(span, message!("format.tag"));
        }
    }

    fn list(&mut self, depth: usize) -> Result<Data, Stop> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Data::List(items)),
                (event, span) => items.push(self.node(event, span, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Data, Stop> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        loop {
            let (event, key_span) = match self.next()? {
                (Event::MappingEnd, _) => return Ok(Data::Map(entries)),
                key => key,
            };
            let key = self.node(event, key_span, depth + 1)?;
            let (event, span) = self.next()?;
            let value = self.node(event, span, depth + 1)?;
            match key.data {
                Data::Scalar { text, .. } if seen.insert(text.clone()) => {
                    entries.push(Entry { key: text, key_span, value });
                }
                Data::Scalar { text, .. } => {
                    self.faults.add(key_span, message!("format.duplicate-key", key = shown(&text)));
                }
                Data::List(_) | Data::Map(_) => {
                    let hint = message!("format.hint-quote-braces");
                    self.faults.add_hinted(key_span, message!("format.key-not-text"), hint);
                }
            }
        }
    }
}

/// A text of the file as a message shows it: short, on one line.
pub fn shown(text: &str) -> String {
    /// Enough to recognise it.
    const MAX: usize = 40;
    let mut shown: String = text.chars().take(MAX).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().count() > MAX {
        shown.push('…');
    }
    shown
}

/// Whether this line or the last written one before it begins with a tab: the mistake often shows a line later.
fn a_tab_indents(text: &str, line: usize) -> bool {
    let begins_so = |l: &str| l[..l.len() - l.trim_start().len()].contains('\t');
    let before = text.lines().take(line.saturating_sub(1)).filter(|l| !l.trim().is_empty()).last();
    before.is_some_and(begins_so) || text.lines().nth(line.saturating_sub(1)).is_some_and(begins_so)
}

/// Whether the last written line before `line` opens a bracket that it does not close: what follows is then read as if
/// it stood inside.
fn a_bracket_stays_open(text: &str, line: usize) -> bool {
    let before = text.lines().take(line.saturating_sub(1)).filter(|l| !l.trim().is_empty()).last().unwrap_or_default();
    before.matches(['[', '{']).count() > before.matches([']', '}']).count()
}

/// The parser's words are English and speak of its own workings; an author needs to know what to change.
fn syntax(error: &ScanError, text: &str) -> (Message, Option<Message>) {
    let info = error.info();
    let about = |part: &str| info.contains(part);
    let line = error.marker().line();
    if (about("tab") && !about("directive")) || a_tab_indents(text, line) {
        (message!("format.tab"), Some(message!("format.hint-spaces")))
    } else if about("quoted scalar") || about("double-quoted") {
        (message!("format.open-quote"), Some(message!("format.hint-quote")))
    } else if about("flow") || about("misplaced bracket") || a_bracket_stays_open(text, line) {
        (message!("format.open-bracket"), Some(message!("format.hint-bracket")))
    } else if about("mapping values are not allowed") || about("illegal placement of ':'") {
        (message!("format.stray-colon"), Some(message!("format.hint-colon")))
    } else if about("alias") || about("anchor") {
        (message!("format.alias"), Some(message!("format.hint-write-out")))
    } else if about("recursion limit") {
        (message!("format.too-deep", limit = MAX_DEPTH), None)
    } else if about("indent")
        || about("block mapping")
        || about("block collection")
        || about("simple key")
        || about("block sequence")
    {
        (message!("format.indentation"), Some(message!("format.hint-indentation")))
    } else if about("unexpected character") || about("cannot start with") || about("tag") || about("whitespace") {
        (message!("format.needs-quotes"), Some(message!("format.hint-needs-quotes")))
    } else {
        (message!("format.syntax"), Some(message!("format.hint-indentation")))
    }
}
