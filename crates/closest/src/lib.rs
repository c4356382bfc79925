//! The name that was probably meant, for settings of the server and of the client alike.

/// How many letters of a word may be wrong: a third, three at most. In a short word a change of two makes another one.
fn allowed(word: &str) -> usize {
    (word.len() / 3).min(3)
}

/// The closest of some names, if one is close: a slip of the pen, another mark between words, or the same
/// setting under another heading.
pub fn closest<'a>(given: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let given = given.to_ascii_lowercase().replace('_', "-");
    let distance = |name: &'a str| {
        // A name that was broken off.
        let broken_off = name.strip_prefix(&given).is_some_and(|rest| rest.starts_with('-'));
        if broken_off && given.len() > 3 {
            return Some((1, 0, name));
        }
        let apart = strsim::damerau_levenshtein(last(&given), last(name));
        let whole = strsim::damerau_levenshtein(&given, name);
        // What differs in the heading alone counts once.
        let apart_with_heading = apart + usize::from(whole > apart);
        (apart <= allowed(last(&given))).then_some((apart_with_heading, whole, name))
    };
    names.filter_map(distance).min().map(|(_, _, name)| name)
}

/// The name without its heading.
fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_is_found_and_nonsense_is_not() {
        let names = ["limits.idle-timeout", "tls.mode", "server.root", "data.passive-ports"];
        let find = |given| closest(given, names.into_iter());
        assert_eq!(find("limits.idle_timeout"), Some("limits.idle-timeout"));
        assert_eq!(find("limits.idel-timeout"), Some("limits.idle-timeout"));
        assert_eq!(find("session.idle-timeout"), Some("limits.idle-timeout"));
        assert_eq!(find("root"), Some("server.root"));
        // Its first word alone, though another name takes fewer changes.
        let names = ["log.file", "limits.idle-timeout"];
        assert_eq!(closest("limits.idle", names.into_iter()), Some("limits.idle-timeout"));
        assert_eq!(find("colour.of-the-sky"), None);
        assert_eq!(find("x"), None);
        // The dot and a letter or two make no name close.
        let names = ["data.nat", "log.form", "tls.key", "proxy.timeout"];
        for far in ["foo.bar", "limits.foo", "client.rate", "abc.def", "x.y"] {
            assert_eq!(closest(far, names.into_iter()), None, "{far}");
        }
        assert_eq!(closest("data.mat", names.into_iter()), Some("data.nat"));
        assert_eq!(closest("server.nat", names.into_iter()), Some("data.nat"));
    }
}
