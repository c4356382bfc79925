//! Suggests the name that was probably meant, for misspelt settings of the server and the client.

/// How many letters of a word may be wrong: a third, at most three. In a short word, two changes
/// make a different word.
fn allowed(word: &str) -> usize {
    (word.len() / 3).min(3)
}

/// The closest of the names, if one is close: a typing error, another separator between words, or
/// the same setting under another heading.
pub fn closest<'a>(given: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let given = given.to_ascii_lowercase().replace('_', "-");
    let distance = |name: &'a str| {
        // A name that was cut off.
        let broken_off = name.strip_prefix(&given).is_some_and(|rest| rest.starts_with('-'));
        if broken_off && given.len() > 3 {
            return Some((1, 0, name));
        }
        let apart = strsim::damerau_levenshtein(last(&given), last(name));
        let whole = strsim::damerau_levenshtein(&given, name);
        // A difference in the heading alone counts as one.
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
        // Only its first word, although another name needs fewer changes.
        let names = ["log.file", "limits.idle-timeout"];
        assert_eq!(closest("limits.idle", names.into_iter()), Some("limits.idle-timeout"));
        assert_eq!(find("colour.of-the-sky"), None);
        assert_eq!(find("x"), None);
        // The dot and one or two matching letters do not make a name close.
        let names = ["data.nat", "log.form", "tls.key", "proxy.timeout"];
        for far in ["foo.bar", "limits.foo", "client.rate", "abc.def", "x.y"] {
            assert_eq!(closest(far, names.into_iter()), None, "{far}");
        }
        assert_eq!(closest("data.mat", names.into_iter()), Some("data.nat"));
        assert_eq!(closest("server.nat", names.into_iter()), Some("data.nat"));
    }
}
