//! Sends every verb in every state of a session, with good and bad arguments, to a real server, and
//! makes a table of the reply codes.

mod arguments;
mod states;

pub use arguments::arguments;
pub use states::{STATES, Servers, State};

use packetboat_codes::ReplyCode;
use packetboat_proto::verbs::{DuringTransfer, Replies, VERBS, Verb};

use crate::Reply;

/// A verb with one argument.
pub struct Line {
    /// The verb, or `None` for a line without one.
    pub verb: Option<Verb>,
    /// The line that is sent.
    pub text: String,
}

impl Line {
    /// Whether the reply comes while a transfer is running. STAT with a name is a listing and has
    /// to wait; a surplus argument is an error, like for any other verb.
    fn is_answered_at_once(&self) -> bool {
        self.verb.is_some_and(|verb| {
            verb.row().during_transfer == DuringTransfer::Answered && self.text == verb.name()
        })
    }
}

/// All lines, in the order of the table of verbs. Lines without an argument come last.
pub fn lines() -> Vec<Line> {
    let mut lines = Vec::new();
    for row in VERBS {
        for argument in arguments(row) {
            lines.push(Line { verb: Some(row.verb), text: format!("{} {argument}", row.name) });
        }
        lines.push(Line { verb: Some(row.verb), text: row.name.to_owned() });
    }
    for text in ["XYZZY", "XYZZY plugh", ""] {
        lines.push(Line { verb: None, text: text.to_owned() });
    }
    lines
}

/// Whether the verb's row lists the code for this moment, before or during a transfer.
pub fn has_its_place(verb: Verb, code: ReplyCode, under_way: bool) -> bool {
    let Replies { preliminary, completion, success, intermediate, failure } = verb.row().replies;
    let groups: &[&[u16]] = match under_way {
        true => &[preliminary, completion],
        false => &[preliminary, success, intermediate, failure],
    };
    // RFC 959 §4.2: 421 is a valid reply to any command.
    code.number() == 421 || groups.iter().any(|group| group.contains(&code.number()))
}

/// The replies to a line in one state: those to the line itself, and those to the transfer that was
/// running.
#[derive(Debug)]
pub struct Cell {
    /// The replies in their order.
    pub replies: Vec<(Whose, Reply)>,
}

/// What a reply belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The line.
    Line,
    /// The transfer that was running.
    Transfer,
}

impl Cell {
    /// The codes, with those of the transfer that was running in parentheses.
    pub fn codes(&self) -> String {
        let code = |(whose, reply): &(Whose, Reply)| match whose {
            Whose::Line => reply.code.to_string(),
            Whose::Transfer => format!("({})", reply.code),
        };
        self.replies.iter().map(code).collect::<Vec<_>>().join(" ")
    }
}

/// Sends the line in the state.
pub fn cell(servers: &Servers, state: &State, line: &Line) -> Cell {
    let server = servers.get(state.on);
    states::furnish(server);
    let session = (state.reach)(server);
    Cell { replies: session.answers(line) }
}
