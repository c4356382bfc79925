//! The audit log: who logged in, who was refused, turned away or banned, and what was done to
//! files, as one JSON object per line. Unlike the general log it has full paths, and says of each
//! operation whether it completed.

use packetboat_proto::text::visible;
use packetboat_server::{Deed, DeedKind, Event, EventKind};

use super::object::Object;
use super::{Clock, STARTED, json_line};

/// The steps in the server's life that the audit log includes.
const STEPS: [&str; 5] = [STARTED, "stopping", "cut", "handed over", "ended"];

/// The audit line of an event, if it has one.
pub(super) fn line(event: &Event, at: Clock) -> Option<String> {
    match &event.kind {
        EventKind::Deed(deed) => Some(deed_line(event.session, deed, at)),
        EventKind::LoggedIn { .. }
        | EventKind::Login { .. }
        | EventKind::PartRemoved { .. }
        | EventKind::TurnedAway { .. }
        | EventKind::Banned { .. }
        | EventKind::BanLifted { .. } => Some(json_line(event, at)),
        // Of the server's own steps, those that tell its runs apart.
        EventKind::Server { step, .. } if STEPS.contains(step) => Some(json_line(event, at)),
        EventKind::Closed { user: Some(_), .. } => Some(json_line(event, at)),
        _ => None,
    }
}

fn deed_line(session: u64, deed: &Deed, at: Clock) -> String {
    let mut object = Object::new(at);
    object.number("session", session);
    object.text("event", word(deed.kind));
    object.text("user", &deed.user);
    object.truth("anonymous", deed.anonymous);
    object.text("peer", &deed.peer.to_string());
    object.optional_text("host", deed.host.as_deref());
    object.text("path", &visible(&deed.path));
    object.texts("others", deed.others.iter().map(|path| visible(path)));
    object.truth("complete", deed.complete);
    object.optional_number("code", deed.code.map(|code| code.number().into()));
    object.optional_text("failure", deed.failure.as_deref());
    object.optional_number("bytes", deed.bytes);
    match deed.bytes {
        Some(_) => object.truth("text", deed.text),
        None => object.null("text"),
    }
    object.seconds("seconds", deed.duration);
    object.finish()
}

fn word(kind: DeedKind) -> &'static str {
    match kind {
        DeedKind::Download => "download",
        DeedKind::Upload => "upload",
        DeedKind::Delete => "delete",
        DeedKind::Rename => "rename",
        DeedKind::MakeDirectory => "make directory",
        DeedKind::RemoveDirectory => "remove directory",
        DeedKind::RemoveTree => "remove tree",
        DeedKind::Copy => "copy",
        DeedKind::Combine => "combine",
        DeedKind::Link => "link",
        DeedKind::Attributes => "attributes",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use std::time::Duration;

    use packetboat_codes::ReplyCode;

    const AT: Clock = Clock { seconds: 951_827_696, millis: 5 };

    #[test]
    fn a_deed_tells_who_what_and_how_it_ended() {
        let deed = Deed {
            kind: DeedKind::Rename,
            user: "anna".into(),
            anonymous: false,
            peer: [192, 0, 2, 7].into(),
            host: Some("b.test".into()),
            path: b"/a\n".to_vec(),
            others: vec![b"/b".to_vec()],
            complete: false,
            code: Some(ReplyCode::known(550)),
            failure: Some("/a?: no".into()),
            bytes: None,
            text: false,
            duration: Duration::from_millis(2),
        };
        let event = Event { session: 7, kind: EventKind::Deed(Box::new(deed)) };
        let line = line(&event, AT).expect("a line");
        assert_eq!(line.lines().count(), 1);
        let value: Value = serde_json::from_str(&line).expect("JSON");
        assert_eq!((&value["event"], &value["host"]), (&json!("rename"), &json!("b.test")));
        assert_eq!((&value["path"], &value["others"]), (&json!("/a\\u{a}"), &json!(["/b"])));
        assert_eq!((&value["complete"], &value["code"]), (&json!(false), &json!(550)));
        assert_eq!((&value["failure"], &value["text"]), (&json!("/a?: no"), &Value::Null));
    }
}
