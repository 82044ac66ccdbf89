//! How a page bends as a whole: shifts that grow with the square of the distance, as perspective, a bowed feed and
//! paper rising from the glass give them.

use super::affine::Point;

/// Powers of x and y up to the second.
const TERMS: usize = 6;
/// Pixels taken for one, so that the powers stay of one size.
const UNIT: f64 = 600.0;

/// A shift for every place: a polynomial of the second degree in each direction.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Bend([[f64; TERMS]; 2]);

impl Bend {
    /// The shift at a place.
    pub(crate) fn at(&self, place: Point) -> Point {
        let powers = powers(place);
        self.0.map(|weights| weights.iter().zip(powers).map(|(weight, power)| weight * power).sum())
    }

    /// The bend that gives each place its shift with the least squared error; none if the places do not tell one.
    pub(crate) fn fit(shifts: &[(Point, Point)]) -> Option<Bend> {
        let mut normal = [[0.0; TERMS + 2]; TERMS];
        for (place, shift) in shifts {
            let powers = powers(*place);
            for (row, power) in normal.iter_mut().zip(powers) {
                let columns = powers.iter().chain(shift);
                row.iter_mut().zip(columns).for_each(|(sum, value)| *sum += power * value);
            }
        }
        solved(normal).map(Bend)
    }
}

fn powers([x, y]: Point) -> [f64; TERMS] {
    let (x, y) = (x / UNIT - 1.0, y / UNIT - 1.0);
    [1.0, x, y, x * x, x * y, y * y]
}

/// Gauss and Jordan's elimination with the largest pivot, for two right sides at once.
fn solved(mut rows: [[f64; TERMS + 2]; TERMS]) -> Option<[[f64; TERMS]; 2]> {
    for column in 0..TERMS {
        let pivot = (column..TERMS).max_by(|a, b| rows[*a][column].abs().total_cmp(&rows[*b][column].abs()))?;
        rows.swap(column, pivot);
        let leading = rows[column];
        if leading[column].abs() < 1e-6 {
            return None;
        }
        for (_, row) in rows.iter_mut().enumerate().filter(|(row, _)| *row != column) {
            let part = row[column] / leading[column];
            row.iter_mut().zip(leading).for_each(|(value, lead)| *value -= part * lead);
        }
    }
    let solution = |side: usize| std::array::from_fn(|i| rows[i][TERMS + side] / rows[i][i]);
    Some([solution(0), solution(1)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fit_finds_the_bend_that_made_the_shifts_and_a_line_of_places_tells_none() {
        let made = Bend([[1.0, -2.0, 0.5, 3.0, -1.0, 0.25], [0.0, 1.0, 2.0, -0.5, 0.75, 4.0]]);
        let places: Vec<Point> = (0..30).map(|i| [f64::from(i % 6) * 200.0, f64::from(i / 6) * 350.0]).collect();
        let shifts: Vec<(Point, Point)> = places.iter().map(|place| (*place, made.at(*place))).collect();
        let found = Bend::fit(&shifts).unwrap();
        for (found, made) in found.0.iter().flatten().zip(made.0.iter().flatten()) {
            assert!((found - made).abs() < 1e-9);
        }
        let line: Vec<(Point, Point)> = (0..30).map(|i| ([f64::from(i) * 50.0, 10.0], [1.0, 1.0])).collect();
        assert_eq!(Bend::fit(&line), None);
    }
}
