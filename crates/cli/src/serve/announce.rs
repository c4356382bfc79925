//! The message at the start: where the server listens, who may log in, and how to try it.

use std::io::{self, IsTerminal as _, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use packetboat_proto::url::escaped;
use packetboat_server::Server;
use packetboat_server::settings::{ListenTls, Settings};

use super::contain::Contained;
use super::exposed;
use super::password::{self, Origin, Password};
use super::sites::Secrets;
use super::tls;
use crate::shell::word;

/// Stands in for an account name where none is known.
const SOMEBODY: &str = "NAME";

/// A server that is about to run.
pub(super) struct Start<'a> {
    pub settings: &'a Settings,
    /// The settings file.
    pub file: Option<&'a Path>,
    pub server: &'a Server,
    pub secrets: &'a Secrets,
    pub tls: &'a tls::Told,
    /// The database, and the number of accounts in it.
    pub database: Option<&'a (PathBuf, i64)>,
    pub skipped: Option<&'a str>,
    pub maintenance: Option<u64>,
    /// The restrictions on the process.
    pub contained: &'a Contained,
    /// A warning that the process may not open enough descriptors for its sessions.
    pub scant: Option<&'a str>,
}

impl Start<'_> {
    /// Prints where the server listens, who may log in, and how to try it.
    pub(super) fn announce(&self) -> io::Result<()> {
        let mut out = anstream::stdout().lock();
        let root = self.settings.root.as_deref().unwrap_or_else(|| "".as_ref());
        let folder = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        writeln!(out, "Packetboat {} serves {}", env!("CARGO_PKG_VERSION"), folder.display())?;
        for address in self.server.addresses() {
            writeln!(out, "  listens on  ftp://{address}/")?;
        }
        for address in self.server.addresses_tls() {
            writeln!(out, "  listens on  ftps://{address}/")?;
        }
        self.tls.announce(&mut out)?;
        let exposed = self.file.and_then(|file| exposed::of_file(file, self.settings));
        for remark in self.skipped.into_iter().chain(exposed.as_deref()) {
            writeln!(out, "  {remark}")?;
        }
        self.accounts(&mut out)?;
        self.sites(&mut out)?;
        if let Some(minutes) = self.maintenance {
            writeln!(out, "  under maintenance for {minutes} min; clients wait")?;
        }
        self.contained.announce(&mut out)?;
        if let Some(scant) = self.scant {
            writeln!(out, "  warning     the server {scant}")?;
        }
        self.try_it(&mut out)?;
        if io::stdin().is_terminal() {
            writeln!(out, "Press Ctrl-C to stop it.")?;
        }
        out.flush()
    }

    /// All addresses that the server listens on.
    pub(super) fn addresses(&self) -> Vec<SocketAddr> {
        self.server.addresses().iter().chain(self.server.addresses_tls()).copied().collect()
    }

    fn accounts(&self, out: &mut impl io::Write) -> io::Result<()> {
        let accounts = &self.settings.accounts;
        if accounts.anonymous {
            writeln!(out, "  anonymous   may read, no password needed")?;
        }
        if let (Some(name), Some(password)) = (&accounts.user, &self.secrets.password) {
            let rights = if accounts.user_writes { "may read and write" } else { "may read" };
            let password = shown(password, password::PASSWORD);
            writeln!(out, "  {name:<11} {rights}, password: {password}")?;
            if let Some(account) = &self.secrets.account {
                writeln!(out, "  {name:<11} account: {}", shown(account, password::ACCOUNT))?;
            }
        }
        if let Some((path, count)) = self.database {
            writeln!(out, "  accounts    {count} in {}", path.display())?;
        }
        if let Some(service) = &accounts.pam.service {
            writeln!(out, "  PAM         authenticates logins, service {service}")?;
        }
        if let Some(hook) = &accounts.hook {
            writeln!(out, "  hook        authenticates logins: {}", masked(hook))?;
        }
        Ok(())
    }

    fn sites(&self, out: &mut impl io::Write) -> io::Result<()> {
        for mount in &self.settings.mounts {
            if let (Some(name), Some(root)) = (&mount.name, &mount.root) {
                writeln!(out, "  SMNT {name}   {}", root.display())?;
            }
        }
        for host in &self.settings.hosts {
            let Some(root) = &host.root else { continue };
            for name in &host.names {
                writeln!(out, "  HOST {name}   {}", root.display())?;
            }
            if let Some(database) = &host.database {
                writeln!(out, "              with its own accounts in {}", database.display())?;
            }
        }
        Ok(())
    }

    /// Prints one command line for curl and one for our own client, ready to copy, with a user who
    /// can log in and with TLS where there is any.
    fn try_it(&self, out: &mut impl io::Write) -> io::Result<()> {
        let clear = self.server.addresses().first().map(|address| (address, false));
        let implicit = || self.server.addresses_tls().first().map(|address| (address, true));
        let Some((address, implicit)) = clear.or_else(implicit) else { return Ok(()) };
        let first = self.settings.listen.iter().find(|one| one.tls != ListenTls::Implicit);
        let without = !implicit && first.is_some_and(|one| one.tls == ListenTls::Off);
        let address = reachable(*address);
        let accounts = &self.settings.accounts;
        let named = accounts.user.as_deref();
        let name = named.or((!accounts.anonymous).then_some(SOMEBODY));
        let curl_user = name.map(|name| format!(" --user {}", word(name))).unwrap_or_default();
        let user = name.map(|name| format!("{}@", escaped(name.as_bytes()))).unwrap_or_default();
        let told = match name {
            Some(SOMEBODY) if named.is_none() => ", with an account name in place of NAME",
            _ => "",
        };
        writeln!(out, "Try it from another terminal{told}:")?;
        let how = self.tls.how(address.ip(), implicit, without);
        match &how.curl {
            Some(options) => {
                writeln!(out, "  curl{options}{curl_user} {}://{address}/", how.curl_scheme)?;
            }
            None => writeln!(out, "  curl        needs the host name that the certificate is for")?,
        }
        let (own, scheme) = (&how.own, how.own_scheme);
        writeln!(out, "  packetboat get{own} -r {scheme}://{user}{address}/ -o copy")
    }
}

/// The status that a service manager shows for a server on these addresses.
pub(super) fn status(addresses: &[SocketAddr]) -> String {
    let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
    format!("Serving on {}", addresses.join(", "))
}

/// A hook as it may stand in a journal: of an address only scheme, host and port, because user,
/// path and query may hold a secret.
fn masked(hook: &str) -> String {
    let Some((scheme, rest)) = hook.split_once("://") else { return hook.to_owned() };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}")
}

/// A generated secret, or where it came from.
fn shown<'a>(secret: &'a Password, variable: &str) -> std::borrow::Cow<'a, str> {
    match secret.origin {
        Origin::Generated => secret.text.as_str().into(),
        Origin::Environment => format!("as in {variable}").into(),
        Origin::Asked => "as you typed it".into(),
    }
}

/// An address to connect to: the loopback address if the server listens on all addresses.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_of_a_hook_is_shown() {
        for (hook, shown) in [
            ("https://a:b@c.test/login", "https://c.test"),
            ("http://a:b@[::1]:80/login?token=secret", "http://[::1]:80"),
            ("https://c.test?token=secret@d", "https://c.test"),
            ("https://c.test#secret", "https://c.test"),
            ("/usr/bin/hook", "/usr/bin/hook"),
        ] {
            assert_eq!(masked(hook), shown);
        }
    }

    #[test]
    fn an_unspecified_address_is_shown_as_one_to_connect_to() {
        let shown = |text: &str| reachable(text.parse().expect("an address")).to_string();
        assert_eq!(shown("0.0.0.0:21"), "127.0.0.1:21");
        assert_eq!(shown("[::]:21"), "[::1]:21");
        assert_eq!(shown("192.0.2.1:21"), "192.0.2.1:21");
    }
}
