//! A document's scan as a target gets it: one page as the picture it is, several as one PDF.

use pdf_writer::types::Predictor;
use pdf_writer::{Content, Filter, Finish as _, Name, Pdf, Rect, Ref};
use zeroize::Zeroizing;

use crate::entering::Scan;
use crate::model::form::PageSize;

/// The file for pages as they are kept (8-bit grey PNG, not interlaced), at least one, each `size` large. `None` if they
/// are something else.
pub fn scan_file(mut pages: Vec<Zeroizing<Vec<u8>>>, size: PageSize) -> Option<Scan> {
    // Names say nothing about the document.
    match pages.len() {
        0 => None,
        1 => Some(Scan { name: "scan.png", bytes: pages.swap_remove(0) }),
        _ => Some(Scan { name: "scan.pdf", bytes: Zeroizing::new(pdf(&pages, size)?) }),
    }
}

fn pdf(pages: &[Zeroizing<Vec<u8>>], size: PageSize) -> Option<Vec<u8>> {
    const POINTS_PER_MM: f64 = 72.0 / 25.4;
    const PICTURE: Name<'_> = Name(b"P");
    let [width, height] = [size.width, size.height].map(|mm| (mm * POINTS_PER_MM) as f32);
    let (catalog, tree) = (Ref::new(1), Ref::new(2));
    let of_page = |n: usize| [0, 1, 2].map(|part| Ref::new(3 + 3 * i32::try_from(n).unwrap_or(i32::MAX / 3) + part));
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(tree);
    let kids = (0..pages.len()).map(|n| of_page(n)[0]);
    pdf.pages(tree).count(i32::try_from(pages.len()).ok()?).kids(kids);
    for (n, png) in pages.iter().enumerate() {
        let [page, contents, picture] = of_page(n);
        let mut leaf = pdf.page(page);
        leaf.parent(tree).media_box(Rect::new(0.0, 0.0, width, height)).contents(contents);
        leaf.resources().x_objects().pair(PICTURE, picture);
        leaf.finish();
        let mut drawing = Content::new();
        drawing.save_state().transform([width, 0.0, 0.0, height, 0.0, 0.0]).x_object(PICTURE).restore_state();
        pdf.stream(contents, &drawing.finish());
        let Packed { columns, rows, data } = Packed::of(png)?;
        let mut image = pdf.image_xobject(picture, &data);
        image.width(columns).height(rows).bits_per_component(8).filter(Filter::FlateDecode);
        image.color_space().device_gray();
        image.decode_parms().predictor(Predictor::PngOptimum).colors(1).bits_per_component(8).columns(columns);
    }
    Some(pdf.finish())
}

/// A PNG's pixels as they are packed: PDF's own filters unpack the same (ISO 32000-1, 7.4.4.4).
struct Packed {
    columns: i32,
    rows: i32,
    data: Vec<u8>,
}

impl Packed {
    fn of(png: &[u8]) -> Option<Self> {
        const GREY_8_BIT_IN_ONE_PASS: [u8; 5] = [8, 0, 0, 0, 0];
        let mut chunks = png.strip_prefix(b"\x89PNG\r\n\x1a\n")?;
        let (mut head, mut data) = (None, Vec::new());
        loop {
            let (length, rest) = chunks.split_first_chunk::<4>()?;
            let (kind, rest) = rest.split_first_chunk::<4>()?;
            let (body, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
            match kind {
                b"IHDR" => head = Some(body),
                b"IDAT" => data.extend_from_slice(body),
                b"IEND" => break,
                _ => {}
            }
            chunks = rest.get(4..)?;
        }
        let (columns, rest) = head?.split_first_chunk::<4>()?;
        let (rows, kind) = rest.split_first_chunk::<4>()?;
        let side = |bytes: &[u8; 4]| i32::try_from(u32::from_be_bytes(*bytes)).ok();
        (kind == GREY_8_BIT_IN_ONE_PASS).then_some(Packed { columns: side(columns)?, rows: side(rows)?, data })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::decode::{Caps, Pages};
    use crate::reading::page::Gray;

    const SIZE: PageSize = PageSize { width: 148.0, height: 210.0 };

    fn page(seed: u32) -> Gray {
        let pixels = (0..60 * 85).map(|n: u32| (n.wrapping_mul(seed) >> 3) as u8).collect();
        Gray { width: 60, height: 85, pixels }
    }

    #[test]
    fn several_pages_become_one_pdf_pixel_for_pixel() {
        let pages = [page(7), page(13), page(31)];
        let file = scan_file(pages.iter().map(|p| Zeroizing::new(p.to_png())).collect(), SIZE).unwrap();
        assert_eq!(file.name, "scan.pdf");
        let read: Vec<Gray> = Pages::open(&file.bytes, Caps::default()).unwrap().map(Result::unwrap).collect();
        assert_eq!(read.len(), 3);
        for (read, meant) in read.iter().zip(&pages) {
            assert!((read.width, read.height) == (meant.width, meant.height) && read.pixels == meant.pixels);
        }
    }

    #[test]
    fn one_page_is_the_picture_it_is() {
        let png = page(7).to_png();
        let file = scan_file(vec![Zeroizing::new(png.clone())], SIZE).unwrap();
        assert_eq!((file.name, file.bytes.as_slice()), ("scan.png", png.as_slice()));
    }
}
