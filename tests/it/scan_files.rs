//! Files as scanners, drivers and attackers write them, made byte by byte where no library would.

use image::ExtendedColorType;
use image::ImageEncoder;
use jitan::reading::page::Gray;

/// # Panics
/// Never with a picture that has pixels.
pub fn jpeg(page: &Gray) -> Vec<u8> {
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 85)
        .write_image(&page.pixels, page.width, page.height, ExtendedColorType::L8)
        .unwrap();
    bytes
}

/// One directory entry: tag, type (3 short, 4 long), count, value.
type Entry = (u16, u16, u32, u32);

/// Bytes placed behind the header, and the directory that speaks of them; `next` is where the next one stands.
fn directory(entries: &[Entry], next: u32) -> Vec<u8> {
    let mut bytes = (entries.len() as u16).to_le_bytes().to_vec();
    for (tag, kind, count, value) in entries {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        bytes.extend(count.to_le_bytes());
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend(next.to_le_bytes());
    bytes
}

/// A bilevel G4 TIFF of many pages, as fax drivers write it (white is zero).
pub fn g4_tiff(pages: &[Gray]) -> Vec<u8> {
    oriented_tiff(&pages.iter().map(|page| (page, 1)).collect::<Vec<_>>())
}

/// The same, each page with the orientation in which it is to be seen (TIFF 6.0, section 8).
pub fn oriented_tiff(pages: &[(&Gray, u32)]) -> Vec<u8> {
    let mut bytes = b"II*\0\0\0\0\0".to_vec();
    let mut link = 4;
    for (page, orientation) in pages {
        let at = bytes.len() as u32;
        let data = g4(page);
        bytes.extend(&data);
        if bytes.len() % 2 == 1 {
            bytes.push(0);
        }
        let start = bytes.len() as u32;
        bytes[link..link + 4].copy_from_slice(&start.to_le_bytes());
        let entries = [
            (256, 4, 1, page.width),
            (257, 4, 1, page.height),
            (258, 3, 1, 1),
            (259, 3, 1, 4),
            (262, 3, 1, 0),
            (273, 4, 1, at),
            (274, 3, 1, *orientation),
            (277, 3, 1, 1),
            (278, 4, 1, page.height),
            (279, 4, 1, data.len() as u32),
        ];
        bytes.extend(directory(&entries, 0));
        link = bytes.len() - 4;
    }
    bytes
}

fn g4(page: &Gray) -> Vec<u8> {
    let mut encoder = fax::encoder::Encoder::new(fax::VecWriter::new());
    for y in 0..page.height {
        let row = page.row(y).iter().map(|v| if *v < 128 { fax::Color::Black } else { fax::Color::White });
        encoder.encode_line(row, page.width).unwrap();
    }
    encoder.finish().unwrap().finish()
}

/// A grey TIFF whose directory claims whatever the caller likes; its data is eight bytes.
pub fn claiming_tiff(width: u32, height: u32, strip_bytes: u32) -> Vec<u8> {
    let entries = [
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, 1, 8),
        (277, 3, 1, 1),
        (278, 4, 1, height),
        (279, 4, 1, strip_bytes),
    ];
    let mut bytes = b"II*\0\x10\0\0\0".to_vec();
    bytes.extend([200; 8]);
    bytes.extend(directory(&entries, 0));
    bytes
}

/// A TIFF whose directory names itself as the next.
pub fn looping_tiff() -> Vec<u8> {
    let mut bytes = claiming_tiff(2, 2, 4);
    let end = bytes.len() - 4;
    bytes[end..].copy_from_slice(&16_u32.to_le_bytes());
    bytes
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |c, _| if c & 1 == 1 { (c >> 1) ^ 0xedb8_8320 } else { c >> 1 })
    })
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut body = kind.to_vec();
    body.extend(data);
    let mut bytes = (data.len() as u32).to_be_bytes().to_vec();
    bytes.extend(&body);
    bytes.extend(crc(&body).to_be_bytes());
    bytes
}

/// A PNG whose chunks' sums are put right again, as far as its chunks can be followed.
pub fn png_with_true_sums(file: &[u8]) -> Vec<u8> {
    let mut bytes = file.to_vec();
    let mut at = 8;
    while let Some(length) = bytes.get(at..at + 4).map(|l| u32::from_be_bytes([l[0], l[1], l[2], l[3]]) as usize) {
        let Some(body) = bytes.get(at + 4..at + 8 + length) else { break };
        let sum = crc(body).to_be_bytes();
        at += 8 + length;
        bytes.iter_mut().skip(at).zip(sum).for_each(|(b, s)| *b = s);
        at += 4;
    }
    bytes
}

/// A zlib stream of stored blocks (RFC 1950 and 1951): nothing is packed.
pub fn deflated(data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x78, 0x01];
    let last = data.chunks(0xffff).count().saturating_sub(1);
    for (i, block) in data.chunks(0xffff).enumerate() {
        let length = block.len() as u16;
        bytes.push(u8::from(i == last));
        bytes.extend(length.to_le_bytes());
        bytes.extend((!length).to_le_bytes());
        bytes.extend(block);
    }
    let (a, b) = data.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (a + b) % 65_521)
    });
    bytes.extend((b << 16 | a).to_be_bytes());
    bytes
}

/// A zlib stream that unpacks to `repeats` × 258 times the letter `a` (without the closing checksum): a bomb.
pub fn deflate_bomb(repeats: usize) -> Vec<u8> {
    let mut bits: Vec<bool> = Vec::new();
    // Last block, fixed codes; Huffman codes go most significant bit first.
    bits.extend([true, true, false]);
    let code = |bits: &mut Vec<bool>, value: u32, length: u32| {
        bits.extend((0..length).rev().map(|i| value >> i & 1 == 1));
    };
    code(&mut bits, 0x30 + u32::from(b'a'), 8);
    for _ in 0..repeats {
        // Length 258, distance 1.
        code(&mut bits, 0b1100_0101, 8);
        code(&mut bits, 0, 5);
    }
    code(&mut bits, 0, 7);
    let byte = |eight: &[bool]| eight.iter().enumerate().fold(0, |byte, (i, bit)| byte | u8::from(*bit) << i);
    [0x78, 0x01].into_iter().chain(bits.chunks(8).map(byte)).collect()
}

/// A grey PNG with the given header, extra chunks and picture data.
pub fn png_of(width: u32, height: u32, extra: &[(&[u8; 4], Vec<u8>)], data: &[u8]) -> Vec<u8> {
    let mut header = width.to_be_bytes().to_vec();
    header.extend(height.to_be_bytes());
    header.extend([8, 0, 0, 0, 0]);
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    bytes.extend(chunk(b"IHDR", &header));
    for (kind, data) in extra {
        bytes.extend(chunk(kind, data));
    }
    bytes.extend(chunk(b"IDAT", data));
    bytes.extend(chunk(b"IEND", b""));
    bytes
}

/// A PDF of the given objects (the first is number 1 and the catalogue), with its cross-reference table.
pub fn pdf(objects: &[Vec<u8>], trailer: &str) -> Vec<u8> {
    let mut bytes = b"%PDF-1.4\n".to_vec();
    let mut places = Vec::new();
    for (i, object) in objects.iter().enumerate() {
        places.push(bytes.len());
        bytes.extend(format!("{} 0 obj\n", i + 1).into_bytes());
        bytes.extend(object);
        bytes.extend(b"\nendobj\n");
    }
    let start = bytes.len();
    bytes.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).into_bytes());
    for place in places {
        bytes.extend(format!("{place:010} 00000 n \n").into_bytes());
    }
    let size = objects.len() + 1;
    bytes
        .extend(format!("trailer\n<< /Size {size} /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n").into_bytes());
    bytes
}

pub fn stream(dict: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = format!("<< {dict} /Length {} >>\nstream\n", data.len()).into_bytes();
    bytes.extend(data);
    bytes.extend(b"\nendstream");
    bytes
}

/// A PDF as scanners write it: each page one picture. `dict` tells its encoding.
pub fn scanned_pdf(pages: &[(&Gray, &str, Vec<u8>)]) -> Vec<u8> {
    let kids: Vec<String> = (0..pages.len()).map(|i| format!("{} 0 R", 3 + i * 3)).collect();
    let mut objects = vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        format!("<< /Type /Pages /Count {} /Kids [{}] >>", pages.len(), kids.join(" ")).into_bytes(),
    ];
    for (i, (page, dict, data)) in pages.iter().enumerate() {
        let (content, picture) = (4 + i * 3, 5 + i * 3);
        // 200 dpi in points.
        let (w, h) = (f64::from(page.width) * 0.36, f64::from(page.height) * 0.36);
        objects.push(
            format!(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {w} {h}] /Contents {content} 0 R \
                 /Resources << /XObject << /S {picture} 0 R >> >> >>"
            )
            .into_bytes(),
        );
        objects.push(stream("", format!("q {w} 0 0 {h} 0 0 cm /S Do Q").as_bytes()));
        let size = format!("/Type /XObject /Subtype /Image /Width {} /Height {}", page.width, page.height);
        objects.push(stream(&format!("{size} {dict}"), data));
    }
    pdf(&objects, "")
}

pub const DCT: &str = "/ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /DCTDecode";
pub const FLATE: &str = "/ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /FlateDecode";

/// G4 in a PDF: black is zero there.
pub fn ccitt(page: &Gray) -> (String, Vec<u8>) {
    let parms = format!("/DecodeParms << /K -1 /Columns {} /Rows {} >>", page.width, page.height);
    (format!("/ColorSpace /DeviceGray /BitsPerComponent 1 /Filter /CCITTFaxDecode {parms}"), g4(page))
}

/// A TIFF of four inks for print: the page in black ink alone.
pub fn cmyk_tiff(page: &Gray) -> Vec<u8> {
    let mut bytes = b"II*\0\0\0\0\0".to_vec();
    let bits = bytes.len() as u32;
    (0..4).for_each(|_| bytes.extend(8_u16.to_le_bytes()));
    let at = bytes.len() as u32;
    bytes.extend(page.pixels.iter().flat_map(|v| [0, 0, 0, 255 - v]));
    let entries = [
        (256, 4, 1, page.width),
        (257, 4, 1, page.height),
        (258, 3, 4, bits),
        (259, 3, 1, 1),
        (262, 3, 1, 5),
        (273, 4, 1, at),
        (277, 3, 1, 4),
        (278, 4, 1, page.height),
        (279, 4, 1, page.width * page.height * 4),
    ];
    let start = (bytes.len() as u32).to_le_bytes();
    bytes[4..8].copy_from_slice(&start);
    bytes.extend(directory(&entries, 0));
    bytes
}

/// The segments of a JPEG up to its scan, and the scan's own data.
fn jpeg_parts(file: &[u8]) -> (Vec<(u8, Vec<u8>)>, Vec<u8>) {
    let (mut at, mut segments) = (2, Vec::new());
    loop {
        let (mark, length) = (file[at + 1], usize::from(u16::from_be_bytes([file[at + 2], file[at + 3]])));
        segments.push((mark, file[at + 4..at + 2 + length].to_vec()));
        at += 2 + length;
        if mark == 0xda {
            return (segments, file[at..file.len() - 2].to_vec());
        }
    }
}

fn segment(mark: u8, data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0xff, mark];
    bytes.extend((data.len() as u16 + 2).to_be_bytes());
    bytes.extend(data);
    bytes
}

/// A JPEG of four inks as photo programs write it (inverted, each ink in a scan of its own): the page in black ink.
pub fn cmyk_jpeg(page: &Gray) -> Vec<u8> {
    const NO_INK: u8 = 255;
    let (segments, black) = jpeg_parts(&jpeg(page));
    let (_, none) = jpeg_parts(&jpeg(&Gray::filled(page.width, page.height, NO_INK)));
    let mut bytes = vec![0xff, 0xd8];
    bytes.extend(segment(0xee, b"Adobe\0\x64\0\0\0\0\0"));
    for (mark, data) in &segments {
        match mark {
            0xc0 => {
                let inks = (1..=4).flat_map(|ink| [ink, 0x11, data[8]]);
                let frame: Vec<u8> = data[..5].iter().copied().chain([4]).chain(inks).collect();
                bytes.extend(segment(0xc0, &frame));
            }
            0xc4 | 0xdb => bytes.extend(segment(*mark, data)),
            _ => {}
        }
    }
    for (ink, scan) in [(1, &none), (2, &none), (3, &none), (4, &black)] {
        bytes.extend(segment(0xda, &[1, ink, 0, 0, 63, 0]));
        bytes.extend(scan);
    }
    bytes.extend([0xff, 0xd9]);
    bytes
}

/// A JPEG with the orientation in which a camera says that it is to be seen (EXIF 2.32, tag 0x0112).
pub fn photograph(page: &Gray, orientation: u32) -> Vec<u8> {
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0".to_vec();
    exif.extend(directory(&[(0x0112, 3, 1, orientation)], 0));
    let plain = jpeg(page);
    [&plain[..2], &segment(0xe1, &exif), &plain[2..]].concat()
}

/// 16 bits a value, as some scanners give grey.
pub fn sixteen_bits(page: &Gray) -> image::ImageBuffer<image::Luma<u16>, Vec<u16>> {
    let deep = page.pixels.iter().map(|v| u16::from(*v) * 257).collect();
    image::ImageBuffer::from_raw(page.width, page.height, deep).unwrap()
}

/// JBIG2 as PDF embeds it (ISO 14492, 7.2 and 7.4): a page and one generic region, coded like a fax.
pub fn jbig2(page: &Gray) -> (String, Vec<u8>) {
    let segment = |number: u32, kind: u8, data: &[u8]| {
        let mut bytes = number.to_be_bytes().to_vec();
        bytes.extend([kind, 0, 1]);
        bytes.extend((data.len() as u32).to_be_bytes());
        bytes.extend(data);
        bytes
    };
    let size = [page.width.to_be_bytes(), page.height.to_be_bytes(), [0; 4], [0; 4]].concat();
    let about_page = [size.clone(), vec![0, 0, 0]].concat();
    let region = [size, vec![0, 1], g4(page)].concat();
    let data = [segment(0, 48, &about_page), segment(1, 38, &region)].concat();
    ("/ColorSpace /DeviceGray /BitsPerComponent 1 /Filter /JBIG2Decode".to_owned(), data)
}

/// A PDF as text recognition in a scanner leaves it: the page's picture, and over it its words in invisible letters.
pub fn searchable_pdf(page: &Gray) -> Vec<u8> {
    lettered_pdf(page, "BT 3 Tr /F 30 Tf 40 200 Td (not what stands here) Tj ET")
}

/// The page's picture at 200 dpi and `letters` over it: text operators that use the font `F`.
pub fn lettered_pdf(page: &Gray, letters: &str) -> Vec<u8> {
    let (w, h) = (f64::from(page.width) * 0.36, f64::from(page.height) * 0.36);
    let size = format!("/Type /XObject /Subtype /Image /Width {} /Height {}", page.width, page.height);
    let content = format!("q {w} 0 0 {h} 0 0 cm /S Do Q {letters}");
    let objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>".to_vec(),
        format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {w} {h}] /Contents 4 0 R \
             /Resources << /XObject << /S 5 0 R >> /Font << /F 6 0 R >> >> >>"
        )
        .into_bytes(),
        stream("", content.as_bytes()),
        stream(&format!("{size} {DCT}"), &jpeg(page)),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_vec(),
    ];
    pdf(&objects, "")
}
