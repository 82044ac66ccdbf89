//! A mistake in a file, and how a person sees it: place, what is wrong, the line with a caret, a hint.

use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::locale::Lang;
use crate::model::message::Message;

/// A place in a file, in lines and characters from 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    pub line: u32,
    pub column: u32,
}

/// From a place up to (not including) another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    pub start: Position,
    pub end: Position,
}

impl Span {
    /// The first character of a file, for mistakes of the file as a whole.
    pub const START: Span = Span { start: Position { line: 1, column: 1 }, end: Position { line: 1, column: 1 } };
}

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// As the person knows it: relative to the folder that was loaded.
    pub file: String,
    pub span: Span,
    pub message: Message,
    pub hint: Option<Message>,
}

/// Collects the mistakes of one file.
#[derive(Debug)]
pub struct Faults {
    file: String,
    list: Vec<Diagnostic>,
}

impl Faults {
    pub fn new(file: impl Into<String>) -> Self {
        Self { file: file.into(), list: Vec::new() }
    }

    pub fn add(&mut self, span: Span, message: Message) {
        self.push(span, message, None);
    }

    pub fn add_hinted(&mut self, span: Span, message: Message, hint: Message) {
        self.push(span, message, Some(hint));
    }

    pub fn push(&mut self, span: Span, message: Message, hint: Option<Message>) {
        self.list.push(Diagnostic { file: self.file.clone(), span, message, hint });
    }

    pub fn count(&self) -> usize {
        self.list.len()
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// In the order of the file.
    pub fn into_sorted(mut self) -> Vec<Diagnostic> {
        self.list.sort_by_key(|fault| fault.span);
        self.list
    }
}

/// Columns of the terminal that a rendered diagnostic keeps to.
const COLUMNS: usize = 80;

/// Most carets under a line: longer marks say no more.
const MAX_CARETS: usize = 40;

impl Diagnostic {
    /// As a terminal shows it, within 80 columns, ending with a line break. `source` is the file's text, if it is text.
    pub fn render(&self, source: Option<&str>, lang: Lang) -> String {
        let Position { line, column } = self.span.start;
        let mut out = String::new();
        let head = format!("{}:{line}:{column}: {}", plain(&self.file), plain(&lang.render(&self.message)));
        wrapped(&mut out, &head, "", "    ");
        if let Some(text) = source.and_then(|s| s.lines().nth(line.saturating_sub(1) as usize)) {
            self.excerpt(&mut out, text);
        }
        if let Some(hint) = &self.hint {
            let label = match lang {
                Lang::Ja => "ヒント: ",
                Lang::En => "hint: ",
            };
            let first = format!("      = {label}");
            let next = " ".repeat(first.width());
            wrapped(&mut out, &plain(&lang.render(hint)), &first, &next);
        }
        out
    }

    /// The line of the file with carets below the place, cut to a window around it if it is long.
    fn excerpt(&self, out: &mut String, text: &str) {
        let gutter = format!("{:>5} | ", self.span.start.line);
        let room = COLUMNS - gutter.width() - 1;
        let text = plain(text.trim_end());
        let start = (self.span.start.column as usize).saturating_sub(1).min(text.chars().count());
        let length = if self.span.end.line == self.span.start.line {
            (self.span.end.column.saturating_sub(self.span.start.column) as usize).max(1)
        } else {
            text.chars().count().saturating_sub(start).max(1)
        };
        let (shown, before) = window(&text, start, room);
        let marked: String = text.chars().skip(start).take(length).collect();
        let carets = marked.width().clamp(1, MAX_CARETS.min(room.saturating_sub(before)).max(1));
        let _ = writeln!(out, "{gutter}{shown}");
        let _ = writeln!(out, "      | {}{}", " ".repeat(before), "^".repeat(carets));
    }
}

/// At most `room` columns of a text that show its `at`-th character, and the columns before that character.
fn window(text: &str, at: usize, room: usize) -> (String, usize) {
    let width_before = |from: usize| -> usize { text.chars().skip(from).take(at - from).map(columns).sum() };
    if text.width() <= room {
        return (text.to_owned(), width_before(0));
    }
    let mut from = 0;
    while width_before(from) > room / 2 {
        from += 1;
    }
    let mut shown = String::new();
    let lead = usize::from(from > 0);
    if from > 0 {
        shown.push('…');
    }
    let mut used = lead;
    let mut rest = text.chars().skip(from).peekable();
    while let Some(c) = rest.peek() {
        if used + columns(*c) + 1 > room {
            shown.push('…');
            break;
        }
        used += columns(*c);
        shown.push(*c);
        rest.next();
    }
    (shown, lead + width_before(from))
}

fn columns(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// Without anything that moves a terminal's cursor or turns its writing direction.
pub fn plain(text: &str) -> String {
    let hostile = |c: char| {
        c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars()
        .map(|c| {
            if c == '\t' {
                ' '
            } else if hostile(c) {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

/// Appends text in lines of at most 80 columns: broken at a space, or anywhere beside a wide character.
fn wrapped(out: &mut String, text: &str, first: &str, next: &str) {
    let mut line = String::from(first);
    let mut used = first.width();
    let mut start = line.len();
    // Byte offset in `line` after which it may be broken.
    let mut break_at: Option<usize> = None;
    for c in text.chars() {
        if used + columns(c) > COLUMNS && line.len() > start {
            let cut = break_at.filter(|at| *at > start).unwrap_or(line.len());
            let rest = line.split_off(cut);
            out.push_str(line.trim_end());
            out.push('\n');
            line = format!("{next}{}", rest.trim_start());
            start = next.len();
            used = line.width();
            break_at = None;
        }
        line.push(c);
        used += columns(c);
        if (c == ' ' || columns(c) == 2) && !opens(c) {
            break_at = Some(line.len());
        }
    }
    out.push_str(line.trim_end());
    out.push('\n');
}

/// Must not end a line (kinsoku).
fn opens(c: char) -> bool {
    matches!(c, '「' | '『' | '（' | '【' | '〔')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message;

    fn at(line: u32, column: u32, end: u32) -> Diagnostic {
        Diagnostic {
            file: "scenario.yaml".into(),
            span: Span { start: Position { line, column }, end: Position { line, column: end } },
            message: message!("format.unknown-key", key = "titel"),
            hint: Some(message!("format.hint-nearest", nearest = "title")),
        }
    }

    #[test]
    fn the_caret_stands_below_the_place_even_after_wide_characters() {
        let text = at(1, 9, 14).render(Some("- 児童手当: titel"), Lang::Ja);
        let (line, caret) = (text.lines().nth(1).unwrap(), text.lines().nth(2).unwrap());
        assert_eq!(line[..line.find("titel").unwrap()].width(), caret[..caret.find('^').unwrap()].width());
        assert_eq!(caret.matches('^').count(), 5);
    }

    #[test]
    fn a_mistake_is_shown_in_both_languages() {
        insta::assert_snapshot!(at(2, 1, 6).render(Some("a: 1\ntitel: 児童手当\n"), Lang::Ja), @r"
        scenario.yaml:2:1: 「titel」というキーはありません
            2 | titel: 児童手当
              | ^^^^^
              = ヒント: 「title」のことですか
        ");
        insta::assert_snapshot!(at(2, 1, 6).render(Some("a: 1\ntitel: 児童手当\n"), Lang::En), @r"
        scenario.yaml:2:1: there is no key `titel` here
            2 | titel: 児童手当
              | ^^^^^
              = hint: did you mean `title`?
        ");
    }

    #[test]
    fn a_long_line_is_cut_to_a_window_around_the_place() {
        let long = format!("{}titel{}", "長い行".repeat(40), "まだ続く".repeat(40));
        let text = at(1, 121, 126).render(Some(&long), Lang::Ja);
        for line in text.lines() {
            assert!(line.width() <= COLUMNS, "{line}");
        }
        let (line, caret) = (text.lines().nth(1).unwrap(), text.lines().nth(2).unwrap());
        assert_eq!(line[..line.find("titel").unwrap()].width(), caret[..caret.find('^').unwrap()].width());
    }

    #[test]
    fn nothing_in_a_file_reaches_the_terminal_as_a_command() {
        let text = at(1, 1, 2).render(Some("\u{1b}[2J\u{202e}evil"), Lang::En);
        assert!(!text.contains(['\u{1b}', '\u{202e}']));
    }
}
