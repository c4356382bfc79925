//! yescrypt, `$y$` of crypt(3), which Debian, Ubuntu and Fedora use in /etc/shadow.

use base64ct::{Base64ShaCrypt, Encoding as _};
use subtle::ConstantTimeEq as _;
use yescrypt::{Mode, Params, yescrypt};

use super::HashError;

const KIND: &str = "yescrypt";
const MAGIC: &str = "$y$";
/// 1 GiB in blocks of 128 bytes, as for argon2; this is the highest cost that crypt_gensalt(3)
/// supports. The work grows with the memory.
const MOST_BLOCKS: u64 = 1 << 23;
/// crypt_gensalt(3) uses 8 or 32. A larger value would allocate memory in addition to the blocks.
const LARGEST_BLOCK: u32 = 32;
/// The limit of crypt(3): the characters of a salt of 64 bytes.
const LONGEST_SALT: usize = 86;
const DIGEST: usize = 32;
/// The number of characters of a digest.
const ENCODED: usize = 43;

/// A parsed hash.
pub(super) struct Yescrypt<'a> {
    params: Params,
    salt: Vec<u8>,
    digest: &'a str,
}

impl<'a> Yescrypt<'a> {
    /// Whether a text has the prefix of this kind.
    pub(super) fn is(text: &str) -> bool {
        text.starts_with(MAGIC)
    }

    /// Checks the cost before anything is computed or allocated.
    pub(super) fn parse(text: &'a str) -> Result<Self, HashError> {
        let malformed = || HashError::Malformed(KIND);
        let mut fields = text.strip_prefix(MAGIC).ok_or_else(malformed)?.split('$');
        let (Some(params), Some(salt), Some(digest), None) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            return Err(malformed());
        };
        let params = read_params(params)?;
        if salt.len() > LONGEST_SALT || digest.len() != ENCODED {
            return Err(malformed());
        }
        let mut bytes = [0; DIGEST];
        Base64ShaCrypt::decode(digest, &mut bytes).map_err(|_| malformed())?;
        let salt = Base64ShaCrypt::decode_vec(salt).map_err(|_| malformed())?;
        Ok(Self { params, salt, digest })
    }

    pub(super) fn matches(&self, password: &[u8]) -> bool {
        let mut bytes = [0; DIGEST];
        if yescrypt(password, &self.salt, &self.params, &mut bytes).is_err() {
            return false;
        }
        let ours = Base64ShaCrypt::encode_string(&bytes);
        ours.as_bytes().ct_eq(self.digest.as_bytes()).into()
    }
}

/// The parameters, if they have the form that crypt_gensalt(3) writes: one character for the
/// flavour ("read and write", one lane, no further passes), one for the number of blocks, one for
/// their size. Other forms exist only in theory.
fn read_params(text: &str) -> Result<Params, HashError> {
    let malformed = HashError::Malformed(KIND);
    let Some(params) = (text.len() == 3).then(|| text.parse::<Params>().ok()).flatten() else {
        return Err(malformed);
    };
    if params.r() > LARGEST_BLOCK || params.n().saturating_mul(params.r().into()) > MOST_BLOCKS {
        return Err(HashError::TooCostly(KIND));
    }
    match Params::new(Mode::Rw, params.n(), params.r(), 1) {
        Ok(usual) if usual == params => Ok(params),
        _ => Err(malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::super::PasswordHash;

    const DIGEST: &str = "k8zqKOmP4kh9T0qEWOXCTSTN5ZDwYAmiIUToQiF02C4";

    /// Made by libxcrypt 4.4.33, the last one by `mkpasswd -m yescrypt`: costs 1, 3 and 5, no salt,
    /// and other salt lengths and block sizes.
    const KNOWN: &[&str] = &[
        "$y$j75$imKzAUxnrze4jW9ESO2OA0$k8zqKOmP4kh9T0qEWOXCTSTN5ZDwYAmiIUToQiF02C4",
        "$y$j7T$ot2E31WksPLoaz/fAth1C.$fB/WPTnV5UBo.GYfhtzDXJVolDgRH8hFtAvuouA35oD",
        "$y$j9T$qdnIjVvdeuTNCdXH.65xA.$RiB2cGZM9Qlb9yFNiNh/Ln7AEUt7VvRqzDsmO2xtd./",
        "$y$j75$$6BUZ57Ppq1XCOI8LGmraG8XOzb1ERDdNMwVQ/ANg0pD",
        "$y$j/5$abcd$Qp8ufDZbE5pl0Cq94Ldft1IAlyqyRYMt0LwBWLiqiA6",
        "$y$j9T$lcYEo2XMNi1Cc9YfwmWIf0$lSISazXuWo7p.JTsLiIcDVYEDRyiL4wxUbxp.YsYFA9",
    ];

    #[test]
    fn hashes_of_libxcrypt_are_checked() {
        for text in KNOWN {
            let hash = PasswordHash::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(hash.kind(), "yescrypt");
            assert!(hash.matches(b"correct horse"), "{text}");
            assert!(!hash.matches(b"correct horsf") && !hash.matches(b""), "{text}");
        }
        let long = format!("grüße, größer als 64 Bytes: {}", "x".repeat(60));
        let text = "$y$j75$imKzAUxnrze4jW9ESO2OA0$5a3t5bcCEe/IG8N9AbiXrxhKx7UhPRvE9oyWkzrvwQC";
        assert!(PasswordHash::parse(text).expect("a hash").matches(long.as_bytes()));
    }

    #[test]
    fn what_would_take_too_much_is_refused_and_the_highest_usual_cost_is_not() {
        let parse = |params: &str| PasswordHash::parse(&format!("$y${params}$abcd${DIGEST}"));
        assert!(parse("jFT").is_ok(), "cost 11 of crypt_gensalt");
        // Twice the memory; 2^48 blocks; blocks of 33 times 128 bytes.
        for params in ["jGT", "jjT", "j9U"] {
            let error = parse(params).expect_err(params).to_string();
            assert!(error.contains("yescrypt") && error.contains("too long"), "{params}: {error}");
        }
    }

    #[test]
    fn what_is_no_whole_hash_lets_nobody_in() {
        for text in [
            "$y$".to_owned(),
            "$y$j75$abcd".to_owned(),
            "$y$j75$abcd$".to_owned(),
            format!("$y$j75$abcd${}", &DIGEST[1..]),
            format!("$y$j75$abcd${DIGEST}."),
            format!("$y$j75$abcd${DIGEST}$"),
            format!("$y$j75$abcd$!{}", &DIGEST[1..]),
            format!("$y$j75$abcde${DIGEST}"),
            format!("$y$j75$ab!d${DIGEST}"),
            format!("$y$j75$${}", "z".repeat(43)),
            format!("$y$j75${}${DIGEST}", "a".repeat(88)),
            format!("$y$$abcd${DIGEST}"),
            // The flavours "scrypt" and "write once", several lanes, more passes, larger numbers.
            format!("$y$/75$abcd${DIGEST}"),
            format!("$y$.75$abcd${DIGEST}"),
            format!("$y$j75.0$abcd${DIGEST}"),
            format!("$y$j75/.$abcd${DIGEST}"),
            format!("$y$j9k.$abcd${DIGEST}"),
            format!("$y$jzzzzzT$abcd${DIGEST}"),
        ] {
            let error = PasswordHash::parse(&text).expect_err(&text).to_string();
            assert!(error.contains("yescrypt") && error.contains("malformed"), "{text}: {error}");
        }
    }
}
