//! The options that set values of accounts and groups: one for each row of `TERMS` in
//! `packetboat-accounts`.

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use packetboat_accounts::terms::{TERMS, find};
use packetboat_accounts::{AccountName, Own};

/// Values to set and to unset.
#[derive(Clone, Debug, Default)]
pub(crate) struct TermArgs {
    given: Vec<(&'static str, Vec<String>)>,
    unset: Vec<&'static str>,
}

/// The groups of an account.
#[derive(Args)]
pub(super) struct GroupsArg {
    /// A group for the account. Can be repeated. If the account has no value of its own, the first
    /// group that has one supplies it. "none" removes the account from all groups.
    #[arg(long, value_name = "GROUP|none", value_parser = parse_group)]
    group: Vec<Option<AccountName>>,
}

impl TermArgs {
    /// Whether there is nothing to change.
    pub(crate) fn is_empty(&self) -> bool {
        self.given.is_empty() && self.unset.is_empty()
    }

    /// Unsets and sets the values.
    pub(crate) fn apply(&self, own: &mut Own) -> Result<(), String> {
        for key in &self.unset {
            own.unset(key);
        }
        self.given.iter().try_for_each(|(key, lines)| own.set(key, lines))
    }
}

impl GroupsArg {
    /// The groups given, which may be none at all; `None` if the option was not used.
    pub(super) fn groups(&self) -> Option<Vec<AccountName>> {
        (!self.group.is_empty()).then(|| self.group.iter().flatten().cloned().collect())
    }
}

impl Args for TermArgs {
    fn augment_args(command: Command) -> Command {
        let unset = Arg::new("unset")
            .long("unset")
            .value_name("SETTING")
            .action(ArgAction::Append)
            .help(
                "Remove the account's or group's own value of a setting, such as sessions, so that its groups or the default \
                 apply again. Can be repeated",
            )
            .value_parser(TERMS.iter().map(|row| row.key).collect::<Vec<_>>());
        TERMS.iter().fold(command, |command, row| command.arg(option(row))).arg(unset)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn option(row: &'static packetboat_accounts::terms::TermRow) -> Arg {
    // A whole list is checked later: a word that means "none" must not be mixed with others.
    let check = move |text: &str| row.read(&[text.to_owned()]).map(|_| text.to_owned());
    let action = if row.takes_many() { ArgAction::Append } else { ArgAction::Set };
    let default = format!(" [default: {}]", row.default);
    Arg::new(row.key)
        .long(row.key)
        .value_name(row.shape)
        .help(format!("{}{default}", row.help))
        .action(action)
        // Let the row itself reject values such as -5, with its own message.
        .allow_hyphen_values(true)
        .value_parser(check)
}

impl FromArgMatches for TermArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut args = Self::default();
        args.update_from_arg_matches(matches)?;
        Ok(args)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        for row in TERMS {
            if let Some(lines) = matches.get_many::<String>(row.key) {
                self.given.push((row.key, lines.cloned().collect()));
            }
        }
        let unset = matches.get_many::<String>("unset").into_iter().flatten();
        self.unset.extend(unset.filter_map(|key| find(key)).map(|row| row.key));
        Ok(())
    }
}

fn parse_group(text: &str) -> Result<Option<AccountName>, String> {
    match text {
        "none" => Ok(None),
        text => AccountName::stored(text).map(Some).map_err(|error| error.to_string()),
    }
}
