//! Long random walks: sessions that send lines of every kind in orders that nobody would think of.
//! Every reply must be allowed by the verb's row, and none may be missing or surplus.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::thread::JoinHandle;

use packetboat_codes::ReplyCode;
use packetboat_proto::verbs::Verb;
use packetboat_tests::dialogue::patient;
use packetboat_tests::matrix::{Line, has_its_place, lines};
use packetboat_tests::{Dialogue, PASSWORD, Reply, Server, USER};

/// The number of lines in one walk.
const STEPS: usize = 1_500;

/// The same seed gives the same walk.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).expect("below a usize")
    }
}

struct Walk {
    dialogue: Dialogue,
    /// The address where the server listens for data.
    passive: Option<SocketAddr>,
    sent: Vec<String>,
    seen: BTreeSet<u16>,
}

/// Lines that would end the walk, or make it wait.
fn is_left_out(line: &Line) -> bool {
    let waits = line.text.starts_with("PASS ") && !line.text.ends_with(PASSWORD);
    line.text == "QUIT" || line.text == "PASS" || waits
}

#[test]
fn no_order_of_lines_confuses_a_session() {
    let lines: Vec<Line> = lines().into_iter().filter(|line| !is_left_out(line)).collect();
    let lines = &lines;
    let walk = |seed: u64| {
        let server = Server::start();
        server.write("f", "0123456789");
        std::fs::create_dir(server.path("d")).expect("a directory");
        let mut dice = Dice(seed);
        let mut walk = Walk {
            dialogue: server.connect(),
            passive: None,
            sent: Vec::new(),
            seen: BTreeSet::new(),
        };
        for step in 0..STEPS {
            // Without a login little happens, and without a data connection there are no transfers.
            match step % 10 {
                0 => walk.step(Some(Verb::User), &format!("USER {USER}")),
                1 => walk.step(Some(Verb::Pass), &format!("PASS {PASSWORD}")),
                3 | 6 => walk.step(Some(Verb::Epsv), "EPSV"),
                _ => {
                    let line = &lines[dice.below(lines.len())];
                    walk.step(line.verb, &line.text);
                }
            }
        }
        walk.step(Some(Verb::Quit), "QUIT");
        assert!(walk.dialogue.next_reply().is_none(), "{}", walk.told());
        server.check_health();
        walk.seen
    };
    let seen: BTreeSet<u16> = std::thread::scope(|scope| {
        let walks = [959, 1123, 2228, 2389].map(|seed| scope.spawn(move || walk(seed)));
        walks.into_iter().flat_map(|walk| walk.join().expect("a walk")).collect()
    });
    // The walks must have seen many situations.
    assert!(seen.is_superset(&BTreeSet::from([150, 226, 230, 250, 350, 425, 503, 550, 553])));
}

impl Walk {
    /// Sends a line and reads its replies.
    fn step(&mut self, verb: Option<Verb>, line: &str) {
        self.sent.push(line.to_owned());
        self.dialogue.send(line);
        let mut data = None;
        let mut under_way = false;
        loop {
            let reply = self.dialogue.next_reply();
            let Some(reply) = reply else { panic!("the end of the session after {}", self.told()) };
            let code = ReplyCode::known(reply.code);
            self.seen.insert(reply.code);
            let right = verb.map_or(reply.code == 500, |verb| has_its_place(verb, code, under_way));
            assert!(right, "{} {} to {}", reply.code, reply.text(), self.told());
            if !code.is_preliminary() {
                self.note_port(&reply);
                break;
            }
            if !std::mem::replace(&mut under_way, true) {
                data = self.passive.take().and_then(move_data);
            }
        }
        if let Some((data, reader)) = data {
            // A data connection that stays open is closed here; the server notices at the next
            // transfer.
            let _ = data.shutdown(Shutdown::Both);
            reader.join().expect("the reader");
        }
    }

    /// Remembers the port from 227, 228 and 229.
    fn note_port(&mut self, reply: &Reply) {
        let text = reply.text();
        let digits = |part: &str| part.trim_matches(|c: char| !c.is_ascii_digit()).to_owned();
        let port = match reply.code {
            227 | 228 => {
                let mut numbers = text.rsplit(',').map(|part| digits(part).parse::<u16>());
                let low = numbers.next().and_then(Result::ok).expect("a number");
                numbers.next().and_then(Result::ok).expect("a number") << 8 | low
            }
            229 => text.split('|').nth(3).and_then(|port| port.parse().ok()).expect("a port"),
            _ => return,
        };
        let ip = self.dialogue.stream().peer_addr().expect("a peer").ip();
        self.passive = Some(SocketAddr::new(ip, port));
    }

    /// The last lines that were sent.
    fn told(&self) -> String {
        let start = self.sent.len().saturating_sub(15);
        format!("{:?}", &self.sent[start..])
    }
}

/// Sends a little, and reads everything that arrives.
fn move_data(port: SocketAddr) -> Option<(TcpStream, JoinHandle<()>)> {
    // The port may have been replaced meanwhile.
    let mut data = patient(TcpStream::connect(port).ok()?);
    let mut reader = data.try_clone().expect("a socket");
    let _ = data.write_all(b"abc\r\n");
    let _ = data.shutdown(Shutdown::Write);
    let reader = std::thread::spawn(move || {
        // This fails if the server resets data that it did not want.
        let _ = reader.read_to_end(&mut Vec::new());
    });
    Some((data, reader))
}
