//! The workers: threads with a runtime of their own. A session stays on one worker, so an event on
//! its sockets never wakes another thread, which would be most of the cost of a small transfer.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::event::EventKind;
use crate::life::Phase;
use crate::processors;
use crate::server::Shared;
use crate::spare_descriptor::{self, SpareDescriptor};

/// How long a worker pauses after it could not accept a client.
const REST: Duration = Duration::from_millis(100);
/// The most workers. They handle control connections and look up names; data moves on the lane's
/// threads.
const WORKERS: usize = 8;

/// How many workers to start.
pub(crate) fn count() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(WORKERS)
}

/// Starts a worker for each set of listeners. Each receiver completes when its worker has ended.
pub(crate) fn start(
    listeners: Vec<Vec<Listener>>,
    shared: &Arc<Shared>,
) -> io::Result<Vec<oneshot::Receiver<()>>> {
    let (desks, messages): (Vec<_>, Vec<_>) = listeners.iter().map(|_| Desk::new()).unzip();
    let desks: Arc<[Desk]> = desks.into();
    let desks = shared.desks.get_or_init(|| desks);
    shared.accepting.send_replace(desks.len());
    let mut workers = Vec::new();
    for (number, (listeners, messages)) in listeners.into_iter().zip(messages).enumerate() {
        let worker = Worker { number, desks: Arc::clone(desks), shared: Arc::clone(shared) };
        workers.push(worker.start(listeners, messages)?);
    }
    Ok(workers)
}

/// A socket on which clients are accepted.
pub(crate) struct Listener<T = std::net::TcpListener> {
    pub socket: T,
    /// Whether clients begin with TLS there.
    pub tls: bool,
    /// Whether it was inherited and is kept whatever the configuration says.
    pub always: bool,
}

/// A duplicate of a listening socket, to pass to another process.
#[derive(Debug)]
pub struct Lent {
    /// The socket.
    pub socket: OwnedFd,
    /// Whether clients begin with TLS there.
    pub tls: bool,
    /// Whether it is kept whatever the configuration says.
    pub always: bool,
}

/// The way to reach a worker.
pub(crate) struct Desk {
    /// The sessions that the worker serves or is about to get.
    sessions: AtomicUsize,
    messages: UnboundedSender<Message>,
}

/// A message to a worker.
enum Message {
    /// Serve this client.
    Arrival(Arrival),
    /// Duplicate the listening sockets. The answer, even if empty, shows that the worker is alive.
    Lend(oneshot::Sender<io::Result<Vec<Lent>>>),
    /// Change the listeners, and report when done.
    Change(Change, oneshot::Sender<()>),
}

/// A change of the listeners at a reload.
pub(crate) struct Change {
    /// New listeners.
    pub add: Vec<Listener>,
    /// Close the listeners on these addresses.
    pub close: Arc<[SocketAddr]>,
    /// Switch these addresses to implicit TLS (true) or to explicit TLS (false).
    pub turn: Arc<[(SocketAddr, bool)]>,
}

/// A client that is passed to another worker.
struct Arrival {
    stream: std::net::TcpStream,
    peer: SocketAddr,
    tls: bool,
    seat: Seat,
}

impl Desk {
    fn new() -> (Self, UnboundedReceiver<Message>) {
        let (messages, receiver) = unbounded_channel();
        (Self { sessions: AtomicUsize::new(0), messages }, receiver)
    }

    /// Duplicates the listening sockets, once the worker gets to it.
    pub(crate) async fn lend(&self) -> io::Result<Vec<Lent>> {
        let (sender, lent) = oneshot::channel();
        // A worker that has ended has no sockets.
        if self.messages.send(Message::Lend(sender)).is_err() {
            return Ok(Vec::new());
        }
        lent.await.unwrap_or_else(|_| Ok(Vec::new()))
    }

    /// Changes the listeners, once the worker gets to it.
    pub(crate) async fn change(&self, change: Change) {
        let (sender, done) = oneshot::channel();
        // A worker that has ended listens nowhere.
        if self.messages.send(Message::Change(change, sender)).is_ok() {
            let _ = done.await;
        }
    }
}

/// A session's seat with a worker, given back when dropped.
pub(crate) struct Seat {
    desks: Arc<[Desk]>,
    worker: usize,
}

impl Seat {
    /// Takes a seat with the worker that has the fewest sessions, preferably `here`.
    fn take(desks: &Arc<[Desk]>, here: usize) -> Self {
        let held = |worker: usize| desks[worker].sessions.load(Ordering::Relaxed);
        let best = (0..desks.len()).min_by_key(|&worker| (held(worker), worker != here));
        let worker = best.unwrap_or(here);
        desks[worker].sessions.fetch_add(1, Ordering::Relaxed);
        Self { desks: Arc::clone(desks), worker }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.desks[self.worker].sessions.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One worker.
struct Worker {
    number: usize,
    desks: Arc<[Desk]>,
    shared: Arc<Shared>,
}

impl Worker {
    fn start(
        self,
        listeners: Vec<Listener>,
        messages: UnboundedReceiver<Message>,
    ) -> io::Result<oneshot::Receiver<()>> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .on_thread_start(processors::roam)
            .build()?;
        let listeners = {
            let _inside = runtime.enter();
            let watch = |Listener { socket, tls, always }| {
                TcpListener::from_std(socket).map(|socket| Listener { socket, tls, always })
            };
            listeners.into_iter().map(watch).collect::<io::Result<Vec<_>>>()?
        };
        let (sender, ended) = oneshot::channel();
        let name = format!("worker-{}", self.number);
        std::thread::Builder::new().name(name).spawn(move || {
            self.keep_to_processors();
            runtime.block_on(self.serve(listeners, messages));
            // Anything that still blocks on a disk after the grace time is left to finish by
            // itself.
            runtime.shutdown_background();
            // Nobody waits for this if the server was dropped.
            let _ = sender.send(());
        })?;
        Ok(ended)
    }

    /// If the system refuses, the server is merely slower; one worker logs this for all.
    fn keep_to_processors(&self) {
        if !self.shared.live.now().config.bind_workers {
            return;
        }
        let kept = processors::keep_to_share(self.number, self.desks.len());
        if let Some(error) = kept.err().filter(|_| self.number == 0) {
            let text = format!(
                "cannot bind its workers to processors of their own: {error}; allow \
                 sched_setaffinity if system calls are restricted (SystemCallFilter= in a unit), \
                 or set server.bind-workers to false"
            );
            self.shared.emit(0, EventKind::Server { step: "workers not bound", text });
        }
    }

    /// Accepts and serves clients until the server is to stop.
    async fn serve(
        &self,
        mut listeners: Vec<Listener<TcpListener>>,
        mut messages: UnboundedReceiver<Message>,
    ) {
        let mut phase = self.shared.phase.subscribe();
        let mut sessions = JoinSet::new();
        let mut spare = SpareDescriptor::keep();
        loop {
            packetboat_store::serves(sessions.len());
            tokio::select! {
                _ = phase.wait_for(|phase| *phase != Phase::Serving) => break,
                arrival = accept_any(&listeners) => match arrival {
                    Ok((stream, peer, tls)) => self.seat(stream, peer, tls, &mut sessions),
                    Err(error) if spare_descriptor::is_short(&error) => {
                        self.turn_one_away(&error, &listeners, &mut spare).await;
                    }
                    // The client gave up: pause briefly instead of spinning.
                    Err(_) => tokio::time::sleep(REST).await,
                },
                Some(message) = messages.recv() => self.take(message, &mut listeners, &mut sessions),
                Some(_) = sessions.join_next(), if !sessions.is_empty() => {}
            }
        }
        drop(listeners);
        self.shared.accepting.send_modify(|left| *left -= 1);
        self.wind_down(messages, sessions).await;
    }

    /// Waits for the sessions to end, including those that another worker is accepting at this
    /// moment. Sessions that are left when the server's time is over are dropped with the set.
    async fn wind_down(&self, mut messages: UnboundedReceiver<Message>, mut sessions: JoinSet<()>) {
        let mut phase = self.shared.phase.subscribe();
        let mut accepting = self.shared.accepting.subscribe();
        let mut others_accept = true;
        while others_accept || !messages.is_empty() || !sessions.is_empty() {
            tokio::select! {
                _ = phase.wait_for(|phase| *phase == Phase::Over) => return,
                _ = accepting.wait_for(|left| *left == 0), if others_accept => others_accept = false,
                Some(message) = messages.recv() => self.take(message, &mut Vec::new(), &mut sessions),
                Some(_) = sessions.join_next(), if !sessions.is_empty() => {}
            }
        }
    }

    fn take(
        &self,
        message: Message,
        listeners: &mut Vec<Listener<TcpListener>>,
        sessions: &mut JoinSet<()>,
    ) {
        match message {
            Message::Arrival(Arrival { stream, peer, tls, seat }) => {
                // A socket that the runtime cannot watch cannot be served, and is closed.
                if let Ok(stream) = TcpStream::from_std(stream) {
                    self.shared.start_session(stream, peer, tls, seat, sessions);
                }
            }
            Message::Lend(answer) => {
                let lend = |listener: &Listener<TcpListener>| {
                    let socket = listener.socket.as_fd().try_clone_to_owned()?;
                    Ok(Lent { socket, tls: listener.tls, always: listener.always })
                };
                // The sender of the message may be gone.
                let _ = answer.send(listeners.iter().map(lend).collect());
            }
            Message::Change(change, done) => {
                self.change(change, listeners, sessions);
                // The sender of the message may be gone.
                let _ = done.send(());
            }
        }
    }

    fn change(
        &self,
        change: Change,
        listeners: &mut Vec<Listener<TcpListener>>,
        sessions: &mut JoinSet<()>,
    ) {
        let Change { add, close, turn } = change;
        let is_at = |listener: &Listener<TcpListener>, address: SocketAddr| {
            !listener.always && listener.socket.local_addr().is_ok_and(|at| at == address)
        };
        for (address, tls) in turn.iter() {
            for listener in listeners.iter_mut().filter(|listener| is_at(listener, *address)) {
                listener.tls = *tls;
            }
        }
        let closed = |listener: &mut Listener<TcpListener>| {
            close.iter().any(|address| is_at(listener, *address))
        };
        for Listener { socket, tls, .. } in listeners.extract_if(.., closed) {
            // Clients that have already connected are served.
            let Ok(socket) = socket.into_std() else { continue };
            while let Ok((stream, peer)) = socket.accept() {
                let stream =
                    stream.set_nonblocking(true).and_then(|()| TcpStream::from_std(stream));
                if let Ok(stream) = stream {
                    self.seat(stream, peer, tls, sessions);
                }
            }
        }
        // A socket that the runtime cannot watch is dropped; nobody could do anything about it.
        let watched = add.into_iter().filter_map(|Listener { socket, tls, always }| {
            Some(Listener { socket: TcpListener::from_std(socket).ok()?, tls, always })
        });
        listeners.extend(watched);
    }

    /// No descriptor is left except the spare one: uses it to turn a client away.
    async fn turn_one_away(
        &self,
        error: &io::Error,
        listeners: &[Listener<TcpListener>],
        spare: &mut SpareDescriptor,
    ) {
        if let Some(event) = self.shared.short.event(error) {
            self.shared.emit(0, event);
        }
        if spare.give_up()
            && let Ok(Ok((stream, peer, tls))) = timeout(REST, accept_any(listeners)).await
        {
            self.shared.turn_away_for_want(&stream, peer, tls);
        } else {
            // Another thread has taken the descriptor.
            tokio::time::sleep(REST).await;
        }
        *spare = SpareDescriptor::keep();
    }

    /// The kernel assigns clients to listeners at random. A client that arrives at a worker with
    /// more sessions than another is passed to that one: with two cores, two sessions on the same
    /// core are half as fast.
    fn seat(&self, stream: TcpStream, peer: SocketAddr, tls: bool, sessions: &mut JoinSet<()>) {
        let seat = Seat::take(&self.desks, self.number);
        if seat.worker == self.number {
            return self.shared.start_session(stream, peer, tls, seat, sessions);
        }
        let worker = seat.worker;
        if let Ok(stream) = stream.into_std() {
            let arrival = Arrival { stream, peer, tls, seat };
            // A worker that has ended takes no clients: the server is shutting down.
            let _ = self.desks[worker].messages.send(Message::Arrival(arrival));
        }
    }
}

/// The next client of any listener.
async fn accept_any(
    listeners: &[Listener<TcpListener>],
) -> io::Result<(TcpStream, SocketAddr, bool)> {
    std::future::poll_fn(|context| {
        for listener in listeners {
            if let Poll::Ready(arrival) = listener.socket.poll_accept(context) {
                return Poll::Ready(arrival.map(|(stream, peer)| (stream, peer, listener.tls)));
            }
        }
        Poll::Pending
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::Server;

    #[test]
    fn seats_are_taken_where_the_fewest_sessions_are() {
        let (desks, _messages): (Vec<_>, Vec<_>) = (0..3).map(|_| Desk::new()).unzip();
        let desks: Arc<[Desk]> = desks.into();
        let first = Seat::take(&desks, 1);
        assert_eq!(first.worker, 1);
        let others = [Seat::take(&desks, 1), Seat::take(&desks, 1)];
        assert_eq!(others.each_ref().map(|seat| seat.worker), [0, 2]);
        let fourth = Seat::take(&desks, 1);
        assert_eq!(fourth.worker, 1);
        let [left, _kept] = others;
        drop(left);
        assert_eq!(Seat::take(&desks, 1).worker, 0);
    }

    /// The sign of life that the service manager gets has been confirmed by all workers.
    #[tokio::test(start_paused = true)]
    async fn a_worker_that_hangs_gives_no_sign_of_life() {
        let folder = tempfile::tempdir().expect("a folder");
        let (server, shared) = Server::nowhere(folder.path());
        let (desks, mut messages): (Vec<_>, Vec<_>) = (0..2).map(|_| Desk::new()).unzip();
        assert!(shared.desks.set(desks.into()).is_ok());
        let handle = server.handle();
        let pulse = tokio::spawn(async move { handle.pulse().await });
        let answer = |message| match message {
            Some(Message::Lend(asked)) => asked.send(Ok(Vec::new())).is_ok(),
            _ => false,
        };
        assert!(answer(messages[0].recv().await));
        let hangs = messages[1].recv().await;
        tokio::time::sleep(std::time::Duration::from_secs(3600)).await;
        assert!(!pulse.is_finished());
        assert!(answer(hangs));
        pulse.await.expect("a sign of life");
    }
}
