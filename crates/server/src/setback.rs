//! [`Setback`]: when to retry work that keeps failing, such as a recount of a quota.

use std::time::{Duration, Instant};

/// The first and the longest wait. The wait doubles with each failure.
const WAITS: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(300)];
/// The wait is at least this many times as long as the attempt took, so that work that keeps failing
/// uses at most a twentieth of a thread.
const TIMES: u32 = 20;

/// The failures of one piece of work so far.
#[derive(Debug, Default)]
pub(crate) struct Setback {
    until: Option<Instant>,
    wait: Duration,
}

impl Setback {
    /// Whether it is time for another attempt.
    pub(crate) fn is_over(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| now >= until)
    }

    /// Records a failed attempt. Returns whether it is the first one.
    pub(crate) fn fail(&mut self, now: Instant, took: Duration) -> bool {
        let is_first = self.until.is_none();
        let [shortest, longest] = WAITS;
        self.wait = self.wait.saturating_mul(2).clamp(shortest, longest);
        let ended = now + took;
        self.until = Some(ended + self.wait.max(took.saturating_mul(TIMES)));
        is_first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_keeps_failing_is_tried_less_and_less_often() {
        let (mut now, second) = (Instant::now(), Duration::from_secs(1));
        let mut setback = Setback::default();
        assert!(setback.is_over(now));
        for (number, wait) in [2, 4, 8, 16, 32, 64, 128, 256, 300, 300].into_iter().enumerate() {
            assert_eq!(setback.fail(now, Duration::ZERO), number == 0);
            now += wait * second;
            assert!(!setback.is_over(now - second) && setback.is_over(now), "{wait}");
        }
        let mut setback = Setback::default();
        setback.fail(now, 30 * second);
        assert!(!setback.is_over(now + 629 * second) && setback.is_over(now + 630 * second));
    }
}
