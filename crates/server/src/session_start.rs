//! How a session gets its place and its site: waiting in line, REIN, HOST and SMNT.

use std::sync::Arc;

use packetboat_accounts::{Account, InformationFor};
use packetboat_proto::host::HostName;
use packetboat_proto::pathname::Pathname;
use packetboat_proto::server::{
    AccountNeed, Event as Report, Goodbye, HostAnswer, MountAnswer, Session, SessionConfig, Wait,
};
use packetboat_proto::time::Instant;
use packetboat_store::VirtualPath;

use crate::account_changes::Renewal;
use crate::admission::{Admission, Place, Readiness, Turn};
use crate::config::Site;
use crate::connection::{Addresses, Connection, Finished};

/// Whether a client that has connected is served now, waits for a place, or is turned away.
pub(crate) struct Standing {
    pub place: Option<Place>,
    pub turn: Option<Turn>,
    wait: Option<Wait>,
}

impl Standing {
    pub(crate) fn of(admission: Admission, readiness: &Readiness) -> Self {
        let wait = readiness.wait();
        match admission {
            Admission::Place(free) => Self { place: Some(free), turn: None, wait },
            Admission::Turn(next) => {
                let wait = wait.or_else(|| Some(next.wait()));
                Self { place: None, turn: Some(next), wait }
            }
            Admission::Full => Self { place: None, turn: None, wait },
        }
    }

    /// Creates the session with the matching first reply.
    pub(crate) fn session(
        &self,
        config: Arc<SessionConfig>,
        addresses: Addresses,
        now: Instant,
    ) -> Session {
        let Addresses { peer, local, .. } = addresses;
        match &self.wait {
            _ if self.place.is_none() && self.turn.is_none() => {
                Session::refused(config, local, peer, Goodbye::Full, now)
            }
            None => Session::new(config, local, peer, now),
            Some(wait) => Session::waiting(config, local, peer, wait, now),
        }
    }
}

impl Connection {
    /// Waits for a place, if the session has none yet, and for the server to be ready.
    pub(crate) fn await_turn(&mut self, turn: Option<Turn>) {
        let readiness = self.shared.readiness.clone();
        let held = self.place.take();
        self.start(async move {
            let place = match turn {
                Some(turn) => turn.place().await,
                None => held,
            };
            readiness.wait_until_ready().await;
            Finished::Admitted(place)
        });
    }

    /// REIN: resets everything to the beginning of the session (RFC 959 §4.1.1).
    pub(crate) fn reinitialize(&mut self) {
        self.listening = None;
        self.kept = None;
        self.enter(Arc::clone(&self.home));
        match self.shared.readiness.wait() {
            None => self.report(Report::Ready),
            Some(wait) => {
                self.report(Report::NotReady(wait));
                self.await_turn(None);
            }
        }
    }

    /// HOST (RFC 7151).
    pub(crate) fn choose_host(&mut self, name: HostName) {
        let answer = match self.live.sites.find(&name, self.local.ip().to_canonical()) {
            None => HostAnswer::Unknown(name),
            Some(site) => {
                let greeting = site.greeting.clone();
                self.enter(site);
                HostAnswer::Chosen { name, greeting }
            }
        };
        self.report(Report::HostAnswered(answer));
    }

    /// The name in the TLS handshake selects the site as HOST would (RFC 7151 §3.2.2). It overrides
    /// an earlier HOST, which was sent in clear text and could have come from anybody in between.
    /// An unknown name selects nothing, since clients send it unasked.
    pub(crate) fn enter_named(&mut self, name: Option<&str>) {
        let name = name.and_then(|name| HostName::parse(name.as_bytes()));
        let live = Arc::clone(&self.live);
        let named = name.and_then(|name| live.sites.hosts.get(&name));
        if let Some(site) = named {
            self.enter(Arc::clone(site));
        }
    }

    fn enter(&mut self, site: Arc<Site>) {
        self.account = None;
        // A pending lookup for an account of one site must not apply to another site's account of
        // the same name.
        self.renewal = Renewal::default();
        self.ledger = None;
        self.announced = None;
        self.own_root = false;
        self.shared.who.is(self.number, None);
        self.directory = VirtualPath::root();
        self.storage = Arc::clone(&site.storage);
        self.site = site;
    }

    /// SMNT (RFC 959 §4.1.1): names may have a slash in front; the slash alone unmounts.
    pub(crate) fn mount(&mut self, name: &Pathname) {
        let name = name.as_bytes();
        let bare = name.strip_prefix(b"/").unwrap_or(name);
        let storage = match bare {
            b"" => Some(&self.site.storage),
            bare => self.site.mounts.get(bare),
        };
        let answer = match storage {
            // An account with its own root or with a quota stays in its own tree.
            _ if self.site.mounts.is_empty() || self.own_root || self.ledger.is_some() => {
                MountAnswer::NothingToMount
            }
            None => MountAnswer::Unknown(name.to_vec()),
            Some(storage) => {
                self.storage = Arc::clone(storage);
                self.directory = VirtualPath::root();
                MountAnswer::Mounted(name.to_vec())
            }
        };
        self.report(Report::Mounted(answer));
    }
}

/// What the session machine needs to know about an account that has logged in.
pub(crate) fn account_need(account: &Account) -> AccountNeed {
    match (account.information_for(), account.wants_code()) {
        (None, _) => AccountNeed::None,
        (Some(InformationFor::Login), false) => AccountNeed::Login,
        (Some(InformationFor::Storing), false) => AccountNeed::Storing,
        (Some(InformationFor::Login), true) => AccountNeed::CodeToLogIn,
        (Some(InformationFor::Storing), true) => AccountNeed::CodeToStore,
    }
}
