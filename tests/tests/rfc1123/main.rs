//! The requirements of RFC 1123 §4.1 for FTP, each demonstrated with the real server or client, or
//! with the reason why it does not apply.

mod client;
mod server;

/// The strength of a requirement (RFC 1123 §1.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Must,
    MustNot,
    Should,
    ShouldNot,
    May,
}

/// Whom the requirement addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Server,
    Client,
}

/// How it is demonstrated.
enum Shown {
    By(fn()),
    DoesNotApply(&'static str),
}

/// A requirement.
struct Requirement {
    section: &'static str,
    level: Level,
    who: Who,
    what: &'static str,
    shown: Shown,
}

const fn row(
    section: &'static str,
    level: Level,
    who: Who,
    what: &'static str,
    shown: Shown,
) -> Requirement {
    Requirement { section, level, who, what, shown }
}

use Level::{May, Must, MustNot, Should, ShouldNot};
use Shown::{By, DoesNotApply};
use Who::{Client, Server};

const REQUIREMENTS: &[Requirement] = &[
    row("4.1.2.1", Must, Server, "TYPE I and TYPE L 8, alike", By(server::image_and_local_8)),
    row("4.1.2.1", Must, Client, "TYPE I", By(client::type_image)),
    row(
        "4.1.2.1",
        May,
        Server,
        "TYPE L m on machines with words of m bits",
        DoesNotApply("bytes have 8 bits wherever this server runs"),
    ),
    row(
        "4.1.2.2",
        Should,
        Server,
        "TYPE A T as TYPE A N where there is no difference",
        By(server::telnet_format),
    ),
    row(
        "4.1.2.3",
        ShouldNot,
        Server,
        "page structure; where it is there, pages of RFC 959",
        By(server::page_structure),
    ),
    row(
        "4.1.2.4",
        Should,
        Server,
        "a conversion between record and file structure that can be undone",
        By(server::records_and_back),
    ),
    row("4.1.2.5", Should, Client, "a port for each transfer", By(client::port_for_each_transfer)),
    row("4.1.2.6", Must, Server, "PASV", By(server::pasv)),
    row(
        "4.1.2.6",
        Must,
        Client,
        "227 read without parentheses",
        By(client::pasv_without_parentheses),
    ),
    row(
        "4.1.2.6",
        Must,
        Client,
        "a new PASV for each transfer between two servers",
        DoesNotApply("the client copies between a server and this machine alone"),
    ),
    row("4.1.2.7", Must, Server, "NLST with names that commands take", By(server::nlst_names)),
    row("4.1.2.7", Should, Server, "lists with line ends of TYPE A", By(server::lists_are_text)),
    row("4.1.2.8", Should, Server, "SITE for what is not standard", By(server::site)),
    row("4.1.2.9", Must, Server, "the name that STOU chose, in 150", By(server::stou)),
    row("4.1.2.10", MustNot, Server, "reads taken for lines", By(server::any_chunking)),
    row("4.1.2.10", MustNot, Client, "reads taken for lines", By(client::any_chunking)),
    row("4.1.2.11", Must, Server, "well-formed replies, none unasked", By(server::well_formed)),
    row("4.1.2.11", Should, Server, "the codes of RFC 959", By(server::codes_of_the_table)),
    row("4.1.2.11", Should, Client, "decisions by the first digit", By(client::first_digit)),
    row("4.1.2.11", Must, Client, "replies of several lines", By(client::several_lines)),
    row("4.1.2.11", Must, Client, "lines beyond its limit survived", By(client::long_lines)),
    row("4.1.2.11", Should, Client, "the end of the connection noticed", By(client::close)),
    row("4.1.2.12", Must, Server, "data from its own address", By(server::active_from)),
    row("4.1.2.12", Must, Server, "Telnet options refused", By(server::telnet)),
    row("4.1.2.12", MustNot, Client, "Telnet commands in the lines", By(client::no_telnet)),
    row("4.1.2.13", Must, Server, "the minimum of 26 verbs and their values", By(server::minimum)),
    row("4.1.3.1", Should, Server, "XMKD, XRMD, XPWD, XCUP, XCWD", By(server::experimental_names)),
    row("4.1.3.1", Should, Client, "XMKD after MKD was unknown", By(client::experimental_names)),
    row("4.1.3.2", Should, Server, "an idle timeout, not in a transfer", By(server::idle_timeout)),
    row("4.1.3.2", Should, Server, "five minutes or more by default", By(server::idle_default)),
    row("4.1.3.3", Must, Server, "STAT and ABOR during a transfer", By(server::during_a_transfer)),
    row(
        "4.1.3.4",
        Should,
        Server,
        "data on stable storage before 110",
        By(server::stored_before_110),
    ),
    row("4.1.4.1", Must, Client, "any path, with spaces", By(client::any_path)),
    row(
        "4.1.4.2",
        Must,
        Client,
        "QUOTE",
        DoesNotApply("the client has no prompt; each of its commands is a whole session"),
    ),
    row("4.1.4.3", Should, Client, "failures shown in full", By(client::full_errors)),
    row("4.1.4.3", Should, Client, "a mode that shows the dialogue", By(client::verbose)),
    row("4.1.4.4", Should, Client, "unexpected replies survived", By(client::unexpected_replies)),
];

#[test]
fn every_requirement_is_met_or_does_not_apply() {
    let mut wrong = Vec::new();
    for Requirement { section, level, who, what, shown } in REQUIREMENTS {
        match shown {
            By(check) => {
                if std::panic::catch_unwind(check).is_err() {
                    wrong.push(format!("RFC 1123 §{section}, {who:?} {level:?}: {what}"));
                }
            }
            DoesNotApply(why) => assert!(!why.is_empty(), "{section} {what}"),
        }
    }
    assert!(wrong.is_empty(), "not met:\n{}", wrong.join("\n"));
}

#[test]
fn sections_are_in_order() {
    let key = |section: &str| -> Vec<u32> {
        section.split('.').map(|part| part.parse().expect("a number")).collect()
    };
    assert!(REQUIREMENTS.is_sorted_by_key(|row| key(row.section)));
}
