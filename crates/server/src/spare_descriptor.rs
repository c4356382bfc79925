//! [`SpareDescriptor`]: a file descriptor kept in reserve. When no others are left, a client is accepted with
//! it, told so with 421, and closed. Otherwise, clients would connect and get no answer, and no log
//! would say why.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rustix::io::Errno;
use socket2::{Domain, Socket, Type};
use tokio::time::Instant;

use crate::event::EventKind;

/// How often the log repeats this; each client that is turned away has a line of its own.
const INTERVAL: Duration = Duration::from_secs(60);

/// The descriptor; `None` while it is in use, or if none could be reserved.
pub(crate) struct SpareDescriptor(Option<OwnedFd>);

impl SpareDescriptor {
    /// Reserves a descriptor. A socket needs no file, since access to files may be restricted by
    /// now.
    pub(crate) fn keep() -> Self {
        Self(Socket::new(Domain::IPV4, Type::STREAM, None).ok().map(OwnedFd::from))
    }

    /// Releases the descriptor, so that one client can be accepted. Returns whether there was one.
    pub(crate) fn give_up(&mut self) -> bool {
        self.0.take().is_some()
    }
}

/// Whether the error says that no descriptor is left, for this process or for the whole system.
pub(crate) fn is_short(error: &io::Error) -> bool {
    let short = [Errno::MFILE, Errno::NFILE].map(Errno::raw_os_error);
    error.raw_os_error().is_some_and(|number| short.contains(&number))
}

/// When the log was last told.
#[derive(Default)]
pub(crate) struct Told(Mutex<Option<Instant>>);

impl Told {
    /// The event to log, unless it is too soon.
    pub(crate) fn event(&self, error: &io::Error) -> Option<EventKind> {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if told.is_some_and(|told| now < told + INTERVAL) {
            return None;
        }
        *told = Some(now);
        let text = format!(
            "cannot open any more files or connections ({error}), and is turning clients away \
             with 421; raise the limit (LimitNOFILE= in the unit, `ulimit -n`), or lower \
             limits.sessions to a quarter of it"
        );
        Some(EventKind::Server { step: "no descriptors", text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_lack_of_descriptors_is_one() {
        let of = |errno: Errno| is_short(&io::Error::from(errno));
        assert!(of(Errno::MFILE) && of(Errno::NFILE));
        assert!(!of(Errno::CONNABORTED) && !is_short(&io::Error::other("another")));
    }

    #[tokio::test(start_paused = true)]
    async fn the_log_is_told_once_in_a_while() {
        let (told, error) = (Told::default(), io::Error::from(Errno::MFILE));
        assert!(told.event(&error).is_some() && told.event(&error).is_none());
        tokio::time::advance(INTERVAL).await;
        assert!(told.event(&error).is_some());
    }

    #[test]
    fn the_spare_one_is_given_up_once() {
        let mut spare = SpareDescriptor::keep();
        assert!(spare.give_up() && !spare.give_up());
    }
}
