//! Carries out what the session machine asks for: passive ports, requests on files, long work,
//! transfers. Whatever needs no disk is done right away, everything else on the blocking pool.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use packetboat_codes::Fault;
use packetboat_proto::encoding::Settings;
use packetboat_proto::server::{
    DataSetup, Event as Report, Failure, Passive, Protection, Request, Task, TransferRequest,
};
use tokio::task::spawn_blocking;

use crate::config::PassivePorts;
use crate::connection::{Connection, Finished};
use crate::data::{Listening, Opener, OwnPort};
use crate::deed::Intended;
use crate::event::EventKind;
use crate::files::View;
use crate::markers::Stored;
use crate::pool::Wanted;
use crate::prepare::Surroundings;
use crate::task;
use crate::transfer::{Running, joined};

impl Connection {
    pub(crate) fn report_markers(&mut self) {
        let stored = self.markers.as_ref().map(|markers| markers.take()).unwrap_or_default();
        for Stored { marker, offset } in stored {
            self.report(Report::MarkerStored { marker, offset });
        }
    }

    pub(crate) fn listen(&mut self, passive: Passive) {
        self.kept = None;
        let address = self.listen_anew().map(|listening| {
            let address = listening.address();
            self.listening = Some(listening);
            address
        });
        let report = match address {
            Ok(mut address) => {
                address.set_ip(self.told_address(passive));
                Report::PassiveListening(address)
            }
            Err(_) => Report::Failed(Failure {
                fault: Fault::OutOfResources,
                path: Vec::new(),
                length: None,
                detail: None,
            }),
        };
        self.report(report);
    }

    /// Stops waiting for an earlier data connection, and returns its port before taking another
    /// one.
    fn listen_anew(&mut self) -> io::Result<Listening> {
        let config = &self.live.config;
        let own = match self.listening.take() {
            Some(Listening::Own(own)) => Some(own).filter(|own| matches!(own.drain(), Ok(true))),
            _ => None,
        };
        let local = self.bound;
        match (config.passive_ports, own) {
            (PassivePorts::Any, Some(own)) => Ok(Listening::Own(own)),
            (PassivePorts::Any, None) => Ok(Listening::Own(Arc::new(OwnPort::open(local)?))),
            (PassivePorts::Range { first, last }, _) => {
                let client = self.peer.ip().to_canonical();
                let proxy = Arc::clone(&config.proxy);
                let wanted = Wanted { local, client, session: self.number, first, last, proxy };
                Ok(Listening::Pooled(self.shared.pool.lease(&wanted)?))
            }
        }
    }

    /// The address that the client is told to connect to: the one that it connected to, unless it
    /// sees the server under another one.
    fn told_address(&self, passive: Passive) -> IpAddr {
        let config = &self.live.config;
        let local = self.local.ip();
        match passive {
            Passive::Address | Passive::Long if local.to_canonical().is_ipv4() => {
                let told = config.told_address(self.peer.ip());
                told.map_or(local, IpAddr::V4)
            }
            _ => local,
        }
    }

    /// Carries out a request right away if no disk is needed, otherwise on the blocking pool.
    pub(crate) fn perform(&mut self, request: Request) {
        self.intend(Intended::of_request(&self.directory, &request));
        let Some(view) = self.view() else { return };
        if let Some(now) = view.now() {
            let done = now.perform(&request);
            if !would_wait(&done.0) {
                return self.finish(Finished::Performed(done));
            }
        }
        self.start(async move {
            let done = spawn_blocking(move || view.perform(&request)).await;
            Finished::Performed(joined(done).await)
        });
    }

    /// Starts work that may take a long time.
    pub(crate) fn work(&mut self, task: Task) {
        self.intend(Intended::of_task(&self.directory, &task));
        let Some(view) = self.view() else { return };
        let running = Arc::new(task::Running::default());
        self.task = Some(Arc::clone(&running));
        let shared = Arc::clone(&self.shared);
        self.start(async move {
            Finished::Performed((shared.tasks.run(view, task, running).await, None))
        });
    }

    pub(crate) fn stop_work(&self) {
        if let Some(task) = &self.task {
            task.stop();
        }
        if let Some(transfer) = &self.transfer {
            transfer.abort();
        }
    }

    /// Like [`Self::perform`], for what a transfer needs.
    pub(crate) fn prepare(&mut self, request: TransferRequest) {
        self.intend(Intended::of_transfer(&self.directory, &request));
        let Some(mut view) = self.view() else { return };
        if !matches!(request, TransferRequest::Retrieve { .. } | TransferRequest::List { .. }) {
            view.announced = self.announced.take();
        }
        let config = &self.live.config;
        let around = Surroundings {
            control: Arc::clone(self.control.stream()),
            settings: Settings {
                code_page: config.code_page,
                marker_interval: Some(config.marker_interval),
                ..Settings::default()
            },
        };
        if let Some(now) = view.now() {
            let prepared = now.prepare(&request, &around);
            if !would_wait(&prepared) {
                return self.finish(Finished::Prepared(prepared));
            }
        }
        self.start(async move {
            let prepared = spawn_blocking(move || view.prepare(&request, &around)).await;
            Finished::Prepared(joined(prepared).await)
        });
    }

    pub(crate) fn run_transfer(&mut self, setup: DataSetup, protection: Protection) {
        let Some(prepared) = self.prepared.take() else { return };
        let handle = Arc::clone(&prepared.handle);
        self.transfer = Some(Arc::clone(&handle));
        self.markers.clone_from(&prepared.markers);
        let opener = Opener {
            setup,
            listening: match &self.listening {
                Some(Listening::Own(own)) => Some(Listening::Own(Arc::clone(own))),
                _ => self.listening.take(),
            },
            kept: self.kept.take(),
            peer: self.peer.ip().to_canonical(),
            local: self.bound,
            proxy: Arc::clone(&self.live.config.proxy),
            timeout: self.live.config.connect_timeout,
        };
        let guard = match protection {
            Protection::Clear => None,
            Protection::Private => match self.guard() {
                Some(guard) => Some(guard),
                // This cannot happen, since PROT P needs TLS; but private data must never be sent
                // in clear text.
                None => {
                    return self.report(Report::Failed(Failure {
                        fault: Fault::Io,
                        path: Vec::new(),
                        length: None,
                        detail: None,
                    }));
                }
            },
        };
        let running =
            Running { lane: Arc::clone(&self.live.lane), handle, guard, rates: self.rates.clone() };
        let (shared, number) = (Arc::clone(&self.shared), self.number);
        let stranger = move |stranger, error| {
            let kind = match error {
                None => EventKind::StrangerRefused { stranger },
                Some(error) => EventKind::ProxyRefused { peer: stranger, error },
            };
            shared.emit(number, kind);
        };
        self.start(
            async move { Finished::Transferred(prepared.run(opener, running, stranger).await) },
        );
    }

    /// The storage as this session sees it. The session machine asks for files only after login.
    pub(crate) fn view(&mut self) -> Option<View> {
        let Some(account) = self.account.clone() else {
            self.report(Report::Failed(Failure {
                fault: Fault::RightMissing,
                path: Vec::new(),
                length: None,
                detail: None,
            }));
            return None;
        };
        // An account may expire while it is logged in.
        if let Err(reason) = self.standing(&account) {
            self.session_ends(reason);
            return None;
        }
        let storage = match account.terms().paths.is_empty() {
            true => Some(Arc::clone(&self.storage)),
            // A symbolic link would be a way around the rules.
            false => self.storage.without_links(),
        };
        let Some(storage) = storage else {
            self.report(Report::Failed(Failure::new(Fault::Unsupported, Vec::new())));
            return None;
        };
        Some(View {
            number: self.number,
            storage,
            account,
            ledger: self.ledger.clone(),
            announced: None,
            directory: self.directory.clone(),
            live: Arc::clone(&self.live),
            shared: Arc::clone(&self.shared),
        })
    }
}

fn would_wait<T>(result: &Result<T, Failure>) -> bool {
    matches!(result, Err(failure) if failure.fault == Fault::WouldWait)
}
