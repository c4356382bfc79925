use super::*;

struct Blank;

impl Book for Blank {
    fn open(&self) -> Result<Option<Usage>> {
        Ok(None)
    }

    fn counted(&self, _usage: Usage) -> Result<()> {
        Ok(())
    }
}

/// Changes used to run during the second count, which then overwrote them.
#[test]
fn a_count_that_has_ended_leaves_the_next_one_alone() {
    let meter = Meter::new(Box::new(Blank));
    meter.lock().phase = Phase::Counting;
    let mut turn = Turn { meter: &meter, was: Some(Phase::Closed), doubtful: true };
    turn.end(&mut meter.lock());
    assert_eq!(meter.lock().phase, Phase::Open);
    // Somebody else begins before the first has woken those who wait.
    meter.lock().phase = Phase::Counting;
    drop(turn);
    let state = meter.lock();
    assert_eq!((state.phase, state.doubtful), (Phase::Counting, false));
}
