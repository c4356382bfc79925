//! `[stop]`: what happens to sessions when the server ends, or another takes its place.

use super::row::{Shape, When};
use super::spelling::{DAY, SECOND};
use super::{Rows, Section, Setting};

pub(super) const SECTION: Section = Section {
    name: "stop",
    doc: "What happens to sessions when the server ends, or another takes its place.",
    rows: Rows::Once(ROWS),
};

const ROWS: &[Setting] = &[
    Setting::new(
        "stop.grace",
        Shape::Time(SECOND..=DAY, |settings, time| settings.server.stop.grace = time),
        "When the server is told to stop (SIGTERM, Ctrl-C), let running transfers take this long to end; \
         sessions without one are closed with 421 at once. A second signal ends everything.",
    )
    .default("30s")
    .when(When::AtOnce)
    .flag("stop-grace"),
    Setting::new(
        "stop.upgrade",
        Shape::Flag(|settings, on| settings.upgrade = on),
        "On SIGUSR2 start the program anew, which may be a newer one by now, and hand the listening sockets \
         over to it; no client is refused. The process has to be allowed to start programs for it.",
    )
    .default("false")
    .when(When::Restart),
    Setting::new(
        "stop.leave-grace",
        Shape::Time(SECOND..=DAY, |settings, time| settings.server.stop.leave_grace = time),
        "After an upgrade, let the sessions of the old process go on for this long; then it stops.",
    )
    .default("1h")
    .when(When::AtOnce),
];
