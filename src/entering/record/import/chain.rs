//! Calls one after another on one thing: `page.getByLabel('氏名').fill('…')`.

use super::token::{Kind, Token};

/// One call of a chain. Its name has lost case and underscores, so that `get_by_label` is `getByLabel`.
#[derive(Debug)]
pub struct Call<'a> {
    pub name: String,
    pub line: usize,
    pub args: &'a [Token],
}

/// The calls that follow a receiver which ends before `tokens[at]`, and the place after them.
pub fn calls(tokens: &[Token], mut at: usize) -> (Vec<Call<'_>>, usize) {
    let mut calls = Vec::new();
    while let [Token { kind: Kind::Sign('.'), .. }, Token { kind: Kind::Word(name), line }, rest @ ..] = &tokens[at..] {
        let name = name.replace('_', "").to_lowercase();
        at += 2;
        // A property, such as Python's `first` and `content_frame`.
        let mut args: &[Token] = &[];
        if let Some(Token { kind: Kind::Sign('('), .. }) = rest.first() {
            let end = closing(tokens, at);
            args = &tokens[at + 1..end];
            at = (end + 1).min(tokens.len());
        }
        calls.push(Call { name, line: *line, args });
    }
    (calls, at)
}

/// The bracket that closes the one at `open`, or the program's end.
pub fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.kind {
            Kind::Sign('(' | '[' | '{') => depth += 1,
            Kind::Sign(')' | ']' | '}') => depth = depth.saturating_sub(1),
            _ => continue,
        }
        if depth == 0 {
            return at;
        }
    }
    tokens.len()
}

impl Call<'_> {
    /// The first argument, if it is a text.
    pub fn text(&self) -> Option<&str> {
        match &self.args.first()?.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The texts of a list, or the one text there is.
    pub fn texts(&self) -> Vec<&str> {
        let texts = self.args.iter().filter_map(|token| match &token.kind {
            Kind::Text(text) => Some(text.as_str()),
            _ => None,
        });
        texts.collect()
    }

    /// The first argument as a number.
    pub fn number(&self) -> Option<u16> {
        match &self.args.first()?.kind {
            Kind::Word(word) => word.parse().ok(),
            _ => None,
        }
    }

    /// An option by its key, in either language: `{ name: '登録' }`, `name="登録"`.
    pub fn option(&self, key: &str) -> Option<&Kind> {
        let at = self
            .args
            .windows(3)
            .find(|three| three[0].kind.is_word(key) && matches!(three[1].kind, Kind::Sign(':' | '=')))?;
        Some(&at[2].kind)
    }

    pub fn says(&self, word: &str) -> bool {
        self.args.iter().any(|token| token.kind.is_word(word))
    }
}
