//! [`Keeper`]: watches the certificate in the folder, renews it in time, and after a failure
//! retries with growing pauses. The old certificate stays until there is a new one.

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::time::{Duration, SystemTime};

use instant_acme::Account;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::folder::Folder;
use crate::order::{self, Desk, Held};
use crate::{AcmeConfig, AcmeError, Challenge, Validity, http, tls_alpn};

/// The first pause after a failure; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(2 * 60);
/// Authorities allow only a few failures an hour for each name, so the longest pause is long.
const LONGEST_PAUSE: Duration = Duration::from_secs(12 * 3600);
/// How often the authority is asked about renewal: it may say at any time that a certificate must
/// be replaced immediately (RFC 9773 §4.3).
const LOOK_AGAIN: Duration = Duration::from_secs(12 * 3600);

/// The longest wait for an authority that does not answer. It limits all steps together; some steps
/// also have limits of their own.
const ROUND: Duration = Duration::from_secs(10 * 60);

/// What happened to the certificate.
#[derive(Clone, Debug)]
pub enum News {
    /// There is a new certificate in the folder.
    Obtained {
        /// Its names.
        names: Vec<String>,
        /// Its end, in seconds since 1970.
        not_after: i64,
    },
    /// No certificate was obtained; the keeper will retry.
    Failed {
        /// Whether there is an old certificate that was to be renewed.
        renewal: bool,
        /// The reason.
        why: String,
        /// The time of the next attempt.
        again_in: Duration,
    },
}

/// Keeps a certificate up to date.
pub struct Keeper {
    config: AcmeConfig,
    listeners: Vec<std::net::TcpListener>,
}

impl Keeper {
    /// Checks the configuration and listens where the authority will connect, using sockets
    /// inherited from another process where they fit. After this the process needs no privileges
    /// any more; nothing has been written yet.
    pub fn bind(config: AcmeConfig, lent: Vec<OwnedFd>) -> Result<Self, AcmeError> {
        config.check()?;
        let mut lent: Vec<std::net::TcpListener> = lent.into_iter().map(Into::into).collect();
        let listeners = match &config.challenge {
            Challenge::Http(addresses) | Challenge::TlsAlpn(addresses) => addresses
                .iter()
                .map(|&address| match lent.iter().position(|one| is_at(one, address)) {
                    Some(place) => Ok(lent.swap_remove(place)),
                    None => listen(address, addresses),
                })
                .collect::<Result<_, _>>()?,
            Challenge::Webroot(_) => Vec::new(),
        };
        Ok(Self { config, listeners })
    }

    /// Creates the folder if necessary, owned by the user that this process runs as now.
    pub fn make_folder(&self) -> Result<(), AcmeError> {
        Folder::open(&self.config.folder).map(drop)
    }

    /// Duplicates of the listening sockets, for a process that replaces this one.
    pub fn lend(&self) -> io::Result<Vec<OwnedFd>> {
        self.listeners.iter().map(|one| Ok(one.try_clone()?.into())).collect()
    }

    /// The addresses that listen for the authority, with the ports that the system chose.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect()
    }

    /// Runs until it is dropped, and reports events; returns only if it cannot even listen.
    pub async fn run(self, tell: impl Fn(News)) -> Result<(), AcmeError> {
        let folder = Folder::open(&self.config.folder)?;
        let desk = Desk::default();
        let mut listening = JoinSet::new();
        for socket in self.listeners {
            let address = socket.local_addr().unwrap_or(SocketAddr::from(([0; 4], 0)));
            let listener = TcpListener::from_std(socket);
            let listener = listener.map_err(|error| AcmeError::Listen(address, error))?;
            let (pages, proofs) = (desk.pages.clone(), desk.proofs.clone());
            if matches!(self.config.challenge, Challenge::TlsAlpn(_)) {
                listening.spawn(tls_alpn::serve(listener, proofs));
            } else {
                listening.spawn(async {
                    http::serve(listener, pages).await;
                    Ok(())
                });
            }
        }
        let held = Held::default();
        let round = Round { config: &self.config, folder: &folder, desk: &desk, held: &held };
        let mut pause = FIRST_PAUSE;
        loop {
            let gone = timeout(ROUND, round.go(&tell)).await;
            let wait = match gone.unwrap_or(Err(AcmeError::Silent(ROUND))) {
                Ok(wait) => {
                    pause = FIRST_PAUSE;
                    wait
                }
                Err(error) => {
                    let this = pause;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                    let why = error.to_string();
                    tell(News::Failed { renewal: round.is_renewal(), why, again_in: this });
                    this
                }
            };
            sleep(wait).await;
        }
    }
}

/// One check of the certificate.
struct Round<'a> {
    config: &'a AcmeConfig,
    folder: &'a Folder,
    desk: &'a Desk,
    /// A certificate that the previous round could not write.
    held: &'a Held,
}

impl Round<'_> {
    /// Renews the certificate if it is due, and returns when to check again.
    async fn go(&self, tell: &impl Fn(News)) -> Result<Duration, AcmeError> {
        if let Some(new) = self.held.keep(self.folder)? {
            return Ok(obtained(new, tell));
        }
        // An unreadable certificate is replaced like a missing one.
        let old = self.folder.validity().unwrap_or_default();
        let current = old.as_ref().filter(|old| old.is_for(&self.config.names));
        let now = now();
        if let Some(current) = current.filter(|current| now < current.due()) {
            // The authority may want an earlier renewal. If it cannot be asked, the dates in the
            // certificate decide.
            let account = order::account(self.config, self.folder).await;
            let suggested = match &account {
                Ok(account) => suggested(account, current).await,
                Err(_) => None,
            };
            let due = suggested.unwrap_or_else(|| current.due());
            if now < due {
                return Ok(wait(now, due));
            }
        }
        let new = match self.obtain(old.as_ref()).await {
            // An authority that was reinstalled or has deleted old accounts accepts a new account.
            Err(AcmeError::NoAccount) => {
                self.folder.forget_account()?;
                self.obtain(old.as_ref()).await
            }
            other => other,
        }?;
        Ok(obtained(new, tell))
    }

    /// Whether the folder has a certificate for these names, even an expired one.
    fn is_renewal(&self) -> bool {
        // As in a round, an unreadable certificate counts as missing.
        let old = self.folder.validity().unwrap_or_default();
        old.is_some_and(|old| old.is_for(&self.config.names))
    }

    async fn obtain(&self, old: Option<&Validity>) -> Result<Validity, AcmeError> {
        let account = order::account(self.config, self.folder).await?;
        order::obtain(self.config, self.folder, &account, self.desk, old, self.held).await?;
        let kept = self.held.keep(self.folder)?;
        kept.ok_or_else(|| AcmeError::Made("the new certificate has disappeared".into()))
    }
}

/// Reports a new certificate, and returns when to check again.
fn obtained(new: Validity, tell: &impl Fn(News)) -> Duration {
    let wait = wait(now(), new.due());
    tell(News::Obtained { names: new.names, not_after: new.not_after });
    wait
}

/// When the authority wants the certificate to be renewed: the middle of its suggested window (RFC
/// 9773 §4.2). Not every authority suggests one.
async fn suggested(account: &Account, current: &Validity) -> Option<i64> {
    let identifier = current.identifier.as_ref()?;
    let (info, _) = account.renewal_info(identifier).await.ok()?;
    let (start, end) =
        (info.suggested_window.start.unix_timestamp(), info.suggested_window.end.unix_timestamp());
    Some(start.saturating_add(end.saturating_sub(start) / 2))
}

/// The time until renewal is due, but at most until the authority should be asked again.
fn wait(now: i64, due: i64) -> Duration {
    let seconds = u64::try_from(due.saturating_sub(now)).unwrap_or(0);
    Duration::from_secs(seconds.max(1)).min(LOOK_AGAIN)
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// Whether the socket fits this address; port 0 accepts any port. Sockets opened here never block.
fn is_at(listener: &std::net::TcpListener, wanted: SocketAddr) -> bool {
    let same = |at: SocketAddr| at.ip() == wanted.ip() && [0, at.port()].contains(&wanted.port());
    listener.local_addr().is_ok_and(same) && listener.set_nonblocking(true).is_ok()
}

/// Listens on an address; `[::]` also serves IPv4, unless an IPv4 address in `all` has the same port.
fn listen(address: SocketAddr, all: &[SocketAddr]) -> Result<std::net::TcpListener, AcmeError> {
    let is_all = address.is_ipv6() && address.ip().is_unspecified();
    let both = is_all && !all.iter().any(|other| other.is_ipv4() && other.port() == address.port());
    let bind = || {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        socket.set_reuse_address(true)?;
        if address.is_ipv6() {
            socket.set_only_v6(!both)?;
        }
        socket.bind(&address.into())?;
        socket.listen(128)?;
        Ok(socket.into())
    };
    bind().map_err(|error| AcmeError::Listen(address, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_addresses_of_ipv6_are_those_of_ipv4_too() {
        if std::net::TcpListener::bind("[::1]:0").is_err() {
            return packetboat_skip::skip("ipv6", "this machine has no IPv6");
        }
        let all = SocketAddr::from((std::net::Ipv6Addr::UNSPECIFIED, 0));
        let listener = listen(all, &[all]).expect("a listener");
        let port = listener.local_addr().expect("an address").port();
        std::net::TcpStream::connect(("127.0.0.1", port)).expect("by IPv4");
        // Next to an IPv4 address with the same port, it serves only IPv6.
        let v4 = std::net::TcpListener::bind("0.0.0.0:0").expect("a port");
        let v4 = v4.local_addr().map(|at| (at, v4)).expect("an address");
        let v6 = SocketAddr::new(all.ip(), v4.0.port());
        assert!(listen(v6, &[v4.0, v6]).is_ok());
    }

    /// Two servers want the same port, and the second one must fail.
    #[test]
    fn a_process_that_takes_anothers_place_gets_its_sockets() {
        let folder = tempfile::tempdir().expect("a folder");
        let config = |port| AcmeConfig {
            directory: "https://127.0.0.1/dir".into(),
            authority_root: None,
            names: vec!["ftp.example.com".into()],
            contacts: Vec::new(),
            folder: folder.path().to_owned(),
            challenge: Challenge::Http(vec![SocketAddr::from(([127, 0, 0, 1], port))]),
            external: None,
        };
        let first = Keeper::bind(config(0), Vec::new()).expect("a keeper");
        let addresses = first.addresses();
        let port = addresses[0].port();
        assert!(Keeper::bind(config(port), Vec::new()).is_err(), "it is in use");
        let second = Keeper::bind(config(port), first.lend().expect("copies")).expect("a keeper");
        assert_eq!(second.addresses(), addresses);
    }

    #[tokio::test(start_paused = true)]
    async fn an_authority_that_never_answers_is_given_up() {
        let folder = tempfile::tempdir().expect("a folder");
        // The system accepts the connection, but nobody reads from it.
        let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let config = AcmeConfig {
            directory: format!("https://{}/dir", silent.local_addr().expect("an address")),
            authority_root: None,
            names: vec!["ftp.example.com".into()],
            contacts: Vec::new(),
            folder: folder.path().to_owned(),
            challenge: Challenge::Webroot(folder.path().to_owned()),
            external: None,
        };
        let failed = async || {
            let (sender, mut news) = tokio::sync::mpsc::unbounded_channel();
            let keeper = Keeper::bind(config.clone(), Vec::new()).expect("a keeper");
            let told = tokio::select! {
                ended = keeper.run(|one| sender.send(one).expect("a receiver")) => panic!("{ended:?}"),
                told = news.recv() => told,
            };
            match told {
                Some(News::Failed { renewal, why, again_in }) => {
                    assert!(why.contains("did not answer within 10 min"), "{why}");
                    assert_eq!(again_in, FIRST_PAUSE);
                    renewal
                }
                other => panic!("{other:?}"),
            }
        };
        assert!(!failed().await, "there was none to renew");
        // An expired certificate must be renewed.
        let mut params = rcgen::CertificateParams::new(config.names.clone()).expect("params");
        params.not_after = rcgen::date_time_ymd(2020, 1, 1);
        let key = rcgen::KeyPair::generate().expect("a key");
        let old = params.self_signed(&key).expect("a certificate");
        let folder = Folder::open(folder.path()).expect("a folder");
        folder.keep_certificate(&old.pem(), &key.serialize_pem()).expect("a file");
        assert!(failed().await, "there was one to renew");
    }

    #[test]
    fn it_looks_again_when_due_and_twice_a_day() {
        assert_eq!(wait(100, 160), Duration::from_secs(60));
        assert_eq!(wait(100, 100), Duration::from_secs(1));
        assert_eq!(wait(100, 10), Duration::from_secs(1));
        assert_eq!(wait(0, 90 * 86_400), LOOK_AGAIN);
    }
}
