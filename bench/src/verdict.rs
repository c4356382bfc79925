//! Judges the samples: medians, the best peer, ratios, and whether a target is met.

use crate::context::Sizes;
use crate::lines::{Better, Line, Target};
use crate::load::Sample;
use crate::load::hash::OF_LIBRARY;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Packetboat,
    Peer,
    /// A bare loop: a yardstick, not a competitor.
    Yardstick,
}

/// A server or client on one line, with all its samples or the error.
pub(crate) struct Entry {
    pub(crate) title: String,
    pub(crate) role: Role,
    pub(crate) samples: Vec<Sample>,
    pub(crate) failure: Option<String>,
}

/// Whether a line meets one of its targets.
pub(crate) struct Judgement {
    pub(crate) target: String,
    pub(crate) measured: String,
    pub(crate) met: Met,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Met {
    Yes,
    No,
    /// Some runs would meet it and others would not.
    WithinSpread,
    NotMeasured,
}

impl Met {
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "NO",
            Self::WithinSpread => "within the spread",
            Self::NotMeasured => "not measured",
        }
    }
}

/// The lowest, highest and median value of some samples.
#[derive(Clone, Copy)]
struct Spread {
    least: f64,
    median: f64,
    most: f64,
}

impl Spread {
    /// A single exact number.
    fn exact(number: f64) -> Self {
        Self { least: number, median: number, most: number }
    }

    /// The lowest and highest quotient of any two samples, and the quotient of the medians.
    fn over(self, other: Self) -> Option<Self> {
        (other.least > 0.0).then(|| Self {
            least: self.least / other.most,
            median: self.median / other.median,
            most: self.most / other.least,
        })
    }
}

impl Entry {
    pub(crate) fn value(&self) -> Option<f64> {
        self.median(|sample| Some(sample.value))
    }

    pub(crate) fn cpu(&self) -> Option<f64> {
        self.median(|sample| sample.cpu)
    }

    /// The smallest and largest value.
    pub(crate) fn range(&self) -> Option<(f64, f64)> {
        self.spread(|sample| Some(sample.value)).map(|values| (values.least, values.most))
    }

    fn spread(&self, read: impl Fn(&Sample) -> Option<f64>) -> Option<Spread> {
        let median = self.median(&read)?;
        let values = self.samples.iter().filter_map(read);
        let (least, most) = values
            .fold((f64::MAX, f64::MIN), |(least, most), value| (least.min(value), most.max(value)));
        Some(Spread { least, median, most })
    }

    pub(crate) fn note(&self, name: &str) -> Option<f64> {
        self.median(|sample| sample.notes.iter().find(|note| note.0 == name).map(|note| note.1))
    }

    /// The median. An entry with a failed run has no result, since a partial one would look
    /// complete.
    fn median(&self, read: impl Fn(&Sample) -> Option<f64>) -> Option<f64> {
        if self.failure.is_some() {
            return None;
        }
        median(self.samples.iter().filter_map(read).collect())
    }
}

/// The middle value, or the mean of the middle two.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    Some((values.get(middle.checked_sub(1)?)? + upper) / 2.0)
}

pub(crate) fn packetboat(entries: &[Entry]) -> Option<&Entry> {
    entries.iter().find(|entry| entry.role == Role::Packetboat)
}

/// The peer with the best value.
pub(crate) fn best_peer(better: Better, entries: &[Entry]) -> Option<&Entry> {
    let peers = entries.iter().filter(|entry| entry.role == Role::Peer);
    let measured = peers.filter_map(|entry| Some((entry, entry.value()?)));
    let best = match better {
        Better::Higher => measured.max_by(|one, other| one.1.total_cmp(&other.1)),
        Better::Lower => measured.min_by(|one, other| one.1.total_cmp(&other.1)),
    };
    best.map(|(entry, _)| entry)
}

/// Judges Packetboat by every target of the line.
pub(crate) fn judge(line: &Line, sizes: &Sizes, entries: &[Entry]) -> Vec<Judgement> {
    line.targets.iter().map(|&target| judge_one(target, line, sizes, entries)).collect()
}

fn judge_one(target: Target, line: &Line, sizes: &Sizes, entries: &[Entry]) -> Judgement {
    let ours = packetboat(entries);
    let value = ours.and_then(|entry| entry.spread(|sample| Some(sample.value)));
    let best = best_peer(line.better, entries);
    let best = best.and_then(|entry| entry.spread(|sample| Some(sample.value)));
    let of_best = value.zip(best).and_then(|(value, best)| value.over(best));
    let noted = |name| ours.and_then(|entry| entry.note(name)).map(Spread::exact);
    match target {
        Target::TimesBest(least) => judgement(
            format!("at least {least} × the best peer"),
            of_best,
            " ×",
            Bound::Least(least),
        ),
        Target::TimeOfBest(most) => judgement(
            format!("at most {most} × the time of the best peer"),
            of_best,
            " ×",
            Bound::Most(most),
        ),
        Target::CpuOfSendfile(most) => {
            let cpu = |entry: &Entry| entry.spread(|sample| sample.cpu);
            let loops = entries.iter().filter(|entry| entry.role == Role::Yardstick);
            let least = loops.filter_map(cpu).min_by(|a, b| a.median.total_cmp(&b.median));
            let of_loop = ours.and_then(cpu).zip(least).and_then(|(ours, least)| ours.over(least));
            let target = format!("at most {most} × the CPU of the cheaper sendfile loop");
            judgement(target, of_loop, " ×", Bound::Most(most))
        }
        Target::AtLeast(least) => {
            let unit = format!(" {}", line.unit);
            judgement(format!("at least {least}{unit}"), value, &unit, Bound::Least(least))
        }
        Target::OfLibrary(least) => judgement(
            format!("at least {least} × the bare loop"),
            noted(OF_LIBRARY),
            " ×",
            Bound::Least(least),
        ),
        Target::AtMost(most) => {
            let unit = format!(" {}", line.unit);
            judgement(format!("at most {most}{unit}"), value, &unit, Bound::Most(most))
        }
        Target::All(count) => {
            let count = count(sizes);
            judgement(format!("all {count}"), value, "", Bound::Least(count as f64))
        }
        Target::Threads(most) => judgement(
            format!("at most {most} threads"),
            noted("threads"),
            " threads",
            Bound::Most(most),
        ),
    }
}

/// What a number is compared with.
#[derive(Clone, Copy)]
enum Bound {
    Least(f64),
    Most(f64),
}

impl Bound {
    fn holds(self, number: f64) -> bool {
        match self {
            Self::Least(least) => number >= least,
            Self::Most(most) => number <= most,
        }
    }
}

fn judgement(target: String, measured: Option<Spread>, unit: &str, bound: Bound) -> Judgement {
    let met = measured.map_or(Met::NotMeasured, |Spread { least, most, .. }| {
        match (bound.holds(least), bound.holds(most)) {
            (true, true) => Met::Yes,
            (false, false) => Met::No,
            _ => Met::WithinSpread,
        }
    });
    let measured = measured.map_or("-".into(), |spread| format!("{}{unit}", figure(spread.median)));
    Judgement { target, measured, met }
}

pub(crate) fn ratio(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    let (one, other) = (one?, other?);
    (other > 0.0).then(|| one / other)
}

/// Formats three figures; such measurements are not more accurate.
pub(crate) fn figure(number: f64) -> String {
    let digits = match number.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        0.0 => 0,
        _ => 3,
    };
    format!("{number:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lines::LINES;

    fn entry(role: Role, values: &[f64], cpu: f64) -> Entry {
        let sample = |&value| Sample { value, cpu: Some(cpu), notes: vec![("threads", 4.0)] };
        let samples = values.iter().map(sample).collect();
        Entry { title: String::new(), role, samples, failure: None }
    }

    fn line(id: &str) -> &'static Line {
        LINES.iter().find(|line| line.id == id).unwrap()
    }

    #[test]
    fn median_of_odd_even_and_none() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(Vec::new()), None);
    }

    #[test]
    fn a_download_is_judged_by_speed_and_by_cpu() {
        let entries = [
            entry(Role::Packetboat, &[90.0, 110.0, 100.0], 0.12),
            entry(Role::Peer, &[80.0], 0.2),
            entry(Role::Peer, &[99.0], 0.2),
            entry(Role::Yardstick, &[500.0], 0.1),
        ];
        let met: Vec<_> = judge(line("retr-1"), &Sizes::FULL, &entries)
            .iter()
            .map(|judgement| judgement.met)
            .collect();
        assert_eq!(met, [Met::WithinSpread, Met::No]);
    }

    /// Compared with a wasteful loop, a target would mean nothing.
    #[test]
    fn cpu_is_held_against_the_cheaper_loop() {
        let entries = [
            entry(Role::Packetboat, &[90.0], 0.12),
            entry(Role::Yardstick, &[500.0], 0.5),
            entry(Role::Yardstick, &[500.0], 0.1),
        ];
        let judgement = &judge(line("retr-1"), &Sizes::FULL, &entries)[1];
        assert_eq!((judgement.met, judgement.measured.as_str()), (Met::No, "1.20 ×"));
    }

    #[test]
    fn overlapping_samples_have_no_winner() {
        let met = |ours: &[f64], peer: &[f64]| {
            let entries = [entry(Role::Packetboat, ours, 0.1), entry(Role::Peer, peer, 0.1)];
            judge(line("client-file"), &Sizes::FULL, &entries)[0].met
        };
        assert_eq!(met(&[0.96, 1.1, 3.3], &[1.1, 1.3, 1.4]), Met::WithinSpread);
        assert_eq!(met(&[0.9, 1.0, 1.1], &[1.1, 1.3, 1.4]), Met::Yes);
        assert_eq!(met(&[1.5, 1.6, 1.7], &[1.1, 1.3, 1.4]), Met::No);
    }

    #[test]
    fn less_time_is_better_for_clients() {
        let ours = entry(Role::Packetboat, &[1.0], 0.0);
        let peers = [entry(Role::Peer, &[3.0], 0.0), entry(Role::Peer, &[1.9], 0.0)];
        let entries: Vec<Entry> = std::iter::once(ours).chain(peers).collect();
        let judgements = judge(line("client-tree"), &Sizes::FULL, &entries);
        assert_eq!(judgements[0].met, Met::No);
        assert_eq!(judgements[0].measured, "0.526 ×");
    }

    #[test]
    fn an_entry_with_a_failed_run_has_no_result() {
        let mut ours = entry(Role::Packetboat, &[1.0], 0.0);
        ours.failure = Some("answered 500".into());
        let judgements = judge(line("idle"), &Sizes::FULL, &[ours]);
        assert_eq!(judgements[0].met, Met::NotMeasured);
    }

    #[test]
    fn all_means_all() {
        let entries = [entry(Role::Packetboat, &[999.0], 0.0)];
        let met: Vec<_> = judge(line("slow"), &Sizes::FULL, &entries)
            .iter()
            .map(|judgement| judgement.met)
            .collect();
        assert_eq!(met, [Met::No, Met::Yes]);
    }
}
