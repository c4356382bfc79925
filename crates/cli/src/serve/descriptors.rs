//! The limit on open files and connections, compared with the number of sessions.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What the server has open besides sessions: listeners, logs, the database, folders.
const OWN: u64 = 64;

/// Raises the soft limit, 1,024 on many systems, to the hard one, and returns it. `None` means that
/// there is no limit.
pub(super) fn raise() -> Option<u64> {
    let limit = getrlimit(Resource::Nofile);
    // If it cannot be raised, the server holds fewer sessions and warns about it.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    getrlimit(Resource::Nofile).current
}

/// A warning if the sessions do not fit: the end of a sentence that begins with "the server".
pub(super) fn scant(sessions: usize, room: Option<u64>) -> Option<String> {
    let wanted = (sessions as u64).saturating_add(OWN);
    let room = room.filter(|room| *room < wanted)?;
    Some(format!(
        "may have {room} files and connections open, too few for {sessions} sessions (limits.sessions): each \
         takes one, and up to four during a transfer; raise the limit (LimitNOFILE= in the unit, `ulimit -Hn`), or lower \
         limits.sessions"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_when_the_sessions_do_not_fit() {
        let text = scant(20_000, Some(200)).expect("told");
        assert!(text.contains("200 files") && text.contains("20000 sessions"), "{text}");
        assert_eq!((scant(20_000, Some(65_536)), scant(20_000, None)), (None, None));
        assert!(scant(100, Some(100)).is_some() && scant(100, Some(100 + OWN)).is_none());
    }
}
