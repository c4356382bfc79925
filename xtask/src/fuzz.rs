//! The fuzz targets. They are outside the workspace, because only cargo-fuzz can link them. `cargo
//! xtask fuzz` runs each of them for a limited time; `cargo xtask test` checks that they compile.

use std::fs;
use std::path::Path;

use crate::steps::{self, Outcome};

/// How long each target runs by default.
pub(crate) const SECONDS: u32 = 30;
/// The longest input in bytes: enough for a few commands, or for a line one byte over the limit.
const LONGEST: u32 = 16 * 1024;

/// The manifest of the targets, relative to the root.
pub(crate) const MANIFEST: &str = "fuzz/Cargo.toml";

/// Runs Clippy on the targets, with the workspace's target folder and lints.
pub(crate) fn check(root: &Path) -> Outcome {
    let arguments = [
        "clippy",
        "--manifest-path",
        MANIFEST,
        "--target-dir",
        "target",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ];
    // Nothing is linked here. Naming a library, even one that does not exist, saves the minute that
    // building libFuzzer takes.
    let unlinked = root.join("target/libfuzzer.a").display().to_string();
    steps::cargo(root, &arguments, &[("CUSTOM_LIBFUZZER_PATH", &unlinked)])
}

/// Runs the targets one after the other, and stops at the first that finds something.
pub(crate) fn run(root: &Path, seconds: u32) -> Outcome {
    if steps::cargo_output(root, &["fuzz", "--version"]).is_err() {
        return Err(
            "cargo-fuzz is not installed. Install it with `cargo install cargo-fuzz`.".into()
        );
    }
    let targets = targets(root)?;
    for target in &targets {
        let time = format!("-max_total_time={seconds}");
        let longest = format!("-max_len={LONGEST}");
        // The sanitizer flags are unstable; this makes the stable compiler accept them.
        let bootstrap = [("RUSTC_BOOTSTRAP", "1")];
        steps::cargo(root, &["fuzz", "run", target, "--", &time, &longest], &bootstrap)?;
    }
    Ok(format!("{} targets ran for {seconds} s each and found nothing", targets.len()))
}

/// The targets, named after their files.
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
        let manifest = fs::read_to_string(root.join(MANIFEST)).expect("a manifest");
        let targets = targets(&root).expect("targets");
        assert!(!targets.is_empty());
        for target in targets {
            assert!(manifest.contains(&format!("name = \"{target}\"\n")), "{target}");
        }
    }
}
