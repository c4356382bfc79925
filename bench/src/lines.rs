//! The table of lines: what is measured, in which unit, for which servers or clients, and which
//! target Packetboat must reach. To add a measurement, add a row here and a function in `load`.

use crate::Result;
use crate::context::{Context, Sizes};
use crate::load::client::{self, Client};
use crate::load::{Sample, forms, hash, idle, listing, login, slow, small, tls, transfer};
use crate::peers::Kind;
use crate::server::Running;

/// One measurement.
pub(crate) struct Line {
    /// The name for `--only`.
    pub(crate) id: &'static str,
    pub(crate) title: fn(&Sizes) -> String,
    pub(crate) unit: &'static str,
    pub(crate) cpu_unit: &'static str,
    pub(crate) better: Better,
    pub(crate) targets: &'static [Target],
    pub(crate) work: Work,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Better {
    Higher,
    Lower,
}

/// What Packetboat must reach.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    /// At least this many times the value of the best peer.
    TimesBest(f64),
    /// At most this many times the time of the best peer.
    TimeOfBest(f64),
    /// At most this many times the CPU time of the cheaper bare sendfile loop.
    CpuOfSendfile(f64),
    /// At least this value.
    AtLeast(f64),
    /// At most this value.
    AtMost(f64),
    /// At least this many times the speed of a bare loop around the library's function.
    OfLibrary(f64),
    /// All sessions.
    All(fn(&Sizes) -> usize),
    /// At most this many threads.
    Threads(f64),
}

/// Who takes part, and what is done.
#[derive(Clone, Copy)]
pub(crate) enum Work {
    /// Each server in turn, driven by the load generator.
    Servers(Entrants, fn(&Context, &Running) -> Result<Sample>),
    /// Like `Servers`, for the servers that support TLS, with a certificate.
    ServersOverTls(fn(&Context, &Running) -> Result<Sample>),
    /// Packetboat's server, driven by each client in turn.
    Clients(&'static [Client], fn(&Context, &Running, Client) -> Result<Sample>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entrants {
    All,
    /// All servers, and the bare sendfile loops.
    AllAndSendfile,
    /// All servers, and the bare retrieve loop.
    AllAndRetrieve,
    /// All servers, and the bare store loops.
    AllAndStore,
    /// The servers that support MLSD.
    Mlsd,
    /// The servers that support TLS out of the box.
    Tls,
    /// Only Packetboat. Peers take part only if they are named, because they do not support the
    /// verb, or would take very long or gigabytes of memory.
    PacketboatFirst,
}

impl Line {
    /// Whether the line runs only if it is named, because it creates a folder that takes a while.
    pub(crate) fn only_if_named(&self) -> bool {
        self.id == "list-memory"
    }
}

impl Work {
    /// The servers that take part, out of those chosen. `named` tells whether the user chose them.
    pub(crate) fn servers(self, chosen: &[Kind], named: bool) -> Vec<Kind> {
        let entrants = match self {
            Self::Servers(entrants, _) => entrants,
            Self::ServersOverTls(_) => Entrants::Tls,
            Self::Clients(..) => return Vec::new(),
        };
        let takes_part = |kind: &Kind| match entrants {
            Entrants::All
            | Entrants::AllAndSendfile
            | Entrants::AllAndRetrieve
            | Entrants::AllAndStore => true,
            Entrants::Mlsd => kind.has_mlsd(),
            Entrants::Tls => kind.has_tls(),
            Entrants::PacketboatFirst => named || *kind == Kind::Packetboat,
        };
        let mut servers: Vec<Kind> = chosen.iter().copied().filter(takes_part).collect();
        match entrants {
            Entrants::AllAndSendfile => {
                servers.extend([Kind::Sendfile, Kind::SendfilePieces]);
            }
            Entrants::AllAndRetrieve => servers.push(Kind::Retrieve),
            Entrants::AllAndStore => servers.extend([Kind::StoreWhole, Kind::StoreGrowing]),
            _ => {}
        }
        servers
    }
}

use Better::{Higher, Lower};
use Entrants::{All, AllAndRetrieve, AllAndSendfile, AllAndStore, Mlsd, PacketboatFirst};
use Target::{AtLeast, AtMost, CpuOfSendfile, OfLibrary, Threads, TimeOfBest, TimesBest};
use Work::{Clients, Servers, ServersOverTls};

/// 0.5 GB/s in MiB/s.
const HALF_GB: f64 = 477.0;

pub(crate) const LINES: &[Line] = &[
    Line {
        id: "retr-1",
        title: |sizes| format!("RETR of {} MiB, 1 session", sizes.big),
        unit: "MiB/s",
        cpu_unit: "s/GiB",
        better: Higher,
        targets: &[TimesBest(1.0), CpuOfSendfile(1.1)],
        work: Servers(AllAndSendfile, transfer::retrieve_one),
    },
    Line {
        id: "retr-8",
        title: |sizes| format!("RETR of {} MiB each, 8 sessions", sizes.shared),
        unit: "MiB/s",
        cpu_unit: "s/GiB",
        better: Higher,
        targets: &[TimesBest(1.0), CpuOfSendfile(1.1)],
        work: Servers(AllAndSendfile, transfer::retrieve_eight),
    },
    Line {
        id: "stor",
        title: |sizes| format!("STOR of {} MiB", sizes.upload),
        unit: "MiB/s",
        cpu_unit: "s/GiB",
        better: Higher,
        targets: &[TimesBest(1.3)],
        work: Servers(All, transfer::store),
    },
    Line {
        id: "type-a",
        title: |sizes| format!("RETR of {} MiB of text in TYPE A", sizes.upload),
        unit: "MiB/s",
        cpu_unit: "s/GiB",
        better: Higher,
        targets: &[AtLeast(HALF_GB)],
        work: Servers(All, forms::text),
    },
    Line {
        id: "mode-b",
        title: |sizes| format!("RETR of {} MiB of text in MODE B", sizes.upload),
        unit: "MiB/s",
        cpu_unit: "s/GiB",
        better: Higher,
        targets: &[AtLeast(HALF_GB)],
        work: Servers(PacketboatFirst, forms::block),
    },
    Line {
        id: "mode-c",
        title: |sizes| format!("RETR of {} MiB of text in MODE C", sizes.upload),
        unit: "MiB/s",
        cpu_unit: "s/GiB",
        better: Higher,
        targets: &[],
        work: Servers(PacketboatFirst, forms::compressed),
    },
    Line {
        id: "mode-z",
        title: |sizes| format!("RETR of {} MiB of text in MODE Z", sizes.upload),
        unit: "MiB/s",
        cpu_unit: "s/GiB",
        better: Higher,
        targets: &[],
        work: Servers(PacketboatFirst, forms::deflate),
    },
    Line {
        id: "hash-sha256",
        title: |sizes| format!("HASH of {} MiB, SHA-256", sizes.big),
        unit: "MiB/s",
        cpu_unit: "s/GiB",
        better: Higher,
        targets: &[OfLibrary(0.9)],
        work: Servers(PacketboatFirst, hash::sha256),
    },
    Line {
        id: "hash-crc32",
        title: |sizes| format!("HASH of {} MiB, CRC32", sizes.big),
        unit: "MiB/s",
        cpu_unit: "s/GiB",
        better: Higher,
        targets: &[OfLibrary(0.9)],
        work: Servers(PacketboatFirst, hash::crc32),
    },
    Line {
        id: "abor",
        title: |sizes| format!("ABOR in the middle of a RETR of {} MiB", sizes.big),
        unit: "ms",
        cpu_unit: "",
        better: Lower,
        targets: &[AtMost(100.0)],
        work: Servers(PacketboatFirst, forms::abort),
    },
    Line {
        id: "login",
        title: |_| "Login and QUIT, 4 clients".into(),
        unit: "sessions/s",
        cpu_unit: "µs/session",
        better: Higher,
        targets: &[TimesBest(1.5)],
        work: Servers(All, login::log_in),
    },
    Line {
        id: "small-retr",
        title: |_| "RETR of 4 KiB files, 2 sessions".into(),
        unit: "files/s",
        cpu_unit: "µs/file",
        better: Higher,
        targets: &[TimesBest(1.5)],
        work: Servers(AllAndRetrieve, small::retrieve),
    },
    Line {
        id: "small-stor",
        title: |_| "STOR of 4 KiB files, 2 sessions".into(),
        unit: "files/s",
        cpu_unit: "µs/file",
        better: Higher,
        targets: &[TimesBest(1.5)],
        work: Servers(AllAndStore, small::store),
    },
    Line {
        id: "list",
        title: |sizes| format!("LIST of {} entries", sizes.entries),
        unit: "listings/s",
        cpu_unit: "ms/listing",
        better: Higher,
        targets: &[TimesBest(2.0)],
        work: Servers(All, listing::list),
    },
    Line {
        id: "mlsd",
        title: |sizes| format!("MLSD of {} entries", sizes.entries),
        unit: "listings/s",
        cpu_unit: "ms/listing",
        better: Higher,
        targets: &[TimesBest(2.0)],
        work: Servers(Mlsd, listing::mlsd),
    },
    Line {
        id: "nlst",
        title: |sizes| format!("NLST of {} entries", sizes.entries),
        unit: "listings/s",
        cpu_unit: "ms/listing",
        better: Higher,
        targets: &[TimesBest(1.5)],
        work: Servers(All, listing::nlst),
    },
    Line {
        id: "list-memory",
        title: |sizes| format!("Memory growth during LIST of {} entries", sizes.many_entries),
        unit: "KiB",
        cpu_unit: "s",
        better: Lower,
        targets: &[AtMost(1024.0)],
        work: Servers(PacketboatFirst, listing::memory_of_long_list),
    },
    Line {
        id: "tls-retr",
        title: |sizes| format!("RETR of {} MiB under TLS 1.3", sizes.big),
        unit: "MiB/s",
        cpu_unit: "s/GiB",
        better: Higher,
        targets: &[TimesBest(1.2)],
        work: ServersOverTls(tls::retrieve),
    },
    Line {
        id: "tls-stor",
        title: |sizes| format!("STOR of {} MiB under TLS 1.3", sizes.upload),
        unit: "MiB/s",
        cpu_unit: "s/GiB",
        better: Higher,
        targets: &[TimesBest(1.2)],
        work: ServersOverTls(tls::store),
    },
    Line {
        id: "tls-login",
        title: |_| "AUTH TLS with a full handshake, login and QUIT, 4 clients".into(),
        unit: "sessions/s",
        cpu_unit: "µs/session",
        better: Higher,
        targets: &[TimesBest(1.5)],
        work: ServersOverTls(tls::log_in),
    },
    Line {
        id: "idle",
        title: |sizes| format!("{} idle sessions, memory of each", sizes.idle),
        unit: "KiB",
        cpu_unit: "",
        better: Lower,
        targets: &[AtMost(16.0)],
        work: Servers(All, idle::memory),
    },
    Line {
        id: "held",
        title: |sizes| format!("{} sessions held at once, each answered NOOP", sizes.held),
        unit: "sessions",
        cpu_unit: "µs/NOOP",
        better: Higher,
        targets: &[Target::All(|sizes| sizes.held)],
        work: Servers(PacketboatFirst, idle::held),
    },
    Line {
        id: "slow",
        title: |sizes| format!("{} downloads at 64 KiB/s each, those served", sizes.slow),
        unit: "downloads",
        cpu_unit: "ms/download",
        better: Higher,
        targets: &[Target::All(|sizes| sizes.slow), Threads(100.0)],
        work: Servers(All, slow::download),
    },
    Line {
        id: "client-tree",
        title: |sizes| format!("Client: tree of {} files under 100 bytes", sizes.tree),
        unit: "s",
        cpu_unit: "s",
        better: Lower,
        targets: &[TimeOfBest(0.5)],
        work: Clients(&[Client::Packetboat, Client::LftpParallel, Client::Lftp], client::tree),
    },
    Line {
        id: "client-file",
        title: |sizes| format!("Client: one file of {} MiB to disk", sizes.big),
        unit: "s",
        cpu_unit: "s",
        better: Lower,
        targets: &[TimeOfBest(1.0)],
        work: Clients(&[Client::Packetboat, Client::Curl], client::file),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_is_there_once() {
        let mut ids: Vec<_> = LINES.iter().map(|line| line.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), LINES.len());
    }

    #[test]
    fn vsftpd_takes_no_part_in_mlsd() {
        let line = LINES.iter().find(|line| line.id == "mlsd").unwrap();
        assert!(!line.work.servers(&Kind::SERVERS, false).contains(&Kind::Vsftpd));
    }

    #[test]
    fn peers_hold_ten_thousand_sessions_only_if_named() {
        let line = LINES.iter().find(|line| line.id == "held").unwrap();
        assert_eq!(line.work.servers(&Kind::SERVERS, false), [Kind::Packetboat]);
        assert_eq!(line.work.servers(&[Kind::Vsftpd], true), [Kind::Vsftpd]);
    }
}
