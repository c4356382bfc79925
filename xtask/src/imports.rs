//! The table of which crate may import which. It is checked against `cargo metadata`, so any
//! dependency in a Cargo.toml that the table does not allow is found.

use std::path::Path;

use serde_json::Value;

use crate::steps::{self, Outcome};

/// A crate, what it may import, and what its tests may import in addition.
struct Row {
    name: &'static str,
    may_import: &'static [&'static str],
    tests_too: &'static [&'static str],
}

const fn row(
    name: &'static str,
    may_import: &'static [&'static str],
    tests_too: &'static [&'static str],
) -> Row {
    Row { name, may_import, tests_too }
}

/// The table. Whatever is not listed is forbidden.
static TABLE: &[Row] = &[
    row("packetboat-codes", &[], &[]),
    // Lets tests report that they were skipped.
    row("packetboat-skip", &[], &[]),
    row("packetboat-proto", &["codes"], &[]),
    // Process limits and descriptors; these crates know nothing about FTP.
    row("packetboat-contain", &[], &[]),
    row("packetboat-inherit", &[], &[]),
    row("packetboat-sockets", &[], &[]),
    row("packetboat-unnamed", &[], &[]),
    row("packetboat-closest", &[], &[]),
    row("packetboat-store", &["codes", "unnamed"], &["skip"]),
    row("packetboat-accounts", &["codes", "proto"], &[]),
    row("packetboat-acme", &[], &["skip"]),
    // Shared by client and server.
    row("packetboat-tls", &[], &[]),
    // Login checks by others: PAM and hooks.
    row("packetboat-pam", &[], &["skip"]),
    row("packetboat-hook", &["accounts", "pam"], &[]),
    // The tests connect both ends of a session to each other.
    row(
        "packetboat-server",
        &["closest", "codes", "proto", "sockets", "store", "accounts", "tls"],
        &["client", "skip"],
    ),
    row(
        "packetboat-client",
        &["codes", "proto", "sockets", "tls", "unnamed"],
        &["server", "store", "accounts"],
    ),
    row("packetboat", ROOMS, &[]),
    row("packetboat-tests", ROOMS, &[]),
    row("packetboat-bench", ROOMS, &[]),
    // The reference lists the situations that the tests create on a real server.
    row("xtask", &["codes", "proto", "server", "skip", "tests"], &[]),
];

/// All libraries that the program uses, and the helper with which tests report that they were
/// skipped.
const ROOMS: &[&str] = &[
    "closest", "codes", "proto", "store", "accounts", "acme", "server", "client", "contain",
    "inherit", "pam", "hook", "sockets", "tls", "unnamed", "skip",
];

/// A dependency between two of our crates.
#[derive(Debug, PartialEq, Eq)]
struct Edge {
    from: String,
    to: String,
    only_tests: bool,
}

/// Checks the workspace against the table.
pub(crate) fn check(root: &Path) -> Outcome {
    let output = steps::cargo_output(root, &["metadata", "--format-version", "1", "--no-deps"])?;
    let metadata: Value = serde_json::from_slice(&output)
        .map_err(|error| format!("cargo metadata gave no JSON: {error}"))?;
    let (names, edges) = read(&metadata)?;
    let wrong = violations(&names, &edges);
    if wrong.is_empty() {
        Ok(format!("{} crates, {} imports among them, all in the table", names.len(), edges.len()))
    } else {
        Err(wrong.join("; "))
    }
}

/// Our crates and the dependencies between them.
fn read(metadata: &Value) -> Result<(Vec<String>, Vec<Edge>), String> {
    let packages = metadata["packages"].as_array().ok_or("cargo metadata names no packages")?;
    let name = |value: &Value| value["name"].as_str().unwrap_or_default().to_owned();
    let names: Vec<String> = packages.iter().map(name).collect();
    let mut edges = Vec::new();
    for package in packages {
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let to = name(dependency);
            if names.contains(&to) {
                let only_tests = dependency["kind"] == "dev";
                edges.push(Edge { from: name(package), to, only_tests });
            }
        }
    }
    Ok((names, edges))
}

/// Describes the dependencies that the table does not allow.
fn violations(names: &[String], edges: &[Edge]) -> Vec<String> {
    let find = |name: &str| TABLE.iter().find(|row| row.name == name);
    let unknown = names.iter().filter(|name| find(name).is_none());
    let unknown = unknown.map(|name| format!("{name} has no row in xtask/src/imports.rs"));
    let forbidden =
        edges.iter().filter(|edge| !find(&edge.from).is_some_and(|row| row.allows(edge)));
    let forbidden = forbidden.map(|Edge { from, to, only_tests }| {
        let who = if *only_tests { "the tests of " } else { "" };
        format!("{who}{from} may not import {to}")
    });
    unknown.chain(forbidden).collect()
}

impl Row {
    fn allows(&self, edge: &Edge) -> bool {
        let Some(room) = edge.to.strip_prefix("packetboat-") else { return false };
        self.may_import.contains(&room) || edge.only_tests && self.tests_too.contains(&room)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(dependencies: &Value) -> Vec<String> {
        let packages = json!({ "packages": [
            { "name": "packetboat-proto", "dependencies": dependencies },
            { "name": "packetboat-codes", "dependencies": [] },
            { "name": "packetboat-server", "dependencies": [{ "name": "packetboat-client", "kind": "dev" }] },
            { "name": "packetboat-client", "dependencies": [] },
        ]});
        let (names, edges) = read(&packages).expect("it names packages");
        violations(&names, &edges)
    }

    #[test]
    fn a_forbidden_edge_is_caught_and_named() {
        let wrong = found(&json!([{ "name": "packetboat-server", "kind": null }]));
        assert_eq!(wrong, ["packetboat-proto may not import packetboat-server"]);
        let wrong = found(&json!([{ "name": "packetboat-client", "kind": "dev" }]));
        assert_eq!(wrong, ["the tests of packetboat-proto may not import packetboat-client"]);
        let wrong = found(&json!([{ "name": "packetboat-client", "kind": "build" }]));
        assert_eq!(wrong, ["packetboat-proto may not import packetboat-client"]);
    }

    #[test]
    fn what_the_table_allows_passes_and_strangers_do_not_count() {
        let none: [&str; 0] = [];
        let codes = json!({ "name": "packetboat-codes", "kind": null });
        assert_eq!(found(&json!([codes, { "name": "tokio", "kind": null }])), none);
    }

    #[test]
    fn what_tests_may_import_the_crate_itself_may_not() {
        let edge = |only_tests| Edge {
            from: "packetboat-server".into(),
            to: "packetboat-client".into(),
            only_tests,
        };
        let names = ["packetboat-server".to_owned()];
        assert!(violations(&names, &[edge(true)]).is_empty());
        assert_eq!(violations(&names, &[edge(false)]).len(), 1);
    }

    #[test]
    fn a_crate_without_a_row_is_caught() {
        let wrong = violations(&["packetboat-extra".into()], &[]);
        assert_eq!(wrong, ["packetboat-extra has no row in xtask/src/imports.rs"]);
    }

    #[test]
    fn this_workspace_fits_the_table() {
        assert_eq!(check(&crate::root()).err(), None);
    }
}
