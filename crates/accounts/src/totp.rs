//! Time-based one-time codes (TOTP, RFC 6238) with six digits, 30 seconds and SHA-1, which all
//! authenticator apps support.

use std::fmt;

use totp_rs::{Builder, Totp};

use crate::{InformationFor, SecretError};

/// The number of digits of a code.
pub(crate) const DIGITS: usize = 6;
/// How long a code is current, in seconds (RFC 6238 §5.2).
const STEP: u64 = 30;
/// How many steps before and after the current one are accepted too: clocks differ, and people type
/// slowly.
const SKEW: u16 = 1;
/// The number of wrong codes in a row without a pause; each further one costs a pause (RFC 4226
/// §7.3).
const FREE: u32 = 5;
/// The first pause in seconds; each one is twice as long as the one before.
const FIRST_PAUSE: i64 = 30;
/// The longest pause.
const LONGEST_PAUSE: i64 = 3_600;

/// The secret that codes are computed from, known to the server and the owner's app. Its text form
/// is for the owner only.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpSecret(totp_rs::Secret);

/// An account's second factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondFactor {
    /// The secret that its codes are computed from.
    pub secret: TotpSecret,
    /// What a code is needed for.
    pub wanted_for: InformationFor,
    /// Whether a code may be appended to the password, for clients without ACCT.
    pub append: bool,
    /// What the app shows next to the account's name.
    pub issuer: String,
    /// Wrong codes since the last right one.
    pub wrong: u32,
}

/// The history of an account's codes, needed to refuse used codes and guessing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Used {
    /// The step of the last accepted code.
    pub last_step: i64,
    /// Wrong codes since then.
    pub wrong: u32,
    /// The time of the last wrong code, in seconds since 1970.
    pub wrong_at: i64,
}

/// The result of checking a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is right.
    Right,
    /// It is wrong.
    Wrong,
    /// It is not newer than the last accepted code.
    Replayed,
    /// No code is checked for this many seconds, after too many wrong ones.
    Paused(i64),
}

impl TotpSecret {
    /// A new random secret of 160 bits (RFC 4226 §4).
    pub fn generate() -> Result<Self, SecretError> {
        let mut bytes = [0_u8; 20];
        getrandom::fill(&mut bytes).map_err(SecretError::from)?;
        Ok(Self(totp_rs::Secret::new_stack(bytes)))
    }

    /// Reads base32, with or without spaces, as apps show it; at least 128 bits.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text: String = text.split_whitespace().collect();
        let secret =
            totp_rs::Secret::try_from_base32(text.to_ascii_uppercase().trim_end_matches('='));
        let secret = secret.map_err(|_| "this is not base32 (letters and the digits 2 to 7)")?;
        if secret.as_bytes().len() < 16 {
            return Err("this is shorter than 128 bits (26 letters and digits)");
        }
        Ok(Self(secret))
    }

    /// The secret in base32, for the owner and the database only.
    pub fn expose(&self) -> String {
        self.0.to_base32()
    }

    /// The URI that an app reads from a QR code. The app shows `site` next to the account.
    pub fn uri(&self, site: &str, account: &str) -> String {
        let (site, account) = (percent_encoded(site), percent_encoded(account));
        let secret = self.expose();
        format!(
            "otpauth://totp/{site}:{account}?secret={secret}&issuer={site}&algorithm=SHA1&digits={DIGITS}&period={STEP}"
        )
    }

    /// The code at a time in seconds since 1970.
    pub fn code(&self, at: i64) -> String {
        self.totp().generate(u64::try_from(at).unwrap_or_default()).to_string()
    }

    fn totp(&self) -> Totp {
        // The length of the secret was checked before; everything else complies with RFC 6238.
        Builder::new()
            .with_digits(DIGITS as u8)
            .with_step_duration(STEP)
            .with_skew(SKEW)
            .with_secret(self.0.clone())
            .build_noncompliant()
    }

    /// Checks a code and records the result in `used`.
    pub(crate) fn judge(&self, used: &mut Used, code: &[u8], at: i64) -> Verdict {
        if let Some(rest) = used.pause(at) {
            return Verdict::Paused(rest);
        }
        let digits = std::str::from_utf8(code).ok().map(str::trim);
        let digits =
            digits.filter(|text| text.len() == DIGITS && text.bytes().all(|b| b.is_ascii_digit()));
        let at_unsigned = u64::try_from(at).unwrap_or_default();
        // The library compares in constant time.
        let step = digits.and_then(|text| self.totp().check(text, at_unsigned));
        match step.and_then(|step| i64::try_from(step).ok()) {
            Some(step) if step > used.last_step => {
                *used = Used { last_step: step, wrong: 0, wrong_at: 0 };
                Verdict::Right
            }
            Some(_) => Verdict::Replayed,
            None => {
                *used = Used { wrong: used.wrong.saturating_add(1), wrong_at: at, ..*used };
                Verdict::Wrong
            }
        }
    }
}

impl Used {
    /// How many seconds until codes are checked again. Only those who know the password get this
    /// far, so nobody else can lock the owner out.
    fn pause(&self, at: i64) -> Option<i64> {
        let beyond = self.wrong.checked_sub(FREE)?;
        let pause =
            FIRST_PAUSE.checked_shl(beyond.min(16)).unwrap_or(LONGEST_PAUSE).min(LONGEST_PAUSE);
        // If the clock was set back, the pause does not become longer.
        let over = at.saturating_sub(self.wrong_at).max(0);
        (over < pause).then(|| pause - over)
    }
}

/// Percent-encodes everything except unreserved characters (RFC 3986 §2.1).
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => encoded += &format!("%{byte:02X}"),
        }
    }
    encoded
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret(****)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238 appendix B: "12345678901234567890".
    fn secret() -> TotpSecret {
        TotpSecret::parse("GEZD GNBV gy3t qojq GEZDGNBVGY3TQOJQ").expect("a secret")
    }

    #[test]
    fn codes_are_those_of_the_rfc() {
        // RFC 6238 appendix B, the last six of the eight digits.
        for (at, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(secret().code(at), code, "{at}");
        }
    }

    #[test]
    fn a_code_counts_for_a_step_before_and_after_and_once() {
        let at = 1_111_111_109;
        let code = secret().code(at);
        for (offset, verdict) in [
            (-60, Verdict::Wrong),
            (-30, Verdict::Right),
            (0, Verdict::Right),
            (30, Verdict::Right),
            (60, Verdict::Wrong),
        ] {
            let judged = secret().judge(&mut Used::default(), code.as_bytes(), at + offset);
            assert_eq!(judged, verdict, "{offset}");
        }
        let mut used = Used::default();
        assert_eq!(secret().judge(&mut used, code.as_bytes(), at), Verdict::Right);
        assert_eq!(secret().judge(&mut used, code.as_bytes(), at), Verdict::Replayed);
        // An older code that was never used is refused too: someone may have looked over the
        // owner's shoulder.
        let older = secret().code(at - 30);
        assert_eq!(secret().judge(&mut used, older.as_bytes(), at), Verdict::Replayed);
        let next = secret().code(at + 30);
        assert_eq!(secret().judge(&mut used, next.as_bytes(), at), Verdict::Right);
    }

    #[test]
    fn wrong_codes_in_a_row_cost_pauses_that_grow() {
        let (mut used, at) = (Used::default(), 2_000_000_000);
        let right = secret().code(at);
        let wrong = if right == "000000" { "000001" } else { "000000" };
        for _ in 0..FREE {
            assert_eq!(secret().judge(&mut used, wrong.as_bytes(), at), Verdict::Wrong);
        }
        assert_eq!(secret().judge(&mut used, right.as_bytes(), at), Verdict::Paused(30));
        assert_eq!(secret().judge(&mut used, b"", at + 30), Verdict::Wrong);
        assert_eq!(secret().judge(&mut used, right.as_bytes(), at + 30), Verdict::Paused(60));
        used.wrong = u32::MAX;
        assert_eq!(secret().judge(&mut used, right.as_bytes(), at + 30), Verdict::Paused(3_600));
        let later = at + 30 + 3_600;
        let code = secret().code(later);
        assert_eq!(secret().judge(&mut used, code.as_bytes(), later), Verdict::Right);
        assert_eq!((used.wrong, used.pause(later)), (0, None));
    }

    #[test]
    fn what_is_no_code() {
        for bad in [b"".as_slice(), b"12345", b"1234567", b"+12345", b"\xFF\xFF\xFF\xFF\xFF\xFF"] {
            assert_eq!(secret().judge(&mut Used::default(), bad, 59), Verdict::Wrong, "{bad:?}");
        }
        assert_eq!(secret().judge(&mut Used::default(), b" 287082 ", 59), Verdict::Right);
    }

    #[test]
    fn secrets_are_random_and_never_shown() {
        let (one, two) = (TotpSecret::generate(), TotpSecret::generate());
        let (one, two) = (one.expect("random bytes"), two.expect("random bytes"));
        assert_ne!(one, two);
        assert_eq!(TotpSecret::parse(&one.expose()).as_ref(), Ok(&one));
        assert_eq!(format!("{one:?}"), "TotpSecret(****)");
        let uri = one.uri("Packetboat", "anna@example.org");
        let start = "otpauth://totp/Packetboat:anna%40example.org?secret=";
        assert!(uri.starts_with(start) && uri.contains(&one.expose()), "{uri}");
        assert!(TotpSecret::parse("GEZDGNBV").is_err() && TotpSecret::parse("0189").is_err());
    }
}
