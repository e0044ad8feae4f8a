//! Something planted, however it is written, and where it is found.

use std::fmt::Write as _;
use std::io::Read;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::{GzDecoder, ZlibDecoder};

/// Bytes packed within others that are looked at, at most.
const INSIDE: u64 = 1 << 20;

/// What must not be found: what it is called, and its bytes.
pub(super) struct Planted {
    pub(super) name: String,
    bytes: Vec<u8>,
    /// Found in whatever case.
    any_case: bool,
}

/// Something planted as it is, and as somebody may have written it: in hexadecimal, in base64 at each of the three places in which
/// it can begin, and as UTF-16.
pub(super) fn spelt(name: &str, bytes: &[u8], any_case: bool) -> Vec<Planted> {
    let hex = bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    });
    let mut all = vec![
        ("", bytes.to_vec(), any_case),
        (" in hexadecimal", hex.into_bytes(), true),
    ];
    for before in 0..3 {
        let padded = [vec![0; before], bytes.to_vec()].concat();
        let text = STANDARD.encode(&padded[..padded.len() / 3 * 3]);
        // The first characters hold bits of what stands before.
        let text = text.as_bytes()[before.div_ceil(3) * 4..].to_vec();
        if text.len() >= 8 {
            all.push((" in base64", text, false));
        }
    }
    if any_case {
        let wide = bytes.iter().flat_map(|byte| [*byte, 0]).collect();
        all.push((" as UTF-16", wide, true));
    }
    all.into_iter()
        .map(|(how, bytes, any_case)| Planted {
            name: format!("{name}{how}"),
            bytes,
            any_case,
        })
        .collect()
}

pub(super) fn holds(text: &[u8], planted: &Planted) -> bool {
    let same = |window: &[u8]| {
        if planted.any_case {
            window.eq_ignore_ascii_case(&planted.bytes)
        } else {
            window == planted.bytes
        }
    };
    let (low, up) = (
        planted.bytes[0].to_ascii_lowercase(),
        planted.bytes[0].to_ascii_uppercase(),
    );
    text.windows(planted.bytes.len())
        .any(|window| (window[0] == low || window[0] == up) && same(window))
}

/// Bytes, and whatever is packed within them: by zlib as in pictures, by gzip as in the columns of Parquet files.
fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let mut all = bytes.to_vec();
    let mut look = |packed: &mut dyn Read| {
        let mut inside = Vec::new();
        if packed.take(INSIDE).read_to_end(&mut inside).is_ok() || !inside.is_empty() {
            all.extend(inside);
        }
    };
    for at in 0..bytes.len().saturating_sub(2) {
        // A zlib header: deflate, a window of 32 KiB, and a check that 31 divides.
        if bytes[at] == 0x78 && u16::from_be_bytes([bytes[at], bytes[at + 1]]).is_multiple_of(31) {
            look(&mut ZlibDecoder::new(&bytes[at..]));
        }
        if bytes[at..].starts_with(&[0x1f, 0x8b, 0x08]) {
            look(&mut GzDecoder::new(&bytes[at..]));
        }
    }
    all
}

/// Whatever is to be searched: where it comes from, and its bytes.
pub(super) type Left = Vec<(String, Vec<u8>)>;

/// What is found, and where.
pub(super) fn found<'a>(left: &Left, wanted: impl Iterator<Item = &'a Planted> + Clone) -> Vec<String> {
    let mut found = Vec::new();
    for (place, bytes) in left {
        let bytes = unpacked(bytes);
        let here = wanted.clone().filter(|planted| holds(&bytes, planted));
        found.extend(here.map(|planted| format!("{} in {place}", planted.name)));
    }
    found
}

/// Words, however they are written.
pub(super) fn words(words: &[&str]) -> Vec<Planted> {
    words
        .iter()
        .flat_map(|word| spelt(word, word.as_bytes(), true))
        .collect()
}

/// The keys of a data folder: they may stand in its key table and nowhere else.
pub(super) fn keys(folder: &Path) -> Vec<Planted> {
    let mut all = secrets(
        folder,
        "SELECT person, secret FROM keys WHERE secret IS NOT NULL",
        |_| true,
    );
    all.extend(secrets(folder, "SELECT name, secret FROM secrets", |_| true));
    assert!(!all.is_empty());
    all
}

/// The keys of those persons that are meant.
pub(super) fn keys_of(folder: &Path, meant: impl Fn(&str) -> bool) -> Vec<Planted> {
    secrets(
        folder,
        "SELECT person, secret FROM keys WHERE secret IS NOT NULL",
        meant,
    )
}

fn secrets(folder: &Path, query: &str, meant: impl Fn(&str) -> bool) -> Vec<Planted> {
    let table = rusqlite::Connection::open(folder.join("keys.db")).unwrap();
    let mut asked = table.prepare(query).unwrap();
    let rows = asked.query_map([], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?))
    });
    rows.unwrap()
        .map(Result::unwrap)
        .filter(|(whose, secret)| meant(whose) && secret.len() >= 16)
        .flat_map(|(whose, secret)| spelt(&format!("the key of {whose}"), &secret, false))
        .collect()
}

#[test]
fn whatever_is_planted_is_found_however_it_is_written() {
    let secret = b"whsec-of-the-tests";
    let spellings = spelt("it", secret, true);
    let hex: String = secret.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02X}").unwrap();
        hex
    });
    let wide: Vec<u8> = secret.iter().flat_map(|byte| [*byte, 0]).collect();
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut packed, &[b"x".repeat(100), secret.to_vec()].concat()).unwrap();
    let mut written = vec![b"it is WHSEC-of-the-tests".to_vec(), hex.into_bytes(), wide];
    written.push([b"..".to_vec(), packed.finish().unwrap()].concat());
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut packed, &[b"x".repeat(100), secret.to_vec()].concat()).unwrap();
    written.push([b"PAR1".to_vec(), packed.finish().unwrap()].concat());
    for before in ["", "a", "ab", "abc", "abcd"] {
        written.push(
            STANDARD
                .encode([before.as_bytes(), secret, b"after"].concat())
                .into_bytes(),
        );
    }
    for text in written {
        let text = unpacked(&text);
        assert!(spellings.iter().any(|planted| holds(&text, planted)), "{text:?}");
    }
    assert!(
        !spellings
            .iter()
            .any(|planted| holds(b"whsec-of-no-test", planted))
    );
}
