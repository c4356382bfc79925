//! Bans in the database: what the server bans is written there, what others change there is read. Nothing here is
//! waited for by a session.

use std::sync::Arc;
use std::time::Duration;

use packetboat_accounts::DatabaseError;
use tokio::task::spawn_blocking;

use super::bans::Changed;
use super::config::GuardConfig;
use super::{Guards, not_kept};
use crate::event::EventKind;

/// How soon a change by another process counts.
const LOOK: Duration = Duration::from_secs(1);

impl Guards {
    /// Keeps the database and what is remembered alike, for ever. `tell` is told what others have changed, and of
    /// what went wrong once until something else does.
    pub(crate) async fn keep(
        self: &Arc<Self>,
        config: impl Fn() -> GuardConfig,
        unix: fn() -> i64,
        tell: impl Fn(EventKind),
    ) {
        let mut told = None;
        loop {
            if self.lock().database.is_none() {
                // Until a reload names one.
                self.unstored.notified().await;
                continue;
            }
            let (guards, config) = (Arc::clone(self), config());
            let alike = spawn_blocking(move || guards.make_alike(&config, unix())).await;
            // A panic there is as good as a failure: it is tried again.
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
                // Where the database fails, it is not asked again and again.
                if told.is_some() {
                    tokio::time::sleep(LOOK).await;
                }
            };
            // Who bans meanwhile leaves a permit, so nothing is missed.
            let _ = tokio::time::timeout(LOOK, unstored).await;
        }
    }

    /// Writes what is not written, then reads what others have changed, and says what that is; what stands there at
    /// the start is no change. Blocks.
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
                // They are still to be written to the one that a reload has named meanwhile.
                return Ok(Changed::default());
            }
            unstored.iter().for_each(|ban| state.bans.stored(ban));
        }
        // The number first: a change in between is read once more than need be.
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
