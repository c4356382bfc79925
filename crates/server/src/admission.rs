//! Admission of sessions: [`Places`] for sessions, the line of clients that wait for one, and
//! [`Readiness`] for times when the server is not ready. Clients that have to wait are told so with
//! 120 (RFC 959 §5.4), and served in order.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use packetboat_proto::server::{Wait, WaitReason};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::Instant;

/// Says whether a server is ready for clients. Clones refer to the same server.
#[derive(Clone, Debug)]
pub struct Readiness(Arc<watch::Sender<State>>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Ready,
    Starting { expected: Instant },
    Maintenance { until: Instant },
}

impl Readiness {
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(State::Ready)))
    }

    /// Marks the server as ready: waiting clients are served.
    pub fn ready(&self) {
        self.0.send_replace(State::Ready);
    }

    /// Marks the server as still starting, for about this long. Clients wait until
    /// [`Readiness::ready`].
    pub fn starting(&self, expected: Duration) {
        self.0.send_replace(State::Starting { expected: after(expected) });
    }

    /// Puts the server into maintenance for this long. Open sessions continue; new sessions, and
    /// those that send REIN, wait for its end or for [`Readiness::ready`].
    pub fn maintenance(&self, time: Duration) {
        self.0.send_replace(State::Maintenance { until: after(time) });
    }

    /// Why and for how long clients have to wait, if they do.
    pub(crate) fn wait(&self) -> Option<Wait> {
        let now = Instant::now();
        match *self.0.borrow() {
            State::Ready => None,
            State::Starting { expected } => {
                let time = expected.saturating_duration_since(now);
                Some(Wait { reason: WaitReason::Starting, time })
            }
            State::Maintenance { until } if until <= now => None,
            State::Maintenance { until } => {
                Some(Wait { reason: WaitReason::Maintenance, time: until - now })
            }
        }
    }

    /// Completes when the server is ready.
    pub(crate) async fn wait_until_ready(&self) {
        let mut state = self.0.subscribe();
        loop {
            let now = *state.borrow_and_update();
            let over = async {
                match now {
                    State::Ready => {}
                    State::Starting { .. } => std::future::pending().await,
                    State::Maintenance { until } => tokio::time::sleep_until(until).await,
                }
            };
            tokio::select! {
                () = over => return,
                // The sender lives in `self`.
                _ = state.changed() => {}
            }
        }
    }
}

/// A time from now, at most a year, so that it fits the clock.
fn after(time: Duration) -> Instant {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
    Instant::now() + time.min(YEAR)
}

/// The places for sessions, and the line of clients waiting for one.
#[derive(Debug)]
pub(crate) struct Places {
    /// Hands out places in the order of requests.
    free: Arc<Semaphore>,
    size: Mutex<Size>,
    waiting: AtomicU64,
    /// The average duration of the last few sessions, in milliseconds.
    usual: AtomicU64,
}

/// The number of places, which a reload may change.
#[derive(Debug)]
struct Size {
    count: usize,
    queue: u64,
    /// How many of the taken places disappear when they become free.
    surplus: usize,
}

/// A place, given back when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    places: Arc<Places>,
    since: Instant,
    /// Present until the place is dropped.
    permit: Option<OwnedSemaphorePermit>,
}

/// A client's turn in the line, given up when dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    places: Arc<Places>,
    number: u64,
}

/// What a new client gets.
#[derive(Debug)]
pub(crate) enum Admission {
    Place(Place),
    Turn(Turn),
    Full,
}

impl Places {
    pub(crate) fn new(count: usize, queue: usize) -> Self {
        let size = Size::new(count, queue);
        Self {
            free: Arc::new(Semaphore::new(size.count)),
            size: Mutex::new(size),
            waiting: AtomicU64::new(0),
            usual: AtomicU64::new(0),
        }
    }

    /// Changes the number of places and turns. Nobody loses a place: surplus places disappear as
    /// they become free.
    pub(crate) fn resize(&self, count: usize, queue: usize) {
        let mut size = self.lock();
        let new = Size::new(count, queue);
        if new.count >= size.count {
            let more = new.count - size.count;
            let kept = more.min(size.surplus);
            size.surplus -= kept;
            self.free.add_permits(more - kept);
        } else {
            let fewer = size.count - new.count;
            size.surplus += fewer - self.free.forget_permits(fewer);
        }
        *size = Size { surplus: size.surplus, ..new };
    }

    fn lock(&self) -> MutexGuard<'_, Size> {
        // Nothing panics while it is held.
        self.size.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for a place: returns one, or a turn in the line, or neither.
    pub(crate) fn ask(self: &Arc<Self>) -> Admission {
        // A permit that becomes free goes to the line first, so nobody can jump it here.
        if let Ok(permit) = Arc::clone(&self.free).try_acquire_owned() {
            return Admission::Place(self.place(permit));
        }
        let number = self.waiting.fetch_add(1, Ordering::Relaxed) + 1;
        let turn = Turn { places: Arc::clone(self), number };
        if number <= self.lock().queue { Admission::Turn(turn) } else { Admission::Full }
    }

    fn place(self: &Arc<Self>, permit: OwnedSemaphorePermit) -> Place {
        Place { places: Arc::clone(self), since: Instant::now(), permit: Some(permit) }
    }
}

impl Size {
    fn new(count: usize, queue: usize) -> Self {
        // Without any place, nobody could ever be served.
        let count = count.clamp(1, Semaphore::MAX_PERMITS);
        Self { count, queue: queue as u64, surplus: 0 }
    }
}

impl Turn {
    /// What the client is told. The time is estimated from earlier sessions.
    pub(crate) fn wait(&self) -> Wait {
        let usual = self.places.usual.load(Ordering::Relaxed);
        let sessions = u64::try_from(self.places.lock().count).unwrap_or(u64::MAX);
        let guess = usual.saturating_mul(self.number) / sessions;
        let reason = WaitReason::Full { place: self.number };
        Wait { reason, time: Duration::from_millis(guess) }
    }

    /// Waits for the place.
    pub(crate) async fn place(self) -> Option<Place> {
        let permit = Arc::clone(&self.places.free).acquire_owned().await;
        // The semaphore is never closed.
        permit.ok().map(|permit| self.places.place(permit))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.places.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let took = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX);
        let usual = self.places.usual.load(Ordering::Relaxed);
        // Only an estimate for people: if two sessions end at the same time, losing one of them
        // does not matter.
        let next = if usual == 0 { took } else { usual - usual / 8 + took / 8 };
        self.places.usual.store(next, Ordering::Relaxed);
        let mut size = self.places.lock();
        if size.surplus > 0 {
            size.surplus -= 1;
            self.permit.take().into_iter().for_each(OwnedSemaphorePermit::forget);
        }
        // Dropped under the lock, so that a concurrent resize counts it either as free or as taken.
        drop(self.permit.take());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(admission: Admission) -> Place {
        match admission {
            Admission::Place(place) => place,
            other => panic!("no place: {other:?}"),
        }
    }

    fn turn(admission: Admission) -> Turn {
        match admission {
            Admission::Turn(turn) => turn,
            other => panic!("no turn: {other:?}"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn places_go_to_those_in_line_in_their_order() {
        let places = Arc::new(Places::new(1, 2));
        let held = place(places.ask());
        let (first, second) = (turn(places.ask()), turn(places.ask()));
        assert_eq!(second.wait().reason, WaitReason::Full { place: 2 });
        assert!(matches!(places.ask(), Admission::Full));
        let first = tokio::spawn(first.place());
        tokio::task::yield_now().await;
        let second = tokio::spawn(second.place());
        tokio::task::yield_now().await;
        tokio::time::advance(Duration::from_secs(90)).await;
        drop(held);
        let held = first.await.expect("a task").expect("a place");
        assert!(!second.is_finished());
        let third = turn(places.ask());
        assert_eq!(third.wait().time, Duration::from_secs(180));
        drop((held, third));
        assert!(second.await.expect("a task").is_some());
        assert!(matches!(places.ask(), Admission::Place(_)));
    }

    /// However places are resized and taken, in the end exactly as many can be held as there are.
    #[tokio::test(start_paused = true)]
    async fn places_become_more_and_fewer_while_they_are_taken() {
        let places = Arc::new(Places::new(3, 0));
        let mut held: Vec<Place> = (0..3).map(|_| place(places.ask())).collect();
        // Nobody loses a place; the next one is only given once enough sessions have gone.
        places.resize(1, 0);
        for _ in 0..2 {
            held.pop();
            assert!(matches!(places.ask(), Admission::Full));
        }
        held.pop();
        held.push(place(places.ask()));
        // Growing first cancels places that were about to disappear.
        places.resize(4, 0);
        held.extend((0..3).map(|_| place(places.ask())));
        places.resize(2, 1);
        places.resize(3, 1);
        held.pop();
        let waits = tokio::spawn(turn(places.ask()).place());
        tokio::task::yield_now().await;
        assert!(!waits.is_finished());
        // A waiting client gets a new place.
        places.resize(4, 0);
        held.push(waits.await.expect("a task").expect("a place"));
        assert!(matches!(places.ask(), Admission::Full));
        drop(held);
        places.resize(2, 0);
        let held = [place(places.ask()), place(places.ask())];
        assert!(matches!(places.ask(), Admission::Full));
        drop(held);
    }

    #[tokio::test(start_paused = true)]
    async fn maintenance_ends_by_itself_and_a_start_when_it_is_said() {
        let readiness = Readiness::new();
        assert_eq!(readiness.wait(), None);
        readiness.maintenance(Duration::from_secs(120));
        let wait = Wait { reason: WaitReason::Maintenance, time: Duration::from_secs(120) };
        assert_eq!(readiness.wait(), Some(wait));
        readiness.wait_until_ready().await;
        assert_eq!(readiness.wait(), None);
        readiness.starting(Duration::from_secs(1));
        tokio::time::advance(Duration::from_secs(2)).await;
        let wait = Wait { reason: WaitReason::Starting, time: Duration::ZERO };
        assert_eq!(readiness.wait(), Some(wait));
        let waiting = tokio::spawn({
            let readiness = readiness.clone();
            async move { readiness.wait_until_ready().await }
        });
        tokio::task::yield_now().await;
        readiness.ready();
        waiting.await.expect("a task");
    }
}
