//! Accounts from the files of other programs: htpasswd, shadow(5), and pure-ftpd's own. Each has a line for an
//! account, with colons between the fields.

use crate::{AccountName, Own, PasswordHash, Record, day};

/// A file's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `name:hash`, as Apache's htpasswd writes it.
    Htpasswd,
    /// shadow(5) with its nine fields.
    Shadow,
    /// pureftpd.passwd with its eighteen fields.
    PureFtpd,
}

/// Reads one line; nothing if it is empty or a comment. Without a format, the number of fields tells it. The
/// account gets what the line says of its terms.
pub fn read_line(format: Option<Format>, line: &str) -> Result<Option<Record>, String> {
    let line = line.trim_end_matches(['\r', '\n']);
    if line.trim().is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let fields: Vec<&str> = line.split(':').collect();
    let format = match format {
        Some(format) => format,
        None => guess(fields.len())?,
    };
    if fields.len() != format.fields() {
        let (wanted, found) = (format.fields(), fields.len());
        return Err(format!("it has {found} fields where {wanted} belong"));
    }
    let name = AccountName::parse(fields[0]).map_err(|error| error.to_string())?;
    let (hash, locked) = match fields[1].strip_prefix('!') {
        Some(hash) if format == Format::Shadow => (hash, true),
        _ => (fields[1], false),
    };
    if matches!(hash, "" | "*" | "!" | "x") {
        return Err("it has no password; add the account with `user add`".to_owned());
    }
    let password = PasswordHash::parse(hash).map_err(|error| error.to_string())?;
    let mut record = Record::new(name, password);
    match format {
        Format::Htpasswd => {}
        Format::Shadow => {
            if let Some(end) = shadow_expiry(fields[7])? {
                record.own.set("expires", &[day::last(end)])?;
            }
        }
        Format::PureFtpd => record.own = pure_ftpd_terms(&fields)?,
    }
    record.locked = locked;
    Ok(Some(record))
}

impl Format {
    const ALL: [Self; 3] = [Self::Htpasswd, Self::Shadow, Self::PureFtpd];

    fn fields(self) -> usize {
        match self {
            Self::Htpasswd => 2,
            Self::Shadow => 9,
            Self::PureFtpd => 18,
        }
    }
}

fn guess(fields: usize) -> Result<Format, String> {
    let found = Format::ALL.into_iter().find(|format| format.fields() == fields);
    found.ok_or_else(|| match fields {
        3 => "it looks like htdigest, whose hashes hold for HTTP alone".to_owned(),
        7 => "it looks like passwd(5), which holds no passwords; import shadow(5)".to_owned(),
        _ => format!("{fields} fields are of no file that is known; name one with --format"),
    })
}

/// shadow(5): days since 1970; from that day on the account is closed.
fn shadow_expiry(days: &str) -> Result<Option<i64>, String> {
    if days.is_empty() {
        return Ok(None);
    }
    let days: i64 = days.parse().map_err(|_| format!("{days:?} is no day on which it expires"))?;
    Ok((days >= 0).then(|| days.saturating_mul(86_400)))
}

fn pure_ftpd_terms(fields: &[&str]) -> Result<Own, String> {
    // What would let somebody in who was kept out is not passed over.
    for (field, what) in
        [(13, "allowed local addresses"), (14, "refused local addresses"), (17, "times of day")]
    {
        if !fields[field].is_empty() {
            return Err(format!(
                "it has {what}, which are not known here; add the account with `user add`"
            ));
        }
    }
    let home = fields[5].trim_end_matches('/').trim_end_matches("/.").replace('%', "%%");
    let home = if home.is_empty() { "/".to_owned() } else { home };
    let mut own = Own::default().with("root", &home)?;
    if !matches!(fields[10], "" | "0") {
        own.set("sessions", &[fields[10].to_owned()])?;
    }
    for (field, key) in [(15, "network"), (16, "refuse-network")] {
        let networks = fields[field].split(',').map(str::trim).filter(|text| !text.is_empty());
        let networks: Vec<String> = networks.map(str::to_owned).collect();
        if !networks.is_empty() {
            own.set(key, &networks)?;
        }
    }
    Ok(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "$1$abcdefgh$y6iHhJNbuC0xpbk0w9pm80";

    fn read(line: &str) -> Result<Option<Record>, String> {
        read_line(None, line)
    }

    fn record(line: &str) -> Record {
        read(line).expect("a line").expect("an account")
    }

    #[test]
    fn each_form_is_known_by_its_fields() {
        let anna = record(&format!("anna:{HASH}\r\n"));
        assert_eq!(anna.name.as_str(), "anna");
        assert!(anna.password.matches(b"correct horse"));
        assert!(anna.own.is_empty() && !anna.locked);

        let bert = record(&format!("bert:{HASH}:20000:0:99999:7::20100:"));
        assert_eq!(bert.own.get("expires"), Some(["2025-01-11".to_owned()].as_slice()));
        assert!(!bert.locked && record(&format!("bert:!{HASH}:20000:0:99999:7:::")).locked);

        let carl = format!(
            "carl:{HASH}:1000:1000::/home/100%/./:::::2:::::192.0.2.0/24,198.51.100.7:203.0.113.0/24:"
        );
        let own = record(&carl).own;
        let value = |key| own.get(key).map(|lines| lines.join(" "));
        assert_eq!(value("root").as_deref(), Some("/home/100%%"));
        assert_eq!(value("sessions").as_deref(), Some("2"));
        assert_eq!(value("network").as_deref(), Some("192.0.2.0/24 198.51.100.7/32"));
        assert_eq!(value("refuse-network").as_deref(), Some("203.0.113.0/24"));
        assert_eq!(read("# comment"), Ok(None));
        assert_eq!(read("  \n"), Ok(None));
    }

    #[test]
    fn what_cannot_be_taken_over_says_why() {
        for (line, words) in [
            ("anna:*:1:0:99999:7:::", "no password"),
            ("anna:!:1:0:99999:7:::", "no password"),
            ("anna:", "no password"),
            ("anna:$y$j9T$a$b", "yescrypt"),
            ("anna:secret", "in clear"),
            ("../x:$1$abcdefgh$y6iHhJNbuC0xpbk0w9pm80", "slash"),
            ("ftp:$1$abcdefgh$y6iHhJNbuC0xpbk0w9pm80", "anonymous"),
            ("root:x:0:0:root:/root:/bin/sh", "passwd(5)"),
            ("a:realm:0123", "htdigest"),
            ("a:b:c:d", "--format"),
            (
                "anna:$1$abcdefgh$y6iHhJNbuC0xpbk0w9pm80:1:1::/h::::::::::::0900-1700",
                "times of day",
            ),
        ] {
            let why = read(line).expect_err(line);
            assert!(why.contains(words), "{line}: {why}");
        }
        assert!(read_line(Some(Format::Shadow), &format!("a:{HASH}")).is_err());
    }
}
