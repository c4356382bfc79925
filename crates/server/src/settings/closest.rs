//! The name that was probably meant.

/// How many letters may be wrong.
const WRONG: usize = 3;

/// The closest of some names, if one is close: a slip of the pen, another mark between words, or the same
/// setting under another heading.
pub fn closest<'a>(given: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |name: &str| name.to_ascii_lowercase().replace('_', "-");
    let given = plain(given);
    let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
    let is_beginning = |name: &str, given: &str| {
        name.strip_prefix(given).is_some_and(|rest| given.len() > 3 && rest.starts_with('-'))
    };
    let distance = |name: &'a str| {
        // A name that was broken off.
        if is_beginning(name, &given) {
            return (1, 0, name);
        }
        let whole = strsim::damerau_levenshtein(&given, name);
        let part = strsim::damerau_levenshtein(&last(&given), &last(name)) + 1;
        (whole.min(part), whole, name)
    };
    let best = names.map(distance).min()?;
    (best.0 <= WRONG.min(given.len() / 2)).then_some(best.2)
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
    }
}
