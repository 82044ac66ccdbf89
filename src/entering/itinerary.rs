//! Which steps come next. What a document says, and what pages showed of it, decides on steps with a condition; what a
//! page shows decides on branches. Both are settled only as the steps come, since a text may be taken on the way.

use std::ops::Range;

use super::error::EnterError;
use super::values::{Values, is_taken};
use crate::model::id::FieldName;
use crate::model::step::{Action, Step};

/// The steps of a walk, as far as it is settled which are taken. Behind where it stands now, numbers of steps change no
/// more.
#[derive(Debug, Clone)]
pub(super) struct Itinerary<'a> {
    steps: Vec<&'a Step>,
    /// Where this walk ends; steps behind it are still looked at for what they expect.
    end: usize,
}

impl<'a> Itinerary<'a> {
    pub fn new(steps: &'a [Step], end: usize) -> Self {
        Self { steps: steps.iter().collect(), end }
    }

    pub fn step(&self, at: usize) -> &'a Step {
        self.steps[at]
    }

    pub fn get(&self, at: usize) -> Option<&'a Step> {
        self.steps.get(at).copied()
    }

    pub fn steps(&self, range: Range<usize>) -> &[&'a Step] {
        &self.steps[range]
    }

    /// All of them up to where the walk ended, as they were taken.
    pub fn walked(mut self) -> Vec<&'a Step> {
        self.steps.truncate(self.end);
        self.steps
    }

    /// The steps from `from` on that travel as one program; `None` at the end. A program ends after what comes from
    /// outside the page (mouse, keys), after a click and where the page decides; before the next `open`, where dialogs
    /// are to be answered otherwise or another window is meant, and before what depends on a text that it takes.
    ///
    /// # Errors
    /// If a condition cannot be told for what stands there.
    pub fn next_program(&mut self, from: usize, values: &Values) -> Result<Option<Range<usize>>, EnterError> {
        let mut taken_here: Vec<&FieldName> = Vec::new();
        let mut next = from;
        while next < self.end {
            let step = self.steps[next];
            if step.uses().any(|name| taken_here.contains(&name)) {
                break;
            }
            if !is_taken(step, values)? {
                self.steps.remove(next);
                self.end -= 1;
                continue;
            }
            if next > from && begins_anew(self.steps[from], step) {
                break;
            }
            next += 1;
            if ends_a_program(step) {
                break;
            }
            taken_here.extend(step.action.takes());
        }
        Ok((next > from).then_some(from..next))
    }

    /// Puts in a branch's steps behind the step that led to it.
    pub fn take_branch(&mut self, behind: usize, steps: &'a [Step]) {
        self.steps.splice(behind + 1..=behind, steps);
        self.end += steps.len();
    }

    /// The step that probably follows, also behind the end.
    pub fn following(&self, at: usize, values: &Values) -> Option<&'a Step> {
        let rest = self.steps.get(at + 1..)?;
        rest.iter().copied().find(|step| is_taken(step, values).unwrap_or(true))
    }
}

fn begins_anew(first: &Step, step: &Step) -> bool {
    matches!(step.action, Action::Open { .. } | Action::Http(_) | Action::Submit(_))
        || (step.dialog, step.window) != (first.dialog, first.window)
}

fn ends_a_program(step: &Step) -> bool {
    matches!(
        step.action,
        Action::Open { .. }
            | Action::Click { .. }
            | Action::Hover { .. }
            | Action::Type { .. }
            | Action::ExpectOneOf { .. }
            | Action::Download(_)
            | Action::Http(_)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::expression::{Expression, Purpose};
    use crate::model::locator::Locator;
    use crate::model::step::{Branch, Line, Then, ValueSource, Window};
    use crate::model::value::Personal;

    fn name(name: &str) -> FieldName {
        FieldName::new(name).unwrap()
    }

    fn place() -> Locator {
        Locator::Css("#x".to_owned())
    }

    fn step(action: Action, when: Option<&str>) -> Step {
        let when = when.map(|when| Expression::parse(when, Purpose::Condition).unwrap());
        Step { line: Line::Own(1), dialog: None, window: Window::Main, when, action }
    }

    fn fill(value: &str) -> Action {
        let value = ValueSource::Expression(Expression::parse(value, Purpose::Value).unwrap());
        Action::Fill { into: place(), value }
    }

    fn take(into: &str) -> Action {
        Action::Take { name: name(into), from: place() }
    }

    fn values(given: &[(&str, &str)]) -> Values {
        given.iter().map(|(of, text)| (name(of), Some(Personal::new(*text)))).collect()
    }

    fn programs(steps: &[Step], values: &Values) -> Vec<usize> {
        let mut itinerary = Itinerary::new(steps, steps.len());
        let (mut at, mut lengths) = (0, Vec::new());
        while let Some(program) = itinerary.next_program(at, values).unwrap() {
            lengths.push(program.len());
            at = program.end;
        }
        lengths
    }

    #[test]
    fn steps_travel_together_up_to_a_click() {
        let open = || step(Action::Open { path: "/".to_owned() }, None);
        let click = step(Action::Click { what: place() }, None);
        let steps = [open(), step(fill("$a"), None), step(fill("$a"), None), click, step(fill("$a"), None), open()];
        assert_eq!(programs(&steps, &values(&[("a", "1")])), [1, 3, 1, 1]);
    }

    #[test]
    fn what_depends_on_a_taken_text_waits_until_it_was_taken() {
        let steps = [step(take("number"), None), step(fill("$a"), None), step(fill("$number"), None)];
        let known = values(&[("a", "1"), ("number", "7")]);
        assert_eq!(programs(&steps, &known), [2, 1]);
        let asked = [step(take("number"), None), step(fill("$a"), Some("$number == \"8\""))];
        assert_eq!(programs(&asked, &known), [1]);
    }

    #[test]
    fn a_branch_stands_behind_the_step_that_led_to_it_and_before_what_all_take() {
        let then = Then::Steps(vec![step(fill("$b"), None)]);
        let branches =
            vec![Branch { seen: place(), then: then.clone() }, Branch { seen: place(), then: Then::Refused }];
        let steps = [step(Action::ExpectOneOf { branches }, None), step(fill("$a"), None)];
        let Action::ExpectOneOf { branches } = &steps[0].action else { unreachable!() };
        let mut itinerary = Itinerary::new(&steps, steps.len());
        let known = values(&[("a", "1"), ("b", "2")]);
        assert_eq!(itinerary.next_program(0, &known).unwrap(), Some(0..1));
        itinerary.take_branch(0, branches[0].steps());
        assert_eq!(itinerary.next_program(1, &known).unwrap(), Some(1..3));
        assert_eq!(
            itinerary.walked().iter().map(|step| step.action.value().cloned()).collect::<Vec<_>>(),
            [None, branches[0].steps()[0].action.value().cloned(), steps[1].action.value().cloned(),]
        );
    }
}
