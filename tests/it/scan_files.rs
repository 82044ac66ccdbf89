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
    let mut bytes = b"II*\0\0\0\0\0".to_vec();
    let mut link = 4;
    for page in pages {
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
