//! [`Session`], the session machine of the client: requests go in and bytes come out; bytes go in
//! and replies come out, each with the request it answers. It reads no clock and no socket; the
//! driver passes the time in.

use std::collections::VecDeque;
use std::time::Duration;

use super::answers::parse_delay;
use super::request::Request;
use crate::reply::Reply;
use crate::reply_reader::{ReplyError, ReplyReader};
use crate::time::Instant;
use crate::verbs::Verb;

/// Identifies a request of a session. The greeting, which answers no request, has the first ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(u64);

impl RequestId {
    /// The greeting.
    pub const GREETING: Self = Self(0);
}

/// An event that the session reports to its driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// 1yz: the request is under way, another reply follows.
    Preliminary(RequestId, Reply),
    /// The last reply to the request.
    Final(RequestId, Reply),
    /// A reply without a request, such as the 421 that a server sends before it closes an idle session.
    Unasked(Reply),
    /// The server closed the connection. Pending requests get no reply; holds the start of a reply
    /// if one has arrived.
    Closed(Option<Reply>),
    /// No reply came in time.
    TimedOut,
    /// The bytes are not a reply. Nothing that follows can be matched to a request.
    Malformed(ReplyError),
}

#[derive(Debug)]
struct Waiting {
    id: RequestId,
    verb: Option<Verb>,
    /// When the reply is overdue; `None` while a transfer runs, since the driver watches its progress.
    deadline: Option<Instant>,
    /// Whether the data connection of the request has ended.
    data_ended: bool,
    /// When the first 1yz without data transfer arrived.
    delayed: Option<Instant>,
}

impl Waiting {
    fn new(id: RequestId, verb: Option<Verb>, deadline: Instant) -> Self {
        Self { id, verb, deadline: Some(deadline), data_ended: false, delayed: None }
    }
}

/// The longest wait for an announced delay (120), unless the driver sets a shorter one.
const LONGEST_DELAY: Duration = Duration::from_secs(3_600);

/// A command that makes the server read a whole file may take this many times the usual reply timeout.
const READING: u32 = 60;

/// One control connection, from the client's point of view.
#[derive(Debug)]
pub struct Session {
    reader: ReplyReader,
    waiting: VecDeque<Waiting>,
    output: Vec<u8>,
    events: VecDeque<Event>,
    next_id: u64,
    reply_timeout: Duration,
    longest_delay: Duration,
    ended: bool,
}

impl Session {
    /// A session on a new connection, waiting for the greeting.
    pub fn new(reply_timeout: Duration, now: Instant) -> Self {
        let greeting = Waiting::new(RequestId::GREETING, None, now.after(reply_timeout));
        Self {
            reader: ReplyReader::new(),
            waiting: VecDeque::from([greeting]),
            output: Vec::new(),
            events: VecDeque::new(),
            next_id: 1,
            reply_timeout,
            longest_delay: LONGEST_DELAY,
            ended: false,
        }
    }

    /// Sets the longest wait for a delay that the server announces (120).
    pub fn set_longest_delay(&mut self, longest: Duration) {
        self.longest_delay = longest;
    }

    /// Queues a request. Several requests may be pending; replies arrive in the order of the requests.
    pub fn send(&mut self, request: &Request, now: Instant) -> RequestId {
        let id = RequestId(self.next_id);
        self.next_id += 1;
        request.encode(&mut self.output);
        let verb = Some(request.verb());
        self.waiting.push_back(Waiting::new(id, verb, now.after(self.patience(verb))));
        id
    }

    /// The bytes to write to the control connection; each byte is returned once.
    pub fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output)
    }

    /// Takes bytes that arrived, in pieces of any size.
    pub fn handle_bytes(&mut self, bytes: &[u8], now: Instant) {
        self.reader.push(bytes);
        while !self.ended {
            match self.reader.next_reply() {
                Some(Ok(reply)) => self.handle_reply(reply, now),
                Some(Err(error)) => self.end(Event::Malformed(error)),
                None => break,
            }
        }
    }

    /// Call this when the server has closed the connection, or the connection was lost.
    pub fn handle_close(&mut self) {
        let unfinished = self.reader.unfinished();
        self.end(Event::Closed(unfinished));
    }

    /// Call this when time has passed; it checks the deadlines.
    pub fn handle_time(&mut self, now: Instant) {
        if self.deadline().is_some_and(|deadline| deadline <= now) {
            self.end(Event::TimedOut);
        }
    }

    /// Call this when the data connection of the running transfer is closed; from now on, the reply
    /// is due.
    pub fn handle_data_end(&mut self, now: Instant) {
        if let Some(front) = self.waiting.front_mut() {
            front.data_ended = true;
            front.deadline = Some(now.after(self.reply_timeout));
        }
    }

    /// The latest time at which to call [`handle_time`](Self::handle_time).
    pub fn deadline(&self) -> Option<Instant> {
        if self.ended { None } else { self.waiting.front()?.deadline }
    }

    /// The next event.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Whether anything has arrived that was not reported as an event yet: a reply, or the start of one.
    pub fn has_unread(&self) -> bool {
        !self.reader.is_at_rest() || !self.events.is_empty()
    }

    /// Whether a reply is pending.
    pub fn is_waiting(&self) -> bool {
        !self.waiting.is_empty() || !self.events.is_empty()
    }

    /// Whether the session is over: closed, timed out or malformed.
    pub fn is_ended(&self) -> bool {
        self.ended
    }

    fn handle_reply(&mut self, reply: Reply, now: Instant) {
        let Some(front) = self.waiting.front_mut() else {
            self.events.push_back(Event::Unasked(reply));
            return;
        };
        let id = front.id;
        if reply.code().is_preliminary() {
            front.deadline = match front.verb {
                Some(verb) if moves_data(verb) && !front.data_ended => None,
                _ => {
                    // A repeated 1yz does not extend the deadline any further.
                    let first = *front.delayed.get_or_insert(now);
                    match parse_delay(&reply) {
                        // One more minute, since the announced number is rounded.
                        Some(delay) => {
                            let ready = now.after(delay.saturating_add(Duration::from_secs(60)));
                            Some(ready.min(first.after(self.longest_delay)))
                        }
                        None => front.deadline.max(Some(first.after(self.reply_timeout))),
                    }
                }
            };
            self.events.push_back(Event::Preliminary(id, reply));
            return;
        }
        self.waiting.pop_front();
        if let Some(verb) = self.waiting.front().map(|next| next.verb) {
            // The server starts on the next request only now.
            let deadline = now.after(self.patience(verb));
            if let Some(next) = self.waiting.front_mut() {
                next.deadline = Some(deadline);
            }
        }
        self.events.push_back(Event::Final(id, reply));
    }

    /// How long the reply to a verb may take. A server reads a whole file before it answers with a hash.
    fn patience(&self, verb: Option<Verb>) -> Duration {
        match verb {
            Some(
                Verb::Hash | Verb::Xsha256 | Verb::Xsha512 | Verb::Xsha1 | Verb::Xmd5 | Verb::Xcrc,
            ) => self.reply_timeout.saturating_mul(READING),
            _ => self.reply_timeout,
        }
    }

    fn end(&mut self, event: Event) {
        if !std::mem::replace(&mut self.ended, true) {
            self.waiting.clear();
            self.events.push_back(event);
        }
    }
}

fn moves_data(verb: Verb) -> bool {
    matches!(
        verb,
        Verb::Retr | Verb::Stor | Verb::Stou | Verb::Appe | Verb::List | Verb::Nlst | Verb::Mlsd
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TIMEOUT: Duration = Duration::from_secs(60);

    fn at(seconds: u64) -> Instant {
        Instant(Duration::from_secs(seconds))
    }

    fn greeted() -> Session {
        let mut session = Session::new(TIMEOUT, at(0));
        session.handle_bytes(b"220 hi\r\n", at(0));
        assert!(matches!(session.poll_event(), Some(Event::Final(RequestId::GREETING, _))));
        session
    }

    fn code(event: Option<Event>) -> (RequestId, u16, bool) {
        match event {
            Some(Event::Preliminary(id, reply)) => (id, reply.code().number(), false),
            Some(Event::Final(id, reply)) => (id, reply.code().number(), true),
            other => panic!("{other:?} is no reply"),
        }
    }

    #[test]
    fn pipelined_replies_go_to_their_requests_in_order() {
        let mut session = greeted();
        let first = session.send(&Request::bare(Verb::Epsv), at(1));
        let second = session.send(&Request::new(Verb::Retr, "a").expect("legal"), at(1));
        assert_eq!(session.take_output(), b"EPSV\r\nRETR a\r\n");
        assert_eq!(session.take_output(), b"");
        session.handle_bytes(b"229 (|||1|)\r\n150 go\r\n226 done\r\n", at(2));
        assert_eq!(code(session.poll_event()), (first, 229, true));
        assert_eq!(code(session.poll_event()), (second, 150, false));
        assert_eq!(code(session.poll_event()), (second, 226, true));
        assert!(!session.is_waiting());
    }

    /// RFC 959 §5.4: an aborted transfer is answered 426, then ABOR 226.
    #[test]
    fn abort_is_answered_after_the_transfer() {
        let mut session = greeted();
        let transfer = session.send(&Request::new(Verb::Retr, "a").expect("legal"), at(1));
        session.handle_bytes(b"150 go\r\n", at(1));
        let abort = session.send(&Request::bare(Verb::Abor), at(2));
        session.handle_bytes(b"426 aborted\r\n226 ok\r\n", at(2));
        assert_eq!(code(session.poll_event()), (transfer, 150, false));
        assert_eq!(code(session.poll_event()), (transfer, 426, true));
        assert_eq!(code(session.poll_event()), (abort, 226, true));
    }

    /// RFC 959 §4.2: after 120 the same connection gets 220.
    #[test]
    fn a_delayed_greeting_is_waited_for() {
        let mut session = Session::new(TIMEOUT, at(0));
        session.handle_bytes(b"120 Ready in 5 minutes\r\n", at(10));
        assert_eq!(code(session.poll_event()), (RequestId::GREETING, 120, false));
        assert_eq!(session.deadline(), Some(at(370)));
        session.handle_time(at(300));
        session.handle_bytes(b"220 hi\r\n", at(300));
        assert_eq!(code(session.poll_event()), (RequestId::GREETING, 220, true));
        assert_eq!(session.deadline(), None);
        let mut session = Session::new(TIMEOUT, at(0));
        session.set_longest_delay(Duration::from_secs(100));
        session.handle_bytes(b"120 Ready in 5 minutes\r\n", at(10));
        assert_eq!(session.deadline(), Some(at(110)));
    }

    #[test]
    fn silence_ends_the_session_but_not_while_data_flows() {
        let mut session = greeted();
        session.send(&Request::new(Verb::Stor, "a").expect("legal"), at(0));
        assert_eq!(session.deadline(), Some(at(60)));
        session.handle_bytes(b"150 go\r\n", at(1));
        assert_eq!(session.deadline(), None);
        session.handle_time(at(10_000));
        assert!(!session.is_ended());
        session.handle_data_end(at(20_000));
        session.handle_bytes(b"110 MARK 1 = 1\r\n", at(20_000));
        session.handle_time(at(20_059));
        assert!(!session.is_ended());
        session.handle_time(at(20_060));
        session.poll_event();
        session.poll_event();
        assert_eq!(session.poll_event(), Some(Event::TimedOut));
    }

    /// A server that sent 150 every second used to hold a client forever.
    #[test]
    fn what_is_only_ever_under_way_is_not_waited_for_without_end() {
        let over = |session: &Session, at: u64, said: &str| {
            assert!(session.is_ended(), "{said} is still waited for after {at} s");
        };
        for (verb, said, longest, until) in [
            (Verb::User, "150 wait\r\n", 3_600, 61),
            (Verb::Retr, "150 wait\r\n", 3_600, 61),
            (Verb::Hash, "150 wait\r\n", 3_600, 3_600),
            (Verb::User, "120 Ready in 1 minute\r\n", 300, 301),
            (Verb::Rein, "120 Ready in 1 minute\r\n", 30, 31),
        ] {
            let mut session = greeted();
            session.set_longest_delay(Duration::from_secs(longest));
            let request =
                if verb == Verb::Rein { Ok(Request::bare(verb)) } else { Request::new(verb, "a") };
            session.send(&request.expect("legal"), at(0));
            if verb == Verb::Retr {
                session.handle_data_end(at(0));
            }
            for second in 1..until {
                session.handle_bytes(said.as_bytes(), at(second));
                session.handle_time(at(second));
                assert!(!session.is_ended(), "{verb:?} {said} {second}");
            }
            session.handle_bytes(said.as_bytes(), at(until));
            session.handle_time(at(until));
            over(&session, until, said);
        }
    }

    #[test]
    fn a_hash_may_take_longer() {
        let mut session = greeted();
        session.send(&Request::bare(Verb::Noop), at(0));
        session.send(&Request::new(Verb::Hash, "a").expect("legal"), at(0));
        session.handle_bytes(b"200 ok\r\n", at(10));
        assert_eq!(session.deadline(), Some(at(3610)));
    }

    #[test]
    fn a_reply_nobody_asked_for_is_told_and_the_close_after_it() {
        let mut session = greeted();
        session.handle_bytes(b"421 Idle too long\r\n", at(300));
        session.handle_close();
        session.handle_close();
        assert!(matches!(session.poll_event(), Some(Event::Unasked(_))));
        assert_eq!(session.poll_event(), Some(Event::Closed(None)));
        assert_eq!(session.poll_event(), None);
    }

    #[test]
    fn the_start_of_a_reply_is_kept_when_the_server_closes() {
        let mut session = Session::new(TIMEOUT, at(0));
        session.handle_bytes(b"530-Too many\r\nusers", at(0));
        session.handle_close();
        let Some(Event::Closed(Some(reply))) = session.poll_event() else { panic!("no start") };
        assert_eq!((reply.code().number(), reply.text().as_str()), (530, "Too many"));
    }

    #[test]
    fn another_protocol_is_an_error() {
        let mut session = Session::new(TIMEOUT, at(0));
        session.handle_bytes(b"SSH-2.0-x\r\n220 hi\r\n", at(0));
        assert!(matches!(session.poll_event(), Some(Event::Malformed(_))));
        assert_eq!((session.poll_event(), session.is_ended()), (None, true));
    }

    proptest! {
        #[test]
        fn a_server_that_closes_at_any_byte_gives_one_end(cut in 0_usize..60) {
            let wire = b"220-a\r\n220 b\r\n331 pw\r\n230 in\r\n229 (|||9|)\r\n150 x\r\n226 y\r\n";
            let mut session = Session::new(TIMEOUT, at(0));
            for _ in 0..4 {
                session.send(&Request::bare(Verb::Noop), at(0));
            }
            session.handle_bytes(&wire[..cut.min(wire.len())], at(0));
            session.handle_close();
            let events: Vec<Event> = std::iter::from_fn(|| session.poll_event()).collect();
            let ends = events.iter().filter(|event| matches!(event, Event::Closed(_))).count();
            prop_assert_eq!(ends, 1);
            prop_assert!(matches!(events.last(), Some(Event::Closed(_))));
        }
    }
}
