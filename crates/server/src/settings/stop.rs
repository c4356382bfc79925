//! `[stop]`: what happens to sessions when the server stops, or is replaced by another process.

use super::row::{Shape, When};
use super::spelling::{DAY, SECOND};
use super::{Rows, Section, Setting};

pub(super) const SECTION: Section = Section {
    name: "stop",
    doc: "What happens to sessions when the server stops, or is replaced by another process.",
    rows: Rows::Once(ROWS),
};

const ROWS: &[Setting] = &[
    Setting::new(
        "stop.grace",
        Shape::Time(SECOND..=DAY, |settings, time| settings.server.stop.grace = time),
        "When the server is told to stop (SIGTERM, Ctrl-C), give running transfers this long to \
         finish. Sessions without a transfer are closed with 421 at once. A second signal ends \
         everything.",
    )
    .default("30s")
    .when(When::AtOnce)
    .flag("stop-grace"),
    Setting::new(
        "stop.upgrade",
        Shape::Flag(|settings, on| settings.upgrade = on),
        "On SIGUSR2, start the program again, which may be a newer version by then, and hand the \
         listening sockets over to it. No client is refused. The process must be allowed to start \
         programs for this.",
    )
    .default("false")
    .when(When::Restart),
    Setting::new(
        "stop.leave-grace",
        Shape::Time(SECOND..=DAY, |settings, time| settings.server.stop.leave_grace = time),
        "After an upgrade, let the sessions of the old process continue for this long. Then it \
         stops.",
    )
    .default("1h")
    .when(When::AtOnce),
];
