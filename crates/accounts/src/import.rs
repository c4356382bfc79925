//! Imports accounts from the files of other programs: htpasswd, shadow(5), pureftpd.passwd and
//! ProFTPD's AuthUserFile. Each file has one line per account, with colons between the fields.

use crate::{AccountName, Own, PasswordHash, Record, day};

/// The format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `name:hash`, as Apache's htpasswd writes it.
    Htpasswd,
    /// shadow(5) with its nine fields.
    Shadow,
    /// pureftpd.passwd with its eighteen fields.
    PureFtpd,
    /// The AuthUserFile of ProFTPD: passwd(5) with its seven fields, with the hash in the second.
    ProFtpd,
}

/// What the user says about a file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Form {
    /// Its format; without one, the number of fields decides.
    pub format: Option<Format>,
    /// Whether the times of day in it are UTC. Otherwise their time zone is unknown and they are
    /// refused.
    pub times_are_utc: bool,
}

/// Reads one line into an account with its terms; `None` if the line is empty or a comment.
pub fn read_line(form: Form, line: &str) -> Result<Option<Record>, String> {
    let line = line.trim_end_matches(['\r', '\n']);
    if line.trim().is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let fields: Vec<&str> = line.split(':').collect();
    let format = match form.format {
        Some(format) => format,
        None => guess(&fields)?,
    };
    if fields.len() != format.fields() {
        let (wanted, found) = (format.fields(), fields.len());
        return Err(format!("it has {found} fields instead of {wanted}"));
    }
    let name = AccountName::parse(fields[0]).map_err(|error| error.to_string())?;
    let (hash, locked) = match fields[1].strip_prefix('!') {
        // `usermod --lock` and `ftpasswd --lock` write a locked account this way.
        Some(hash) if matches!(format, Format::Shadow | Format::ProFtpd) => (hash, true),
        _ => (fields[1], false),
    };
    if let Some(why) = no_hash(&name, fields[1]) {
        return Err(why);
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
        Format::PureFtpd => record.own = pure_ftpd_terms(form, &fields)?,
        Format::ProFtpd => record.own = pro_ftpd_terms(fields[5])?,
    }
    record.locked = locked;
    Ok(Some(record))
}

impl Format {
    const ALL: [Self; 4] = [Self::Htpasswd, Self::Shadow, Self::PureFtpd, Self::ProFtpd];

    fn fields(self) -> usize {
        match self {
            Self::Htpasswd => 2,
            Self::Shadow => 9,
            Self::PureFtpd => 18,
            Self::ProFtpd => 7,
        }
    }
}

fn guess(fields: &[&str]) -> Result<Format, String> {
    let count = fields.len();
    if count == Format::ProFtpd.fields() && holds_nothing(fields[1]) {
        let text = "it looks like a system's passwd(5), which contains no passwords; import \
            shadow(5), or give --format proftpd if it is an AuthUserFile";
        return Err(text.to_owned());
    }
    let found = Format::ALL.into_iter().find(|format| format.fields() == count);
    found.ok_or_else(|| match count {
        3 => "it looks like htdigest, whose hashes are usable only for HTTP".to_owned(),
        _ => format!("no known file has {count} fields; name the format with --format"),
    })
}

/// Whether a line has the form of passwd(5), which a system's passwd file and an AuthUserFile
/// share. Only a line with a hash tells them apart: a system's file has no hashes.
pub fn is_like_passwd(line: &str) -> bool {
    line.split(':').count() == Format::ProFtpd.fields()
}

/// Whether a field contains a placeholder instead of a hash.
fn holds_nothing(field: &str) -> bool {
    matches!(field, "" | "x") || locks(field)
}

/// Whether a field is a placeholder that no password matches: `*`, `!`, `!!`, `!*`, `*LK*`. No hash
/// begins with a star.
fn locks(field: &str) -> bool {
    field.starts_with('*') || (!field.is_empty() && field.chars().all(|c| matches!(c, '!' | '*')))
}

/// Why there is no password to import, if there is none.
fn no_hash(name: &AccountName, field: &str) -> Option<String> {
    match field {
        "" => Some("it has no password; add the account with `user add`".to_owned()),
        "x" => Some(
            "its password is in shadow(5), as the x in this passwd(5) line says; import shadow(5)"
                .to_owned(),
        ),
        _ => locks(field).then(|| {
            format!(
                "{name} is locked: {field} in place of the password matches no password; it is not \
                    imported, add it with a new password with `user add {name}`"
            )
        }),
    }
}

/// The expiry of shadow(5), in days since 1970: the account is disabled from that day on.
fn shadow_expiry(days: &str) -> Result<Option<i64>, String> {
    if days.is_empty() {
        return Ok(None);
    }
    let days: i64 = days.parse().map_err(|_| format!("{days:?} is not a valid expiry day"))?;
    Ok((days >= 0).then(|| days.saturating_mul(86_400)))
}

/// The fields of pureftpd.passwd that limit an account, the terms they become, and the unit to add:
/// rates are in bytes per second, the quota is in bytes.
const PURE_FTPD_LIMITS: [(usize, &str, &str); 5] = [
    (6, "rate-up", "/s"),
    (7, "rate-down", "/s"),
    (10, "sessions", ""),
    (11, "quota-files", ""),
    (12, "quota", ""),
];

/// Whether a number in pureftpd.passwd means "no limit".
fn unlimited(field: &str) -> bool {
    matches!(field, "" | "0")
}

fn pure_ftpd_terms(form: Form, fields: &[&str]) -> Result<Own, String> {
    // A restriction must not be dropped silently: it would let in users who were kept out.
    for (field, what) in [(13, "allowed local addresses"), (14, "refused local addresses")] {
        if !fields[field].is_empty() {
            return Err(format!(
                "it has {what}, which Packetboat does not support; add the account with `user add`"
            ));
        }
    }
    if !unlimited(fields[8]) || !unlimited(fields[9]) {
        return Err(
            "it has a ratio of uploads to downloads, which Packetboat does not support; add \
            the account with `user add`"
                .to_owned(),
        );
    }
    let mut own = Own::default().with("root", &as_root(fields[5]))?;
    if !fields[17].is_empty() {
        own.set("hours", &[hours(form, fields[17])?])?;
    }
    for (field, key, unit) in PURE_FTPD_LIMITS {
        if !unlimited(fields[field]) {
            own.set(key, &[format!("{}{unit}", fields[field])])?;
        }
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

/// A home directory as the root of an account.
fn as_root(home: &str) -> String {
    let home = home.trim_end_matches('/').trim_end_matches("/.").replace('%', "%%");
    if home.is_empty() { "/".to_owned() } else { home }
}

/// ProFTPD confines users to their home only with DefaultRoot; here every user is confined. User
/// and group IDs are not used, since the server owns all files, and the shell has no meaning for
/// FTP.
fn pro_ftpd_terms(home: &str) -> Result<Own, String> {
    if home.is_empty() {
        return Err(
            "it has no home directory to become its root; add the account with `user add --root`"
                .to_owned(),
        );
    }
    Own::default().with("root", &as_root(home))
}

/// Reads `0900-1700` or, as pure-pw writes it, `900-1700`.
fn hours(form: Form, times: &str) -> Result<String, String> {
    let time = |text: &str| {
        let digits = text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
        let number: u16 = text.parse().ok().filter(|_| digits)?;
        Some(format!("{:02}:{:02}", number / 100, number % 100))
    };
    let hours = times.split_once('-').and_then(|(from, to)| time(from).zip(time(to)));
    let Some((from, to)) = hours else {
        return Err(format!("{times:?} is not a range of times of day such as 0900-1700"));
    };
    let hours = format!("{from}-{to}");
    match form.times_are_utc {
        true => Ok(hours),
        false => Err(format!(
            "its times of day ({times}) are in pure-ftpd's time zone, but hours here are UTC; give \
                --times-are-utc if that zone is UTC, or add the account with `user add --hours`"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "$1$abcdefgh$y6iHhJNbuC0xpbk0w9pm80";

    fn read(line: &str) -> Result<Option<Record>, String> {
        read_line(Form::default(), line)
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

        let dora = record(&format!("dora:{HASH}:1001:1001:Dora, of sales:/srv/100%:/bin/false"));
        assert_eq!(dora.own.get("root"), Some(["/srv/100%%".to_owned()].as_slice()));
        assert!(dora.password.matches(b"correct horse") && !dora.locked);
        assert!(record(&format!("dora:!{HASH}:1:1::/srv/dora:/bin/false")).locked);
        assert_eq!(read("# comment"), Ok(None));
        assert_eq!(read("  \n"), Ok(None));
    }

    #[test]
    fn limits_of_pure_ftpd_are_taken_over() {
        let line = |limits: &str| format!("anna:{HASH}:1:1::/h:{limits}:::::");
        let limits = |text: &str| {
            let own = record(&line(text)).own;
            ["rate-up", "rate-down", "sessions", "quota-files", "quota"]
                .map(|key| own.get(key).map(|lines| lines.join(" ")))
        };
        let all = ["200KiB/s", "1025/s", "3", "50", "1MiB"].map(|text| Some(text.to_owned()));
        assert_eq!(limits("204800:1025:0:0:3:50:1048576"), all);
        assert_eq!(limits("0:0:::0:0:0"), [const { None }; 5]);
        assert_eq!(limits("::::::"), [const { None }; 5]);
        for (bad, words) in [
            ("::1:5:::", "ratio"),
            ("::::::much", "size"),
            ("10::::::", "1KiB/s"),
            ("::::-1::", ""),
        ] {
            let why = read(&line(bad)).expect_err(bad);
            assert!(why.contains(words), "{bad}: {why}");
        }
    }

    #[test]
    fn times_of_day_become_hours_where_they_are_utc() {
        let utc = Form { times_are_utc: true, ..Form::default() };
        let line = |times: &str| format!("anna:{HASH}:1:1::/h::::::::::::{times}");
        let hours = |times: &str| {
            let record = read_line(utc, &line(times))?.ok_or("no account")?;
            Ok::<_, String>(record.own.get("hours").map(|lines| lines.join(" ")))
        };
        assert_eq!(hours("0900-1730"), Ok(Some("09:00-17:30".to_owned())));
        assert_eq!(hours("2200-0600"), Ok(Some("22:00-06:00".to_owned())));
        assert_eq!(hours(""), Ok(None));
        assert_eq!(hours("900-30"), Ok(Some("09:00-00:30".to_owned())), "as pure-pw writes it");
        for bad in
            ["0900", "0900-1700-1800", "+900-1700", "00900-1700", "-1700", "2500-2600", "09é-17é"]
        {
            assert!(hours(bad).is_err(), "{bad}");
        }
        let why = read(&line("0900-1700")).expect_err("whose time is not known");
        assert!(why.contains("0900-1700") && why.contains("--times-are-utc"), "{why}");
    }

    #[test]
    fn what_cannot_be_taken_over_says_why() {
        for (line, words) in [
            ("anna:*:1:0:99999:7:::", "anna is locked"),
            ("anna:!:1:0:99999:7:::", "anna is locked"),
            ("anna:!!:1:0:99999:7:::", "anna is locked"),
            ("anna:!*:1:0:99999:7:::", "anna is locked"),
            ("anna::1:0:99999:7:::", "no password"),
            ("anna:", "no password"),
            ("anna:$gy$j9T$a$b", "gost-yescrypt"),
            ("anna:ab1cD2efG3hIj", "DES"),
            ("anna:secret", "in clear"),
            ("../x:$1$abcdefgh$y6iHhJNbuC0xpbk0w9pm80", "slash"),
            ("ftp:$1$abcdefgh$y6iHhJNbuC0xpbk0w9pm80", "anonymous"),
            ("root:x:0:0:root:/root:/bin/sh", "passwd(5)"),
            ("anna:*:0:0:root:/root:/bin/sh", "--format proftpd"),
            ("anna:$1$abcdefgh$y6iHhJNbuC0xpbk0w9pm80:1:1:::/bin/false", "no home"),
            ("anna:ab1cD2efG3hIj:1:1::/h:/bin/false", "DES"),
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
        // With the format given.
        let known = Form { format: Some(Format::ProFtpd), ..Form::default() };
        for (field, words) in
            [("*", "is locked"), ("!", "is locked"), ("x", "shadow(5)"), ("", "no password")]
        {
            let why =
                read_line(known, &format!("anna:{field}:1:1::/h:/bin/false")).expect_err(field);
            assert!(why.contains(words), "{field}: {why}");
        }
        assert!(
            read_line(
                Form { format: Some(Format::Shadow), ..Form::default() },
                &format!("a:{HASH}")
            )
            .is_err()
        );
    }
}
