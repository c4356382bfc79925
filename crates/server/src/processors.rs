//! Which processors threads run on: each worker is bound to a share of the processors that the
//! process may use.
//!
//! Without this, the kernel wakes a worker on any idle processor, and its client on another one.
//! With small files, each command and each reply then waits for a processor to wake up, which takes
//! longer than the work itself. A worker that stays in place draws its clients to the same
//! processor, if they run on this machine, and finds its data in the caches.

#[cfg(target_os = "linux")]
pub(crate) use linux::{keep_to_share, roam};

/// Part `number` of `count` parts of a slice, as even as possible. If the slice is shorter than
/// `count`, parts are shared.
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "only Linux binds threads"))]
fn share<T>(all: &[T], number: usize, count: usize) -> &[T] {
    let (len, count) = (all.len(), count.min(all.len()));
    if count == 0 {
        return all;
    }
    let number = number % count;
    &all[number * len / count..(number + 1) * len / count]
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io;
    use std::sync::OnceLock;

    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    /// The processors that the process may use, as of before the first worker; `None` if the system
    /// does not say.
    static ALL: OnceLock<Option<CpuSet>> = OnceLock::new();

    /// Binds the thread to its share. Threads that it starts inherit the binding, and have to call
    /// [`roam`].
    ///
    /// # Errors
    /// If the system refuses; then the kernel keeps choosing the processor.
    pub(crate) fn keep_to_share(number: usize, count: usize) -> io::Result<()> {
        let Some(all) = ALL.get_or_init(|| sched_getaffinity(None).ok()) else { return Ok(()) };
        let all: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|&cpu| all.is_set(cpu)).collect();
        let mut own = CpuSet::new();
        super::share(&all, number, count).iter().for_each(|&cpu| own.set(cpu));
        Ok(sched_setaffinity(None, &own)?)
    }

    /// Lets the thread use all processors of the process again, whichever thread started it.
    pub(crate) fn roam() {
        if let Some(Some(all)) = ALL.get() {
            // If the system refuses this, it refused the binding as well.
            let _ = sched_setaffinity(None, all);
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        fn own() -> CpuSet {
            sched_getaffinity(None).expect("the system says")
        }

        #[test]
        fn a_thread_keeps_to_its_share_until_it_roams() {
            let before = own();
            let count = before.count() as usize;
            let kept = std::thread::spawn(move || {
                keep_to_share(count - 1, count).expect("the system allows it");
                let inherited = std::thread::spawn(|| {
                    let inherited = own();
                    roam();
                    (inherited, own())
                });
                (own(), inherited.join().expect("no panic"))
            });
            let (kept, (inherited, roaming)) = kept.join().expect("no panic");
            assert_eq!(kept.count(), 1);
            assert_eq!((inherited, roaming), (kept, before));
            assert_eq!(own(), before, "nobody else is bound");
        }
    }
}

/// Other systems: threads run where the system puts them.
#[cfg(not(target_os = "linux"))]
pub(crate) fn keep_to_share(_number: usize, _count: usize) -> std::io::Result<()> {
    Ok(())
}

/// Other systems: threads are never bound.
#[cfg(not(target_os = "linux"))]
pub(crate) fn roam() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_even_and_leave_nothing_out() {
        for (len, count) in [(1, 1), (2, 2), (8, 8), (9, 8), (64, 8), (13, 5)] {
            let all: Vec<usize> = (0..len).collect();
            let shares: Vec<&[usize]> =
                (0..count).map(|number| share(&all, number, count)).collect();
            assert_eq!(shares.concat(), all, "{len} among {count}");
            let sizes = shares.iter().map(|share| share.len());
            assert!(sizes.clone().max().unwrap_or(0) - sizes.min().unwrap_or(0) <= 1);
        }
        // A system that counts fewer processors than it did.
        assert_eq!(share(&[7, 9], 2, 3), [7]);
        assert!(share::<usize>(&[], 0, 2).is_empty());
    }
}
