//! The words of a program, as far as generated JavaScript, TypeScript and Python have them in common.

/// A word of a program, and the line it stands on (from 1).
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    pub line: usize,
    pub kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    Word(String),
    Text(String),
    /// A text that is only known when the program runs: a pattern, or one with values put in.
    Open,
    Sign(char),
}

impl Kind {
    pub fn is_word(&self, wanted: &str) -> bool {
        matches!(self, Self::Word(word) if word == wanted)
    }
}

/// Splits a program. Whatever it is, this ends: what is no word is a sign of its own.
pub fn tokens(program: &str) -> Vec<Token> {
    let mut reader = Reader { rest: program.chars().peekable(), line: 1 };
    let mut tokens: Vec<Token> = Vec::new();
    while let Some(c) = reader.next() {
        let line = reader.line;
        let kind = match c {
            _ if c.is_whitespace() => continue,
            '#' => {
                reader.skip_line();
                continue;
            }
            '/' if reader.rest.peek() == Some(&'/') => {
                reader.skip_line();
                continue;
            }
            '/' if reader.rest.peek() == Some(&'*') => {
                reader.skip_comment();
                continue;
            }
            '/' if begins_value(tokens.last()) => {
                reader.text('/');
                Kind::Open
            }
            '"' | '\'' | '`' => match reader.text(c) {
                text if c == '`' && text.contains("${") => Kind::Open,
                text => Kind::Text(text),
            },
            _ if c.is_alphanumeric() || c == '_' || c == '$' => Kind::Word(reader.word(c)),
            _ => Kind::Sign(c),
        };
        tokens.push(Token { line, kind });
    }
    tokens
}

/// Where a value is due, a slash begins a pattern.
fn begins_value(last: Option<&Token>) -> bool {
    matches!(last, Some(Token { kind: Kind::Sign('(' | ',' | ':' | '=' | '['), .. }))
}

struct Reader<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    line: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.rest.next();
        self.line += usize::from(c == Some('\n'));
        c
    }

    fn skip_line(&mut self) {
        while self.next().is_some_and(|c| c != '\n') {}
    }

    fn skip_comment(&mut self) {
        let mut last = ' ';
        while let Some(c) = self.next() {
            if last == '*' && c == '/' {
                return;
            }
            last = c;
        }
    }

    fn word(&mut self, first: char) -> String {
        let mut word = first.to_string();
        while let Some(c) = self.rest.next_if(|c| c.is_alphanumeric() || *c == '_' || *c == '$') {
            word.push(c);
        }
        word
    }

    /// Up to its closing quote, or to the end of the program.
    fn text(&mut self, quote: char) -> String {
        let mut text = String::new();
        while let Some(c) = self.next() {
            match c {
                _ if c == quote => break,
                '\\' => match self.next() {
                    Some('n') => text.push('\n'),
                    Some('t') => text.push('\t'),
                    Some('u') => text.extend(self.by_number(4)),
                    Some('x') => text.extend(self.by_number(2)),
                    Some(other) => text.push(other),
                    None => break,
                },
                _ => text.push(c),
            }
        }
        text
    }

    fn by_number(&mut self, digits: usize) -> Option<char> {
        let braced = self.rest.next_if_eq(&'{').is_some();
        let mut number = 0;
        for _ in 0..if braced { 6 } else { digits } {
            let Some(digit) = self.rest.next_if(char::is_ascii_hexdigit) else { break };
            number = number * 16 + digit.to_digit(16)?;
        }
        if braced {
            self.rest.next_if_eq(&'}');
        }
        char::from_u32(number)
    }
}
