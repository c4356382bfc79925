//! From an address on the command line to the options of a client: host, port, user, password and
//! account.

use std::io::{ErrorKind, IsTerminal};
use std::sync::Arc;

use packetboat_client::{Account, Login, Options};
use packetboat_proto::anonymous::is_anonymous;
use packetboat_proto::text::visible;
use packetboat_proto::url::FtpUrl;

use packetboat_proto::encoding::RepresentationType;

use super::advice;
use super::args::{Common, TransferArgs};
use super::config::Config;
use super::netrc::{self, NetrcEntry, Unreadable};

/// A mistake on the command line, explained in one sentence.
#[derive(Debug)]
pub(crate) struct UsageError(pub(crate) String);

impl std::fmt::Display for UsageError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Parses an address.
pub(crate) fn parse_url(text: &str) -> Result<FtpUrl, UsageError> {
    FtpUrl::parse(text).map_err(|error| UsageError(format!("{}: {error}", without_password(text))))
}

/// Hides a password in text that is not a valid address.
fn without_password(text: &str) -> String {
    let Some((head, host)) = text.rsplit_once('@') else { return text.to_owned() };
    let start = head.find("://").map_or(0, |at| at + 3);
    match head[start..].find(':') {
        Some(colon) => format!("{}:****@{host}", &head[..start + colon]),
        None => text.to_owned(),
    }
}

/// Why the options for an address could not be determined.
pub(crate) enum NoOptions {
    Usage(UsageError),
    /// There is no password.
    Password(String),
    /// The password prompt was answered with Ctrl-C.
    Interrupted,
}

impl From<UsageError> for NoOptions {
    fn from(error: UsageError) -> Self {
        Self::Usage(error)
    }
}

/// Receives warnings for the user.
pub(crate) type Warn = Arc<dyn Fn(&str) + Send + Sync>;

/// The options of a client for an address, and where its password comes from.
pub(crate) fn options(
    url: &FtpUrl,
    common: &Common,
    transfer: &TransferArgs,
    config: &Config,
    warn: &Warn,
) -> Result<(Options, PasswordSource), NoOptions> {
    let mut options = Options::new(url.host(), url.effective_port());
    let defaults = config.of(url.host());
    common.tls.apply(url, &defaults, &mut options)?;
    options.virtual_host = common.virtual_host.clone().or(defaults.virtual_host);
    options.mount = common.mount.clone().or(defaults.mount).map(String::into_bytes);
    let (login, source) = login(url, common, defaults.user, warn)?;
    options.login = login;
    options.account = account(url, common, options.login.user(), warn);
    if let Some(timeout) = common.timeout.or(defaults.timeout) {
        (options.connect_timeout, options.reply_timeout) = (timeout, timeout);
        options.longest_delay = timeout;
    }
    config.retry.apply(&mut options.retry);
    if let Some(retries) = common.retries {
        (options.retry.retries, options.retry.first_connection) = (retries, retries);
    }
    // The first matching rule counts.
    options.retry.rules.splice(..0, common.retry.iter().cloned());
    options.format = transfer.format(url.type_code());
    options.encoding.code_page = transfer.code_page;
    let text = options.format.representation != RepresentationType::Image;
    options.verify = transfer.verify || (defaults.verify == Some(true) && !text);
    options.times = !transfer.no_times && defaults.times != Some(false);
    options.preserve = transfer.preserve || defaults.preserve == Some(true);
    options.active = common.active || defaults.active == Some(true);
    options.trust_pasv_address =
        common.trust_pasv_address || defaults.trust_pasv_address == Some(true);
    Ok((options, source))
}

/// Where a password comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PasswordSource {
    /// `~/.netrc`, which the user may have forgotten about.
    Netrc,
    /// The command line, the environment or the terminal; or there is no password.
    Other,
}

/// The hint for a login that the server refused with a password from `~/.netrc`.
pub(crate) fn refused_hint(source: PasswordSource) -> Option<String> {
    let path = netrc::path().filter(|_| source == PasswordSource::Netrc)?;
    let path = visible(path.as_os_str().as_encoded_bytes());
    Some(format!(
        "the password came from {path}: correct it there, or set PACKETBOAT_PASSWORD to use another one"
    ))
}

/// The user and password: from the address, `--user` and `PACKETBOAT_PASSWORD`, the settings file,
/// `~/.netrc` or a prompt. Without a user, the login is anonymous.
fn login(
    url: &FtpUrl,
    common: &Common,
    usual: Option<String>,
    warn: &Warn,
) -> Result<(Login, PasswordSource), NoOptions> {
    let other = |login| Ok((login, PasswordSource::Other));
    let user = url.user().map(<[u8]>::to_vec);
    let user = common.user.as_ref().map(|user| user.clone().into_bytes()).or(user);
    let user = user.or_else(|| usual.map(String::into_bytes));
    if let (Some(user), Some(password), true) = (&user, url.password(), common.user.is_none()) {
        return other(Login::new(user.clone(), password));
    }
    if let (Some(user), Ok(password)) = (&user, std::env::var("PACKETBOAT_PASSWORD")) {
        return other(Login::new(user.clone(), password));
    }
    let entry = match netrc::entry(url.host(), user.as_deref()) {
        Ok(entry) => entry,
        Err(file) if file.is_named => {
            return Err(NoOptions::Password(format!("{}, or unset NETRC", unreadable(&file))));
        }
        Err(file) => {
            warn(&format!("{}, or remove it", unreadable(&file)));
            NetrcEntry::default()
        }
    };
    let Some(user) = user.or(entry.login) else {
        return other(Login::anonymous());
    };
    if let Some(password) = entry.password {
        if let Some(path) = netrc::open_to_others().filter(|_| !is_anonymous(&user)) {
            let path = visible(path.as_os_str().as_encoded_bytes());
            warn(&format!("others can read the password in {path}: chmod 600 {path}"));
        }
        return Ok((Login::new(user, password), PasswordSource::Netrc));
    }
    if is_anonymous(&user) {
        return other(Login::new(user, "anonymous@"));
    }
    let shown = visible(&user);
    if common.tls.has_certificate() {
        // The certificate may be enough (232). If not, the server rejects the empty password with
        // its own words.
        return other(Login::new(user, ""));
    }
    let unknown_word = entry.unknown_word.map(unknown_word);
    if !std::io::stdin().is_terminal() {
        let netrc = unknown_word.unwrap_or_else(|| "add the host to ~/.netrc".to_owned());
        return Err(NoOptions::Password(format!(
            "no password for {shown} at {}: set PACKETBOAT_PASSWORD, or {netrc}",
            url.host()
        )));
    }
    if let Some(text) = unknown_word {
        warn(&format!("no password is used from the file of passwords: {text}"));
    }
    let prompt = format!("Password for {shown} at {}: ", url.host());
    let password = rpassword::prompt_password(prompt).map_err(|error| match error.kind() {
        ErrorKind::Interrupted => NoOptions::Interrupted,
        _ => NoOptions::Password(format!("cannot read the password: {error}")),
    })?;
    other(Login::new(user, password))
}

/// The account for servers that ask for one: from `--account`, `PACKETBOAT_ACCOUNT`, `~/.netrc` or
/// a prompt. The last two are only used when a server asks.
fn account(url: &FtpUrl, common: &Common, user: &[u8], warn: &Warn) -> Account {
    let set = || std::env::var("PACKETBOAT_ACCOUNT").ok().filter(|account| !account.is_empty());
    let given = common.account.clone().or_else(set);
    if let Some(account) = given {
        return Account::known(account);
    }
    let (host, user, warn) = (url.host().to_owned(), user.to_owned(), Arc::clone(warn));
    Account::asked(move || {
        match netrc::entry(&host, Some(&user)) {
            Ok(NetrcEntry { account: Some(account), .. }) => return Some(account),
            Ok(_) => {}
            Err(file) => warn(&unreadable(&file)),
        }
        if !std::io::stdin().is_terminal() {
            return None;
        }
        let prompt = format!("Account for {} at {host}: ", visible(&user));
        // Without an answer, the server's own words are reported.
        let answer = rpassword::prompt_password(prompt).ok()?;
        (!answer.is_empty()).then(|| answer.into_bytes())
    })
}

/// The message about a line of the netrc file with an unknown word. The word is not shown because it
/// may be part of a password.
fn unknown_word(line: usize) -> String {
    let path = netrc::path().unwrap_or_else(|| "~/.netrc".into());
    let path = visible(path.as_os_str().as_encoded_bytes());
    format!(
        "correct line {line} of {path}: it has a word that is not machine, default, login, password, account or macdef"
    )
}

/// The message about an unreadable netrc file.
fn unreadable(file: &Unreadable) -> String {
    let (path, why) =
        (visible(file.path.as_os_str().as_encoded_bytes()), advice::local_reason(&file.error));
    let named = if file.is_named { " (from NETRC)" } else { "" };
    format!("cannot look up a password in {path}{named}: {why}; make the file readable")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_address_is_told_without_its_password() {
        let UsageError(text) = parse_url("http://joe:geheim@h/").expect_err("not FTP");
        assert!(text.starts_with("http://joe:****@h/: "), "{text}");
    }
}
