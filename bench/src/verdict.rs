//! From samples to a judgement: medians, the best peer, ratios, and whether a target is met.

use crate::context::Sizes;
use crate::lines::{Better, Line, Target};
use crate::load::Sample;
use crate::load::hash::OF_LIBRARY;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Packetboat,
    Peer,
    /// The bare sendfile loop: a yardstick, not a competitor.
    Yardstick,
}

/// One server or client on one line, with all its samples or what went wrong.
pub(crate) struct Entry {
    pub(crate) title: String,
    pub(crate) role: Role,
    pub(crate) samples: Vec<Sample>,
    pub(crate) failure: Option<String>,
}

/// Whether one target of a line is met; `None` where it could not be measured.
pub(crate) struct Judgement {
    pub(crate) target: String,
    pub(crate) measured: String,
    pub(crate) met: Option<bool>,
}

impl Entry {
    pub(crate) fn value(&self) -> Option<f64> {
        self.median(|sample| Some(sample.value))
    }

    pub(crate) fn cpu(&self) -> Option<f64> {
        self.median(|sample| sample.cpu)
    }

    /// The smallest and the largest value.
    pub(crate) fn range(&self) -> Option<(f64, f64)> {
        self.value()?;
        let values = self.samples.iter().map(|sample| sample.value);
        Some((values.clone().fold(f64::MAX, f64::min), values.fold(f64::MIN, f64::max)))
    }

    pub(crate) fn note(&self, name: &str) -> Option<f64> {
        self.median(|sample| sample.notes.iter().find(|note| note.0 == name).map(|note| note.1))
    }

    /// An entry that failed once has no result: half a truth looks like a whole one.
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
    let value = ours.and_then(Entry::value);
    let best = best_peer(line.better, entries).and_then(Entry::value);
    let of_best = ratio(value, best);
    let judgement = |target: String, measured: Option<f64>, suffix: &str, met: Option<bool>| {
        let measured = measured.map_or("-".into(), |number| format!("{}{suffix}", figure(number)));
        Judgement { target, measured, met }
    };
    match target {
        Target::TimesBest(least) => judgement(
            format!("at least {least} × the best peer"),
            of_best,
            " ×",
            of_best.map(|ratio| ratio >= least),
        ),
        Target::TimeOfBest(most) => judgement(
            format!("at most {most} × the time of the best peer"),
            of_best,
            " ×",
            of_best.map(|ratio| ratio <= most),
        ),
        Target::CpuOfSendfile(most) => {
            let loops = entries.iter().find(|entry| entry.role == Role::Yardstick);
            let of_loop = ratio(ours.and_then(Entry::cpu), loops.and_then(Entry::cpu));
            judgement(
                format!("at most {most} × the CPU of the sendfile loop"),
                of_loop,
                " ×",
                of_loop.map(|ratio| ratio <= most),
            )
        }
        Target::AtLeast(least) => judgement(
            format!("at least {least} {}", line.unit),
            value,
            &format!(" {}", line.unit),
            value.map(|value| value >= least),
        ),
        Target::OfLibrary(least) => {
            let of_library = ours.and_then(|entry| entry.note(OF_LIBRARY));
            let met = of_library.map(|ratio| ratio >= least);
            judgement(format!("at least {least} × the bare loop"), of_library, " ×", met)
        }
        Target::AtMost(most) => judgement(
            format!("at most {most} {}", line.unit),
            value,
            &format!(" {}", line.unit),
            value.map(|value| value <= most),
        ),
        Target::All(count) => {
            let count = count(sizes);
            let met = value.map(|value| value >= count as f64);
            judgement(format!("all {count}"), value, "", met)
        }
        Target::Threads(most) => {
            let threads = ours.and_then(|entry| entry.note("threads"));
            let met = threads.map(|threads| threads <= most);
            judgement(format!("at most {most} threads"), threads, " threads", met)
        }
    }
}

pub(crate) fn ratio(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    let (one, other) = (one?, other?);
    (other > 0.0).then(|| one / other)
}

/// Three figures are as many as such measurements are good for.
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
        assert_eq!(met, [Some(true), Some(false)]);
    }

    #[test]
    fn less_time_is_better_for_clients() {
        let ours = entry(Role::Packetboat, &[1.0], 0.0);
        let peers = [entry(Role::Peer, &[3.0], 0.0), entry(Role::Peer, &[1.9], 0.0)];
        let entries: Vec<Entry> = std::iter::once(ours).chain(peers).collect();
        let judgements = judge(line("client-tree"), &Sizes::FULL, &entries);
        assert_eq!(judgements[0].met, Some(false));
        assert_eq!(judgements[0].measured, "0.526 ×");
    }

    #[test]
    fn a_failure_leaves_no_result() {
        let mut ours = entry(Role::Packetboat, &[1.0], 0.0);
        ours.failure = Some("answered 500".into());
        let judgements = judge(line("idle"), &Sizes::FULL, &[ours]);
        assert_eq!(judgements[0].met, None);
    }

    #[test]
    fn all_means_all() {
        let entries = [entry(Role::Packetboat, &[999.0], 0.0)];
        let met: Vec<_> = judge(line("slow"), &Sizes::FULL, &entries)
            .iter()
            .map(|judgement| judgement.met)
            .collect();
        assert_eq!(met, [Some(false), Some(true)]);
    }
}
