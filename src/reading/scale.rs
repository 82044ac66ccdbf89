//! Pictures made smaller by averaging areas: what registration looks at first, and what makes all scans alike.

use super::page::Gray;

/// The picture at `factor` times its size. Values are averages over the source area (exact when shrinking; plain
/// nearest when enlarging, which nothing here needs to be better).
pub(crate) fn resized(page: &Gray, factor: f64) -> Gray {
    let size = |n: u32| ((f64::from(n) * factor).round() as u32).max(1);
    let (width, height) = (size(page.width), size(page.height));
    let columns = spans(page.width, width);
    let rows = spans(page.height, height);
    let mut pixels = Vec::with_capacity(width as usize * height as usize);
    let mut sums = vec![0_f32; page.width as usize];
    for row in &rows {
        sums.fill(0.0);
        for (y, weight) in row.weighted() {
            for (sum, value) in sums.iter_mut().zip(page.row(y)) {
                *sum += weight * f32::from(*value);
            }
        }
        pixels.extend(columns.iter().map(|column| column.mean(&sums)));
    }
    Gray { width, height, pixels }
}

/// The source pixels under one target pixel, the first and last of them partly.
struct Span {
    first: u32,
    last: u32,
    first_weight: f32,
    last_weight: f32,
}

fn spans(from: u32, to: u32) -> Vec<Span> {
    let step = f64::from(from) / f64::from(to);
    (0..to)
        .map(|i| {
            let (start, end) = (f64::from(i) * step, f64::from(i + 1) * step);
            let first = (start as u32).min(from - 1);
            let last = ((end - 1e-6) as u32).clamp(first, from - 1);
            if first == last {
                return Span { first, last, first_weight: 1.0, last_weight: 0.0 };
            }
            let whole = end - start;
            let first_weight = ((f64::from(first + 1) - start) / whole) as f32;
            let last_weight = ((end - f64::from(last)) / whole) as f32;
            Span { first, last, first_weight, last_weight }
        })
        .collect()
}

impl Span {
    /// Each source index with its share; the shares sum to one.
    fn weighted(&self) -> impl Iterator<Item = (u32, f32)> {
        let between = self.last.saturating_sub(self.first + 1).max(1) as f32;
        let inner = (1.0 - self.first_weight - self.last_weight) / between;
        let (first, last) = (self.first, self.last);
        (first..=last).map(move |i| match i {
            _ if i == first => (i, self.first_weight),
            _ if i == last => (i, self.last_weight),
            _ => (i, inner),
        })
    }

    fn mean(&self, values: &[f32]) -> u8 {
        self.weighted().map(|(i, weight)| weight * values[i as usize]).sum::<f32>().round().clamp(0.0, 255.0) as u8
    }
}

/// The smallest value within `radius` pixels (a square), the same size: dark things grow.
pub(crate) fn darkest_within(page: &Gray, radius: usize) -> Gray {
    let (width, height) = (page.width as usize, page.height as usize);
    let mut across = page.pixels.clone();
    for (to, row) in across.chunks_exact_mut(width).zip(page.pixels.chunks_exact(width)) {
        for shift in 1..=radius.min(width - 1) {
            let (left, right) = (&row[..width - shift], &row[shift..]);
            to[shift..].iter_mut().zip(left).for_each(|(to, value)| *to = (*to).min(*value));
            to[..width - shift].iter_mut().zip(right).for_each(|(to, value)| *to = (*to).min(*value));
        }
    }
    let mut pixels = across.clone();
    for shift in 1..=radius.min(height - 1) {
        let offset = shift * width;
        let (above, below) = (&across[..across.len() - offset], &across[offset..]);
        pixels[offset..].iter_mut().zip(above).for_each(|(to, value)| *to = (*to).min(*value));
        let end = across.len() - offset;
        pixels[..end].iter_mut().zip(below).for_each(|(to, value)| *to = (*to).min(*value));
    }
    Gray { pixels, ..*page }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shrinking_keeps_the_mean() {
        let page = Gray { width: 4, height: 2, pixels: vec![0, 100, 200, 40, 0, 100, 200, 40] };
        assert_eq!(resized(&page, 0.5).pixels, vec![50, 120]);
        let even = Gray::filled(301, 299, 77);
        assert!(resized(&even, 0.37).pixels.iter().all(|v| *v == 77));
    }

    #[test]
    fn a_dark_dot_grows_by_the_radius_on_every_side() {
        let mut page = Gray::filled(7, 7, 255);
        page.pixels[3 * 7 + 3] = 9;
        let grown = darkest_within(&page, 2);
        assert_eq!(grown.pixels.iter().filter(|v| **v == 9).count(), 25);
        assert_eq!(grown.at(1, 1), 9);
        assert_eq!(grown.at(0, 3), 255);
    }
}
