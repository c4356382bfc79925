//! The facts about the machine and the programs that the numbers depend on.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::context::Context;
use crate::group::Group;
use crate::peers::Kind;

/// The facts as a Markdown list.
pub(crate) fn facts(context: &Context) -> String {
    let (mut text, home) = (String::new(), context.logs());
    let mut fact = |name: &str, value: String| {
        let _ = writeln!(text, "- {name}: {value}");
    };
    let cores = std::thread::available_parallelism().map_or("?".into(), |cores| cores.to_string());
    fact("processor", format!("{}, {cores} cores", after("/proc/cpuinfo", "model name")));
    fact("memory", memory());
    fact("kernel", first_line("/proc/sys/kernel/osrelease"));
    fact("system", after_equals("/etc/os-release", "PRETTY_NAME"));
    let dir = context.dir.to_string_lossy();
    fact("file system", output(&home, "findmnt", &["-n", "-o", "FSTYPE", "-T", &dir]));
    fact("server CPU read from", Group::make("facts").source().into());
    let packetboat = context.packetboat.to_string_lossy();
    let source = source(&context.packetboat);
    fact("Packetboat", format!("{}, {source}", output(&home, &packetboat, &["--version"])));
    for kind in Kind::SERVERS {
        if kind != Kind::Packetboat {
            fact(kind.title(), first_line(context.peers.join(kind.name()).join("VERSIONS")));
        }
    }
    fact("Python", output(&home, "python3", &["--version"]));
    fact("lftp", output(&home, "lftp", &["--version"]));
    fact("curl", output(&home, "curl", &["--version"]));
    text
}

/// What a build was made from, if known: bench/run.sh has just built the one in this folder.
fn source(packetboat: &Path) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let is_ours = fs::canonicalize(&root).is_ok_and(|root| packetboat.starts_with(root));
    if !is_ours {
        return format!("the build {}", packetboat.display());
    }
    let mut git = Command::new("git");
    let said = git.current_dir(root).args(["describe", "--always", "--dirty"]).output();
    let said = said.map(|said| String::from_utf8_lossy(&said.stdout).trim().to_owned());
    match said {
        Ok(commit) if !commit.is_empty() => format!("built from {commit}"),
        _ => "built from a source without history".into(),
    }
}

fn memory() -> String {
    let total = after("/proc/meminfo", "MemTotal");
    let kib: Option<f64> = total.split(' ').next().and_then(|number| number.parse().ok());
    kib.map_or(total, |kib| format!("{:.1} GiB", kib / f64::from(1 << 20)))
}

/// The value of `name: value` in a kernel file.
fn after(path: &str, name: &str) -> String {
    value(path, name, ':')
}

fn after_equals(path: &str, name: &str) -> String {
    value(path, name, '=')
}

fn value(path: &str, name: &str, separator: char) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(name));
    let value = line.and_then(|line| line.split_once(separator));
    value.map_or("unknown".into(), |(_, value)| value.trim().trim_matches('"').to_owned())
}

fn first_line(path: impl AsRef<Path>) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().next().map_or("not there".into(), str::to_owned)
}

/// The first words that a program prints.
fn output(home: &Path, program: &str, args: &[&str]) -> String {
    // Even for this, lftp creates folders in the user's home.
    let Ok(output) = Command::new(program).args(args).env("HOME", home).output() else {
        return "not there".into();
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().find(|line| !line.is_empty()).unwrap_or("unknown");
    // lftp and curl also list authors and libraries.
    let words: Vec<&str> = line.split(' ').filter(|word| *word != "|").take(3).collect();
    words.join(" ")
}
