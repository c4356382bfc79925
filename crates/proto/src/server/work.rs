//! What the session has asked its driver for and waits for.

use super::action::Action;
use super::session::{Session, Work};
use crate::command::Command;
use crate::verbs::Verb;

impl Session {
    /// Asks the driver for something and waits for its report.
    pub(super) fn ask(&mut self, command: &Command, action: Action) {
        let argument = self.loggable(command);
        self.work = Work::Asked { verb: command.verb(), argument };
        self.actions.push_back(action);
    }

    /// Asks the driver for work that may take long.
    pub(super) fn ask_task(&mut self, command: &Command, action: Action) {
        // STAT shows it, whether there is a log or not.
        let argument = command.loggable_argument();
        let aborted = self.hung_up || self.holds(Verb::Abor);
        self.work = Work::Task { verb: command.verb(), argument, aborted };
        self.actions.push_back(action);
        if aborted {
            self.actions.push_back(Action::AbortTransfer);
        }
    }

    /// Whether a command of this verb waits. ABOR is for all that was sent before it, also for what has waited
    /// with it for the end of something else (RFC 959 §4.1.3).
    pub(super) fn holds(&self, verb: Verb) -> bool {
        self.held.iter().flatten().any(|command| command.verb() == verb)
    }

    pub(super) fn act(&mut self, action: Action) {
        self.actions.push_back(action);
    }

    /// The command the driver was asked for; nothing is awaited from now on.
    pub(super) fn finish_work(&mut self) -> Option<(Verb, String)> {
        match std::mem::replace(&mut self.work, Work::Nothing) {
            Work::Nothing | Work::Greeting => None,
            Work::Asked { verb, argument }
            | Work::Task { verb, argument, .. }
            | Work::Transfer { verb, argument, .. } => Some((verb, argument)),
        }
    }
}
