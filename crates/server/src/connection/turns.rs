//! The main loop of a session, between the control connection, the session machine, the timer and
//! the one job that may be running.

use std::io;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use packetboat_proto::server::{Action, Goodbye};
use packetboat_proto::time::Instant;
use tokio::sync::watch;
use tokio::time::Sleep;

use super::{Connection, Finished, Job};
use crate::event::CloseCause;
use crate::life::Phase;
use crate::markers::Markers;

/// Other events that a session waits for, beside its client and its own work.
struct Around {
    phases: watch::Receiver<Phase>,
    phase: Phase,
    /// Signals that accounts have changed.
    news: watch::Receiver<u64>,
}

impl Connection {
    /// Serves until either side closes, and returns why.
    pub(super) async fn serve(&mut self) -> CloseCause {
        let mut around = Around {
            phases: self.shared.phase.subscribe(),
            phase: Phase::Serving,
            news: self.shared.news.subscribe(),
        };
        let timer = tokio::time::sleep(Duration::MAX);
        let mut timer = std::pin::pin!(timer);
        let mut armed = None;
        loop {
            match self.come_to_rest().await {
                Ok(None) => {}
                Ok(Some(cause)) => return cause,
                Err(_) => return CloseCause::Broken,
            }
            self.arm(timer.as_mut(), &mut armed);
            if self.wait(&mut around, timer.as_mut(), &mut armed).await.is_err() {
                return CloseCause::Broken;
            }
        }
    }

    /// Works until there is nothing left but to wait. Returns the cause if the session ends.
    async fn come_to_rest(&mut self) -> io::Result<Option<CloseCause>> {
        loop {
            let over = self.settle().await?;
            self.hear(false);
            // Replies that have accumulated are sent together: for a small file, 150 and 226.
            self.flush().await?;
            if over {
                self.control.close();
                let asked = self.session.has_quit();
                return Ok(Some(if asked { CloseCause::Quit } else { CloseCause::Server }));
            }
            if !self.session.is_held_back() {
                break;
            }
            let now = self.shared.now();
            self.session.handle_sent(now);
        }
        // A client that has hung up loses its place in the line.
        let gone = self.input_ended && (self.job.is_none() || self.session.is_waiting());
        Ok(gone.then_some(CloseCause::Client))
    }

    /// Waits for the next event, and handles it.
    async fn wait(
        &mut self,
        around: &mut Around,
        timer: Pin<&mut Sleep>,
        armed: &mut Option<Instant>,
    ) -> io::Result<()> {
        let reading = self.session.wants_input() && !self.input_ended;
        tokio::select! {
            biased;
            finished = next(&mut self.job) => {
                self.job = None;
                self.finish(finished);
            }
            // News that arrive during a login concern it too, and stay pending until it is done.
            Ok(()) = around.news.changed(), if self.account.is_some() && self.renewal.lookup.is_none() => {
                self.look_again();
            }
            found = next(&mut self.renewal.lookup), if self.renewal.lookup.is_some() => {
                self.renewal.lookup = None;
                self.finish(found);
            }
            () = marked(self.markers.as_deref()) => self.report_markers(),
            ready = self.control.readable(), if reading => {
                self.hear(true);
                ready.and_then(|()| self.read())?;
            }
            () = timer, if armed.is_some() => {
                *armed = None;
                let now = self.shared.now();
                self.session.handle_timeout(now);
            }
            phase = reached(&mut around.phases, around.phase) => {
                around.phase = phase;
                self.live_through(phase);
            }
        }
        Ok(())
    }

    /// Tells a transfer whether commands are being read, or all that were read have been acted on.
    fn hear(&self, hearing: bool) {
        if let Some(transfer) = &self.transfer {
            transfer.set_hearing(hearing);
        }
    }

    /// Reacts to a new phase of the server.
    fn live_through(&mut self, phase: Phase) {
        match phase {
            Phase::Serving | Phase::Leaving => {}
            Phase::Draining => self.session.handle_goodbye_at_rest(Goodbye::Shutdown),
            Phase::Ending | Phase::Over => self.session.handle_goodbye(Goodbye::Shutdown),
        }
    }

    /// Keeps the timer at or before the session's deadline. It is only moved to a later time when
    /// it fires, so a deadline that every command postpones costs nothing.
    fn arm(&self, mut timer: Pin<&mut Sleep>, armed: &mut Option<Instant>) {
        let Some(deadline) = self.session.deadline() else { return };
        if armed.is_none_or(|at| deadline < at) {
            timer.as_mut().reset(self.shared.tokio_instant(deadline));
            *armed = Some(deadline);
        }
    }

    /// Carries out actions, and jobs as far as they get without waiting. Returns true when the
    /// session is over.
    async fn settle(&mut self) -> io::Result<bool> {
        loop {
            match self.session.poll_action() {
                Some(Action::Close) => return Ok(true),
                Some(Action::StartTls) => self.start_tls().await?,
                Some(Action::EndTls) => self.end_tls().await?,
                Some(Action::ClearControl) => self.clear_control().await?,
                Some(action) => self.act(action),
                None => match poll_once(&mut self.job).await {
                    Some(finished) => {
                        self.job = None;
                        self.finish(finished);
                    }
                    None => return Ok(false),
                },
            }
        }
    }

    pub(crate) async fn flush(&mut self) -> io::Result<()> {
        let output = self.session.take_output();
        self.control.send(&output).await
    }

    /// Reads what has arrived.
    fn read(&mut self) -> io::Result<()> {
        let now = self.shared.now();
        let (session, command_at) = (&mut self.session, &mut self.command_at);
        let open = self.control.read(|bytes| {
            *command_at = now;
            session.handle_bytes(bytes, now);
        })?;
        if !open {
            self.input_ended = true;
            self.session.handle_end_of_input();
        }
        Ok(())
    }
}

/// The result of the job, if it is ready without waiting.
async fn poll_once(job: &mut Option<Job>) -> Option<Finished> {
    let job = job.as_mut()?;
    std::future::poll_fn(|context| match job.as_mut().poll(context) {
        Poll::Ready(finished) => Poll::Ready(Some(finished)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

/// Waits for the result of the job; without a job, forever.
async fn next(job: &mut Option<Job>) -> Finished {
    match job {
        Some(job) => job.await,
        None => std::future::pending().await,
    }
}

/// Waits for a later phase of the server.
async fn reached(phases: &mut watch::Receiver<Phase>, now: Phase) -> Phase {
    let next = phases.wait_for(|phase| *phase > now).await;
    // The sender outlives every session.
    next.map_or(Phase::Over, |phase| *phase)
}

/// Completes when an upload has markers to answer; without an upload, never.
async fn marked(markers: Option<&Markers>) {
    match markers {
        Some(markers) => markers.ready().await,
        None => std::future::pending().await,
    }
}
