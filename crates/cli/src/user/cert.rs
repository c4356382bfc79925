//! `packetboat user cert`: sets which client certificates belong to an account, and what they are
//! used for.

use std::io::{self, Write as _};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Args, ValueEnum};
use packetboat_accounts::{AccountName, CertificateRule, CertificateUse, Database, Fingerprint};
use packetboat_server::{CertificateError, certificate_fingerprint, login_certificate};
use serde_json::{Value, json};

use super::show::Show;
use super::{Result, failed, not_written};
use crate::exit::Exit;

/// The arguments of `packetboat user cert`.
#[derive(Args)]
pub(super) struct CertArgs {
    /// The account.
    name: AccountName,

    /// A certificate of the account: a PEM file or a SHA-256 fingerprint. Can be repeated
    #[arg(long, value_name = "FILE|SHA256")]
    add: Vec<String>,

    /// A certificate to remove: a PEM file or a SHA-256 fingerprint, or "all" for all. Can be
    /// repeated
    #[arg(long, value_name = "FILE|SHA256|all")]
    remove: Vec<String>,

    /// Whether to accept certificates that contain the account's name as common name or e-mail
    /// address. They have to be issued by an authority the server trusts (`serve --client-ca`).
    #[arg(long, value_enum, value_name = "WHETHER")]
    by_name: Option<ByName>,

    /// What the certificates of the account are used for
    #[arg(long, value_name = "WHAT", value_parser = CertificateUse::parse)]
    #[arg(
        help = "What the certificates of the account are used for: instead (a certificate or the password lets it in), \
                      besides (both are required), or only (no password lets it in)"
    )]
    usage: Option<CertificateUse>,
}

/// Whether certificates count by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ByName {
    /// They count.
    On,
    /// They do not count.
    Off,
}

/// Changes the certificates of an account, or shows them.
pub(super) fn run(database: &Database, args: &CertArgs, show: &Show) -> Result<Exit> {
    let changes = !args.add.is_empty()
        || !args.remove.is_empty()
        || args.by_name.is_some()
        || args.usage.is_some();
    if !changes {
        database.find(&args.name).map_err(failed)?;
        let rule = database.certificates(&args.name).map_err(failed)?;
        return tell(&args.name, &rule, show).map_err(not_written);
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let now = i64::try_from(now).unwrap_or(i64::MAX);
    let of_login = |pem: &[u8]| login_certificate(pem, now);
    let added = args.add.iter().map(|text| fingerprint(text, of_login));
    let added = added.collect::<Result<Vec<_>>>()?;
    let gone = args.remove.iter().filter(|text| *text != "all");
    let gone =
        gone.map(|text| fingerprint(text, certificate_fingerprint)).collect::<Result<Vec<_>>>()?;
    let all = args.remove.iter().any(|text| text == "all");
    let edit = |rule: &mut CertificateRule| {
        rule.fingerprints.retain(|known| !all && !gone.contains(known));
        rule.fingerprints.extend(&added);
        rule.by_name = args.by_name.map_or(rule.by_name, |by_name| by_name == ByName::On);
        rule.usage = args.usage.unwrap_or(rule.usage);
    };
    let rule = database.edit_certificates(&args.name, edit).map_err(failed)?;
    tell(&args.name, &rule, show).map_err(not_written)
}

/// The fingerprint given, or that of the certificate in the file given.
fn fingerprint(
    text: &str,
    read: impl Fn(&[u8]) -> std::result::Result<Fingerprint, CertificateError>,
) -> Result<Fingerprint> {
    if let Some(fingerprint) = Fingerprint::parse(text) {
        return Ok(fingerprint);
    }
    let wrong = |why: String| {
        let way_out = "give a certificate file in PEM format, or the 64 hexadecimal digits of its SHA-256 fingerprint";
        (Exit::Usage, format!("{text}: {why}; {way_out}"))
    };
    let pem = std::fs::read(Path::new(text)).map_err(|error| wrong(error.to_string()))?;
    read(&pem).map_err(|error| match error {
        CertificateError::Unfit(_) => (Exit::Usage, format!("{text}: {error}")),
        error => wrong(error.to_string()),
    })
}

fn tell(name: &AccountName, rule: &CertificateRule, show: &Show) -> io::Result<Exit> {
    let mut out = io::stdout().lock();
    if show.json {
        let certificates = object(rule);
        let object = json!({"event": "result", "command": "user", "name": name.as_str(), "certificates": certificates});
        writeln!(out, "{}", crate::json::line(&object))?;
    } else {
        writeln!(out, "{name}: {}", words(rule))?;
        for fingerprint in &rule.fingerprints {
            writeln!(out, "  {fingerprint}")?;
        }
    }
    Ok(Exit::Ok)
}

/// One line about the certificates.
pub(super) fn words(rule: &CertificateRule) -> String {
    let which = match (rule.fingerprints.len(), rule.by_name) {
        (0, false) => "no certificate".to_owned(),
        (0, true) => "any certificate with its name".to_owned(),
        (1, false) => "one certificate".to_owned(),
        (1, true) => "one certificate, and any with its name".to_owned(),
        (count, false) => format!("{count} certificates"),
        (count, true) => format!("{count} certificates, and any with its name"),
    };
    let what = match rule.usage {
        CertificateUse::Instead if *rule == CertificateRule::default() => return which,
        CertificateUse::Instead => "instead of the password",
        CertificateUse::Besides => "in addition to the password",
        CertificateUse::Only => "and no password lets it in",
    };
    format!("{which}, {what}")
}

/// The certificates as JSON.
pub(super) fn object(rule: &CertificateRule) -> Value {
    let fingerprints: Vec<String> = rule.fingerprints.iter().map(ToString::to_string).collect();
    json!({"usage": rule.usage.to_string(), "by_name": rule.by_name, "fingerprints": fingerprints})
}
