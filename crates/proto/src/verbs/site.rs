//! The subcommands of SITE: services of this server alone (RFC 959 §4.1.3).

/// A subcommand of SITE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SiteVerb {
    /// Lists the subcommands.
    Help,
    /// Changes the permission bits of a file.
    Chmod,
}

/// One subcommand of SITE.
#[derive(Debug)]
pub struct SiteRow {
    /// The subcommand.
    pub verb: SiteVerb,
    /// Its name, in capitals.
    pub name: &'static str,
    /// Its argument as HELP shows it; empty for none.
    pub argument: &'static str,
    /// One line for a person.
    pub help: &'static str,
}

/// Every subcommand of SITE.
pub static SITE_VERBS: &[SiteRow] = &[
    SiteRow {
        verb: SiteVerb::Help,
        name: "HELP",
        argument: "",
        help: "Lists the SITE commands of this server.",
    },
    SiteRow {
        verb: SiteVerb::Chmod,
        name: "CHMOD",
        argument: "octal-mode pathname",
        help: "Sets the permission bits of a file or directory.",
    },
];

impl SiteVerb {
    /// The subcommand of that name, in any case of letters.
    pub fn parse(name: &[u8]) -> Option<&'static SiteRow> {
        SITE_VERBS.iter().find(|row| row.name.as_bytes().eq_ignore_ascii_case(name))
    }
}
