//! How transfers and waits look on a terminal, each on one line.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use super::text;

/// How often counters are redrawn.
pub(super) const TICK: Duration = Duration::from_millis(250);

/// A short file that takes longer than this gets a line after all.
const LONG: Duration = Duration::from_secs(1);

/// A style from a template of this program. If a template were wrong, indicatif's default would be
/// used.
pub(super) fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// A line that is empty at first. It only counts the time, because most of a short upload sits in
/// buffers of this system.
pub(super) fn late(line: String) -> ProgressStyle {
    let late = move |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        if state.elapsed() >= LONG {
            // A failure to draw does not matter.
            let _ = write!(out, "{line} {}", text::time(state.elapsed()));
        }
    };
    style("{late}").with_key("late", late)
}

/// Counts bytes of an upload. Once all have left this program, some still sit in buffers on the
/// way, so the line says that it is waiting for the server.
pub(super) fn count_sent(bar: &ProgressBar, bytes: u64) {
    bar.inc(bytes);
    if bar.length() == Some(bar.position()) {
        bar.set_style(style("{spinner} {wide_msg} {total_bytes} sent, waiting for the server"));
        bar.enable_steady_tick(TICK);
    }
}

/// A wait, with a counter down to the end of a pause, or up if the end is unknown.
pub(super) fn counting(length: Option<Duration>) -> ProgressStyle {
    let count = move |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        let left = length.map(|length| length.saturating_sub(state.elapsed()));
        let shown = left.unwrap_or_else(|| state.elapsed());
        // When counting down, a started second counts as a whole one.
        let seconds = shown.as_secs() + u64::from(left.is_some() && shown.subsec_nanos() > 0);
        // A failure to draw does not matter.
        let _ = match seconds {
            0..60 => write!(out, "{seconds} s"),
            _ => write!(out, "{} min {:02} s", seconds / 60, seconds % 60),
        };
    };
    style("{spinner} {msg} {count}").with_key("count", count)
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use indicatif::{ProgressDrawTarget, TermLike};

    use super::*;

    /// What was drawn last.
    #[derive(Clone, Debug, Default)]
    struct Drawn(Arc<Mutex<String>>);

    impl TermLike for Drawn {
        fn width(&self) -> u16 {
            80
        }

        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn write_line(&self, line: &str) -> io::Result<()> {
            self.write_str(line)
        }

        fn write_str(&self, text: &str) -> io::Result<()> {
            self.0.lock().expect("no panic").push_str(text);
            Ok(())
        }

        fn clear_line(&self) -> io::Result<()> {
            self.0.lock().expect("no panic").clear();
            Ok(())
        }

        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_was_sent_is_not_taken_for_what_has_arrived() {
        let drawn = Drawn::default();
        let target = ProgressDrawTarget::term_like(Box::new(drawn.clone()));
        let bar = ProgressBar::with_draw_target(Some(4096), target);
        bar.set_style(style("{wide_msg} {bytes}/{total_bytes}"));
        bar.set_message("> f");
        for (bytes, shown) in [(4095, "/4.00 KiB"), (1, "4.00 KiB sent, waiting for the server")] {
            count_sent(&bar, bytes);
            bar.force_draw();
            let text = drawn.0.lock().expect("no panic").clone();
            assert!(text.contains("> f") && text.trim_end().ends_with(shown), "{text}");
        }
    }
}
