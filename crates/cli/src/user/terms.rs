//! The options by which accounts and groups get values of their own: one for each row of the table of terms.

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use packetboat_accounts::terms::{TERMS, find};
use packetboat_accounts::{AccountName, Own};

/// Values to give and to take away.
#[derive(Clone, Debug, Default)]
pub(crate) struct TermArgs {
    given: Vec<(&'static str, Vec<String>)>,
    unset: Vec<&'static str>,
}

/// Which groups an account is in.
#[derive(Args)]
pub(super) struct GroupsArg {
    /// A group it is in; repeat it for several. Where the account has no value of its own, that of the first
    /// group that has one counts. "none": it is in no group.
    #[arg(long, value_name = "GROUP|none", value_parser = parse_group)]
    group: Vec<Option<AccountName>>,
}

impl TermArgs {
    /// Whether nothing is to be changed.
    pub(crate) fn is_empty(&self) -> bool {
        self.given.is_empty() && self.unset.is_empty()
    }

    /// Takes away and gives.
    pub(crate) fn apply(&self, own: &mut Own) -> Result<(), String> {
        for key in &self.unset {
            own.unset(key);
        }
        self.given.iter().try_for_each(|(key, lines)| own.set(key, lines))
    }
}

impl GroupsArg {
    /// The groups, if any or none were named.
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
                "Take its own value of a setting away, such as sessions: its groups, or else the default, \
                 count again; repeat it for several",
            )
            .value_parser(TERMS.iter().map(|row| row.key).collect::<Vec<_>>());
        TERMS.iter().fold(command, |command, row| command.arg(option(row))).arg(unset)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn option(row: &'static packetboat_accounts::terms::TermRow) -> Arg {
    // A list is checked as a whole later on: a word that stands for none may not stand among others.
    let check = move |text: &str| row.read(&[text.to_owned()]).map(|_| text.to_owned());
    let action = if row.takes_many() { ArgAction::Append } else { ArgAction::Set };
    let default = format!(" [default: {}]", row.default);
    Arg::new(row.key)
        .long(row.key)
        .value_name(row.shape)
        .help(format!("{}{default}", row.help))
        .action(action)
        // Whether -5 is a value, the row says, in words of its own.
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
