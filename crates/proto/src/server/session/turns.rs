//! Decides whose turn it is: the order in which commands are taken, which of them wait for the end
//! of a transfer, which the session state refuses, and which handler the others go to.

use super::{Session, Work};
use crate::command::{Command, CommandError};
use crate::line::Line;
use crate::server::config::Goodbye;
use crate::server::texts;
use crate::server::{
    change, data_connection, files, hash, info, login, parameters, parties, security, site, start,
    transfer,
};
use crate::time::Instant;
use crate::verbs::{Allowed, DuringTransfer, Verb, VerbRow};

/// No further command is taken while this many bytes of replies wait to be sent.
const OUTPUT_WAITING: usize = 64 << 10;
/// No further command is taken while this many actions wait for the driver.
const ACTIONS_WAITING: usize = 256;

impl Session {
    /// Takes commands as long as it is their turn and not too much output is pending.
    pub(super) fn advance(&mut self, now: Instant) {
        while !self.closed
            && self.output.len() < OUTPUT_WAITING
            && self.actions.len() < ACTIONS_WAITING
        {
            if self.work == Work::Nothing
                && let Some(reason) = self.goodbye
            {
                self.close_with(reason);
                break;
            }
            if self.work == Work::Nothing
                && let Some(command) = self.held.pop_front()
            {
                self.active = now;
                self.take_command(command);
                continue;
            }
            if matches!(self.work, Work::Asked { .. } | Work::Greeting) {
                break;
            }
            let Some(line) = self.lines.next_line() else { break };
            self.active = now;
            self.take_line(&line);
        }
    }

    fn take_line(&mut self, line: &Line) {
        let command = Command::parse(line);
        if self.work == Work::Nothing {
            self.take_command(command);
            return;
        }
        let during = match &command {
            // STAT with a pathname is a listing, and waits like one.
            Ok(command) if command.verb() == Verb::Stat && !command.argument().is_empty() => {
                DuringTransfer::Waits
            }
            Ok(command) => command.verb().row().during_transfer,
            Err(_) => DuringTransfer::Waits,
        };
        let running = matches!(self.work, Work::Transfer { running: true, .. } | Work::Task { .. });
        match during {
            DuringTransfer::Answered if running && self.held.is_empty() => {
                self.take_command(command);
            }
            DuringTransfer::Answered | DuringTransfer::Waits => self.held.push_back(command),
            DuringTransfer::Aborts => {
                transfer::abort(self);
                self.held.push_back(command);
            }
        }
    }

    fn take_command(&mut self, command: Result<Command, CommandError>) {
        match command {
            Ok(command) => self.run(&command),
            // A web page can make a browser send lines here; none of them may run a command.
            Err(CommandError::Http) => self.close_with(Goodbye::SpeaksHttp),
            Err(CommandError::Proxy) => self.close_with(Goodbye::UntrustedProxy),
            Err(error) => match error.verb() {
                // Complaining about the argument would not help: the verb is not implemented.
                Some(verb) if !verb.row().built => {
                    self.reply(Some(verb), "", 502, texts::NOT_BUILT.with(&[&verb.name()]));
                }
                _ => info::bad_line(self, &error),
            },
        }
    }

    fn run(&mut self, command: &Command) {
        let row = command.verb().row();
        if command.verb() != Verb::Rnto && self.work == Work::Nothing {
            self.rename_from = None;
        }
        if command.verb() != Verb::Site && self.work == Work::Nothing {
            self.extra.copy_from = None;
        }
        if !row.built {
            self.answer(command, 502, texts::NOT_BUILT.with(&[&row.name]));
        } else if row.allowed == Allowed::LoggedIn && !self.is_logged_in() {
            self.answer(command, 530, texts::LOGIN_FIRST.with(&[&row.name]));
        } else if self.wants_account_to(row) {
            self.answer_account_first(command, row.name);
        } else {
            self.dispatch(command);
        }
    }

    /// Whether the verb stores a file and ACCT has to come first. SITE is many commands, so its
    /// handler checks each one.
    fn wants_account_to(&self, row: &VerbRow) -> bool {
        row.verb != Verb::Site
            && row.replies.failure.contains(&532)
            && self.login.wants_account_to_store()
    }

    /// RFC 959 §4.1.1: the command is discarded, and the client sends it again after ACCT.
    pub(in crate::server) fn answer_account_first(&mut self, command: &Command, name: &str) {
        self.rename_from = None;
        self.parameters.restart = 0;
        let text = match self.login.proof_to_store() {
            Some(login::Proof::Code) => &texts::CODE_TO_STORE,
            _ => &texts::ACCOUNT_TO_STORE,
        };
        self.answer(command, 532, text.with(&[&name]));
    }

    /// Calls the handler of the verb.
    fn dispatch(&mut self, command: &Command) {
        match command.verb() {
            Verb::User | Verb::Pass | Verb::Acct | Verb::Quit => login::handle(self, command),
            Verb::Rein | Verb::Host => start::handle(self, command),
            Verb::Lang | Verb::Clnt | Verb::Csid | Verb::Algs => parties::handle(self, command),
            Verb::Auth
            | Verb::Adat
            | Verb::Pbsz
            | Verb::Prot
            | Verb::Ccc
            | Verb::Mic
            | Verb::Conf
            | Verb::Enc => security::handle(self, command),
            Verb::Type | Verb::Stru | Verb::Mode | Verb::Rest => parameters::handle(self, command),
            Verb::Port | Verb::Pasv | Verb::Eprt | Verb::Epsv | Verb::Lprt | Verb::Lpsv => {
                data_connection::handle(self, command);
            }
            Verb::Retr
            | Verb::Stor
            | Verb::Stou
            | Verb::Appe
            | Verb::List
            | Verb::Nlst
            | Verb::Mlsd
            | Verb::Abor => transfer::handle(self, command),
            Verb::Site => site::handle(self, command),
            Verb::Hash
            | Verb::Rang
            | Verb::Md5
            | Verb::Mmd5
            | Verb::Xcrc
            | Verb::Xmd5
            | Verb::Xsha1
            | Verb::Xsha256
            | Verb::Xsha512 => hash::handle(self, command),
            Verb::Mfmt
            | Verb::Mfct
            | Verb::Mff
            | Verb::Avbl
            | Verb::Dsiz
            | Verb::Rmda
            | Verb::Comb => change::handle(self, command),
            Verb::Syst | Verb::Help | Verb::Feat | Verb::Opts | Verb::Noop => {
                info::handle(self, command);
            }
            Verb::Stat if command.argument().is_empty() => info::handle(self, command),
            _ => files::handle(self, command),
        }
    }
}
