//! Creates symbolic links. A client names the target as it sees the tree. The link itself is
//! written relative to its own directory, so that it means the same to local programs.

use packetboat_codes::Fault;
use rustix::fs::symlinkat;

use super::tree::{Place, Tree};
use crate::{Result, VirtualPath};

/// Creates a link at a place. A target outside the root is refused.
pub(super) fn make(
    tree: &Tree,
    target: &VirtualPath,
    link: &VirtualPath,
    place: &Place,
) -> Result<()> {
    if tree.place_followed(target)?.1.is_none() {
        return Err(Fault::NotFound.into());
    }
    let parent = |path: &VirtualPath| path.parent().unwrap_or_else(VirtualPath::root);
    let from = tree.real_path(&parent(link))?;
    let mut to = tree.real_path(&parent(target))?;
    to.extend(target.file_name().map(<[u8]>::to_vec));
    Ok(symlinkat(relative(&from, &to), &place.directory, &place.name)?)
}

/// The relative path from a directory to a name, both given as resolved names from the root.
fn relative(from: &[Vec<u8>], to: &[Vec<u8>]) -> Vec<u8> {
    let shared = from.iter().zip(to).take_while(|(one, other)| one == other).count();
    let up = from[shared..].iter().map(|_| b"..".as_slice());
    let way: Vec<&[u8]> = up.chain(to[shared..].iter().map(Vec::as_slice)).collect();
    if way.is_empty() { b".".to_vec() } else { way.join(&b'/') }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_go_up_no_further_than_necessary() {
        let names = |path: &str| -> Vec<Vec<u8>> {
            path.split('/').filter(|name| !name.is_empty()).map(|name| name.into()).collect()
        };
        for (from, to, way) in [
            ("", "a", "a"),
            ("a", "a", "."),
            ("a/b", "a", ".."),
            ("a/b", "", "../.."),
            ("a/b", "a/c/d", "../c/d"),
            ("a", "b", "../b"),
        ] {
            assert_eq!(relative(&names(from), &names(to)), way.as_bytes(), "{from} {to}");
        }
    }
}
