//! Forms filled in at random, with what stands in them known: the pages that readings are counted on.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

use ab_glyph::FontVec;
use anyhow::{Context, Result};
use jitan::model::form::{CodeKind, DigitsCheck, Field, FieldKind, Form, GroupRule};
use jitan::model::id::FieldName;
use jitan::model::value::Rect;
use jitan::reading::decide::check_digit;
use jitan::reading::register::blank::Blank;
use rand::RngExt;
use rand::rngs::StdRng;

use crate::pen;
use crate::residents::{self, Person, Residents, fitted_line};

/// Bytes of one of MNIST's images.
const PICTURE: usize = 28 * 28;

/// One of MNIST's sets (`train`, `t10k`) and which of its images.
pub type Set<'a> = (&'a str, &'a [Range<usize>]);

/// Digits that people wrote: images of MNIST, by what they show.
pub struct Written {
    images: Vec<u8>,
    /// Where the images of each digit are.
    places: [Vec<usize>; 10],
    next: [usize; 10],
    /// Those that were taken, however often.
    pub taken: BTreeSet<usize>,
}

impl Written {
    /// From MNIST's files, unpacked.
    pub fn open(folder: &Path, sets: &[Set]) -> Result<Self> {
        let mut written =
            Self { images: Vec::new(), places: Default::default(), next: [0; 10], taken: BTreeSet::new() };
        for (set, ranges) in sets {
            let file = |of: &str| {
                let path = folder.join(format!("{set}-{of}-ubyte"));
                std::fs::read(&path).with_context(|| format!("{}, unpacked", path.display()))
            };
            let (images, labels) = (file("images-idx3")?, file("labels-idx1")?);
            for at in ranges.iter().cloned().flatten() {
                let place = written.images.len() / PICTURE;
                written.places[usize::from(labels[8 + at])].push(place);
                written.images.extend_from_slice(&images[16 + at * PICTURE..][..PICTURE]);
            }
        }
        Ok(written)
    }

    /// Pages take their digits from different parts of the range, whichever of them is drawn first.
    fn begin(&mut self, page: u64) {
        self.next = [page as usize * 6; 10];
    }

    fn next(&mut self, digit: u8) -> &[u8] {
        let (places, next) = (&self.places[usize::from(digit)], &mut self.next[usize::from(digit)]);
        *next += 1;
        let place = places[*next % places.len()];
        self.taken.insert(place);
        &self.images[place * PICTURE..][..PICTURE]
    }
}

/// Typefaces that no recogniser was trained on.
pub struct Typefaces {
    pub digits: Vec<FontVec>,
    pub written: Vec<FontVec>,
    pub printed: Vec<FontVec>,
}

/// A filled sheet and what stands in it.
pub struct Filled {
    pub sheet: pen::Sheet,
    /// The blank's form, with a code where it has nothing, and with kana in some of the boxes meant for digits.
    pub form: Form,
    /// By field; nothing for a field left empty.
    pub truth: BTreeMap<FieldName, String>,
}

/// What is put on pages.
pub struct Writer<'a> {
    pub written: &'a mut Written,
    pub fonts: &'a Typefaces,
    pub residents: &'a Residents<'a>,
    /// Share of fields left empty.
    pub empty: f64,
    /// Share of long rows of digits whose boxes get a name in kana, since forms have few such rows.
    pub kana_for_digits: f64,
}

impl Writer<'_> {
    /// The blank, filled in by hand or in print. `page` tells whose digits are taken.
    pub fn fill(&mut self, blank: &Blank, by_hand: bool, page: u64, rng: &mut StdRng) -> Filled {
        self.written.begin(page);
        let digit_font = one_of(&self.fonts.digits, rng);
        let font = one_of(if by_hand { &self.fonts.written } else { &self.fonts.printed }, rng);
        let ink = rng.random_range(0.65..1.0);
        let mut sheet = pen::Sheet::new(&blank.picture);
        let (mut form, mut truth) = (blank.form.clone(), BTreeMap::new());
        let agreed = self.agreed(&form, font, rng);
        for field in &mut form.fields {
            field.kind = self.instead(&field.kind, rng);
            if rng.random_bool(self.empty) {
                truth.insert(field.name.clone(), String::new());
                continue;
            }
            let agreed = agreed.get(&field.name);
            let text = match &field.kind {
                FieldKind::Digits { cells, check } => {
                    let digits = agreed.map_or_else(
                        || digits(*check, cells.len(), rng),
                        |text| text.bytes().map(|digit| digit - b'0').collect(),
                    );
                    for (digit, cell) in digits.iter().zip(cells) {
                        if by_hand {
                            sheet.written_digit(self.written.next(*digit), *cell, rng, ink);
                        } else {
                            sheet.character(digit_font, char::from(b'0' + digit), *cell, rng, ink);
                        }
                    }
                    digits.iter().map(|d| char::from(b'0' + d)).collect()
                }
                FieldKind::Choice { options } => {
                    let chosen = one_of(options, rng);
                    sheet.mark(chosen, rng, ink);
                    chosen.value.clone()
                }
                FieldKind::Line { rect, content, .. } => {
                    let text = agreed.cloned().unwrap_or_else(|| self.residents.line(*content, font, rng));
                    fitted_line(&mut sheet, font, &text, *rect, by_hand, rng, ink);
                    text
                }
                FieldKind::Kana { cells } => {
                    let name = agreed.cloned();
                    let name = name.unwrap_or_else(|| self.person(cells.len(), font, rng).kana.join("　"));
                    boxed(&mut sheet, font, &name, cells, rng, ink);
                    name
                }
                FieldKind::Code { .. } => continue,
            };
            truth.insert(field.name.clone(), text);
        }
        if let Some((rect, kind, text)) = code_on(&mut sheet, blank, rng) {
            let name = FieldName::new("code").expect("a name");
            let kind = FieldKind::Code { rect, codes: vec![kind], pattern: None };
            form.fields.push(Field { name: name.clone(), label: String::new(), kind, page: 1, required: false });
            truth.insert(name, text);
        }
        Filled { sheet, form, truth }
    }

    /// What one person writes into fields that the form's groups hold against each other.
    fn agreed(&self, form: &Form, font: &FontVec, rng: &mut StdRng) -> BTreeMap<FieldName, String> {
        let mut agreed = BTreeMap::new();
        for group in &form.groups {
            let members = group.rule.members().into_iter().cloned();
            let texts = match group.rule {
                GroupRule::Address { .. } => loop {
                    let (postal, address) = self.residents.home(rng);
                    if residents::has_all(font, &address) {
                        break [postal, address];
                    }
                },
                GroupRule::Person { .. } => {
                    let boxes = group.rule.members().into_iter().find_map(|member| match &form.field(member)?.kind {
                        FieldKind::Kana { cells } => Some(cells.len()),
                        _ => None,
                    });
                    let person = self.person(boxes.unwrap_or(usize::MAX), font, rng);
                    [person.kana.join("　"), person.name.join("　")]
                }
                _ => continue,
            };
            agreed.extend(members.zip(texts));
        }
        agreed
    }

    /// Some long rows of boxes are for kana instead.
    fn instead(&self, kind: &FieldKind, rng: &mut StdRng) -> FieldKind {
        match kind {
            FieldKind::Digits { cells, check }
                if *check != DigitsCheck::PostalCode && cells.len() >= 7 && rng.random_bool(self.kana_for_digits) =>
            {
                FieldKind::Kana { cells: cells.clone() }
            }
            other => other.clone(),
        }
    }

    /// Somebody whose name in kana fits into the boxes.
    fn person(&self, boxes: usize, font: &FontVec, rng: &mut StdRng) -> Person {
        loop {
            let person = self.residents.person(font, rng);
            if person.kana.join("　").chars().count() <= boxes {
                return person;
            }
        }
    }
}

fn one_of<'a, T>(list: &'a [T], rng: &mut StdRng) -> &'a T {
    &list[rng.random_range(0..list.len())]
}

fn boxed(sheet: &mut pen::Sheet, font: &FontVec, text: &str, cells: &[Rect], rng: &mut StdRng, ink: f64) {
    for (c, cell) in text.chars().zip(cells).filter(|(c, _)| !c.is_whitespace()) {
        sheet.character(font, c, *cell, rng, ink);
    }
}

/// Digits as they may stand in such a field.
fn digits(check: DigitsCheck, count: usize, rng: &mut StdRng) -> Vec<u8> {
    let holds = |digits: &[u8]| match check {
        DigitsCheck::None => true,
        DigitsCheck::MyNumber => check_digit::my_number(digits),
        DigitsCheck::CorporateNumber => check_digit::corporate_number(digits),
        DigitsCheck::PostalCode => !digits.starts_with(&[0, 0, 0]),
    };
    loop {
        let digits: Vec<u8> = (0..count).map(|_| rng.random_range(0..10)).collect();
        if holds(&digits) {
            return digits;
        }
    }
}

/// A code where the form has nothing, as the office prints it before it sends the form out.
fn code_on(sheet: &mut pen::Sheet, blank: &Blank, rng: &mut StdRng) -> Option<(Rect, CodeKind, String)> {
    let kind =
        if rng.random_bool(0.5) { CodeKind::Qr } else { CodeKind::ALL[rng.random_range(1..CodeKind::ALL.len())] };
    let (width, height) = if kind == CodeKind::Qr {
        let side = rng.random_range(12.0..20.0);
        (side, side)
    } else {
        (rng.random_range(42.0..55.0), rng.random_range(7.0..12.0))
    };
    let zone = free_place(blank, width, height)?;
    let mut digits =
        |count: usize| (0..count).map(|_| char::from(b'0' + rng.random_range(0..10_u8))).collect::<String>();
    let text = match kind {
        CodeKind::Qr => digits(38),
        CodeKind::Jan => with_check_digit(&digits(12)),
        CodeKind::Code128 => digits(16),
        CodeKind::Code39 => format!("A{}", digits(7)),
        CodeKind::Nw7 => format!("A{}B", digits(10)),
        CodeKind::Itf => digits(12),
    };
    sheet.code(kind, &text, zone, rng.random_range(0.8..1.0)).ok()?;
    let read_as = if kind == CodeKind::Nw7 { text[1..text.len() - 1].to_owned() } else { text };
    Some((zone, kind, read_as))
}

/// A place of this size in mm without print on it or around it.
fn free_place(blank: &Blank, width: f64, height: f64) -> Option<Rect> {
    const AROUND_MM: f64 = 3.0;
    // Office printers print no nearer to the edge than 4 to 5 mm, and scanners cut a few off.
    const EDGE_MM: f64 = 9.0;
    const STEP_MM: f64 = 3.0;
    let page = blank.form.page;
    let steps = |until: f64| (0..).map(|n| EDGE_MM + f64::from(n) * STEP_MM).take_while(move |mm| *mm < until);
    let rows = steps(page.height - EDGE_MM - height);
    let places = rows.flat_map(|y| steps(page.width - EDGE_MM - width).map(move |x| (x, y)));
    let is_free = |(x, y): &(f64, f64)| {
        let at = |mm: f64| (mm * pen::DOTS_PER_MM) as u32;
        let (left, right) = (at((x - AROUND_MM).max(0.0)), at(x + width + AROUND_MM));
        right < blank.picture.width
            && (at((y - AROUND_MM).max(0.0))..at(y + height + AROUND_MM)).all(|row| {
                row < blank.picture.height
                    && blank.picture.row(row)[left as usize..right as usize].iter().all(|v| *v > 200)
            })
    };
    places.filter(is_free).map(|(x, y)| Rect { x, y, width, height }).next()
}

/// JAN: three times every second digit, up to the next ten.
fn with_check_digit(digits: &str) -> String {
    let sum: u32 = digits.bytes().enumerate().map(|(i, d)| u32::from(d - b'0') * if i % 2 == 0 { 1 } else { 3 }).sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}
