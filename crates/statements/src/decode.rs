//! Bytes to text: which encoding, and whether it is text at all.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    BIG5, EUC_KR, Encoding, GBK, ISO_8859_2, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1250,
    WINDOWS_1251, WINDOWS_1252, WINDOWS_1253, WINDOWS_1254, WINDOWS_1257,
};

use model::Currency;

use crate::ReadError;
use crate::words::accented_words;

/// A file as text.
pub(crate) struct Decoded {
    pub(crate) text: String,
    pub(crate) encoding: String,
}

/// How much of a file is looked at to guess a legacy encoding.
const GUESS_BYTES: usize = 256 * 1024;

/// Decodes under a named encoding, or under the one that the bytes speak for.
pub(crate) fn decode(
    bytes: &[u8],
    named: Option<&str>,
    currency: Currency,
) -> Result<Decoded, ReadError> {
    if let Some(format) = other_format(bytes) {
        return Err(ReadError::OtherFormat(format));
    }
    let encoding = match named {
        Some(name) => Encoding::for_label(name.as_bytes())
            .ok_or_else(|| ReadError::UnknownEncoding(name.to_owned()))?,
        None => detect(bytes, currency),
    };
    let (text, encoding, _) = encoding.decode(bytes);
    if is_binary(&text) {
        return Err(ReadError::NotText);
    }
    if text.trim().is_empty() {
        return Err(ReadError::Empty);
    }
    Ok(Decoded { text: text.into_owned(), encoding: encoding.name().to_lowercase() })
}

fn detect(bytes: &[u8], currency: Currency) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return encoding;
    }
    if let Some(encoding) = utf16_without_mark(bytes) {
        return encoding;
    }
    if is_utf8(bytes) { UTF_8 } else { legacy(bytes, currency) }
}

/// Valid UTF-8, or UTF-8 with a flaw that another encoding would not explain: cut within the last
/// letter, or one stray byte among many proper letters.
fn is_utf8(bytes: &[u8]) -> bool {
    let Err(error) = std::str::from_utf8(bytes) else { return true };
    let is_cut = error.error_len().is_none();
    let text = String::from_utf8_lossy(bytes);
    let broken = text.matches('\u{fffd}').count();
    let letters = text.chars().filter(|c| !c.is_ascii() && *c != '\u{fffd}').count();
    is_cut || letters > broken * 20
}

/// Every second byte of Latin text in UTF-16 is zero.
fn utf16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(1024)];
    let zeros = |from: usize| head.iter().skip(from).step_by(2).filter(|b| **b == 0).count();
    let most = head.len() * 2 / 5;
    match (zeros(0), zeros(1)) {
        (first, second) if head.len() >= 8 && second > most && first == 0 => Some(UTF_16LE),
        (first, second) if head.len() >= 8 && first > most && second == 0 => Some(UTF_16BE),
        _ => None,
    }
}

/// Letter statistics choose among all encodings; known words among the usual ones overrule them,
/// since a short file has few letters but nearly always a header. The account's currency says for
/// which country's letters to look: a currency code begins with the country's.
fn legacy(bytes: &[u8], currency: Currency) -> &'static Encoding {
    let head = head(bytes);
    if let Some(encoding) = of_country(head, currency) {
        return encoding;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(head, true);
    let country = currency.code()[..2].to_lowercase();
    let guess = detector.guess(Some(country.as_bytes()), Utf8Detection::Deny);
    let fit = |encoding: &'static Encoding| {
        let (text, _, has_errors) = encoding.decode(head);
        (!has_errors, accented_words(&text))
    };
    let usual = [
        WINDOWS_1252,
        WINDOWS_1250,
        WINDOWS_1251,
        WINDOWS_1253,
        WINDOWS_1254,
        WINDOWS_1257,
        ISO_8859_2,
        GBK,
        SHIFT_JIS,
        BIG5,
        EUC_KR,
    ];
    let mut best = (fit(guess), guess);
    for encoding in usual {
        let next = fit(encoding);
        if next > best.0 {
            best = (next, encoding);
        }
    }
    best.1
}

/// What is looked at, up to a line's end so that no letter is cut.
fn head(bytes: &[u8]) -> &[u8] {
    if bytes.len() <= GUESS_BYTES {
        return bytes;
    }
    let head = &bytes[..GUESS_BYTES];
    head.iter().rposition(|byte| *byte == b'\n').map_or(head, |at| &head[..at])
}

/// Countries whose few letters beyond ASCII are valid, and other letters, in Western encodings: the
/// codes that their currencies begin with, their encoding and their letters.
const ALPHABETS: [(&str, &Encoding, &str); 7] = [
    ("LT", WINDOWS_1257, "ąčęėįšųūž"),
    ("LV", WINDOWS_1257, "āčēģīķļņšūž"),
    ("PL", WINDOWS_1250, "ąćęłńóśźż"),
    ("CZ", WINDOWS_1250, "áčďéěíňóřšťúůýž"),
    ("HU", WINDOWS_1250, "áéíóöőúüű"),
    ("RU", WINDOWS_1251, "абвгдеёжзийклмнопрстуфхцчшщъыьэюя№«»\u{a0}₽"),
    ("BG", WINDOWS_1251, "абвгдежзийклмнопрстуфхцчшщъьюя№\u{a0}"),
];

/// The encoding of the currency's country, if it gives nothing but letters of its language.
fn of_country(head: &[u8], currency: Currency) -> Option<&'static Encoding> {
    let (_, encoding, letters) =
        ALPHABETS.iter().find(|(code, _, _)| currency.code().starts_with(code))?;
    let (text, _, _) = encoding.decode(head);
    let is_local = |c: char| c.is_ascii() || c.to_lowercase().all(|c| letters.contains(c));
    text.chars().all(is_local).then_some(*encoding)
}

/// What a file is that is no text, by the bytes that such files begin with.
fn other_format(bytes: &[u8]) -> Option<&'static str> {
    let formats: [(&[u8], &str); 6] = [
        (b"PK\x03\x04", "an Excel or OpenDocument workbook (or another ZIP file)"),
        (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
        (b"%PDF", "a PDF document"),
        (b"\x1f\x8b", "a compressed file"),
        (b"\x89PNG", "a picture"),
        (b"\xff\xd8\xff", "a picture"),
    ];
    formats.iter().find(|(start, _)| bytes.starts_with(start)).map(|(_, format)| *format)
}

fn is_binary(text: &str) -> bool {
    let control = |c: char| c == '\u{fffd}' || (c.is_control() && !matches!(c, '\t' | '\r' | '\n'));
    let controls = text.chars().filter(|c| control(*c)).count();
    text.contains('\0') || controls * 50 > text.chars().count().max(50)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> (String, String) {
        let decoded = decode(bytes, None, Currency::EUR).unwrap();
        (decoded.encoding, decoded.text)
    }

    #[test]
    fn finds_the_encoding() {
        let text = "Datum;Währung;Empfänger\n01.02.2024;EUR;Bäckerei Müller\n";
        let (latin, _, _) = WINDOWS_1252.encode(text);
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let marked = [b"\xff\xfe".as_slice(), &wide].concat();
        let signed = [b"\xef\xbb\xbf".as_slice(), text.as_bytes()].concat();
        for (bytes, encoding) in [
            (text.as_bytes(), "utf-8"),
            (&signed, "utf-8"),
            (&latin, "windows-1252"),
            (&wide, "utf-16le"),
            (&marked, "utf-16le"),
        ] {
            assert_eq!(decoded(bytes), (encoding.to_owned(), text.to_owned()));
        }
        let polish = "Data operacji;Kwota;Tytuł;Nadawca\n2024-01-02;-12,00;Żabka;Spółdzielnia\n";
        let (bytes, _, _) = WINDOWS_1250.encode(polish);
        assert_eq!(decoded(&bytes).1, polish);
        let russian = "Дата операции;Описание;Сумма\n01.02.2024;Пятёрочка;-12,00\n";
        let (bytes, _, _) = WINDOWS_1251.encode(russian);
        assert_eq!(decoded(&bytes).1, russian);
    }

    #[test]
    fn says_what_is_no_text() {
        assert!(matches!(decode(b"", None, Currency::EUR), Err(ReadError::Empty)));
        assert!(matches!(decode(b" \r\n\n", None, Currency::EUR), Err(ReadError::Empty)));
        assert!(matches!(
            decode(b"PK\x03\x04....", None, Currency::EUR),
            Err(ReadError::OtherFormat(_))
        ));
        assert!(matches!(
            decode(b"a\0b\0\0c\x01\x02", None, Currency::EUR),
            Err(ReadError::NotText)
        ));
        assert!(matches!(
            decode(b"a", Some("klingon"), Currency::EUR),
            Err(ReadError::UnknownEncoding(_))
        ));
    }
}
