//! The proofs of accounts other than passwords: one-time codes and certificates. A code is accepted
//! in one transaction that is synced to disk before the login continues, so that it is never
//! accepted twice, whatever crashes.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Database, DatabaseError, Result, rows};
use crate::totp::{Used, Verdict};
use crate::{
    AccountName, CertificateRule, CertificateUse, CodeCheck, Fingerprint, InformationFor, Refusal,
    SecondFactor, TotpSecret,
};

/// The one-time codes of an account.
#[derive(Debug)]
pub(super) struct Codes {
    pub database: Database,
    pub name: String,
}

impl Database {
    /// An account's second factor, if it has one.
    pub fn second_factor(&self, name: &AccountName) -> Result<Option<SecondFactor>> {
        self.with(|connection| second_factor(connection, name.as_str()))
    }

    /// Sets or removes an account's second factor. ACCT can carry only one thing, so an account
    /// with account information cannot have one.
    pub fn set_second_factor(
        &self,
        name: &AccountName,
        factor: Option<&SecondFactor>,
    ) -> Result<()> {
        self.change(|connection| {
            let record = rows::find(connection, name.as_str())?;
            let record = record.ok_or_else(|| DatabaseError::Missing(name.clone()))?;
            connection.execute("DELETE FROM second_factors WHERE account = ?1", [name.as_str()])?;
            let Some(factor) = factor else { return Ok(()) };
            if record.information.is_some() {
                return Err(DatabaseError::TwoProofs(name.clone()));
            }
            let sql = "INSERT INTO second_factors (account, secret, wanted_for, append, issuer)
                       VALUES (?1, ?2, ?3, ?4, ?5)";
            let wanted_for = word(factor.wanted_for);
            let (secret, issuer) = (factor.secret.expose(), &factor.issuer);
            let values = params![name.as_str(), secret, wanted_for, factor.append, issuer];
            connection.execute(sql, values)?;
            Ok(())
        })
    }

    /// The certificate rule of an account.
    pub fn certificates(&self, name: &AccountName) -> Result<CertificateRule> {
        self.with(|connection| certificates(connection, name.as_str()))
    }

    /// Changes the certificate rule of an account.
    pub fn edit_certificates(
        &self,
        name: &AccountName,
        edit: impl FnOnce(&mut CertificateRule),
    ) -> Result<CertificateRule> {
        self.change(|connection| {
            if rows::find(connection, name.as_str())?.is_none() {
                return Err(DatabaseError::Missing(name.clone()));
            }
            let mut rule = certificates(connection, name.as_str())?;
            edit(&mut rule);
            rule.fingerprints.sort();
            rule.fingerprints.dedup();
            write_certificates(connection, name.as_str(), &rule)?;
            Ok(rule)
        })
    }
}

impl CodeCheck for Codes {
    fn check(&self, code: &[u8], at: i64) -> std::result::Result<(), Refusal> {
        let judged = self.database.change(|connection| judge(connection, &self.name, code, at));
        match judged.map_err(|error| Refusal::Unavailable(error.to_string()))? {
            Verdict::Right => Ok(()),
            Verdict::Wrong => Err(Refusal::WrongCode),
            Verdict::Replayed => Err(Refusal::UsedCode),
            Verdict::Paused(rest) => Err(Refusal::CodesPaused(rest)),
        }
    }
}

fn judge(connection: &Connection, name: &str, code: &[u8], at: i64) -> Result<Verdict> {
    // The factor may have been removed since the password was checked.
    let Some(factor) = second_factor(connection, name)? else { return Ok(Verdict::Wrong) };
    let sql = "SELECT last_step, wrong, wrong_at FROM second_factors WHERE account = ?1";
    let mut used = connection.query_row(sql, [name], |row| {
        Ok(Used { last_step: row.get(0)?, wrong: row.get(1)?, wrong_at: row.get(2)? })
    })?;
    let verdict = factor.secret.judge(&mut used, code, at);
    let sql =
        "UPDATE second_factors SET last_step = ?2, wrong = ?3, wrong_at = ?4 WHERE account = ?1";
    connection.execute(sql, params![name, used.last_step, used.wrong, used.wrong_at])?;
    Ok(verdict)
}

pub(super) fn second_factor(connection: &Connection, name: &str) -> Result<Option<SecondFactor>> {
    let sql =
        "SELECT secret, wanted_for, append, wrong, issuer FROM second_factors WHERE account = ?1";
    let raw = connection.query_row(sql, [name], |row| {
        let texts: (String, String) = (row.get(0)?, row.get(1)?);
        Ok((texts, row.get::<_, bool>(2)?, row.get::<_, u32>(3)?, row.get::<_, String>(4)?))
    });
    let Some(((secret, wanted_for), append, wrong, issuer)) = raw.optional()? else {
        return Ok(None);
    };
    let not_understood = |why: &str| {
        DatabaseError::Row(format!("the second factor of {name:?} cannot be used: {why}"))
    };
    let wanted_for = match wanted_for.as_str() {
        "login" => InformationFor::Login,
        "store" => InformationFor::Storing,
        _ => return Err(not_understood("it does not say what a code is needed for")),
    };
    let secret = TotpSecret::parse(&secret).map_err(not_understood)?;
    Ok(Some(SecondFactor { secret, wanted_for, append, issuer, wrong }))
}

fn word(wanted_for: InformationFor) -> &'static str {
    match wanted_for {
        InformationFor::Login => "login",
        InformationFor::Storing => "store",
    }
}

pub(super) fn certificates(connection: &Connection, name: &str) -> Result<CertificateRule> {
    let not_understood = |why: String| {
        DatabaseError::Row(format!("the certificates of {name:?} cannot be used: {why}"))
    };
    let sql = "SELECT usage, by_name FROM certificate_rules WHERE account = ?1";
    let raw = connection.query_row(sql, [name], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)));
    let Some((usage, by_name)) = raw.optional()? else { return Ok(CertificateRule::default()) };
    let usage = CertificateUse::parse(&usage).map_err(not_understood)?;
    let mut rule = CertificateRule { usage, by_name, fingerprints: Vec::new() };
    let sql = "SELECT fingerprint FROM certificates WHERE account = ?1 ORDER BY fingerprint";
    let mut statement = connection.prepare(sql)?;
    for text in statement.query_map([name], |row| row.get::<_, String>(0))? {
        let text = text?;
        let fingerprint = Fingerprint::parse(&text);
        let fingerprint =
            fingerprint.ok_or_else(|| not_understood(format!("{text:?} is not a fingerprint")))?;
        rule.fingerprints.push(fingerprint);
    }
    Ok(rule)
}

fn write_certificates(connection: &Connection, name: &str, rule: &CertificateRule) -> Result<()> {
    connection.execute("DELETE FROM certificates WHERE account = ?1", [name])?;
    connection.execute("DELETE FROM certificate_rules WHERE account = ?1", [name])?;
    if rule.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO certificate_rules (account, usage, by_name) VALUES (?1, ?2, ?3)";
    connection.execute(sql, params![name, rule.usage.to_string(), rule.by_name])?;
    for fingerprint in &rule.fingerprints {
        let sql = "INSERT INTO certificates (account, fingerprint) VALUES (?1, ?2)";
        connection.execute(sql, [name, &fingerprint.to_string()])?;
    }
    Ok(())
}
