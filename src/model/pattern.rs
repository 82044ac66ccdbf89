//! Names and paths with wildcards, as departments write them: `*` for any characters, `?` for one.

/// Whether a name fits a pattern as a whole.
pub fn fits(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    fits_chars(&pattern, &name)
}

/// Whether a path fits a pattern part by part: `*` never reaches over a `/`, so that it says no more than its author saw.
pub fn fits_path(pattern: &str, path: &str) -> bool {
    let (mut patterns, mut parts) = (pattern.split('/'), path.split('/'));
    loop {
        match (patterns.next(), parts.next()) {
            (None, None) => return true,
            (Some(pattern), Some(part)) if fits(pattern, part) => {}
            _ => return false,
        }
    }
}

fn fits_chars(pattern: &[char], name: &[char]) -> bool {
    match pattern.split_first() {
        None => name.is_empty(),
        Some(('*', rest)) => (0..=name.len()).any(|skip| fits_chars(rest, &name[skip..])),
        Some(('?', rest)) => !name.is_empty() && fits_chars(rest, &name[1..]),
        Some((c, rest)) => name.first() == Some(c) && fits_chars(rest, &name[1..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks_stand_for_characters() {
        assert!(fits("*.pdf", "受付.pdf") && fits("?.pdf", "受.pdf") && fits("*", ""));
        assert!(!fits("*.pdf", "受付.PDF") && !fits("?.pdf", "受付.pdf") && !fits("", "a"));
    }

    #[test]
    fn a_star_in_a_path_stays_within_its_part() {
        assert!(fits_path("/claims/*/confirm", "/claims/12/confirm"));
        assert!(fits_path("/claims/new", "/claims/new"));
        for other in ["/claims/12/confirm/", "/claims/1/2/confirm", "/claims/confirm", "/claims/12/commit"] {
            assert!(!fits_path("/claims/*/confirm", other), "{other}");
        }
    }
}
