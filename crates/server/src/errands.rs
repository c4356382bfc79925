//! What the session machine asks of its connection: passive ports, requests on files, long work, transfers.
//! What needs no disk is done at once, the rest on the blocking pool.

use std::sync::Arc;

use packetboat_codes::Fault;
use packetboat_proto::encoding::Settings;
use packetboat_proto::server::{
    DataSetup, Event as Report, Failure, Passive, Protection, Request, Task, TransferRequest,
};
use tokio::task::spawn_blocking;

use crate::config::PassivePorts;
use crate::connection::{Connection, Finished};
use crate::data::{self, Opener};
use crate::event::EventKind;
use crate::files::View;
use crate::lane::Handle;
use crate::markers::Stored;
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
        let config = &self.live.config;
        self.kept = None;
        let kept = self.listener.take().filter(|kept| matches!(data::drain(kept), Ok(true)));
        let listening = match kept {
            Some(kept) => Ok(kept),
            None => data::listen(self.local.ip(), config.passive_ports).map(Arc::new),
        };
        let listening = listening.and_then(|listener| Ok((listener.local_addr()?, listener)));
        let report = match listening {
            Ok((mut address, listener)) => {
                self.listener = Some(listener);
                if let (Passive::Address | Passive::Long, Some(told)) =
                    (passive, &config.passive_address)
                    && address.ip().to_canonical().is_ipv4()
                {
                    address.set_ip(told.get().into());
                }
                Report::PassiveListening(address)
            }
            Err(_) => Report::Failed(Failure {
                fault: Fault::OutOfResources,
                path: Vec::new(),
                length: None,
            }),
        };
        self.report(report);
    }

    /// Carries out a request at once if no disk is needed, else on the blocking pool.
    pub(crate) fn perform(&mut self, request: Request) {
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

    /// Starts work that may take long.
    pub(crate) fn work(&mut self, task: Task) {
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

    /// As [`Self::perform`], for what a transfer needs.
    pub(crate) fn prepare(&mut self, request: TransferRequest) {
        let Some(view) = self.view() else { return };
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
        let handle = Arc::new(Handle::default());
        self.transfer = Some(Arc::clone(&handle));
        self.markers.clone_from(&prepared.markers);
        let opener = Opener {
            setup,
            listener: match self.live.config.passive_ports {
                PassivePorts::Any => self.listener.clone(),
                PassivePorts::Range { .. } => self.listener.take(),
            },
            kept: self.kept.take(),
            peer: self.peer.ip().to_canonical(),
            local: self.local,
            timeout: self.live.config.connect_timeout,
        };
        let guard = match protection {
            Protection::Clear => None,
            Protection::Private => match self.guard() {
                Some(guard) => Some(guard),
                // It cannot be, since PROT P needs TLS; but nothing private may ever leave in clear.
                None => {
                    return self.report(Report::Failed(Failure {
                        fault: Fault::Io,
                        path: Vec::new(),
                        length: None,
                    }));
                }
            },
        };
        let running = Running { lane: Arc::clone(&self.live.lane), handle, guard };
        let (shared, number) = (Arc::clone(&self.shared), self.number);
        let stranger = move |stranger| shared.emit(number, EventKind::StrangerRefused { stranger });
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
            }));
            return None;
        };
        Some(View {
            storage: Arc::clone(&self.storage),
            account,
            directory: self.directory.clone(),
            live: Arc::clone(&self.live),
            shared: Arc::clone(&self.shared),
        })
    }
}

fn would_wait<T>(result: &Result<T, Failure>) -> bool {
    matches!(result, Err(failure) if failure.fault == Fault::WouldWait)
}
