//! `cargo xtask fuzz`: every target for a bounded time.

use std::fs;
use std::path::Path;

use crate::steps::{self, Outcome};

/// How long each target runs, unless told otherwise.
pub(crate) const SECONDS: u32 = 30;
/// The longest input, in bytes: a few commands, or the longest line and one more.
const LONGEST: u32 = 16 * 1024;

/// Runs each target in turn; stops at the first that finds something.
pub(crate) fn run(root: &Path, seconds: u32) -> Outcome {
    if steps::cargo_output(root, &["fuzz", "--version"]).is_err() {
        return Err("cargo-fuzz is not installed; `cargo install cargo-fuzz` gets it".into());
    }
    let targets = targets(root)?;
    for target in &targets {
        let time = format!("-max_total_time={seconds}");
        let longest = format!("-max_len={LONGEST}");
        // The sanitizers' flags are unstable; this lets the stable compiler take them.
        let bootstrap = [("RUSTC_BOOTSTRAP", "1")];
        steps::cargo(root, &["fuzz", "run", target, "--", &time, &longest], &bootstrap)?;
    }
    Ok(format!("{} targets ran {seconds} s each and found nothing", targets.len()))
}

/// The targets, by the names of their files.
fn targets(root: &Path) -> Result<Vec<String>, String> {
    let folder = root.join("fuzz/fuzz_targets");
    let unreadable = |error| format!("{} cannot be read: {error}", folder.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            names.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
        }
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_has_its_entry_in_the_manifest() {
        let root = crate::root();
        let manifest = fs::read_to_string(root.join("fuzz/Cargo.toml")).expect("a manifest");
        let targets = targets(&root).expect("targets");
        assert!(!targets.is_empty());
        for target in targets {
            assert!(manifest.contains(&format!("name = \"{target}\"\n")), "{target}");
        }
    }
}
