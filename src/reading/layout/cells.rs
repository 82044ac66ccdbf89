//! Which of a blank's pieces are places to write, cell by cell, and which words name them.

use crate::reading::page::PixelRect;

use super::pieces::{Cell, Pieces};
use super::{Choice, Found, Scale, Shape, gap_across, holds, on_one_line};

/// Boxes of one row stand this near, in mm; rows with only a dash between them are one field.
const BOX_GAP_MM: f64 = 1.0;
const DASH_GAP_MM: f64 = 10.0;
const DASH_HEIGHT_MM: f64 = 1.2;
/// A word this near to the right of a place belongs to it: 年 behind its boxes, an option behind its tick box, in mm.
const BEHIND_MM: f64 = 4.0;
/// A word this near to a cell's left edge begins its text, in mm.
const BEGINS_MM: f64 = 6.0;
/// Words to circle: so many, at most so wide, so far apart, in mm.
const CIRCLED: std::ops::RangeInclusive<usize> = 2..=6;
const WIDEST_CIRCLED_MM: f64 = 20.0;
const CIRCLED_GAPS_MM: (f64, f64) = (3.5, 16.0);
/// A circle is drawn this far around its word, in mm: across, down.
const AROUND_WORD_MM: (f64, f64) = (1.7, 0.8);
/// Less room than this is no line to write on, in mm.
const SHORTEST_LINE_MM: f64 = 25.0;
/// Space kept between a cell's rules and its line, in mm.
const INSIDE_CELL_MM: f64 = 0.8;

/// What stands in one cell, or outside all of them.
struct Contents<'a> {
    cell: Option<&'a Cell>,
    boxes: Vec<PixelRect>,
    ticks: Vec<PixelRect>,
    words: Vec<PixelRect>,
}

/// A place to write, still in pixels.
struct Place {
    bounds: PixelRect,
    shape: Shape,
}

pub(super) fn fields(pieces: &Pieces, scale: Scale) -> Vec<Found> {
    let contents = sorted_into_cells(pieces);
    let places: Vec<Vec<Place>> = contents.iter().map(|c| places(c, scale)).collect();
    let mut found: Vec<(PixelRect, Found)> = Vec::new();
    for (own, (content, in_cell)) in contents.iter().zip(&places).enumerate() {
        let heading = content.cell.and_then(|cell| heading(cell, own, &contents, &places));
        for place in in_cell {
            let mut labels: Vec<PixelRect> = heading.into_iter().collect();
            if labels.is_empty() {
                labels.extend(before(place, content, scale));
            }
            if in_cell.len() > 1 {
                labels.extend(behind(place.bounds, &content.words, scale));
            }
            let labels = labels.into_iter().map(|word| scale.mm(word)).collect();
            found.push((place.bounds, Found { shape: place.shape.clone(), labels }));
        }
    }
    // What begins at about one height is one row.
    found.sort_by_key(|(b, _)| (i64::from(b.top) / scale.px(5.0).max(1), b.left));
    found.into_iter().map(|(_, found)| found).collect()
}

fn sorted_into_cells(pieces: &Pieces) -> Vec<Contents<'_>> {
    let innermost = |place: PixelRect| {
        let around = pieces.cells.iter().enumerate().filter(|(_, cell)| holds(cell.bounds, place));
        around.min_by_key(|(_, cell)| cell.bounds.area()).map_or(pieces.cells.len(), |(i, _)| i)
    };
    let cells = pieces.cells.iter().map(Some).chain([None]);
    let mut contents: Vec<Contents<'_>> =
        cells.map(|cell| Contents { cell, boxes: Vec::new(), ticks: Vec::new(), words: Vec::new() }).collect();
    pieces.boxes.iter().for_each(|b| contents[innermost(*b)].boxes.push(*b));
    pieces.ticks.iter().for_each(|t| contents[innermost(*t)].ticks.push(*t));
    pieces.words.iter().for_each(|w| contents[innermost(*w)].words.push(*w));
    for content in &mut contents {
        content.words.sort_by_key(|word| word.left);
    }
    contents
}

fn places(content: &Contents<'_>, scale: Scale) -> Vec<Place> {
    let mut places = box_rows(content, scale);
    places.extend(tick_rows(content, scale));
    if let (true, Some(cell)) = (places.is_empty(), content.cell.filter(|cell| !cell.is_shaded)) {
        places = circled(&content.words, cell, scale).map_or_else(|| lines(&content.words, cell, scale), |c| vec![c]);
    }
    places
}

/// Things in rows: each row from left to right, broken where neighbours stand farther apart than `near` says.
fn rows(mut things: Vec<PixelRect>, near: impl Fn(PixelRect, PixelRect) -> bool) -> Vec<Vec<PixelRect>> {
    things.sort_by_key(|thing| thing.left);
    let mut rows: Vec<Vec<PixelRect>> = Vec::new();
    for thing in things {
        let joins =
            |row: &&mut Vec<PixelRect>| row.last().is_some_and(|last| on_one_line(*last, thing) && near(*last, thing));
        match rows.iter_mut().find(joins) {
            Some(row) => row.push(thing),
            None => rows.push(vec![thing]),
        }
    }
    rows
}

fn bounds(row: &[PixelRect]) -> PixelRect {
    row.iter().copied().reduce(PixelRect::union).expect("a row holds something")
}

fn box_rows(content: &Contents<'_>, scale: Scale) -> Vec<Place> {
    let near =
        |a: PixelRect, b: PixelRect| gap_across(a, b) <= scale.px(BOX_GAP_MM) && a.height().abs_diff(b.height()) <= 4;
    let single = rows(content.boxes.clone(), near);
    let mut joined: Vec<Vec<Vec<PixelRect>>> = Vec::new();
    for row in single {
        let own = bounds(&row);
        let follows = |rows: &&mut Vec<Vec<PixelRect>>| {
            let last = bounds(rows.last().expect("a field has a row"));
            let between = PixelRect { left: last.right.min(own.left), right: own.left, ..own };
            let mut words = content.words.iter().filter(|word| holds(between, **word));
            on_one_line(last, own)
                && gap_across(last, own) <= scale.px(DASH_GAP_MM)
                && words.next().is_some_and(|word| i64::from(word.height()) <= scale.px(DASH_HEIGHT_MM))
                && words.next().is_none()
        };
        match joined.iter_mut().find(follows) {
            Some(rows) => rows.push(row),
            None => joined.push(vec![row]),
        }
    }
    let in_mm = |row: &Vec<PixelRect>| row.iter().map(|b| scale.mm(*b)).collect();
    let place = |rows: &Vec<Vec<PixelRect>>| {
        let all: Vec<PixelRect> = rows.iter().flatten().copied().collect();
        Place { bounds: bounds(&all), shape: Shape::Boxes(rows.iter().map(in_mm).collect()) }
    };
    joined.iter().map(place).collect()
}

fn tick_rows(content: &Contents<'_>, scale: Scale) -> Vec<Place> {
    let choice = |tick: &PixelRect| Choice {
        area: scale.mm(*tick),
        word: behind(*tick, &content.words, scale).map(|word| scale.mm(word)),
    };
    let place =
        |row: &Vec<PixelRect>| Place { bounds: bounds(row), shape: Shape::Ticks(row.iter().map(choice).collect()) };
    rows(content.ticks.clone(), |_, _| true).iter().map(place).collect()
}

/// Short words side by side and nothing else: one of them is to be circled.
fn circled(words: &[PixelRect], cell: &Cell, scale: Scale) -> Option<Place> {
    let (nearest, farthest) = (scale.px(CIRCLED_GAPS_MM.0), scale.px(CIRCLED_GAPS_MM.1));
    let apart = |pair: &[PixelRect]| {
        on_one_line(pair[0], pair[1]) && (nearest..=farthest).contains(&gap_across(pair[0], pair[1]))
    };
    let begins = words.first().is_some_and(|word| begins(*word, cell, scale));
    let short = words.iter().all(|word| i64::from(word.width()) <= scale.px(WIDEST_CIRCLED_MM));
    if !CIRCLED.contains(&words.len()) || !begins || !short || !words.windows(2).all(apart) {
        return None;
    }
    let (across, down) = (scale.px(AROUND_WORD_MM.0) as u32, scale.px(AROUND_WORD_MM.1) as u32);
    // One height for all: words of low characters are circled no closer than their neighbours.
    let line = bounds(words);
    let around = |word: &PixelRect| PixelRect {
        left: word.left.saturating_sub(across),
        top: line.top.saturating_sub(down),
        right: word.right + across,
        bottom: line.bottom + down,
    };
    let choice = |word: &PixelRect| Choice { area: scale.mm(around(word)), word: Some(scale.mm(*word)) };
    Some(Place { bounds: line, shape: Shape::Circles(words.iter().map(choice).collect()) })
}

fn begins(word: PixelRect, cell: &Cell, scale: Scale) -> bool {
    i64::from(word.left) - i64::from(cell.bounds.left) <= scale.px(BEGINS_MM)
}

/// An empty cell is a line; printed words leave lines before them. Text that begins at the left is no place to write.
fn lines(words: &[PixelRect], cell: &Cell, scale: Scale) -> Vec<Place> {
    if words.first().is_some_and(|word| begins(*word, cell, scale)) {
        return Vec::new();
    }
    let inside = scale.px(INSIDE_CELL_MM) as u32;
    let b = cell.bounds;
    let mut left = b.left + inside;
    let mut found = Vec::new();
    for right in words.iter().map(|word| word.left).chain(words.is_empty().then_some(b.right)) {
        let line =
            PixelRect { left, top: b.top + inside, right: right.saturating_sub(inside), bottom: b.bottom - inside };
        if i64::from(line.right) - i64::from(line.left) >= scale.px(SHORTEST_LINE_MM) {
            found.push(Place { bounds: line, shape: Shape::Line(scale.mm(line)) });
        }
        left = words.iter().find(|word| word.left == right).map_or(right, |word| word.right + inside);
    }
    found
}

/// The words of the cell to the left that holds nothing but words, or else of such a cell above.
fn heading(cell: &Cell, own: usize, contents: &[Contents<'_>], places: &[Vec<Place>]) -> Option<PixelRect> {
    let others = || {
        contents.iter().zip(places).enumerate().filter_map(move |(i, (content, places))| {
            let named = content.cell.filter(|_| i != own && places.is_empty() && !content.words.is_empty())?;
            Some((named.bounds, bounds(&content.words)))
        })
    };
    let b = cell.bounds;
    let left = others().filter(|(other, _)| other.right <= b.left && on_one_line(*other, b));
    let above =
        || others().filter(|(other, _)| other.bottom <= b.top && -gap_across(*other, b) * 2 > i64::from(b.width()));
    let nearest_left = left.max_by_key(|(other, _)| other.right);
    nearest_left.or_else(|| above().max_by_key(|(other, _)| other.bottom)).map(|(_, words)| words)
}

/// The nearest word to the left on the same line.
fn before(place: &Place, content: &Contents<'_>, scale: Scale) -> Option<PixelRect> {
    let near = i64::from(place.bounds.left) - scale.px(SHORTEST_LINE_MM);
    let left = content.words.iter().filter(|word| {
        word.right <= place.bounds.left && i64::from(word.right) >= near && on_one_line(**word, place.bounds)
    });
    left.max_by_key(|word| word.right).copied()
}

/// The word right behind a place.
fn behind(place: PixelRect, words: &[PixelRect], scale: Scale) -> Option<PixelRect> {
    let right = words.iter().filter(|word| {
        let gap = i64::from(word.left) - i64::from(place.right);
        on_one_line(**word, place) && gap >= -scale.px(0.5) && gap <= scale.px(BEHIND_MM)
    });
    right.min_by_key(|word| word.left).copied()
}
