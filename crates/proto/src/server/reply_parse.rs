//! Lets a client read back what a Packetboat server has said, in any language: the reply texts are
//! rows in `texts`, so their words are known. The words of other servers are not handled here.

use std::time::Duration;

use packetboat_codes::Fault;

use super::answer::{detailed, words};
use super::texts::{self, Language, Text};
use super::transfer;
use crate::time::Timestamp;
use crate::verbs::Verb;

/// When a client that was refused with 421 may connect again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Return {
    /// Once someone lifts the ban.
    WhenLifted,
    /// From this time on.
    At(Timestamp),
    /// After this duration.
    After(Duration),
}

/// The faults that a client distinguishes.
const FAULTS: [Fault; 24] = [
    Fault::NotFound,
    Fault::ParentNotFound,
    Fault::AlreadyExists,
    Fault::IsADirectory,
    Fault::NotADirectory,
    Fault::DirectoryNotEmpty,
    Fault::NotARegularFile,
    Fault::PermissionDenied,
    Fault::RightMissing,
    Fault::OutsideRoot,
    Fault::LinkLoop,
    Fault::NameNotAllowed,
    Fault::NameReserved,
    Fault::NameRefused,
    Fault::NameNotAmongAllowed,
    Fault::ReadOnlyTime,
    Fault::LinkNotFollowed,
    Fault::ReadOnlyStorage,
    Fault::CrossDevice,
    Fault::Root,
    Fault::IntoItself,
    Fault::TooDeep,
    Fault::FileTooLarge,
    Fault::Busy,
];

/// The fault that a reply of a Packetboat server reports, if it is one of `FAULTS`.
pub fn fault_in(text: &str) -> Option<Fault> {
    let says = |row| place_in(row, text).is_some();
    FAULTS.into_iter().find(|fault| says(words(*fault)) || says(detailed(*fault)))
}

/// When the client may connect again, if the reply of a Packetboat server says so.
pub fn return_in(text: &str) -> Option<Return> {
    if place_in(&texts::BANNED, text).is_some() {
        return Some(Return::WhenLifted);
    }
    if let Some(until) = place_in(&texts::BANNED_UNTIL, text) {
        return Timestamp::parse_utc(until).map(Return::At);
    }
    let wait = [&texts::CONNECTS_TOO_OFTEN, &texts::LOGS_IN_TOO_OFTEN];
    let seconds = wait.into_iter().find_map(|row| place_in(row, text))?;
    seconds.parse().ok().map(Duration::from_secs).map(Return::After)
}

/// Whether the reply of a Packetboat server says that the login requires TLS.
pub fn wants_tls_in(text: &str) -> bool {
    let rows = [&texts::TLS_BEFORE_LOGIN, &texts::ACCOUNT_NEEDS_TLS];
    rows.into_iter().any(|row| place_in(row, text).is_some())
}

/// Whether the reply of a Packetboat server says that the password is right but the folder of the
/// account cannot be opened.
pub fn lacks_folder_in(text: &str) -> bool {
    place_in(&texts::ACCOUNT_FOLDER_MISSING, text).is_some()
}

/// What a Packetboat server says about missing space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoomTold {
    /// The disk is full, and the account may not delete.
    DiskFull,
    /// The quota is used up, and the account may not delete.
    UsedUpForGood,
    /// The quota may be used up; the server will count again.
    InDoubt,
}

/// What the reply of a Packetboat server says about missing space, beyond its code.
pub fn room_in(text: &str) -> Option<RoomTold> {
    let rows = [
        (&texts::NO_SPACE_FOR_GOOD, RoomTold::DiskFull),
        (&texts::QUOTA_FULL_FOR_GOOD, RoomTold::UsedUpForGood),
        (&texts::QUOTA_IN_DOUBT, RoomTold::InDoubt),
    ];
    rows.into_iter().find(|(row, _)| place_in(row, text).is_some()).map(|(_, told)| told)
}

/// The number of bytes that, according to a Packetboat server, went over the data connection of a
/// successful transfer: only those of this transfer, as encoded on the connection.
pub fn moved_in(verb: Verb, text: &str) -> Option<u64> {
    Language::ALL.into_iter().find_map(|language| {
        let words = transfer::done(verb).words(language).strip_prefix("{0}")?;
        let (between, after) = words.split_once("{1}")?;
        // A file name may contain these very words, so search from the end.
        let (name, number) = text.strip_suffix(after)?.rsplit_once(between)?;
        let is_name = name.starts_with('"') && name.ends_with('"');
        number.parse().ok().filter(|_| is_name)
    })
}

/// The text in place `{0}` of a row, if `text` contains that row in any language; empty for a row
/// without places.
fn place_in<'a>(row: &'static Text, text: &'a str) -> Option<&'a str> {
    Language::ALL.into_iter().find_map(|language| {
        let words = row.words(language);
        let Some((before, after)) = words.split_once("{0}") else {
            return text.contains(words).then_some("");
        };
        let (_, rest) = text.split_once(before)?;
        rest.split_once(after).map(|(place, _)| place)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(row: &'static Text, place: &str, language: Language) -> String {
        String::from_utf8(row.with(&[&place]).render(language)).expect("text")
    }

    #[test]
    fn a_ban_is_understood_in_every_language() {
        for language in Language::ALL {
            let until = said(&texts::BANNED_UNTIL, "2026-11-27 04:05:06 UTC", language);
            let at = Timestamp::parse(b"20261127040506").expect("a time");
            assert_eq!(return_in(&until), Some(Return::At(at)), "{until}");
            let soon = said(&texts::CONNECTS_TOO_OFTEN, "17", language);
            assert_eq!(return_in(&soon), Some(Return::After(Duration::from_secs(17))), "{soon}");
            assert_eq!(return_in(texts::BANNED.words(language)), Some(Return::WhenLifted));
        }
        assert_eq!(return_in("Too many users"), None);
    }

    #[test]
    fn that_tls_is_missing_is_understood_in_every_language() {
        for row in [&texts::TLS_BEFORE_LOGIN, &texts::ACCOUNT_NEEDS_TLS] {
            assert!(Language::ALL.into_iter().all(|language| wants_tls_in(row.words(language))));
        }
        assert!(!wants_tls_in(texts::WRONG_PASSWORD.words(Language::ALL[0])));
    }

    #[test]
    fn that_the_folder_of_an_account_is_missing_is_understood_in_every_language() {
        for language in Language::ALL {
            assert!(lacks_folder_in(texts::ACCOUNT_FOLDER_MISSING.words(language)));
            assert!(!lacks_folder_in(texts::WRONG_PASSWORD.words(language)));
        }
    }

    #[test]
    fn what_is_said_of_missing_room_is_understood_in_every_language() {
        for language in Language::ALL {
            let used_up = said(&texts::QUOTA_FULL_FOR_GOOD, "5 bytes", language);
            assert_eq!(room_in(&used_up), Some(RoomTold::UsedUpForGood), "{used_up}");
            let in_doubt = texts::QUOTA_IN_DOUBT.words(language);
            assert_eq!(room_in(in_doubt), Some(RoomTold::InDoubt));
            assert_eq!(room_in(&said(&texts::QUOTA_FULL_AT, "5 bytes", language)), None);
            let full = texts::NO_SPACE_FOR_GOOD.words(language);
            assert_eq!(room_in(full), Some(RoomTold::DiskFull));
            assert_eq!(room_in(texts::NO_SPACE_WITH_PARTS.words(language)), None);
        }
    }

    #[test]
    fn what_has_moved_is_understood_in_every_language() {
        use super::super::texts::Quoted;
        for verb in [Verb::Retr, Verb::Stor, Verb::Appe, Verb::Mlsd] {
            for language in Language::ALL {
                let name = b"/a \" stored, 5 bytes.";
                let row = transfer::done(verb);
                let said = row.with(&[&Quoted(name), &1_000_000_u64]).render(language);
                let text = String::from_utf8(said).expect("text");
                assert_eq!(moved_in(verb, &text), Some(1_000_000), "{text}");
            }
        }
        for other in ["Transfer complete.", "f stored, 5 bytes.", "\"/f\" stored, all bytes."] {
            assert_eq!(moved_in(Verb::Stor, other), None, "{other}");
        }
    }

    #[test]
    fn faults_are_told_apart_in_every_language() {
        for fault in FAULTS {
            for language in Language::ALL {
                let text = format!("a/b: {}.", words(fault).words(language));
                assert_eq!(fault_in(&text), Some(fault), "{text}");
                let more = said(detailed(fault), "rmdir", language);
                assert_eq!(fault_in(&more), Some(fault), "{more}");
            }
        }
        assert_eq!(fault_in("Failed to open file."), None);
    }
}
