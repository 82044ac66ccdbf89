//! Digits that a machine printed: the same digit looks the same wherever it stands on the page. A hand, however neat,
//! never writes the same twice.

use super::cell::{Picture, SIDE};
use crate::reading::decide::row::Maker;

/// So alike are two digits of a hand next to never: 3% of them, if each hand's are taken for as alike as the twenty most
/// similar of 2,000 by other hands; of printed ones after a scanner most.
const SAME: f64 = 0.95;
/// So many digits must have another of their kind on the page to tell what made them,
const LEAST_DIGITS: usize = 6;
/// and so many of them must be the same. Of 106 generated pages of print fewer than 5% have less; of 86 by hand none had
/// more than 12%.
const SHARE_SAME: f64 = 0.5;
/// How like another of its kind each digit must be itself on such a page, so that no correction by hand goes with it.
const ALIKE: f64 = 0.93;
/// Every 1 is a stroke, whoever made it, and tells nothing.
const STROKE: char = '1';

/// What made each of a page's digits. Printed are those of a page of print that are like another of their kind on it.
pub fn makers(digits: &[(char, &Picture)]) -> Vec<Maker> {
    let norm = |picture: &Picture| picture.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
    let norms: Vec<f64> = digits.iter().map(|(_, picture)| norm(picture)).collect();
    let likeness: Vec<Option<f64>> = (0..digits.len()).map(|own| nearest(digits, &norms, own)).collect();
    let telling: Vec<f64> = digits
        .iter()
        .zip(&likeness)
        .filter(|((digit, _), _)| *digit != STROKE)
        .filter_map(|(_, alike)| *alike)
        .collect();
    let same = telling.iter().filter(|likeness| **likeness >= SAME).count();
    let page = telling.len() >= LEAST_DIGITS && same as f64 >= SHARE_SAME * telling.len() as f64;
    let maker = |own: &Option<f64>| if page && own.is_some_and(|l| l >= ALIKE) { Maker::Machine } else { Maker::Hand };
    likeness.iter().map(maker).collect()
}

/// How like the most similar other one of its kind; `None` if there is no other.
fn nearest(digits: &[(char, &Picture)], norms: &[f64], own: usize) -> Option<f64> {
    let (digit, picture) = digits[own];
    let others = digits.iter().zip(norms).enumerate().filter(|(at, ((other, _), _))| *at != own && *other == digit);
    others.map(|(_, ((_, other), norm))| likeness(picture, other, norms[own] * norm)).max_by(f64::total_cmp)
}

/// Correlation of the ink, the best of places up to one pixel apart: centring rounds to whole pixels.
fn likeness(a: &Picture, b: &Picture, norms: f64) -> f64 {
    if norms == 0.0 {
        return 0.0;
    }
    let shifts = (-1..=1_i64).flat_map(|dy| (-1..=1_i64).map(move |dx| (dx, dy)));
    shifts.map(|shift| product(a, b, shift)).fold(0.0, f64::max) / norms
}

fn product(a: &Picture, b: &Picture, (dx, dy): (i64, i64)) -> f64 {
    let side = SIDE as i64;
    let mut sum = 0_u64;
    for y in 0.max(-dy)..side.min(side - dy) {
        for x in 0.max(-dx)..side.min(side - dx) {
            let at = |x: i64, y: i64| (y * side + x) as usize;
            sum += u64::from(a[at(x, y)]) * u64::from(b[at(x + dx, y + dy)]);
        }
    }
    sum as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::StdRng;
    use rand::{RngExt, SeedableRng};

    /// A stroke from a place to a place, as an eye sees it.
    fn stroke(picture: &mut Picture, from: (f64, f64), to: (f64, f64)) {
        for i in 0..=60 {
            let t = f64::from(i) / 60.0;
            let (x, y) = (from.0 + (to.0 - from.0) * t, from.1 + (to.1 - from.1) * t);
            for (at, value) in picture.iter_mut().enumerate() {
                let far = ((at % SIDE) as f64 - x).hypot((at / SIDE) as f64 - y);
                *value = (*value).max((255.0 * (2.0 - far).clamp(0.0, 1.0)) as u8);
            }
        }
    }

    /// A 7 or a 4, its corners off their places by chance.
    fn digit(which: char, off: f64, rng: &mut StdRng) -> Picture {
        let corners: &[(f64, f64)] = if which == '7' {
            &[(8.0, 5.0), (20.0, 5.0), (12.0, 23.0)]
        } else {
            &[(16.0, 4.0), (7.0, 17.0), (21.0, 17.0)]
        };
        let mut moved = |p: (f64, f64)| (p.0 + rng.random_range(-off..=off), p.1 + rng.random_range(-off..=off));
        let corners: Vec<(f64, f64)> = corners.iter().map(|corner| moved(*corner)).collect();
        let mut picture = [0; SIDE * SIDE];
        corners.windows(2).for_each(|pair| stroke(&mut picture, pair[0], pair[1]));
        picture
    }

    fn page(off: f64) -> Vec<(char, Picture)> {
        let mut rng = StdRng::seed_from_u64(1);
        "7474744777".chars().map(|which| (which, digit(which, off, &mut rng))).collect()
    }

    fn made_by(page: &[(char, Picture)]) -> Vec<Maker> {
        makers(&page.iter().map(|(digit, picture)| (*digit, picture)).collect::<Vec<_>>())
    }

    #[test]
    fn digits_that_are_all_the_same_are_print_and_those_of_a_hand_are_not() {
        assert!(made_by(&page(0.3)).iter().all(|maker| *maker == Maker::Machine));
        assert!(made_by(&page(3.0)).iter().all(|maker| *maker == Maker::Hand));
    }

    #[test]
    fn what_a_hand_put_on_a_printed_page_is_not_print() {
        let mut page = page(0.3);
        page[0].1 = digit('7', 4.0, &mut StdRng::seed_from_u64(9));
        let makers = made_by(&page);
        assert_eq!(makers[0], Maker::Hand);
        assert!(makers[1..].iter().all(|maker| *maker == Maker::Machine));
        page.truncate(5);
        assert!(made_by(&page).iter().all(|maker| *maker == Maker::Hand), "too few to tell");
    }

    #[test]
    fn a_digit_that_stands_alone_and_ones_tell_nothing() {
        let mut page = page(0.3);
        page[0].0 = '2';
        assert_eq!(made_by(&page)[0], Maker::Hand);
        page.iter_mut().for_each(|(digit, _)| *digit = '1');
        assert!(made_by(&page).iter().all(|maker| *maker == Maker::Hand));
    }
}
