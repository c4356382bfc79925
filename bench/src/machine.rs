//! The facts about the machine and the programs that the numbers depend on.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::context::Context;
use crate::peers::Kind;

/// A Markdown list.
pub(crate) fn facts(context: &Context) -> String {
    let mut text = String::new();
    let mut fact = |name: &str, value: String| {
        let _ = writeln!(text, "- {name}: {value}");
    };
    let cores = std::thread::available_parallelism().map_or("?".into(), |cores| cores.to_string());
    fact("processor", format!("{}, {cores} cores", after("/proc/cpuinfo", "model name")));
    fact("memory", memory());
    fact("kernel", first_line("/proc/sys/kernel/osrelease"));
    fact("system", after_equals("/etc/os-release", "PRETTY_NAME"));
    let dir = context.dir.to_string_lossy();
    fact("file system", output("findmnt", &["-n", "-o", "FSTYPE", "-T", &dir]));
    let packetboat = context.packetboat.to_string_lossy();
    fact("Packetboat", output(&packetboat, &["--version"]));
    for kind in Kind::SERVERS {
        if kind != Kind::Packetboat {
            fact(kind.title(), first_line(context.peers.join(kind.name()).join("VERSIONS")));
        }
    }
    fact("Python", output("python3", &["--version"]));
    fact("lftp", output("lftp", &["--version"]));
    fact("curl", output("curl", &["--version"]));
    text
}

fn memory() -> String {
    let total = after("/proc/meminfo", "MemTotal");
    let kib: Option<f64> = total.split(' ').next().and_then(|number| number.parse().ok());
    kib.map_or(total, |kib| format!("{:.1} GiB", kib / f64::from(1 << 20)))
}

/// The value of `name: value` in a file of the kernel's.
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
fn output(program: &str, args: &[&str]) -> String {
    let Ok(output) = Command::new(program).args(args).output() else { return "not there".into() };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().find(|line| !line.is_empty()).unwrap_or("unknown");
    // lftp and curl go on about their authors and libraries.
    let words: Vec<&str> = line.split(' ').filter(|word| *word != "|").take(3).collect();
    words.join(" ")
}
