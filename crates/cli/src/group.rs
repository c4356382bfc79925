//! `packetboat group`: manages groups of accounts. A group supplies the values that its members do
//! not set themselves.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use packetboat_accounts::{AccountName, Database, GroupRecord};
use serde_json::json;

use crate::exit::Exit;
use crate::user::{
    Absent, Result, Show, TermArgs, end, failed, not_written, nothing_to_change, open, read_or_not,
};

/// The arguments of `packetboat group`.
#[derive(Args)]
pub(crate) struct GroupArgs {
    /// The accounts file; `add` creates it if needed [default: as for `packetboat user`]
    #[arg(long, value_name = "FILE", global = true, env = "PACKETBOAT_DATABASE")]
    database: Option<PathBuf>,

    /// Print one JSON object per line for each group.
    #[arg(long, global = true)]
    json: bool,

    #[command(subcommand)]
    command: GroupCommand,
}

/// The subcommands of `packetboat group`.
#[derive(Subcommand)]
enum GroupCommand {
    /// Add a group. Put accounts in it with `user add --group` or `user set --group`.
    Add {
        /// Its name.
        #[arg(value_parser = AccountName::parse)]
        name: AccountName,
        #[command(flatten)]
        terms: TermArgs,
    },
    /// Change what a group gives its members. Options you leave out keep their values.
    Set {
        /// Which group.
        name: AccountName,
        #[command(flatten)]
        terms: TermArgs,
    },
    /// Show what a group gives its members, and list the members.
    Show {
        /// Which group.
        name: AccountName,
    },
    /// List the groups.
    List,
    /// Remove groups that have no members.
    Rm {
        /// Which groups.
        #[arg(required = true)]
        names: Vec<AccountName>,
    },
}

impl GroupCommand {
    /// Whether the database has to exist, or may be created.
    fn absent(&self) -> Absent {
        match self {
            Self::Add { .. } => Absent::Made,
            _ => Absent::Refused,
        }
    }
}

/// Runs a subcommand.
pub(crate) fn run(args: GroupArgs) -> ExitCode {
    let show = Show { json: args.json, command: "group" };
    let result = open(args.database, args.command.absent())
        .and_then(|database| carry_out(args.command, &database, &show));
    end(&show, result)
}

fn carry_out(command: GroupCommand, database: &Database, show: &Show) -> Result<Exit> {
    match command {
        GroupCommand::Add { name, terms } => {
            let mut group = GroupRecord::new(name);
            terms.apply(&mut group.own).map_err(|why| (Exit::Usage, why))?;
            database.add_group(&group).map_err(failed)?;
            show.done("added", &group.name, json!({})).map_err(not_written)
        }
        GroupCommand::Set { terms, .. } if terms.is_empty() => Err(nothing_to_change()),
        GroupCommand::Set { name, terms } => {
            let edited = database.edit_group(&name, |group| terms.apply(&mut group.own));
            edited.map_err(failed)?.map_err(|why| (Exit::Usage, why))?;
            show.done("changed", &name, json!({})).map_err(not_written)
        }
        GroupCommand::Show { name } => {
            let group = database.find_group(&name).map_err(failed)?;
            let members = database.members(&name).map_err(failed)?;
            show.group(&group, &members).map_err(not_written)
        }
        GroupCommand::List => {
            let mut groups = Vec::new();
            for group in database.groups().map_err(failed)? {
                let members = database.members(&group.name).map_err(failed)?;
                groups.push((group, members));
            }
            show.groups(&groups).map_err(not_written)?;
            Ok(Exit::Ok)
        }
        GroupCommand::Rm { names } => {
            database.remove_groups(&names).map_err(failed)?;
            for name in &names {
                read_or_not(show.done("removed", name, json!({})))?;
            }
            Ok(Exit::Ok)
        }
    }
}
