//! [`Calls`]: a seccomp filter that refuses system calls.
//!
//! The filter lists the refused calls rather than the allowed ones. The C library and the kernel
//! decide which calls a name lookup or a thread needs, and change that between versions, so a list
//! of allowed calls would fail on an untested machine. Refused calls fail with EPERM, as for
//! missing permissions.

use crate::{Settled, Switch, check_alone};

/// What the process may do beyond what every server needs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Calls {
    /// Whether it starts programs: hooks, or the server that replaces it.
    pub starts_programs: bool,
}

impl Calls {
    /// Applies the filter permanently, for this thread and those it starts.
    ///
    /// # Errors If the filter is required and cannot be applied.
    pub fn confine(self, switch: Switch) -> Settled {
        switch.settle(|| {
            check_alone()?;
            let count = self.restrict()?;
            let programs =
                if self.starts_programs { "may start programs" } else { "starts no programs" };
            Ok(format!("refuses {count} system calls that the server never makes; {programs}"))
        })
    }

    #[cfg(not(all(
        target_os = "linux",
        any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
    )))]
    fn restrict(self) -> Result<usize, crate::ContainError> {
        Err(crate::ContainError::new("seccomp is not supported on this system"))
    }

    #[cfg(all(
        target_os = "linux",
        any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
    ))]
    fn restrict(self) -> Result<usize, crate::ContainError> {
        linux::restrict(self)
    }
}

#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
))]
mod linux {
    use std::collections::BTreeMap;

    use nix::libc;
    use seccompiler::{
        BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
        SeccompRule, sock_filter,
    };

    use super::Calls;
    use crate::ContainError;

    /// Calls that no server needs, whatever their arguments.
    const NEVER: &[libc::c_long] = &[
        // Access to other processes.
        libc::SYS_ptrace,
        libc::SYS_process_vm_readv,
        libc::SYS_process_vm_writev,
        libc::SYS_process_madvise,
        libc::SYS_process_mrelease,
        libc::SYS_kcmp,
        libc::SYS_pidfd_getfd,
        // Mounts and namespaces.
        libc::SYS_mount,
        libc::SYS_umount2,
        libc::SYS_move_mount,
        libc::SYS_open_tree,
        libc::SYS_fsopen,
        libc::SYS_fsconfig,
        libc::SYS_fsmount,
        libc::SYS_fspick,
        libc::SYS_mount_setattr,
        libc::SYS_pivot_root,
        libc::SYS_chroot,
        libc::SYS_setns,
        libc::SYS_unshare,
        // The kernel and the machine.
        libc::SYS_init_module,
        libc::SYS_finit_module,
        libc::SYS_delete_module,
        libc::SYS_kexec_load,
        libc::SYS_reboot,
        libc::SYS_swapon,
        libc::SYS_swapoff,
        libc::SYS_acct,
        libc::SYS_quotactl,
        libc::SYS_quotactl_fd,
        libc::SYS_syslog,
        libc::SYS_vhangup,
        libc::SYS_nfsservctl,
        libc::SYS_sethostname,
        libc::SYS_setdomainname,
        libc::SYS_settimeofday,
        libc::SYS_clock_settime,
        libc::SYS_clock_adjtime,
        libc::SYS_adjtimex,
        libc::SYS_personality,
        // Frequent sources of kernel vulnerabilities.
        libc::SYS_bpf,
        libc::SYS_perf_event_open,
        libc::SYS_userfaultfd,
        libc::SYS_keyctl,
        libc::SYS_add_key,
        libc::SYS_request_key,
        libc::SYS_io_uring_setup,
        libc::SYS_io_uring_enter,
        libc::SYS_io_uring_register,
        libc::SYS_fanotify_init,
        libc::SYS_fanotify_mark,
        libc::SYS_lookup_dcookie,
        libc::SYS_memfd_secret,
        libc::SYS_migrate_pages,
        libc::SYS_move_pages,
        // Access to files other than by path.
        libc::SYS_open_by_handle_at,
        libc::SYS_name_to_handle_at,
        libc::SYS_mknodat,
        // Changes of the user, which are complete before the filter applies.
        libc::SYS_setuid,
        libc::SYS_setgid,
        libc::SYS_setreuid,
        libc::SYS_setregid,
        libc::SYS_setresuid,
        libc::SYS_setresgid,
        libc::SYS_setgroups,
        libc::SYS_setfsuid,
        libc::SYS_setfsgid,
        libc::SYS_capset,
    ];

    #[cfg(target_arch = "x86_64")]
    const NEVER_HERE: &[libc::c_long] = &[
        libc::SYS_mknod,
        libc::SYS_kexec_file_load,
        libc::SYS_iopl,
        libc::SYS_ioperm,
        libc::SYS_modify_ldt,
        libc::SYS_uselib,
        libc::SYS_ustat,
        libc::SYS_sysfs,
        libc::SYS__sysctl,
    ];
    #[cfg(not(target_arch = "x86_64"))]
    const NEVER_HERE: &[libc::c_long] = &[libc::SYS_kexec_file_load];

    const PROGRAMS: &[libc::c_long] = &[libc::SYS_execve, libc::SYS_execveat];

    /// The socket families in use: Unix, IPv4, IPv6, and netlink, which the C library uses to query
    /// the machine's addresses.
    const FAMILIES: &[i32] = &[libc::AF_UNIX, libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK];

    /// The clone(2) flags for new namespaces.
    const NAME_SPACES: &[i32] = &[
        libc::CLONE_NEWNS,
        libc::CLONE_NEWCGROUP,
        libc::CLONE_NEWUTS,
        libc::CLONE_NEWIPC,
        libc::CLONE_NEWUSER,
        libc::CLONE_NEWPID,
        libc::CLONE_NEWNET,
    ];

    /// Terminal requests that inject input as if it were typed.
    const TYPING: &[u64] = &[0x5412, 0x541c]; // TIOCSTI, TIOCLINUX

    pub(super) fn restrict(calls: Calls) -> Result<usize, ContainError> {
        let unbuilt = |error| refusal(&seccompiler::Error::Backend(error));
        let rules = rules(calls).map_err(unbuilt)?;
        let count = rules.len();
        let refused = SeccompAction::Errno(libc::EPERM.unsigned_abs());
        let arch = std::env::consts::ARCH.try_into().map_err(unbuilt)?;
        // System calls of another architecture (int 0x80) kill the process, because the same
        // numbers mean other calls there.
        let filter = SeccompFilter::new(rules, SeccompAction::Allow, refused, arch);
        let program: BpfProgram = filter.and_then(TryInto::try_into).map_err(unbuilt)?;
        for filter in [unknown_calls(), program] {
            seccompiler::apply_filter(&filter).map_err(|error| refusal(&error))?;
        }
        Ok(count)
    }

    /// Describes a failure without the library's messages, which only programmers understand.
    fn refusal(error: &seccompiler::Error) -> ContainError {
        use seccompiler::Error;
        ContainError::new(match error {
            Error::Prctl(errno) | Error::Seccomp(errno) => {
                format!("the kernel does not accept a system call filter: {errno}")
            }
            other => format!("the system call filter cannot be created: {other}"),
        })
    }

    type Rules = BTreeMap<i64, Vec<SeccompRule>>;

    fn rules(calls: Calls) -> Result<Rules, seccompiler::BackendError> {
        let programs = if calls.starts_programs { &[] } else { PROGRAMS };
        let never = NEVER.iter().chain(NEVER_HERE).chain(programs);
        let mut rules: Rules = never.map(|&call| (call, Vec::new())).collect();
        let argument = |number, compare, value: u64| {
            SeccompCondition::new(number, SeccompCmpArgLen::Dword, compare, value)
        };
        let other = FAMILIES
            .iter()
            .map(|&family| argument(0, SeccompCmpOp::Ne, family.unsigned_abs().into()))
            .collect::<Result<Vec<_>, _>>()?;
        rules.insert(libc::SYS_socket, vec![SeccompRule::new(other)?]);
        let spaces = NAME_SPACES.iter().map(|&flag| {
            let flag = u64::from(flag.cast_unsigned());
            SeccompRule::new(vec![argument(0, SeccompCmpOp::MaskedEq(flag), flag)?])
        });
        rules.insert(libc::SYS_clone, spaces.collect::<Result<_, _>>()?);
        let typing = TYPING
            .iter()
            .map(|&order| SeccompRule::new(vec![argument(1, SeccompCmpOp::Eq, order)?]));
        rules.insert(libc::SYS_ioctl, typing.collect::<Result<_, _>>()?);
        Ok(rules)
    }

    /// Answers ENOSYS, like a kernel without the call, to calls that a filter cannot inspect:
    /// clone3, whose arguments are in memory (the C library falls back to clone), and the x32
    /// calls, which repeat all calls under other numbers.
    fn unknown_calls() -> BpfProgram {
        const X32: u32 = 0x4000_0000;
        const LOAD: u16 = 0x20; // BPF_LD | BPF_W | BPF_ABS
        const EQUAL: u16 = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
        const AT_LEAST: u16 = 0x35; // BPF_JMP | BPF_JGE | BPF_K
        const RETURN: u16 = 0x06; // BPF_RET | BPF_K
        let clone3 = u32::try_from(libc::SYS_clone3).unwrap_or(u32::MAX);
        let step = |code, jt, jf, k| sock_filter { code, jt, jf, k };
        vec![
            // The call number is the first field of seccomp_data.
            step(LOAD, 0, 0, 0),
            step(EQUAL, 2, 0, clone3),
            step(AT_LEAST, 1, 0, X32),
            step(RETURN, 0, 0, libc::SECCOMP_RET_ALLOW),
            step(RETURN, 0, 0, libc::SECCOMP_RET_ERRNO | libc::ENOSYS.unsigned_abs()),
        ]
    }

    #[cfg(test)]
    mod tests {
        use std::io::IoSliceMut;

        use nix::errno::Errno;
        use nix::mount::MsFlags;
        use nix::sched::CloneFlags;
        use nix::sys::socket::{AddressFamily, SockFlag, SockType, socket};
        use nix::sys::uio::{RemoteIoVec, process_vm_readv};
        use nix::unistd::getpid;

        use super::*;

        #[test]
        fn what_the_kernel_refuses_is_told_in_one_sentence() {
            let errno = || std::io::Error::from_raw_os_error(libc::EINVAL);
            for error in [seccompiler::Error::Seccomp(errno()), seccompiler::Error::Prctl(errno())]
            {
                assert_eq!(
                    refusal(&error).to_string(),
                    "the kernel does not accept a system call filter: Invalid argument (os error \
                        22)"
                );
            }
        }

        /// A call, and the kernel's answer to it.
        type Tried = (&'static str, Result<(), Errno>);

        /// Calls that no server makes. Except for the last two, any user may make them unless a
        /// container has a filter of its own.
        fn try_all() -> Vec<Tried> {
            let started = std::process::Command::new("true").status();
            let started = started.map(drop).map_err(|error| {
                Errno::from_raw(error.raw_os_error().expect("the kernel says why"))
            });
            let (secret, mut copy) = ([7_u8], [0_u8]);
            let remote = RemoteIoVec { base: secret.as_ptr().addr(), len: 1 };
            let read = process_vm_readv(getpid(), &mut [IoSliceMut::new(&mut copy)], &[remote]);
            let me = rustix::process::getuid();
            let become_me = rustix::thread::set_thread_uid(me);
            let become_me = become_me.map_err(|error| Errno::from_raw(error.raw_os_error()));
            let nowhere: Option<&str> = None;
            let mounted =
                nix::mount::mount(nowhere, "/no/such/place", nowhere, MsFlags::empty(), nowhere);
            let raw = socket(AddressFamily::Packet, SockType::Raw, SockFlag::empty(), None);
            vec![
                ("execve", started),
                ("process_vm_readv", read.map(drop)),
                ("setuid", become_me),
                ("mount", mounted),
                ("socket(AF_PACKET)", raw.map(drop)),
                ("unshare", nix::sched::unshare(CloneFlags::CLONE_NEWUTS)),
            ]
        }

        /// The tests used to check only that the filter was in force and had rows.
        #[test]
        fn what_the_filter_refuses_the_kernel_refuses() {
            // The filter applies to the calling thread, and ends with it.
            let confined = |calls: Calls| {
                std::thread::spawn(move || {
                    let before = try_all();
                    restrict(calls).expect("a filter");
                    // Threads can still be started, and are restricted too.
                    let after = std::thread::spawn(try_all).join().expect("a thread");
                    let open =
                        socket(AddressFamily::Unix, SockType::Stream, SockFlag::empty(), None);
                    open.expect("a socket of a family in use");
                    (before, after)
                })
            };
            let (before, after) = confined(Calls::default()).join().expect("a thread");
            // A call that is refused even without the filter proves nothing: containers refuse some
            // with filters of their own.
            let tells = |tried: &&Tried| tried.1 != Err(Errno::EPERM);
            let telling: Vec<&str> = before.iter().filter(tells).map(|(name, _)| *name).collect();
            for name in ["execve", "setuid"] {
                assert!(telling.contains(&name), "{name} is refused to anybody");
            }
            for (name, result) in after {
                assert_eq!(result, Err(Errno::EPERM), "{name}");
            }
            let may_start = Calls { starts_programs: true };
            let (_, after) = confined(may_start).join().expect("a thread");
            assert_eq!(after[0], ("execve", Ok(())));
            assert!(after[1..].iter().all(|(_, result)| *result == Err(Errno::EPERM)), "{after:?}");
        }

        #[test]
        fn no_call_that_a_server_makes_is_refused() {
            let rules = rules(Calls::default()).expect("rules");
            let makes = [
                libc::SYS_read,
                libc::SYS_openat,
                libc::SYS_openat2,
                libc::SYS_accept4,
                libc::SYS_futex,
                libc::SYS_getrandom,
                libc::SYS_renameat2,
                libc::SYS_sendfile,
            ];
            assert!(makes.iter().all(|call| !rules.contains_key(call)));
            assert!(rules.contains_key(&libc::SYS_execve));
            let rules = super::rules(Calls { starts_programs: true }).expect("rules");
            assert!(!rules.contains_key(&libc::SYS_execve));
        }
    }
}
