//! The subcommands of SITE: services of this server alone (RFC 959 §4.1.3).

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

/// A row: verb, name, argument, help.
macro_rules! site_verbs {
    ($($verb:ident $name:literal $argument:literal $help:literal;)*) => {
        /// A subcommand of SITE, known by its row in [`SITE_VERBS`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(missing_docs)] // The row's help text says what each one is.
        pub enum SiteVerb { $($verb),* }

        /// Every subcommand of SITE.
        pub static SITE_VERBS: &[SiteRow] = &[$(SiteRow {
            verb: SiteVerb::$verb,
            name: $name,
            argument: $argument,
            help: $help,
        }),*];
    };
}

site_verbs! {
    Help "HELP" "[command]" "Lists the SITE commands of this server, or explains one.";
    Chmod "CHMOD" "octal-mode pathname" "Sets the permission bits of a file or directory.";
    Chgrp "CHGRP" "group pathname" "Sets the group of a file or directory, by name or number.";
    Utime "UTIME" "YYYYMMDDhhmm[ss] pathname" "Sets the times of access and modification, in UTC.";
    Symlink "SYMLINK" "target link" "Makes a symbolic link to a file or directory of this server.";
    Cpfr "CPFR" "pathname" "Names the file to copy; SITE CPTO must follow.";
    Cpto "CPTO" "pathname" "Copies the file named by SITE CPFR to this name.";
    Mkdir "MKDIR" "pathname" "Makes a directory.";
    Rmdir "RMDIR" "pathname" "Removes an empty directory.";
    Quota "QUOTA" "" "Tells how much you have stored, and how much you may.";
    Who "WHO" "" "Tells how many sessions there are and, to those who may store files, which; by default those of their account.";
}

impl SiteVerb {
    /// The subcommand of that name, in any case of letters.
    pub fn parse(name: &[u8]) -> Option<&'static SiteRow> {
        SITE_VERBS.iter().find(|row| row.name.as_bytes().eq_ignore_ascii_case(name))
    }
}
