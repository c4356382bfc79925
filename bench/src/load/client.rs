//! The client and its peers with the same server: a tree of tiny files compared with `lftp mirror`,
//! and one large file compared with curl.

use std::ffi::OsString;
use std::fs::File;
use std::process::{Command, Stdio};
use std::time::Instant;

use super::Sample;
use crate::context::{Context, MIB};
use crate::group::Group;
use crate::server::Running;
use crate::{Result, data};

/// Joins the group given as the first argument, if any, and runs the rest.
const JOIN_AND_RUN: &str = r#"[ -z "$0" ] || echo $$ >"$0"; exec "$@""#;

/// A client and how it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Client {
    Packetboat,
    /// With as many connections as Packetboat.
    LftpParallel,
    Lftp,
    Curl,
}

impl Client {
    pub(crate) fn title(self, jobs: usize) -> String {
        match self {
            Self::Packetboat => "packetboat get".into(),
            Self::LftpParallel => format!("lftp mirror --parallel={jobs}"),
            Self::Lftp => "lftp mirror".into(),
            Self::Curl => "curl".into(),
        }
    }
}

/// Seconds for the whole tree.
pub(crate) fn tree(context: &Context, server: &Running, client: Client) -> Result<Sample> {
    let (name, jobs) = (context.tree(), context.jobs.to_string());
    let url = format!("ftp://{}/{name}", server.addr);
    let call = match client {
        Client::Packetboat => packetboat(context, &["get", "-r", "-j", &jobs, &url]),
        Client::Lftp => lftp(server, &format!("mirror {name}; exit")),
        Client::LftpParallel => lftp(server, &format!("mirror --parallel={jobs} {name}; exit")),
        Client::Curl => return Err("curl cannot fetch trees".into()),
    };
    let expected = data::count(&context.served().join(&name))?;
    measure(context, client, &call, expected)
}

/// Seconds for one large file.
pub(crate) fn file(context: &Context, server: &Running, client: Client) -> Result<Sample> {
    let name = Context::big_file(context.sizes.big);
    data::warm(&context.served().join(&name))?;
    let url = format!("ftp://{}/{name}", server.addr);
    let call = match client {
        Client::Packetboat => packetboat(context, &["get", &url]),
        Client::Curl => ["curl", "--disable", "--silent", "--show-error", "--remote-name", &url]
            .map(OsString::from)
            .to_vec(),
        Client::Lftp | Client::LftpParallel => {
            return Err("lftp is measured only with trees".into());
        }
    };
    measure(context, client, &call, (1, context.sizes.big * MIB))
}

fn packetboat(context: &Context, args: &[&str]) -> Vec<OsString> {
    let program = context.packetboat.clone().into();
    std::iter::once(program).chain(args.iter().map(OsString::from)).collect()
}

fn lftp(server: &Running, commands: &str) -> Vec<OsString> {
    let open = format!("open ftp://{}", server.addr);
    let commands = format!("set ftp:ssl-allow no; set cmd:fail-exit yes; {open}; {commands}");
    ["lftp", "--norc", "-c", &commands].map(OsString::from).to_vec()
}

/// Runs the client in an empty folder and checks the result.
fn measure(
    context: &Context,
    client: Client,
    call: &[OsString],
    expected: (u64, u64),
) -> Result<Sample> {
    let fetched = data::fresh_fetched(context)?;
    let title = client.title(context.jobs);
    let group = Group::make("client");
    let log = File::create(context.logs().join("client.out"))?;
    let mut command = Command::new("sh");
    command.args(["-c", JOIN_AND_RUN]).arg(group.entrance().unwrap_or_default()).args(call);
    // Set HOME to the log folder, so that the user's own settings are neither read nor changed.
    command.current_dir(&fetched).env("HOME", context.logs());
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    let begin = Instant::now();
    let status = command.status()?;
    let elapsed = begin.elapsed();
    if !status.success() {
        return Err(format!("{title} ended with {status}, see logs/client.out").into());
    }
    let found = data::count(&fetched)?;
    if found != expected {
        let ((got, bytes), (files, all)) = (found, expected);
        let got = format!("{got} files with {bytes} bytes");
        return Err(format!("{title} fetched {got} of {files} files with {all} bytes").into());
    }
    let cpu = match group {
        Group::Control(_) => Some(group.cpu()?.as_secs_f64()),
        // The CPU time went with the process.
        Group::Tree(_) => None,
    };
    Ok(Sample { value: elapsed.as_secs_f64(), cpu, notes: Vec::new() })
}
