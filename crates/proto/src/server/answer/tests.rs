use super::super::quota::Quota;
use super::super::texts::Sentence;
use super::*;
use crate::verbs::VERBS;

const FAULTS: [Fault; 39] = [
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
    Fault::Busy,
    Fault::Changed,
    Fault::FormMismatch,
    Fault::NoSpace,
    Fault::QuotaExceeded,
    Fault::QuotaInDoubt,
    Fault::FileTooLarge,
    Fault::ReadOnlyStorage,
    Fault::BadOffset,
    Fault::CrossDevice,
    Fault::Io,
    Fault::OutOfResources,
    Fault::NoSuchGroup,
    Fault::Root,
    Fault::IntoItself,
    Fault::SameFile,
    Fault::BadRange,
    Fault::PolicyLimit,
    Fault::TooDeep,
    Fault::Stopped,
    Fault::WouldWait,
    Fault::Unsupported,
];

#[test]
fn every_fault_of_every_verb_is_answered_within_the_row() {
    for row in VERBS.iter().filter(|row| row.built) {
        for fault in FAULTS {
            let code = failure_code(row.verb, Stage::Before, fault);
            assert!(row.replies.failure.contains(&code.number()), "{} {fault:?} {code}", row.name);
            if row.replies.completion.iter().any(|code| *code >= 400) {
                let code = failure_code(row.verb, Stage::During, fault).number();
                assert!(row.replies.completion.contains(&code), "{} {fault:?} {code}", row.name);
            }
        }
    }
}

#[test]
fn codes_that_people_rely_on() {
    let code = |verb, fault| failure_code(verb, Stage::Before, fault).number();
    assert_eq!(code(Verb::Retr, Fault::NotFound), 550);
    assert_eq!(code(Verb::Retr, Fault::Busy), 450);
    assert_eq!(code(Verb::Stor, Fault::ParentNotFound), 553);
    assert_eq!(code(Verb::Stor, Fault::PermissionDenied), 550);
    assert_eq!(code(Verb::Stor, Fault::NoSpace), 452);
    assert_eq!(code(Verb::Allo, Fault::RightMissing), 550);
    assert_eq!(code(Verb::Mkd, Fault::AlreadyExists), 550);
    assert_eq!(code(Verb::Rmd, Fault::DirectoryNotEmpty), 550);
    assert_eq!(code(Verb::Mlsd, Fault::NotADirectory), 501);
    assert_eq!(code(Verb::Stor, Fault::NameRefused), 553);
    assert_eq!(code(Verb::Site, Fault::NameRefused), 553);
    assert_eq!(code(Verb::Stor, Fault::ReadOnlyTime), 550);
    assert_eq!(code(Verb::Retr, Fault::BadOffset), 554);
    let short = |verb| code(verb, Fault::OutOfResources);
    assert_eq!([Verb::Pasv, Verb::Epsv, Verb::Lpsv].map(short), [425; 3]);
    assert_eq!(failure_code(Verb::Stor, Stage::During, Fault::NoSpace).number(), 452);
    assert_eq!(failure_code(Verb::Stor, Stage::During, Fault::QuotaExceeded).number(), 552);
    assert_eq!(failure_code(Verb::Stor, Stage::During, Fault::QuotaInDoubt).number(), 452);
    assert_eq!(code(Verb::Appe, Fault::QuotaInDoubt), 452);
    assert_eq!(code(Verb::Mkd, Fault::QuotaInDoubt), 452);
    assert_eq!(failure_code(Verb::Retr, Stage::During, Fault::Io).number(), 451);
}

/// RFC 959 §4.2.2, 452 and 552. An account that may not delete is not told to delete.
#[test]
fn only_who_may_delete_is_advised_to() {
    for (may_delete, advice, none) in [
        (true, ["DELE", "DELE", "DELE"], ["may not", "darf nicht", "ne peut"]),
        (
            false,
            ["may not delete; try again", "darf nicht löschen", "ne peut rien supprimer"],
            ["DELE", "DELE", "DELE"],
        ),
    ] {
        let room = Room { quota: Some(Quota::default()), may_delete };
        for fault in [Fault::QuotaExceeded, Fault::NoSpace] {
            let failure = Failure::new(fault, *b"/a");
            let failed = Failed { verb: Verb::Stor, failure: &failure, room };
            for (at, language) in Language::ALL.into_iter().enumerate() {
                let said = Sentence::Composed(&failed).render(language);
                let said = String::from_utf8(said).expect("UTF-8");
                assert!(said.contains(advice[at]) && !said.contains(none[at]), "{said}");
            }
        }
    }
}

#[test]
fn a_failure_names_the_thing_the_reason_and_the_way_out() {
    let said = |fault, path: &[u8], length, language| {
        let failure = Failure { fault, path: path.to_vec(), length, detail: None };
        let failed = Failed { verb: Verb::Retr, failure: &failure, room: Room::default() };
        let bytes = Sentence::Composed(&failed).render(language);
        String::from_utf8(bytes).expect("UTF-8")
    };
    assert_eq!(
        said(Fault::NotFound, b"/a\"b", None, Language::En),
        "\"/a\"\"b\": no such file or directory; LIST its directory to see what is there."
    );
    assert_eq!(
        said(Fault::BadOffset, b"/a", Some(10), Language::En),
        "\"/a\": the file is shorter than the restart offset; restart at 10 or less."
    );
    assert_eq!(
        said(Fault::IsADirectory, b"/a", None, Language::De),
        "\"/a\": das ist ein Verzeichnis; nennen Sie eine Datei."
    );
}
