//! How what moves and what is waited for looks on a terminal, each in one line.

use std::time::Duration;

use indicatif::{ProgressState, ProgressStyle};

use super::text;

/// A short file that takes longer than this has a line after all.
const LONG: Duration = Duration::from_secs(1);

/// A template of this program; indicatif's own style stands in if one of them were wrong.
pub(super) fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// A line that is empty at first. Most of a short upload lies in buffers of this system, so it counts the time alone.
pub(super) fn late(line: String) -> ProgressStyle {
    let late = move |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        if state.elapsed() >= LONG {
            // What cannot be drawn is not drawn.
            let _ = write!(out, "{line} {}", text::time(state.elapsed()));
        }
    };
    style("{late}").with_key("late", late)
}

/// What is waited for, with the time down to the end of a pause, or up where that is not known.
pub(super) fn counting(length: Option<Duration>) -> ProgressStyle {
    let count = move |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        let left = length.map(|length| length.saturating_sub(state.elapsed()));
        let shown = left.unwrap_or_else(|| state.elapsed());
        // A second that has begun counts whole on the way down.
        let seconds = shown.as_secs() + u64::from(left.is_some() && shown.subsec_nanos() > 0);
        // What cannot be drawn is not drawn.
        let _ = match seconds {
            0..60 => write!(out, "{seconds} s"),
            _ => write!(out, "{} min {:02} s", seconds / 60, seconds % 60),
        };
    };
    style("{spinner} {msg} {count}").with_key("count", count)
}
