//! Quotas and bandwidth limits with data under TLS: the bytes take another path, but the count must
//! be the same.

use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use packetboat_tests::keeper::{KEPT_PASSWORD, Keeper};
use packetboat_tests::tls::{Private, TlsServer, config, end, over};
use packetboat_tests::{Dialogue, Reply, noise, wait_for};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, SupportedProtocolVersion};

const VERSIONS: [&SupportedProtocolVersion; 2] = [&TLS12, &TLS13];

/// Accounts with roots of their own, and a server with TLS.
struct Bench {
    keeper: Keeper,
    tls: TlsServer,
}

/// A session with protected data.
struct Session {
    d: Dialogue,
    config: Arc<ClientConfig>,
}

impl Bench {
    fn new(terms: &[&str]) -> Self {
        let keeper = Keeper::new();
        let root = keeper.path("anna");
        std::fs::create_dir(&root).expect("a root");
        let root = root.display().to_string();
        keeper.add(&[&["anna", "--rights", "all", "--root", &root], terms].concat());
        let tls = TlsServer::with(&keeper.arguments());
        Self { keeper, tls }
    }

    fn login(&self, version: &'static SupportedProtocolVersion) -> Session {
        let config = config(&[version]);
        let mut d = self.tls.server.connect();
        d.expect("AUTH TLS", 234);
        let mut d = d.over_tls(&config);
        d.login("anna", KEPT_PASSWORD);
        for (line, code) in [("PBSZ 0", 200), ("PROT P", 200), ("TYPE I", 200)] {
            d.expect(line, code);
        }
        Session { d, config }
    }

    /// Bytes and entries on the disk.
    fn disk(&self) -> (u64, u64) {
        let entries = std::fs::read_dir(self.keeper.path("anna")).expect("the root");
        let lengths = entries.map(|entry| entry.expect("an entry").metadata().expect("it").len());
        lengths.fold((0, 0), |(bytes, files), len| (bytes + len, files + 1))
    }
}

impl Session {
    fn begin(&mut self, line: &str) -> Private {
        let data = self.d.epsv();
        self.d.expect(line, 150);
        over(data, &self.config)
    }

    /// Sends as much as the server accepts, and returns the last reply.
    fn store(&mut self, line: &str, content: &[u8]) -> Reply {
        let mut data = self.begin(line);
        // The server may close the connection at any byte.
        if data.write_all(content).is_ok() {
            end(&mut data);
            let _ = data.read_to_end(&mut Vec::new());
        }
        self.d.reply()
    }

    fn fetch(&mut self, line: &str) -> Vec<u8> {
        let mut data = self.begin(line);
        let mut content = Vec::new();
        data.read_to_end(&mut content).expect("data up to close_notify");
        end(&mut data);
        self.d.reply().code(226);
        content
    }

    #[track_caller]
    fn quota(&mut self, bench: &Bench) {
        let (bytes, files) = bench.disk();
        let told = format!("Your quota: {bytes} of 102400 bytes and {files} of 5 files stored.");
        self.d.expect("SITE QUOTA", 211).says(&told);
    }
}

#[test]
fn a_quota_holds_under_tls() {
    let bench = Bench::new(&["--quota", "100KiB", "--quota-files", "5"]);
    for version in VERSIONS {
        let mut s = bench.login(version);
        s.store("STOR small", &[7; 1000]).code(226);
        s.quota(&bench);
        s.store("STOR small", &[7; 40 << 10]).code(226);
        s.store("APPE small", &[7; 500]).code(226);
        s.quota(&bench);
        s.d.expect("REST 100", 350);
        s.store("STOR small", &[7; 20]).code(226);
        s.quota(&bench);
        // The quota is exceeded during the upload: what fits is kept, and counted to the byte.
        s.store("STOR large", &[7; 300 << 10]).code(552).says("102400 of 102400 bytes");
        assert_eq!(bench.disk().0, 102_400, "{version:?}");
        s.quota(&bench);
        // The quota is full: refused before a handshake.
        let _data = s.d.epsv();
        s.d.expect("STOR more", 552);
        s.d.expect("DELE large", 250);
        // The replaced file makes room for its replacement; an interrupted upload counts as far as
        // it got.
        s.store("STOR small", &[7; 90 << 10]).code(226);
        s.store("STOR small", &[7; 101 << 10]).code(552);
        s.quota(&bench);
        let mut data = s.begin("STOR broken");
        data.write_all(&[7; 3000]).expect("the server reads");
        data.flush().expect("the server reads");
        wait_for("the bytes", || {
            s.d.expect("STAT", 211).text().contains("3000 bytes so far").then_some(())
        });
        s.d.expect("ABOR", 426);
        s.d.reply().code(226);
        s.quota(&bench);
        // Cut off without close_notify, so the file is not complete.
        let mut data = s.begin("STOR cut");
        data.write_all(&[7; 2000]).expect("the server reads");
        data.flush().expect("the server reads");
        drop(data);
        s.d.reply().code(426);
        s.quota(&bench);
        s.d.expect("RNFR small", 350);
        s.d.expect("RNTO broken", 250);
        // The second time, DELE removes the part of the upload of that name.
        for name in ["broken", "broken", "cut"] {
            s.d.expect(format!("DELE {name}"), 250);
        }
        s.quota(&bench);
        assert_eq!(bench.disk(), (0, 0), "{version:?}");
    }
    bench.tls.server.check_health();
}

#[test]
fn transfers_under_tls_take_at_least_as_long_as_their_rate_says() {
    let bench = Bench::new(&["--rate-up", "2MiB/s", "--rate-down", "2MiB/s"]);
    let content = noise(3 << 20);
    for version in VERSIONS {
        let mut s = bench.login(version);
        let started = Instant::now();
        s.store("STOR f", &content).code(226);
        let up = started.elapsed();
        let started = Instant::now();
        let got = s.fetch("RETR f");
        let down = started.elapsed();
        assert!(got == content && up.min(down) >= Duration::from_millis(1250), "{up:?} {down:?}");
    }
    let shown = bench.keeper.user(&["show", "anna"]).ok().stdout;
    assert!(shown.contains("not counted because the account has no quota"), "{shown}");
}

#[test]
fn a_refused_upload_is_ended_by_the_server_too() {
    let bench = Bench::new(&["--quota", "100KiB"]);
    for version in VERSIONS {
        let mut s = bench.login(version);
        let mut data = s.begin("STOR large");
        data.write_all(&[7; 300 << 10]).expect("what does not fit is thrown away");
        data.flush().expect("what does not fit is thrown away");
        s.d.reply().code(552);
        // The client has not ended TLS; one that does would wait for this.
        data.read_to_end(&mut Vec::new()).expect("the server's close_notify");
        s.d.expect("DELE large", 250);
    }
}
