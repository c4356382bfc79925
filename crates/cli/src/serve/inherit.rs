//! Listening sockets inherited from systemd (`sd_listen_fds(3)`), or from an old server that this
//! one takes over from. The old server also hands over the sockets for ACME challenges and its
//! connection to the keeper of PAM.

use std::fs::File;
use std::io::Write as _;
use std::os::fd::OwnedFd;

use packetboat_server::{Inherited, Lent};
use rustix::net::sockopt::socket_type;
use rustix::net::{SocketType, getsockname};

/// The variable that lists the sockets an old server hands over, with the connection to the keeper
/// last. They are followed by the writing end of the pipe on which the new server reports that it
/// is ready.
const VARIABLE: &str = "PACKETBOAT_HANDOVER";

/// The name of a socket for ACME challenges. These come after the others.
const ACME: &str = "acme";

/// The name of the connection to the keeper of PAM.
const KEEPER: &str = "pam";

/// The old server, which waits for this one to be ready.
pub(super) struct Before {
    pipe: File,
    acme: Vec<OwnedFd>,
    keeper: Option<OwnedFd>,
}

impl Before {
    /// The old server's sockets for ACME challenges.
    pub(super) fn take_acme(&mut self) -> Vec<OwnedFd> {
        std::mem::take(&mut self.acme)
    }

    /// The connection to the old server's keeper of PAM, if there is one.
    pub(super) fn take_keeper(&mut self) -> Option<OwnedFd> {
        self.keeper.take()
    }

    /// Reports that the sockets are being served.
    pub(super) fn ready(mut self) {
        // It does not matter if the old server is gone.
        let _ = self.pipe.write_all(b"ready\n");
    }

    /// Reports why this server failed.
    pub(super) fn failed(mut self, why: &str) {
        let _ = writeln!(self.pipe, "{why}");
    }
}

/// Takes the inherited sockets and the connection to the old server. This has to be the first thing
/// a server does, because descriptors are identified by number.
pub(super) fn take() -> Result<(Vec<Inherited>, Option<Before>), String> {
    if let Some(Handed { names, acme, keeper }) = handed_over() {
        let mut descriptors = descriptors(names.len() + acme + usize::from(keeper) + 1)?;
        let pipe = descriptors.pop();
        let keeper = keeper.then(|| descriptors.pop()).flatten();
        let acme = descriptors.split_off(names.len());
        let before = pipe.map(|pipe| Before { pipe: pipe.into(), acme, keeper });
        return Ok((sockets(descriptors, &names)?, before));
    }
    let names = activated()?;
    Ok((sockets(descriptors(names.len())?, &names)?, None))
}

fn descriptors(count: usize) -> Result<Vec<OwnedFd>, String> {
    packetboat_inherit::take(count).map_err(|error| {
        format!("the descriptors that should have been handed over are missing: {error}")
    })
}

/// What the old server has handed over.
struct Handed {
    names: Vec<Name>,
    /// The number of sockets for ACME challenges that follow.
    acme: usize,
    /// Whether the connection to the keeper follows the sockets.
    keeper: bool,
}

/// The names of the old server's sockets, if it started this process to take over.
fn handed_over() -> Option<Handed> {
    let text = std::env::var(VARIABLE).ok()?;
    let (parent, names) = text.split_once(':')?;
    let started_by = rustix::process::getppid()?.as_raw_pid();
    // Another program that inherits the variable does not inherit the sockets.
    if parent.parse() != Ok(started_by) {
        return None;
    }
    let (names, keeper) = match names.strip_suffix(KEEPER) {
        Some(names) => (names, true),
        None => (names, false),
    };
    let names = names.split(',').filter(|name| !name.is_empty());
    let (acme, names): (Vec<_>, Vec<_>) = names.partition(|name| *name == ACME);
    let names = names.into_iter().map(Name::of_handover).collect::<Option<_>>()?;
    Some(Handed { names, acme: acme.len(), keeper })
}

/// The names of the sockets that systemd opened for this process.
fn activated() -> Result<Vec<Name>, String> {
    let number = |name: &str| std::env::var(name).ok()?.parse::<u32>().ok();
    if number("LISTEN_PID") != Some(std::process::id()) {
        return Ok(Vec::new());
    }
    let count = number("LISTEN_FDS").ok_or("LISTEN_PID is set, but LISTEN_FDS is not a number")?;
    let names = std::env::var("LISTEN_FDNAMES").unwrap_or_default();
    let mut names = names.split(':');
    Ok((0..count).map(|_| Name::of_systemd(names.next().unwrap_or_default())).collect())
}

/// What a socket's name tells about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Name {
    tls: bool,
    always: bool,
}

impl Name {
    /// FileDescriptorName of the socket unit. Names that begin with `ftps` are for implicit TLS.
    fn of_systemd(name: &str) -> Self {
        Self { tls: name.starts_with("ftps"), always: true }
    }

    fn of_handover(word: &str) -> Option<Self> {
        let (word, always) = match word.strip_suffix('+') {
            Some(word) => (word, true),
            None => (word, false),
        };
        let tls = match word {
            "ftp" => false,
            "ftps" => true,
            _ => return None,
        };
        Some(Self { tls, always })
    }

    fn for_handover(self) -> String {
        let always = if self.always { "+" } else { "" };
        format!("{}{always}", if self.tls { "ftps" } else { "ftp" })
    }
}

fn sockets(descriptors: Vec<OwnedFd>, names: &[Name]) -> Result<Vec<Inherited>, String> {
    let with_names = descriptors.into_iter().zip(names);
    let socket = |(socket, name): (OwnedFd, &Name)| {
        let listens = socket_type(&socket) == Ok(SocketType::STREAM)
            && accepts(&socket)
            && getsockname(&socket).is_ok_and(|name| std::net::SocketAddr::try_from(name).is_ok());
        if !listens {
            return Err(
                "an inherited descriptor is not a listening TCP socket; a socket unit needs \
                        ListenStream with a port, and no Accept"
                    .to_owned(),
            );
        }
        Ok(Inherited { socket, tls: name.tls, always: name.always })
    };
    with_names.map(socket).collect()
}

/// Whether the socket accepts connections.
#[cfg(not(target_vendor = "apple"))]
fn accepts(socket: &OwnedFd) -> bool {
    rustix::net::sockopt::socket_acceptconn(socket) == Ok(true)
}

/// rustix cannot ask this on Apple systems; at least make sure that it is not a connection.
#[cfg(target_vendor = "apple")]
fn accepts(socket: &OwnedFd) -> bool {
    rustix::net::getpeername(socket).is_err()
}

/// The variable to set for the new server, and its value: the names of the sockets, followed by
/// those for ACME challenges and the connection to the keeper, if there is one.
pub(super) fn variable(lent: &[Lent], acme: usize, keeper: bool) -> (&'static str, String) {
    let name = |lent: &Lent| Name { tls: lent.tls, always: lent.always }.for_handover();
    let keeper = keeper.then(|| KEEPER.to_owned());
    let acme = std::iter::repeat_n(ACME.to_owned(), acme);
    let names: Vec<_> = lent.iter().map(name).chain(acme).chain(keeper).collect();
    (VARIABLE, format!("{}:{}", std::process::id(), names.join(",")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_sockets_say_whether_tls_comes_first() {
        assert!(Name::of_systemd("ftps").tls && Name::of_systemd("ftps-lan").tls);
        for name in ["", "ftp", "unknown", "packetboat.socket"] {
            assert!(!Name::of_systemd(name).tls, "{name}");
        }
    }

    #[test]
    fn names_survive_a_handover() {
        for (tls, always) in [(false, false), (false, true), (true, false), (true, true)] {
            let name = Name { tls, always };
            assert_eq!(Name::of_handover(&name.for_handover()), Some(name));
        }
        assert_eq!(Name::of_handover("http"), None);
    }
}
