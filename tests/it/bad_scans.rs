//! Bad scans, enumerated, each with the ends that it may have: cut, flipped, lying, exploding, endless, and pages of no
//! form that anybody waits for.

use jitan::reading::page::Gray;

use crate::paper::{Dice, Scanner, first_form, second_form};
use crate::scan_files::{
    DCT, claiming_tiff, deflate_bomb, deflated, g4_tiff, jpeg, looping_tiff, pdf, png_of, scanned_pdf, stream,
};

/// How a scan that nobody can enter may end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// It cannot be decoded.
    Broken,
    /// It asks for more than any scan may.
    OverCap,
    /// It is a page, but of no form of the scenario.
    Refused,
}

pub struct BadScan {
    pub what: String,
    pub bytes: Vec<u8>,
    pub may: &'static [End],
}

/// Bad files; all that can be decoded of them is pages of another form.
pub fn bad_scans() -> Vec<BadScan> {
    const BROKEN: &[End] = &[End::Broken];
    const OVER: &[End] = &[End::OverCap];
    const REFUSED: &[End] = &[End::Refused];
    /// Damage that a format cannot notice: it may look like a page, but never like a crash.
    const ANY: &[End] = &[End::Broken, End::Refused];
    let page = Scanner { degrees: 0.6, noise: 5.0, ..Scanner::default() }.scan(&first_form().blank.picture);
    let good = [
        ("PNG", page.to_png()),
        ("JPEG", jpeg(&page)),
        ("TIFF", g4_tiff(std::slice::from_ref(&page))),
        ("PDF", scanned_pdf(&[(&page, DCT, jpeg(&page))])),
    ];
    let mut files: Vec<BadScan> = Vec::new();
    for (kind, file) in &good {
        for part in 1..=12 {
            let cut = file.len() * part / 14;
            files.push(BadScan { what: format!("{kind} cut at {cut}"), bytes: file[..cut].to_vec(), may: BROKEN });
        }
        let mut dice = Dice(file.len() as u64);
        for i in 0..8 {
            let mut flipped = file.clone();
            for _ in 0..=i {
                let at = dice.below(file.len() as u64) as usize;
                flipped[at] ^= 1 << dice.below(8);
            }
            let may = if *kind == "PNG" { BROKEN } else { ANY };
            files.push(BadScan { what: format!("{kind} with {} flipped bits", i + 1), bytes: flipped, may });
        }
    }
    let mut add = |what: &str, bytes, may| files.push(BadScan { what: what.to_owned(), bytes, may });
    add("nothing", Vec::new(), BROKEN);
    add("one byte", vec![0], BROKEN);
    add("zeros", vec![0; 100_000], BROKEN);
    add("text", b"jido-teate,1,2,3\n".repeat(50), BROKEN);
    add("a letter", "板橋花子　個人番号 123456789018\n".repeat(9).into_bytes(), BROKEN);
    add("an office document", b"PK\x03\x04[Content_Types].xml".to_vec(), BROKEN);
    add("a web page", b"<!DOCTYPE html><script>alert(1)</script>".to_vec(), BROKEN);
    add("a GIF", b"GIF89a\x01\0\x01\0\0\0\0;".to_vec(), BROKEN);
    for (kind, mark) in [("PNG", b"\x89PNG\r\n\x1a\n".as_slice()), ("JPEG", &[0xff, 0xd8, 0xff]), ("TIFF", b"II*\0")] {
        add(&format!("a {kind} mark and nothing"), mark.to_vec(), BROKEN);
        let noise: Vec<u8> = mark.iter().copied().chain((0..5000).map(|i| (i * 31 % 251) as u8)).collect();
        add(&format!("a {kind} mark and noise"), noise, BROKEN);
    }
    add("a PDF mark and nothing", b"%PDF-1.7\n".to_vec(), BROKEN);
    add("a bomb PNG", png_of(60_000, 60_000, &[], &deflated(&[0; 1 << 20])), OVER);
    add("a PNG without width", png_of(0, 10, &[], &deflated(&[0; 20])), BROKEN);
    let bomb = [b"k\0\0".as_slice(), &deflate_bomb(1_200_000)].concat();
    add("a PNG with a text bomb", png_of(2, 2, &[(b"zTXt", bomb)], &deflated(&[0; 6])), ANY);
    add("a PNG whose pixels are a bomb", png_of(2, 2, &[], &deflate_bomb(1_200_000)), ANY);
    add("a PNG with a long text", png_of(2, 2, &[(b"tEXt", vec![b'a'; 30 << 20])], &deflated(&[0; 6])), ANY);
    let letter = vec![(b"tEXt", "Title\0板橋花子".as_bytes().to_vec())];
    add("a PNG with a name in it", png_of(2, 2, &letter, &deflated(&[0; 6])), ANY);
    add("a PNG with one pixel", png_of(1, 1, &[], &deflated(&[0; 2])), REFUSED);
    add("a file over the cap", vec![b'x'; (40 << 20) + 1], OVER);
    add("a TIFF asking for all memory", claiming_tiff(u32::MAX, u32::MAX, 4), OVER);
    add("a TIFF with an endless strip", claiming_tiff(2000, 2000, u32::MAX), BROKEN);
    add("a TIFF with too little data", claiming_tiff(2000, 2000, 8), BROKEN);
    add("a TIFF without width", claiming_tiff(0, 2000, 8), BROKEN);
    add("a TIFF that bites its tail", looping_tiff(), ANY);
    add("a TIFF of 201 pages", g4_tiff(&vec![Gray::filled(8, 8, 255); 201]), OVER);
    let kids = |count: usize| format!("<< /Type /Pages /Count {count} /Kids [{}] >>", "3 0 R ".repeat(count));
    let catalogue = || b"<< /Type /Catalog /Pages 2 0 R >>".to_vec();
    let leaf = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>".to_vec();
    let places: String = (0..201).map(|i| format!("{} 0 R ", 3 + i)).collect();
    let tree = format!("<< /Type /Pages /Count 201 /Kids [{places}] >>").into_bytes();
    let book: Vec<Vec<u8>> = [catalogue(), tree].into_iter().chain(vec![leaf.clone(); 201]).collect();
    add("a PDF of 201 pages", pdf(&book, ""), OVER);
    add("a PDF without pages", pdf(&[catalogue(), kids(0).into_bytes()], ""), BROKEN);
    let own_child = b"<< /Type /Pages /Count 1 /Kids [2 0 R] >>".to_vec();
    add("a PDF whose pages are their own child", pdf(&[catalogue(), own_child], ""), BROKEN);
    add("a PDF whose picture draws itself", self_drawing_pdf(), ANY);
    add("a PDF page as large as a city", huge_page_pdf(), &[End::Broken, End::OverCap, End::Refused]);
    let locked = "/Encrypt << /Filter /Standard /V 2 /R 3 /Length 128 /P -1 /O (00000000000000000000000000000000) \
                  /U (00000000000000000000000000000000) >> /ID [(0) (0)]";
    add("a locked PDF", pdf(&[catalogue(), kids(1).into_bytes(), leaf], locked), BROKEN);
    add("a white page", Gray::filled(1165, 1654, 255).to_png(), REFUSED);
    add("a black page", Gray::filled(1165, 1654, 0).to_png(), REFUSED);
    add("another form", jpeg(&second_form().blank.picture), REFUSED);
    add("half a page", jpeg(&Gray { height: 800, pixels: page.pixels[..1165 * 800].to_vec(), ..page }), REFUSED);
    add("a thin strip", Gray::filled(1, 50_000, 128).to_png(), REFUSED);
    files
}

fn self_drawing_pdf() -> Vec<u8> {
    pdf(
        &[
            b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
            b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>".to_vec(),
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents 4 0 R \
              /Resources << /XObject << /F 5 0 R >> >> >>"
                .to_vec(),
            stream("", b"/F Do"),
            stream(
                "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /F 5 0 R >> >>",
                b"/F Do /F Do",
            ),
        ],
        "",
    )
}

fn huge_page_pdf() -> Vec<u8> {
    pdf(
        &[
            b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
            b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>".to_vec(),
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99999999 99999999] >>".to_vec(),
        ],
        "",
    )
}
