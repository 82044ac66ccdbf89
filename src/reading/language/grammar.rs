//! What may stand in a line: words of lists and free stretches, one after the other, each with its cost.

use std::borrow::Cow;

use super::kind::Kind;
use super::trie::{At, Trie};

/// A part of a line.
#[derive(Debug, Clone)]
pub enum Part {
    /// One word of a list.
    Words(Trie),
    /// Any characters, one or more. Those named are likelier than others of their sort.
    Free { likely: &'static str },
    /// Only these characters, one or more, each at the same cost.
    Only { characters: &'static str, each: f32 },
    /// Exactly one of these characters, for nothing.
    One { characters: Cow<'static, str> },
}

/// Parts with what may follow them. Costs are minus the logarithms of likelihoods, in nats.
#[derive(Debug, Clone, Default)]
pub struct Grammar {
    parts: Vec<Part>,
    /// Parts that may begin a line.
    begin: Vec<(usize, f32)>,
    /// By part: what may follow it.
    follow: Vec<Vec<(usize, f32)>>,
    /// By part: the cost of ending there.
    end: Vec<Option<f32>>,
}

/// How far a line has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct State {
    part: u16,
    at: At,
    before: Kind,
}

/// What a state leads to by one character.
#[derive(Debug, Clone, Copy)]
pub struct Next {
    pub character: char,
    pub state: State,
    pub cost: f32,
}

/// Before the first character.
const BEGIN: u16 = u16::MAX;
/// What a character costs that the part names as likely.
const LIKELY: f32 = 2.6;
/// From so many followers on, only the characters that the picture offers are tried.
const MANY: usize = 48;
/// A dash at the end, in nats.
const DANGLING: f32 = 5.0;
/// A gap within a word, and a change of parts without one: rare, in nats.
const GAP_WITHIN: f32 = 2.5;
const NO_GAP_BETWEEN: f32 = 0.4;

impl Grammar {
    /// Adds a part; returns its number.
    pub fn part(&mut self, part: Part) -> usize {
        self.parts.push(part);
        self.follow.push(Vec::new());
        self.end.push(None);
        self.parts.len() - 1
    }

    pub fn begins(&mut self, part: usize, cost: f32) {
        self.begin.push((part, cost));
    }

    pub fn follows(&mut self, part: usize, next: usize, cost: f32) {
        self.follow[part].push((next, cost));
    }

    pub fn ends(&mut self, part: usize, cost: f32) {
        self.end[part] = Some(cost);
    }

    pub fn start(&self) -> State {
        State { part: BEGIN, at: Trie::ROOT, before: Kind::Start }
    }

    /// The cost of ending the line here; `None` if it cannot end here.
    pub fn ending(&self, state: State) -> Option<f32> {
        let end = (*self.end.get(state.part as usize)?)?;
        // Nobody ends a line with a dash: what stands there is a stray stroke.
        let dangling = if state.before == Kind::Dash { DANGLING } else { 0.0 };
        self.complete(state).map(|cost| cost + end + dangling)
    }

    fn in_list(&self, state: State) -> bool {
        matches!(self.parts.get(state.part as usize), Some(Part::Words(_)))
    }

    /// Which part of the grammar the state is in; `None` before the first character.
    pub fn part_of(&self, state: State) -> Option<usize> {
        (state.part != BEGIN).then_some(state.part as usize)
    }

    /// The cost of leaving the part here, if it may be left.
    fn complete(&self, state: State) -> Option<f32> {
        match self.parts.get(state.part as usize)? {
            Part::Words(words) => words.word(state.at),
            Part::Free { .. } | Part::Only { .. } | Part::One { .. } => Some(0.0),
        }
    }

    /// Every way on by one character. `offered` are the characters that the picture resembles most; a list with few
    /// ways on is tried whole, so that it can call for a character that the picture alone would not suggest. `gap`
    /// says whether the writer left a wide gap before the character.
    pub fn next(&self, state: State, offered: &[char], gap: bool, found: &mut Vec<Next>) {
        if state.part == BEGIN {
            for (part, cost) in &self.begin {
                self.enter(*part, Kind::Start, *cost, offered, found);
            }
            return;
        }
        let first = found.len();
        if !matches!(self.parts[state.part as usize], Part::One { .. }) {
            self.go(state, 0.0, offered, found);
        }
        if gap && self.in_list(state) {
            found[first..].iter_mut().for_each(|next| next.cost += GAP_WITHIN);
        }
        if let Some(word) = self.complete(state) {
            let between = if gap { 0.0 } else { NO_GAP_BETWEEN };
            for (part, cost) in &self.follow[state.part as usize] {
                self.enter(*part, state.before, word + cost + between, offered, found);
            }
        }
    }

    fn enter(&self, part: usize, before: Kind, cost: f32, offered: &[char], found: &mut Vec<Next>) {
        self.go(State { part: part as u16, at: Trie::ROOT, before }, cost, offered, found);
    }

    /// On within the state's part.
    fn go(&self, state: State, cost: f32, offered: &[char], found: &mut Vec<Next>) {
        match &self.parts[state.part as usize] {
            Part::Words(words) => Self::within(words, state, cost, offered, found),
            Part::Free { likely } => {
                found.extend(offered.iter().map(|c| {
                    let kind = Kind::of(*c);
                    // What is likely there is so whatever it follows.
                    let one = if likely.contains(*c) {
                        kind.spread().min(LIKELY) + kind.after(state.before) / 2.0
                    } else {
                        kind.spread() + kind.after(state.before)
                    };
                    let cost = cost + one;
                    Next { character: *c, state: State { before: kind, ..state }, cost }
                }));
            }
            Part::Only { characters, each } => Self::any(characters, state, cost + each, found),
            Part::One { characters } => Self::any(characters, state, cost, found),
        }
    }

    fn any(characters: &str, state: State, cost: f32, found: &mut Vec<Next>) {
        found.extend(characters.chars().map(|c| {
            let state = State { before: Kind::of(c), ..state };
            Next { character: c, state, cost }
        }));
    }

    /// What a text costs on its cheapest way; a space stands for a wide gap. `None` if it cannot stand here at all.
    #[cfg(test)]
    pub fn cost(&self, text: &str) -> Option<f32> {
        let (mut open, mut gap) = (vec![(self.start(), 0.0)], false);
        for c in text.chars() {
            if c == ' ' {
                gap = true;
                continue;
            }
            let mut next = Vec::new();
            for (state, so_far) in open {
                let mut found = Vec::new();
                self.next(state, &[c], gap, &mut found);
                next.extend(found.into_iter().filter(|n| n.character == c).map(|n| (n.state, so_far + n.cost)));
            }
            (open, gap) = (next, false);
        }
        open.into_iter().filter_map(|(s, c)| self.ending(s).map(|e| c + e)).min_by(f32::total_cmp)
    }

    fn within(words: &Trie, state: State, cost: f32, offered: &[char], found: &mut Vec<Next>) {
        let mut push = |character: char, at: At| {
            found.push(Next { character, state: State { at, before: Kind::of(character), ..state }, cost });
        };
        if words.breadth(state.at) > MANY {
            for c in offered {
                if let Some(at) = words.step(state.at, *c) {
                    push(*c, at);
                }
            }
        } else {
            words.followers(state.at).for_each(|(c, at)| push(c, at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Grammar {
        let mut grammar = Grammar::default();
        let family = grammar.part(Part::Words(Trie::new([("板橋", 5.0), ("板", 7.0)])));
        let given = grammar.part(Part::Words(Trie::new([("花子", 5.0)])));
        let free = grammar.part(Part::Free { likely: "" });
        grammar.begins(family, 0.0);
        grammar.begins(free, 4.0);
        grammar.follows(family, given, 0.0);
        grammar.ends(given, 0.0);
        grammar.ends(free, 0.0);
        grammar
    }

    #[test]
    fn a_listed_name_is_cheaper_than_the_same_characters_by_themselves() {
        let listed = names().cost("板橋花子").unwrap();
        let unlisted = names().cost("板棒花子").unwrap();
        assert!((listed - 10.4).abs() < 1e-3, "{listed}");
        assert!(unlisted > listed + 5.0);
    }

    #[test]
    fn a_line_cannot_end_within_a_word() {
        let mut grammar = Grammar::default();
        let town = grammar.part(Part::Words(Trie::new([("成増", 1.0)])));
        grammar.begins(town, 0.0);
        grammar.ends(town, 0.0);
        assert_eq!(grammar.cost("成"), None);
        assert_eq!(grammar.cost("成増"), Some(1.0));
        assert_eq!(grammar.cost("成増二"), None);
    }
}
