//! Affine maps between pictures, and fitting them to pairs of points.

/// A place in a picture, pixels from its top left corner.
pub(crate) type Point = [f64; 2];

/// `x' = a x + b y + c`, `y' = d x + e y + f`, as `[a, b, c, d, e, f]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Affine(pub [f64; 6]);

impl Affine {
    pub(crate) const IDENTITY: Affine = Affine([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);

    pub(crate) fn apply(&self, [x, y]: Point) -> Point {
        let [a, b, c, d, e, f] = self.0;
        [a * x + b * y + c, d * x + e * y + f]
    }

    /// This map after `first`.
    pub(crate) fn after(&self, first: &Affine) -> Affine {
        let [a, b, c, d, e, f] = self.0;
        let [g, h, i, j, k, l] = first.0;
        Affine([a * g + b * j, a * h + b * k, a * i + b * l + c, d * g + e * j, d * h + e * k, d * i + e * l + f])
    }

    /// From the pixels of a picture to the pixels of the same picture at another size. Both count pixel centres.
    pub(crate) fn zoom(from: (u32, u32), to: (u32, u32)) -> Affine {
        let (x, y) = (f64::from(to.0) / f64::from(from.0), f64::from(to.1) / f64::from(from.1));
        Affine([x, 0.0, 0.5 * x - 0.5, 0.0, y, 0.5 * y - 0.5])
    }

    /// Moves, turns and scales so that `from` comes to `to`, if the two points differ.
    pub(crate) fn similarity(from: [Point; 2], to: [Point; 2]) -> Option<Affine> {
        let (dx, dy) = (from[1][0] - from[0][0], from[1][1] - from[0][1]);
        let (ex, ey) = (to[1][0] - to[0][0], to[1][1] - to[0][1]);
        let norm = dx * dx + dy * dy;
        if norm < 1.0 {
            return None;
        }
        let (cos, sin) = ((dx * ex + dy * ey) / norm, (dx * ey - dy * ex) / norm);
        let [x, y] = from[0];
        Some(Affine([cos, -sin, to[0][0] - cos * x + sin * y, sin, cos, to[0][1] - sin * x - cos * y]))
    }

    /// The map that brings the first of each pair to the second with the least squared error; needs three pairs that
    /// do not stand in a line.
    pub(crate) fn fit(pairs: impl Iterator<Item = (Point, Point)> + Clone) -> Option<Affine> {
        let count = pairs.clone().count();
        if count < 3 {
            return None;
        }
        let n = count as f64;
        let (mx, my) = pairs.clone().fold((0.0, 0.0), |s, (p, _)| (s.0 + p[0] / n, s.1 + p[1] / n));
        let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
        let mut right = [[0.0; 3]; 2];
        for ([x, y], to) in pairs {
            let (x, y) = (x - mx, y - my);
            xx += x * x;
            xy += x * y;
            yy += y * y;
            for (sums, value) in right.iter_mut().zip(to) {
                sums[0] += x * value;
                sums[1] += y * value;
                sums[2] += value / n;
            }
        }
        let det = xx * yy - xy * xy;
        // A line of points, or one point: at least a pixel of spread across is needed.
        if det < n * n {
            return None;
        }
        let line = |s: [f64; 3]| {
            let (p, q) = ((s[0] * yy - s[1] * xy) / det, (s[1] * xx - s[0] * xy) / det);
            [p, q, s[2] - p * mx - q * my]
        };
        let ([a, b, c], [d, e, f]) = (line(right[0]), line(right[1]));
        Some(Affine([a, b, c, d, e, f]))
    }

    /// Mean scale, and the turn in degrees (clockwise as seen on the page).
    pub(crate) fn scale_and_turn(&self) -> (f64, f64) {
        let [a, b, _, d, e, _] = self.0;
        let scale = (a * e - b * d).abs().sqrt();
        (scale, (d - b).atan2(a + e).to_degrees())
    }

    /// How far from a similarity: the larger of stretch and shear, 0 for none.
    pub(crate) fn distortion(&self) -> f64 {
        let [a, b, _, d, e, _] = self.0;
        let (scale, _) = self.scale_and_turn();
        ((a - e).hypot(b + d) / scale.max(1e-9)).abs()
    }
}

pub(crate) fn distance(a: Point, b: Point) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAP: Affine = Affine([1.01, -0.03, 12.0, 0.025, 0.99, -7.0]);

    #[test]
    fn a_fit_finds_the_map_that_made_the_pairs() {
        let points = [[0.0, 0.0], [800.0, 10.0], [30.0, 1100.0], [500.0, 500.0]];
        let found = Affine::fit(points.iter().map(|p| (*p, MAP.apply(*p)))).unwrap();
        for (found, made) in found.0.iter().zip(MAP.0) {
            assert!((found - made).abs() < 1e-9);
        }
        assert_eq!(Affine::fit([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]].iter().map(|p| (*p, *p))), None);
    }

    #[test]
    fn maps_compose_and_a_zoom_keeps_the_edges_of_the_picture() {
        let p = [3.0, 4.0];
        assert_eq!(MAP.after(&MAP).apply(p), MAP.apply(MAP.apply(p)));
        assert_eq!(Affine::zoom((100, 60), (50, 30)).apply([-0.5, 59.5]), [-0.5, 29.5]);
    }

    #[test]
    fn a_quarter_turn_clockwise_is_ninety_degrees() {
        let turn = Affine::similarity([[0.0, 0.0], [10.0, 0.0]], [[0.0, 0.0], [0.0, 10.0]]).unwrap();
        assert!((turn.scale_and_turn().1 - 90.0).abs() < 1e-9);
    }
}
