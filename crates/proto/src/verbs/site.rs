//! [`SITE_VERBS`]: the subcommands of SITE, which are specific to this server (RFC 959 §4.1.3).

/// One subcommand of SITE.
#[derive(Debug)]
pub struct SiteRow {
    /// The subcommand.
    pub verb: SiteVerb,
    /// The name, in uppercase.
    pub name: &'static str,
    /// The argument as HELP shows it; empty for none.
    pub argument: &'static str,
    /// One line for a person, shown by SITE HELP.
    pub help: &'static str,
}

/// A row: verb, name, argument, help.
macro_rules! site_verbs {
    ($($verb:ident $name:literal $argument:literal $help:literal;)*) => {
        /// A subcommand of SITE; its row in [`SITE_VERBS`] describes it.
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
    Symlink "SYMLINK" "target link" "Creates a symbolic link to a file or directory of this server.";
    Cpfr "CPFR" "pathname" "Names the file to copy; SITE CPTO must follow.";
    Cpto "CPTO" "pathname" "Copies the file named by SITE CPFR to this name.";
    Mkdir "MKDIR" "pathname" "Creates a directory.";
    Rmdir "RMDIR" "pathname" "Removes an empty directory.";
    Quota "QUOTA" "" "Shows how much you have stored, and how much you may store.";
    Who "WHO" "" "Shows how many sessions there are and, if you may store files, lists them; by default only those of your account.";
}

impl SiteVerb {
    /// The subcommand with this name, case-insensitive.
    pub fn parse(name: &[u8]) -> Option<&'static SiteRow> {
        SITE_VERBS.iter().find(|row| row.name.as_bytes().eq_ignore_ascii_case(name))
    }
}
