//! Symbolic links that the server makes. A client names the target as it sees the tree; the link says it
//! relative to the directory that holds the link, so that it means the same to the machine's own programs.

use packetboat_codes::Fault;
use rustix::fs::symlinkat;

use super::tree::{Place, Tree};
use crate::{Result, VirtualPath};

/// Makes a link in a place. Where the target leads out of the root, it is refused.
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

/// The way from a directory to a name, both by the real names from the root on.
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
    fn ways_go_up_no_further_than_they_must() {
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
