//! `[limits]`: how long things may take, and how much is done at once.

use std::time::Duration;

use super::row::{Shape, When};
use super::spelling::{DAY, LONGEST, SECOND};
use super::{Rows, Section, Setting};

pub(super) const SECTION: Section = Section {
    name: "limits",
    doc: "How long things may take, and how much is done at once.",
    rows: Rows::Once(ROWS),
};

const HOUR: Duration = Duration::from_secs(3_600);

/// As many as a machine could ever hold.
const MANY: u64 = 100_000_000;

/// The slowest rate: below it clients take the server for dead.
const SLOWEST: u64 = 1 << 10;

const ROWS: &[Setting] = &[
    Setting::new(
        "limits.idle-timeout",
        Shape::Time(SECOND..=DAY, |settings, time| settings.server.session.idle_timeout = time),
        "Close a session with 421 that sends no command for this time.",
    )
    .default("5m")
    .flag("idle-timeout"),
    Setting::new(
        "limits.login-timeout",
        Shape::Time(SECOND..=DAY, |settings, time| settings.server.session.login_timeout = time),
        "Close a session with 421 that has not logged in after this time.",
    )
    .default("1m")
    .flag("login-timeout"),
    Setting::new(
        "limits.connect-timeout",
        Shape::Time(SECOND..=DAY, |settings, time| settings.server.connect_timeout = time),
        "Give up a data connection with 425 that does not come up within this time.",
    )
    .default("30s")
    .flag("connect-timeout"),
    Setting::new(
        "limits.stall-timeout",
        Shape::Time(SECOND..=DAY, |settings, time| settings.server.stall_timeout = time),
        "Give up a transfer that moves nothing for this time.",
    )
    .default("5m")
    .flag("stall-timeout"),
    Setting::new(
        "limits.hash-size",
        Shape::Size(1..=u64::MAX, |settings, size| settings.server.hash_limit = Some(size)),
        "Refuse with 556 to hash more than this of one file; without it, any file is hashed.",
    )
    .flag("hash-limit"),
    Setting::new(
        "limits.keep-parts",
        Shape::Time(HOUR..=LONGEST, |settings, time| settings.server.keep_parts = Some(time)),
        "Remove what a broken upload has left once nobody has written to it for this long, at the start and once an hour; \
         without it, it is kept until the upload is resumed, begun anew or deleted.",
    )
    .when(When::AtOnce),
    Setting::new(
        "limits.sessions",
        Shape::Count(1..=MANY, |settings, count| settings.server.sessions = whole(count)),
        "Sessions that may be open at once; one more is turned away with 421.",
    )
    .default("20000")
    .when(When::AtOnce)
    .flag("max-sessions"),
    Setting::new(
        "limits.queue",
        Shape::Count(0..=MANY, |settings, count| settings.server.queue = whole(count)),
        "Clients that may wait in line, told so with 120, when all sessions are taken.",
    )
    .default("0")
    .when(When::AtOnce)
    .flag("queue"),
    Setting::new(
        "limits.rate-up",
        Shape::Rate(SLOWEST..=u64::MAX, |settings, rate| {
            settings.server.rates.server.up = Some(rate);
        }),
        "All sessions together may store no faster than this; without it, as fast as they can.",
    )
    .flag("rate-up"),
    Setting::new(
        "limits.rate-down",
        Shape::Rate(SLOWEST..=u64::MAX, |settings, rate| {
            settings.server.rates.server.down = Some(rate);
        }),
        "All sessions together may fetch no faster than this; without it, as fast as they can.",
    )
    .flag("rate-down"),
    Setting::new(
        "limits.account-rate-up",
        Shape::Rate(SLOWEST..=u64::MAX, |settings, rate| {
            settings.server.rates.account.up = Some(rate);
        }),
        "The sessions of one account together, where it has no rate of its own, may store no faster than this; without it, as fast as they can.",
    )
    .flag("account-rate-up"),
    Setting::new(
        "limits.account-rate-down",
        Shape::Rate(SLOWEST..=u64::MAX, |settings, rate| {
            settings.server.rates.account.down = Some(rate);
        }),
        "The sessions of one account together, where it has no rate of its own, may fetch no faster than this; without it, as fast as they can.",
    )
    .flag("account-rate-down"),
    Setting::new(
        "limits.session-rate-up",
        Shape::Rate(SLOWEST..=u64::MAX, |settings, rate| {
            settings.server.rates.session.up = Some(rate);
        }),
        "One session may store no faster than this; without it, as fast as it can.",
    )
    .flag("session-rate-up"),
    Setting::new(
        "limits.session-rate-down",
        Shape::Rate(SLOWEST..=u64::MAX, |settings, rate| {
            settings.server.rates.session.down = Some(rate);
        }),
        "One session may fetch no faster than this; without it, as fast as it can.",
    )
    .flag("session-rate-down"),
];

fn whole(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
