//! Hashes of remote files: HASH (draft-bryan-ftpext-hash) and the older XSHA256, XMD5, XCRC and
//! similar verbs, which no document defines. Requests differ little between servers, but replies
//! differ in everything.

use std::fmt;
use std::str::FromStr;

use super::answers::Features;
use super::request::Request;
use crate::reply::Reply;
use crate::verbs::Verb;

/// A hash function or checksum for files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HashAlgorithm {
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
    /// SHA-1, which detects accidental changes only.
    Sha1,
    /// MD5, which detects accidental changes only.
    Md5,
    /// CRC-32, which detects accidental changes only.
    Crc32,
}

struct Row {
    algorithm: HashAlgorithm,
    name: &'static str,
    /// The algorithm's own verb, for servers without HASH.
    verb: Verb,
    /// The number of hexadecimal digits of a hash.
    digits: usize,
}

/// The algorithms, in order of preference.
static ROWS: [Row; 5] = [
    Row { algorithm: HashAlgorithm::Sha256, name: "SHA-256", verb: Verb::Xsha256, digits: 64 },
    Row { algorithm: HashAlgorithm::Sha512, name: "SHA-512", verb: Verb::Xsha512, digits: 128 },
    Row { algorithm: HashAlgorithm::Sha1, name: "SHA-1", verb: Verb::Xsha1, digits: 40 },
    Row { algorithm: HashAlgorithm::Md5, name: "MD5", verb: Verb::Xmd5, digits: 32 },
    Row { algorithm: HashAlgorithm::Crc32, name: "CRC32", verb: Verb::Xcrc, digits: 8 },
];

impl HashAlgorithm {
    /// Every algorithm, in order of preference.
    pub fn all() -> impl Iterator<Item = Self> {
        ROWS.iter().map(|row| row.algorithm)
    }

    /// The name, as in HASH.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The verb of older servers for this algorithm.
    pub fn verb(self) -> Verb {
        self.row().verb
    }

    fn row(self) -> &'static Row {
        // The table contains every algorithm; a test checks this.
        ROWS.iter().find(|row| row.algorithm == self).unwrap_or(&ROWS[0])
    }
}

impl fmt::Display for HashAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The name of an unknown algorithm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownHash(String);

impl fmt::Display for UnknownHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = HashAlgorithm::all().map(|known| known.name().to_lowercase()).collect();
        write!(f, "{:?} is not a supported hash: use {}", self.0, names.join(", "))
    }
}

impl std::error::Error for UnknownHash {}

impl FromStr for HashAlgorithm {
    type Err = UnknownHash;

    /// Accepts a name case-insensitively, with or without its `-`.
    fn from_str(name: &str) -> Result<Self, UnknownHash> {
        let plain = |name: &str| name.replace(['-', '_'], "").to_ascii_lowercase();
        let known = ROWS.iter().find(|row| plain(row.name) == plain(name));
        known.map(|row| row.algorithm).ok_or_else(|| UnknownHash(name.to_owned()))
    }
}

/// The algorithms in a FEAT line such as `HASH SHA-256;SHA-1*;MD5`, and whether each is the one in use.
pub fn offered_hashes(features: &Features) -> Vec<(HashAlgorithm, bool)> {
    let list = features.parameters("HASH").unwrap_or_default();
    let one = |name: &str| {
        let selected = name.ends_with('*');
        Some((name.trim_end_matches('*').parse().ok()?, selected))
    };
    list.split(';').filter_map(|name| one(name.trim())).collect()
}

/// The hash in a reply to HASH or to an older verb, in lowercase. The forms in use are `SHA-256
/// 0-49 HEX path`, `HEX`, `path HEX` and a sentence that contains the hash. Its length tells the
/// hash from other words; a CRC may lack its leading zeros. A file name may look like a hash, so a
/// word of the requested name counts only if no other word is a hash.
pub fn parse_hash(reply: &Reply, algorithm: HashAlgorithm, asked: &Request) -> Option<String> {
    let digits = algorithm.row().digits;
    let text = reply.text();
    let name = String::from_utf8_lossy(asked.argument());
    let name: Vec<&str> = words(name.rsplit('/').next().unwrap_or_default()).collect();
    let hex = || words(&text).filter(|word| word.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let other = |word: &&str| !name.contains(word);
    let exact = || hex().filter(|word| word.len() == digits);
    let short = || hex().filter(|word| (1..digits).contains(&word.len()));
    let exact = exact().find(other).or_else(|| exact().next());
    let found = match algorithm {
        HashAlgorithm::Crc32 => {
            exact.or_else(|| short().filter(other).last()).or_else(|| short().last())
        }
        _ => exact,
    }?;
    Some(format!("{:0>digits$}", found.to_ascii_lowercase()))
}

/// The words of a reply or a name.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| letter.is_whitespace() || "\"',;()=".contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;
    use packetboat_codes::ReplyCode;

    const MD5: &str = "D41D8CD98F00B204E9800998ECF8427E";

    fn found(text: &str, algorithm: HashAlgorithm) -> Option<String> {
        found_of("f", text, algorithm)
    }

    fn found_of(asked: &str, text: &str, algorithm: HashAlgorithm) -> Option<String> {
        let asked = Request::new(algorithm.verb(), asked).expect("legal");
        parse_hash(&Reply::new(ReplyCode::known(213), text), algorithm, &asked)
    }

    #[test]
    fn every_form_of_a_reply() {
        let expected = Some(MD5.to_lowercase());
        for form in ["MD5 0-49 {} a b", "{}", "/a/b {}", "It is {};", "\"{}\"", "Successful. {}"] {
            assert_eq!(found(&form.replace("{}", MD5), HashAlgorithm::Md5), expected, "{form}");
        }
        assert_eq!(found("no hash here", HashAlgorithm::Md5), None);
        assert_eq!(found(MD5, HashAlgorithm::Sha1), None);
    }

    /// If a file was named by its hash, a damaged file used to pass as intact because of its name.
    #[test]
    fn a_name_that_is_a_hash_is_not_taken_for_the_one_of_the_file() {
        let name = "900150983cd24fb0d6963f7d28e17f72";
        let expected = Some(MD5.to_lowercase());
        for (asked, form) in [
            (name.to_owned(), "NAME HEX"),
            (format!("/pool/{name}"), "NAME HEX"),
            (format!("\"/a b/{name} old\""), "NAME old HEX"),
            (name.to_owned(), "MD5 0-49 HEX NAME"),
        ] {
            let text = form.replace("NAME", name).replace("HEX", MD5);
            assert_eq!(found_of(&asked, &text, HashAlgorithm::Md5), expected, "{asked}: {text}");
        }
        assert_eq!(found_of(name, name, HashAlgorithm::Md5).as_deref(), Some(name));
        assert_eq!(
            found_of("00c0ffee", "00c0ffee DEADBEEF", HashAlgorithm::Crc32).as_deref(),
            Some("deadbeef")
        );
    }

    #[test]
    fn a_crc_may_lack_its_zeros() {
        assert_eq!(found("12AB", HashAlgorithm::Crc32).as_deref(), Some("000012ab"));
        assert_eq!(
            found("CRC32 0-3 DEADBEEF f", HashAlgorithm::Crc32).as_deref(),
            Some("deadbeef")
        );
    }

    #[test]
    fn names_and_features() {
        assert_eq!("sha256".parse(), Ok(HashAlgorithm::Sha256));
        assert_eq!("SHA-1".parse(), Ok(HashAlgorithm::Sha1));
        assert_eq!("crc-32".parse(), Ok(HashAlgorithm::Crc32));
        let error = "whirlpool".parse::<HashAlgorithm>().expect_err("unknown");
        assert!(error.to_string().ends_with("use sha-256, sha-512, sha-1, md5, crc32"), "{error}");
        let lines = ["Have", " HASH SHA-512;SHA-256*;odd", "End"];
        let features = Features::parse(&Reply::multiline(ReplyCode::known(211), lines));
        let expected = [(HashAlgorithm::Sha512, false), (HashAlgorithm::Sha256, true)];
        assert_eq!(offered_hashes(&features), expected);
        for algorithm in HashAlgorithm::all() {
            assert_eq!(algorithm.row().algorithm, algorithm);
            assert_eq!(algorithm.name().parse(), Ok(algorithm));
        }
    }
}
