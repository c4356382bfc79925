//! The work that a session has asked its driver for and is waiting for.

use super::action::Action;
use super::session::{Session, Work};
use crate::command::Command;
use crate::verbs::Verb;

impl Session {
    /// Asks the driver for an action and waits for its report.
    pub(super) fn ask(&mut self, command: &Command, action: Action) {
        let argument = self.loggable(command);
        self.work = Work::Asked { verb: command.verb(), argument };
        self.actions.push_back(action);
    }

    /// Asks the driver for work that may take long.
    pub(super) fn ask_task(&mut self, command: &Command, action: Action) {
        // STAT shows the argument even if there is no log.
        let argument = command.loggable_argument();
        let aborted = self.hung_up || self.holds(Verb::Abor);
        self.work = Work::Task { verb: command.verb(), argument, aborted };
        self.actions.push_back(action);
        if aborted {
            self.actions.push_back(Action::AbortTransfer);
        }
    }

    /// Whether a command of this verb is waiting. ABOR applies to every command sent before it,
    /// including one that waited together with it for the end of other work (RFC 959 §4.1.3).
    pub(super) fn holds(&self, verb: Verb) -> bool {
        self.held.iter().flatten().any(|command| command.verb() == verb)
    }

    pub(super) fn act(&mut self, action: Action) {
        self.actions.push_back(action);
    }

    /// Ends the wait for the driver, and returns the verb and argument of the command that it
    /// carried out.
    pub(super) fn finish_work(&mut self) -> Option<(Verb, String)> {
        match std::mem::replace(&mut self.work, Work::Nothing) {
            Work::Nothing | Work::Greeting => None,
            Work::Asked { verb, argument }
            | Work::Task { verb, argument, .. }
            | Work::Transfer { verb, argument, .. } => Some((verb, argument)),
        }
    }
}
