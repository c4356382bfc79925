//! Synchronises bans with the database: writes those that the server imposes, and reads what other
//! processes change. No session waits for this.

use std::sync::Arc;
use std::time::Duration;

use packetboat_accounts::DatabaseError;
use tokio::task::spawn_blocking;

use super::bans::Changed;
use super::config::GuardConfig;
use super::{Guards, not_kept};
use crate::event::EventKind;

/// How soon a change by another process takes effect.
const LOOK: Duration = Duration::from_secs(1);

impl Guards {
    /// Keeps the database and the bans in memory in step, forever. Calls `tell` for what others
    /// have changed, and for a failure, once until it changes.
    pub(crate) async fn keep(
        self: &Arc<Self>,
        config: impl Fn() -> GuardConfig,
        unix: fn() -> i64,
        tell: impl Fn(EventKind),
    ) {
        let mut told = None;
        loop {
            if self.lock().database.is_none() {
                // Wait until a reload names a database.
                self.unstored.notified().await;
                continue;
            }
            let (guards, config) = (Arc::clone(self), config());
            let alike = spawn_blocking(move || guards.make_alike(&config, unix())).await;
            // A panic counts as a failure, and is retried.
            let failure = match alike {
                Ok(Ok(changed)) => {
                    changed.new.into_iter().for_each(|ban| tell(EventKind::Banned { ban }));
                    let lifted = changed.free.into_iter();
                    lifted.for_each(|network| tell(EventKind::BanLifted { network }));
                    None
                }
                Ok(Err(error)) => Some(error.to_string()),
                Err(error) => Some(error.to_string()),
            };
            if let Some(failure) = failure.clone().filter(|_| failure != told) {
                tell(not_kept(&failure));
            }
            told = failure;
            let unstored = async {
                self.unstored.notified().await;
                // A database that fails is not asked again immediately.
                if told.is_some() {
                    tokio::time::sleep(LOOK).await;
                }
            };
            // A ban imposed in the meantime leaves a permit, so nothing is missed.
            let _ = tokio::time::timeout(LOOK, unstored).await;
        }
    }

    /// Writes new bans, then reads what others have changed, and returns that. The bans found at
    /// startup do not count as changes. Blocks.
    pub(crate) fn make_alike(
        &self,
        config: &GuardConfig,
        now: i64,
    ) -> Result<Changed, DatabaseError> {
        let state = self.lock();
        let Some(database) = state.database.clone() else { return Ok(Changed::default()) };
        let (unstored, databases) = (state.bans.unstored(), state.databases);
        drop(state);
        let longest = i64::try_from(config.longest_ban.as_secs()).unwrap_or(i64::MAX);
        if !unstored.is_empty() {
            database.set_bans(&unstored, now.saturating_sub(longest))?;
            let mut state = self.lock();
            if state.databases != databases {
                // They still have to be written to the database that a reload has named in the
                // meantime.
                return Ok(Changed::default());
            }
            unstored.iter().for_each(|ban| state.bans.stored(ban));
        }
        // The version is read first: a change in between is then read twice rather than missed.
        let version = database.bans_version()?;
        if self.lock().version == Some(version) {
            return Ok(Changed::default());
        }
        let bans = database.bans()?;
        let mut state = self.lock();
        if state.databases != databases {
            return Ok(Changed::default());
        }
        let is_first = state.version.replace(version).is_none();
        let changed = state.bans.replace(bans, now);
        changed.free.iter().for_each(|free| state.table.forgive(free));
        Ok(if is_first { Changed::default() } else { changed })
    }
}
