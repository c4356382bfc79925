//! The workers: threads with a runtime of their own. A session stays on one of them, so no event of its
//! sockets ever wakes another thread, which is most of what a small transfer would cost.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::server::Shared;

/// How long a listener rests after it ran out of descriptors.
const REST: Duration = Duration::from_millis(100);
/// Workers at most. They speak to clients and look names up; data moves on the lane's threads.
const WORKERS: usize = 8;

/// How many workers there are to be.
pub(crate) fn count() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(WORKERS)
}

/// Starts a worker for each set of listeners. Each receiver completes when its worker has ended.
pub(crate) fn start(
    listeners: Vec<Vec<Listener>>,
    shared: &Arc<Shared>,
) -> io::Result<Vec<oneshot::Receiver<()>>> {
    let (desks, arrivals): (Vec<_>, Vec<_>) = listeners.iter().map(|_| Desk::new()).unzip();
    let desks: Arc<[Desk]> = desks.into();
    let mut workers = Vec::new();
    for (number, (listeners, arrivals)) in listeners.into_iter().zip(arrivals).enumerate() {
        let worker = Worker { number, desks: Arc::clone(&desks), shared: Arc::clone(shared) };
        workers.push(worker.start(listeners, arrivals)?);
    }
    Ok(workers)
}

/// Where clients are accepted.
pub(crate) struct Listener<T = std::net::TcpListener> {
    pub socket: T,
    /// Clients begin with TLS there.
    pub tls: bool,
}

/// Where a worker takes the clients that others accepted for it.
struct Desk {
    /// Sessions that the worker serves or is about to be given.
    sessions: AtomicUsize,
    arrivals: UnboundedSender<Arrival>,
}

/// A client on its way to another worker.
struct Arrival {
    stream: std::net::TcpStream,
    peer: SocketAddr,
    tls: bool,
    seat: Seat,
}

impl Desk {
    fn new() -> (Self, UnboundedReceiver<Arrival>) {
        let (arrivals, receiver) = unbounded_channel();
        (Self { sessions: AtomicUsize::new(0), arrivals }, receiver)
    }
}

/// One session's place with a worker; given back when it is dropped.
pub(crate) struct Seat {
    desks: Arc<[Desk]>,
    worker: usize,
}

impl Seat {
    /// A seat where the fewest sessions are, and `here` if that is as good as any.
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
        arrivals: UnboundedReceiver<Arrival>,
    ) -> io::Result<oneshot::Receiver<()>> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let listeners = {
            let _inside = runtime.enter();
            let watch = |Listener { socket, tls }| {
                TcpListener::from_std(socket).map(|socket| Listener { socket, tls })
            };
            listeners.into_iter().map(watch).collect::<io::Result<Vec<_>>>()?
        };
        let (sender, ended) = oneshot::channel();
        let name = format!("worker-{}", self.number);
        std::thread::Builder::new().name(name).spawn(move || {
            runtime.block_on(self.serve(listeners, arrivals));
            // What still blocks on a disk after the grace time is left to end by itself.
            runtime.shutdown_background();
            // Nobody waits if the server was dropped.
            let _ = sender.send(());
        })?;
        Ok(ended)
    }

    /// Accepts and serves until the server shuts down.
    async fn serve(
        &self,
        listeners: Vec<Listener<TcpListener>>,
        mut arrivals: UnboundedReceiver<Arrival>,
    ) {
        let mut shutdown = self.shared.shutdown.subscribe();
        let mut sessions = JoinSet::new();
        loop {
            tokio::select! {
                _ = shutdown.wait_for(|stop| *stop) => break,
                arrival = accept_any(&listeners) => match arrival {
                    Ok((stream, peer, tls)) => self.seat(stream, peer, tls, &mut sessions),
                    // Out of descriptors, or the client gave up: rest a little rather than spin.
                    Err(_) => tokio::time::sleep(REST).await,
                },
                Some(Arrival { stream, peer, tls, seat }) = arrivals.recv() => {
                    // What the runtime cannot watch cannot be served; it is closed.
                    if let Ok(stream) = TcpStream::from_std(stream) {
                        self.shared.start_session(stream, peer, tls, seat, &mut sessions);
                    }
                }
                Some(_) = sessions.join_next(), if !sessions.is_empty() => {}
            }
        }
        drop(listeners);
        let all_gone = async { while sessions.join_next().await.is_some() {} };
        // Whatever is left after the grace time is dropped with the set.
        let _ = tokio::time::timeout(self.shared.live.now().config.shutdown_grace, all_gone).await;
    }

    /// The kernel gives clients to the listeners at random. One that comes to a worker with more sessions
    /// than another goes to that other: two sessions on one of two cores are half as fast.
    fn seat(&self, stream: TcpStream, peer: SocketAddr, tls: bool, sessions: &mut JoinSet<()>) {
        let seat = Seat::take(&self.desks, self.number);
        if seat.worker == self.number {
            return self.shared.start_session(stream, peer, tls, seat, sessions);
        }
        let worker = seat.worker;
        if let Ok(stream) = stream.into_std() {
            // A worker that has ended takes nobody: the server is shutting down.
            let _ = self.desks[worker].arrivals.send(Arrival { stream, peer, tls, seat });
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

    #[test]
    fn seats_are_taken_where_the_fewest_sessions_are() {
        let (desks, _arrivals): (Vec<_>, Vec<_>) = (0..3).map(|_| Desk::new()).unzip();
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
}
