//! Writes the reference under docs/reference from the tables in the code, so that no fact is stated
//! twice.

mod codes;
mod matrix;
mod retry;
mod settings;
mod verbs;

use std::fs;
use std::path::Path;

use crate::steps::Outcome;

/// The folder of the pages.
const FOLDER: &str = "docs/reference";

/// A page: its file name and its content.
type Page = (&'static str, String);

fn pages(root: &Path) -> Result<Vec<Page>, String> {
    Ok(vec![
        ("codes.md", codes::page()),
        ("verbs.md", verbs::page()),
        ("matrix.md", matrix::page(root)?),
        ("retry.md", retry::page()),
        ("settings.md", settings::page()),
    ])
}

/// Checks the pages against the tables.
pub(crate) fn check(root: &Path) -> Outcome {
    let pages = pages(root)?;
    let stale = |(file, text): &&Page| {
        fs::read_to_string(root.join(FOLDER).join(file)).ok().as_deref() != Some(text)
    };
    let stale: Vec<&str> = pages.iter().filter(stale).map(|(file, _)| *file).collect();
    if stale.is_empty() {
        Ok(format!("{} pages in {FOLDER} are up to date", pages.len()))
    } else {
        Err(format!("{} in {FOLDER} is not up to date; run `cargo xtask docs`", stale.join(", ")))
    }
}

/// Writes the pages.
pub(crate) fn write(root: &Path) -> Outcome {
    let folder = root.join(FOLDER);
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let pages = pages(root)?;
    for (file, text) in &pages {
        let path = folder.join(file);
        fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(format!("wrote {} pages to {FOLDER}", pages.len()))
}

/// The first lines of each page.
fn head(title: &str) -> String {
    format!("# {title}\n\n<!-- Written by `cargo xtask docs`; do not edit. -->\n\n")
}

/// Escapes bars, which would end a table cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_workspace_has_its_reference_up_to_date() {
        assert_eq!(check(&crate::root()).err(), None);
    }

    #[test]
    fn a_page_that_is_missing_or_stale_is_named() {
        let folder = std::env::temp_dir().join(format!("packetboat-docs-{}", std::process::id()));
        let kept = Path::new("tests/data");
        fs::create_dir_all(folder.join(kept)).expect("a folder");
        fs::copy(crate::root().join(kept).join("matrix.txt"), folder.join(kept).join("matrix.txt"))
            .expect("the table");
        let why = check(&folder).expect_err("there are no pages yet");
        assert!(why.contains("codes.md, verbs.md") && why.contains("cargo xtask docs"), "{why}");
        write(&folder).expect("the pages are written");
        assert!(check(&folder).is_ok());
        fs::write(folder.join(FOLDER).join("verbs.md"), "old").expect("a page");
        assert!(check(&folder).expect_err("stale").starts_with("verbs.md in "));
        fs::remove_dir_all(&folder).expect("the folder is ours");
    }
}
