//! Pages to documents. The pages of one document follow each other in the file, in the form's order. Where one is missing
//! nothing is guessed: the pages that are there go to a person, each document's by itself, with the reason.

use crate::message;
use crate::model::form::Form;
use crate::model::id::FormName;
use crate::model::message::Message;
use crate::model::value::FieldValue;
use crate::ports::reader::{LinePicture, Original, PagePicture, Registration, Sheet, SheetOutcome};

/// One page as read by itself.
pub struct PageRead {
    /// Of the file, from 1.
    pub number: u16,
    pub picture: PagePicture,
    pub outcome: PageOutcome,
}

pub enum PageOutcome {
    Read { form: FormName, page: u16, registration: Registration, fields: Vec<FieldValue>, lines: Vec<LinePicture> },
    Refused { why: Message, registration: Option<Registration> },
}

/// Puts pages together as they come.
pub struct Gatherer<'f> {
    forms: &'f [Form],
    open: Option<Open<'f>>,
}

/// A document that lacks pages yet.
struct Open<'f> {
    form: &'f Form,
    /// Of its first page in the file.
    number: u16,
    registration: Registration,
    fields: Vec<FieldValue>,
    pictures: Vec<PagePicture>,
    lines: Vec<LinePicture>,
}

impl<'f> Gatherer<'f> {
    pub fn new(forms: &'f [Form]) -> Self {
        Self { forms, open: None }
    }

    /// The file's next page. Gives what became ready by it, in the file's order; `together` holds the fields of a whole
    /// document against each other.
    pub fn page(&mut self, page: PageRead, together: impl FnMut(&Form, &mut Vec<FieldValue>)) -> Vec<Sheet> {
        let PageRead { number, picture, outcome } = page;
        let (name, place, registration, fields, lines) = match outcome {
            PageOutcome::Refused { why, registration } => {
                let ended = self.end();
                return ended.into_iter().chain([refused(number, vec![picture], why, registration)]).collect();
            }
            PageOutcome::Read { form, page, registration, fields, lines } => (form, page, registration, fields, lines),
        };
        let mut ready = Vec::new();
        let mut open = match self.open.take() {
            Some(open) if open.form.name == name && open.next() == place => open,
            cut_short => {
                ready.extend(cut_short.map(Open::cut_short));
                let form = self.forms.iter().find(|form| form.name == name).filter(|_| place == 1);
                let Some(form) = form else {
                    let why = message!("reading.page-without-the-one-before", page = place, before = place - 1);
                    ready.push(refused(number, vec![picture], why, Some(registration)));
                    return ready;
                };
                Open { form, number, registration, fields: Vec::new(), pictures: Vec::new(), lines: Vec::new() }
            }
        };
        open.fields.extend(fields);
        open.pictures.push(picture);
        open.lines.extend(lines);
        if registration.ink_explained < open.registration.ink_explained {
            open.registration = registration;
        }
        if open.next() <= open.form.page_count() {
            self.open = Some(open);
        } else {
            ready.push(open.whole(together));
        }
        ready
    }

    /// The file's end: what still lacks a page will not get it any more.
    pub fn end(&mut self) -> Option<Sheet> {
        self.open.take().map(Open::cut_short)
    }
}

impl Open<'_> {
    /// The page that must come now, from 1.
    fn next(&self) -> u16 {
        u16::try_from(self.pictures.len() + 1).unwrap_or(u16::MAX)
    }

    fn whole(self, mut together: impl FnMut(&Form, &mut Vec<FieldValue>)) -> Sheet {
        let Open { form, number, registration, mut fields, pictures, lines } = self;
        // Fields come page by page; people read them in the form's order.
        fields.sort_by_key(|value| form.fields.iter().position(|field| field.name == value.field));
        together(form, &mut fields);
        let outcome = SheetOutcome::Read { form: form.name.clone(), registration: Some(registration), fields };
        Sheet { page: number, outcome, original: Original::Paper { pages: pictures, lines } }
    }

    fn cut_short(self) -> Sheet {
        let why = message!("reading.page-missing", missing = self.next(), pages = self.form.page_count());
        refused(self.number, self.pictures, why, Some(self.registration))
    }
}

fn refused(number: u16, pages: Vec<PagePicture>, why: Message, registration: Option<Registration>) -> Sheet {
    let original = Original::Paper { pages, lines: Vec::new() };
    Sheet { page: number, outcome: SheetOutcome::Refused { why, registration }, original }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::form::PageSize;
    use crate::model::id::FieldName;
    use crate::model::value::{Content, Provenance};
    use zeroize::Zeroizing;

    /// `double` has two pages, `triple` three, `single` one.
    fn forms() -> Vec<Form> {
        let form = |(name, pages): (&str, usize)| Form {
            name: FormName::new(name).unwrap(),
            title: name.to_owned(),
            revision: "1".to_owned(),
            page: PageSize { width: 210.0, height: 297.0 },
            blanks: vec!["blank.png".to_owned(); pages],
            fields: Vec::new(),
            groups: Vec::new(),
        };
        [("single", 1), ("double", 2), ("triple", 3)].map(form).into()
    }

    /// `d1` is page 1 of `double`, `?` a page of no form.
    fn page(number: u16, what: &str) -> PageRead {
        let registration = Registration { ink_explained: 0.99, residual_mm: 0.1, turned_degrees: 0.0 };
        let picture = PagePicture { png: Zeroizing::new(what.as_bytes().to_vec()), registered: None };
        let form = match &what[..1] {
            "s" => "single",
            "d" => "double",
            "t" => "triple",
            _ => {
                let outcome = PageOutcome::Refused { why: message!("reading.another-form"), registration: None };
                return PageRead { number, picture, outcome };
            }
        };
        let value = FieldValue::certain(FieldName::new(what).unwrap(), Content::Blank, Provenance::Given);
        let outcome = PageOutcome::Read {
            form: FormName::new(form).unwrap(),
            page: what[1..].parse().unwrap(),
            registration,
            fields: vec![value],
            lines: Vec::new(),
        };
        PageRead { number, picture, outcome }
    }

    /// What becomes of pages: `1:double=d1+d2` was read, `3:page-missing=d1` goes to a person.
    fn gathered(pages: &str) -> Vec<String> {
        let forms = forms();
        let mut gatherer = Gatherer::new(&forms);
        let mut sheets = Vec::new();
        for (number, what) in (1..).zip(pages.split_whitespace()) {
            sheets.extend(gatherer.page(page(number, what), |_, _| ()));
        }
        sheets.extend(gatherer.end());
        let told = |sheet: &Sheet| {
            let Original::Paper { pages, .. } = &sheet.original else { panic!("a row") };
            let pages: Vec<&str> = pages.iter().map(|p| std::str::from_utf8(&p.png).unwrap()).collect();
            let outcome = match &sheet.outcome {
                SheetOutcome::Read { form, fields, .. } => {
                    let fields: Vec<&str> = fields.iter().map(|value| value.field.as_str()).collect();
                    assert_eq!(fields, pages, "every page's fields");
                    form.to_string()
                }
                SheetOutcome::Refused { why, .. } => why.code.trim_start_matches("reading.").to_owned(),
            };
            format!("{}:{outcome}={}", sheet.page, pages.join("+"))
        };
        sheets.iter().map(told).collect()
    }

    #[test]
    fn pages_in_their_order_become_documents() {
        assert_eq!(
            gathered("d1 d2 s1 t1 t2 t3 d1 d2"),
            ["1:double=d1+d2", "3:single=s1", "4:triple=t1+t2+t3", "7:double=d1+d2"]
        );
    }

    #[test]
    fn a_page_that_is_missing_takes_nobody_elses_place() {
        assert_eq!(gathered("d1 d1 d2"), ["1:page-missing=d1", "2:double=d1+d2"]);
        assert_eq!(gathered("d1 d2 d2"), ["1:double=d1+d2", "3:page-without-the-one-before=d2"]);
        assert_eq!(
            gathered("t1 t3 t2"),
            ["1:page-missing=t1", "2:page-without-the-one-before=t3", "3:page-without-the-one-before=t2"]
        );
        assert_eq!(gathered("d1 t2 s1"), ["1:page-missing=d1", "2:page-without-the-one-before=t2", "3:single=s1"]);
        assert_eq!(gathered("t1 t2"), ["1:page-missing=t1+t2"]);
    }

    #[test]
    fn a_page_that_nobody_knows_ends_a_document() {
        assert_eq!(gathered("d1 ? d2"), ["1:page-missing=d1", "2:another-form=?", "3:page-without-the-one-before=d2"]);
    }
}
