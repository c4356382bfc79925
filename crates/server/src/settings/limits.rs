//! `[limits]`: timeouts, the number of sessions, rates, and how long parts are kept.

use std::time::Duration;

use super::row::{Shape, When};
use super::spelling::{DAY, LONGEST, SECOND};
use super::{Rows, Section, Setting};

pub(super) const SECTION: Section = Section {
    name: "limits",
    doc: "Timeouts, and limits on sessions and transfer rates.",
    rows: Rows::Once(ROWS),
};

const HOUR: Duration = Duration::from_secs(3_600);

/// More than any machine could hold.
const MANY: u64 = 100_000_000;

/// The slowest rate: any slower, and clients would consider the server dead.
const SLOWEST: u64 = 1 << 10;

const ROWS: &[Setting] = &[
    Setting::new(
        "limits.idle-timeout",
        Shape::Time(SECOND..=DAY, |settings, time| settings.server.session.idle_timeout = time),
        "Close a session with 421 if it sends no command for this long.",
    )
    .default("5m")
    .flag("idle-timeout"),
    Setting::new(
        "limits.login-timeout",
        Shape::Time(SECOND..=DAY, |settings, time| settings.server.session.login_timeout = time),
        "Close a session with 421 if it has not logged in after this time.",
    )
    .default("1m")
    .flag("login-timeout"),
    Setting::new(
        "limits.connect-timeout",
        Shape::Time(SECOND..=DAY, |settings, time| settings.server.connect_timeout = time),
        "Give up on a data connection with 425 if it is not established within this time.",
    )
    .default("30s")
    .flag("connect-timeout"),
    Setting::new(
        "limits.stall-timeout",
        Shape::Time(SECOND..=DAY, |settings, time| settings.server.stall_timeout = time),
        "Abort a transfer if no data moves for this long.",
    )
    .default("5m")
    .flag("stall-timeout"),
    Setting::new(
        "limits.hash-size",
        Shape::Size(1..=u64::MAX, |settings, size| settings.server.hash_limit = Some(size)),
        "Refuse with 556 to hash more than this much of one file; without it, there is no limit.",
    )
    .flag("hash-limit"),
    Setting::new(
        "limits.keep-parts",
        Shape::Time(HOUR..=LONGEST, |settings, time| settings.server.keep_parts = Some(time)),
        "Remove the part of an unfinished upload once nobody has written to it for this long. The \
         server looks for such parts at startup and every hour. Without this setting, a part is \
         kept until the upload is resumed, started over or deleted.",
    )
    .when(When::AtOnce),
    Setting::new(
        "limits.sessions",
        Shape::Count(1..=MANY, |settings, count| settings.server.sessions = whole(count)),
        "How many sessions may be open at the same time; further clients are turned away with 421.",
    )
    .default("20000")
    .when(When::AtOnce)
    .flag("max-sessions"),
    Setting::new(
        "limits.queue",
        Shape::Count(0..=MANY, |settings, count| settings.server.queue = whole(count)),
        "How many clients may wait in line when all sessions are taken; 120 tells them to wait.",
    )
    .default("0")
    .when(When::AtOnce)
    .flag("queue"),
    Setting::new(
        "limits.rate-up",
        Shape::Rate(SLOWEST..=u64::MAX, |settings, rate| {
            settings.server.rates.server.up = Some(rate);
        }),
        "Maximum upload rate of all sessions together; without it, unlimited.",
    )
    .flag("rate-up"),
    Setting::new(
        "limits.rate-down",
        Shape::Rate(SLOWEST..=u64::MAX, |settings, rate| {
            settings.server.rates.server.down = Some(rate);
        }),
        "Maximum download rate of all sessions together; without it, unlimited.",
    )
    .flag("rate-down"),
    Setting::new(
        "limits.account-rate-up",
        Shape::Rate(SLOWEST..=u64::MAX, |settings, rate| {
            settings.server.rates.account.up = Some(rate);
        }),
        "Maximum upload rate of all sessions of one account together, unless the account has a \
         rate of its own; without it, unlimited.",
    )
    .flag("account-rate-up"),
    Setting::new(
        "limits.account-rate-down",
        Shape::Rate(SLOWEST..=u64::MAX, |settings, rate| {
            settings.server.rates.account.down = Some(rate);
        }),
        "Maximum download rate of all sessions of one account together, unless the account has a \
         rate of its own; without it, unlimited.",
    )
    .flag("account-rate-down"),
    Setting::new(
        "limits.session-rate-up",
        Shape::Rate(SLOWEST..=u64::MAX, |settings, rate| {
            settings.server.rates.session.up = Some(rate);
        }),
        "Maximum upload rate of one session; without it, unlimited.",
    )
    .flag("session-rate-up"),
    Setting::new(
        "limits.session-rate-down",
        Shape::Rate(SLOWEST..=u64::MAX, |settings, rate| {
            settings.server.rates.session.down = Some(rate);
        }),
        "Maximum download rate of one session; without it, unlimited.",
    )
    .flag("session-rate-down"),
];

fn whole(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
