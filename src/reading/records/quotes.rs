//! Whether quotation marks can be trusted to say where rows end. A reader of CSV goes on through a mark that is never
//! closed: the rows after it would vanish into one cell, and nobody would miss them.

/// The line of the first quotation that is not closed, or is followed by something else than the cell's end.
pub(super) fn broken(file: &[u8]) -> Option<u64> {
    let mut state = State::Start;
    let (mut line, mut opened) = (1, 1);
    for byte in file {
        state = match (state, byte) {
            (State::Start, b'"') => {
                opened = line;
                State::Quoted
            }
            (State::Quoted, b'"') => State::Closed,
            (State::Quoted, _) => State::Quoted,
            // Two marks are one of the text.
            (State::Closed, b'"') => State::Quoted,
            (State::Start | State::Plain | State::Closed, b',' | b'\r' | b'\n') => State::Start,
            (State::Closed, _) => return Some(line),
            (State::Start | State::Plain, _) => State::Plain,
        };
        line += u64::from(*byte == b'\n');
    }
    (state == State::Quoted).then_some(opened)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before a cell.
    Start,
    /// In a cell without marks: one within it is a sign like any other.
    Plain,
    Quoted,
    /// After a mark within a quotation: its end, or half of two.
    Closed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_that_close_are_fine_wherever_they_stand() {
        for fine in
            ["", "a,b\r\n", "\"a\",\"b\"\n", "\"a\"\"b\",c\n", "\"a\nb\",c", "5\" pipe,c\n", "\"\",\"\"", ",,\n"]
        {
            assert_eq!(broken(fine.as_bytes()), None, "{fine:?}");
        }
    }

    #[test]
    fn a_mark_that_does_not_close_is_told_with_the_line_it_opens_on() {
        assert_eq!(broken(b"a,b\n1,\"2\n3,4\n5,6\n"), Some(2));
        assert_eq!(broken(b"a,b\n1,\"he said \"no\", twice\"\n"), Some(2));
        assert_eq!(broken(b"\""), Some(1));
    }
}
