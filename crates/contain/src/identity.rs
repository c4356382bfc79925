//! [`Identity`]: switching to a user other than root and dropping capabilities.

use nix::unistd::{Gid, Group, Uid, User, setuid};
use rustix::process::{geteuid, getgid};

use crate::{ContainError, check_alone};

/// The user that a server runs as.
#[derive(Clone, Debug)]
pub struct Identity {
    name: String,
    uid: Uid,
    gid: Gid,
    /// The group if one was named, which is then the only one; otherwise the user's own groups
    /// apply.
    only_group: bool,
}

impl Identity {
    /// Looks up the user, and the group unless it is the user's own.
    ///
    /// # Errors If the user or group does not exist, or the user is root.
    pub fn find(user: &str, group: Option<&str>) -> Result<Self, ContainError> {
        let failed = |what: &str, name: &str, error: nix::Error| {
            ContainError::new(format!("the {what} {name} cannot be looked up: {error}"))
        };
        let unknown = |what: &str, name: &str| {
            ContainError::new(format!(
                "there is no {what} {name} on this machine; add it or name another"
            ))
        };
        let found = User::from_name(user).map_err(|error| failed("user", user, error))?;
        let found = found.ok_or_else(|| unknown("user", user))?;
        if found.uid.is_root() {
            let text = format!("{user} is root; name a user with fewer rights");
            return Err(ContainError::new(text));
        }
        let mut gid = found.gid;
        if let Some(name) = group {
            let found = Group::from_name(name).map_err(|error| failed("group", name, error))?;
            gid = found.ok_or_else(|| unknown("group", name))?.gid;
        }
        Ok(Self { name: user.to_owned(), uid: found.uid, gid, only_group: group.is_some() })
    }

    /// Becomes this user permanently, without capabilities. If the process runs as this user
    /// already, nothing changes.
    ///
    /// # Errors If this process may not do so, or could become root again.
    pub fn assume(&self) -> Result<(), ContainError> {
        let Self { name, uid, .. } = self;
        if geteuid().as_raw() == uid.as_raw() {
            return give_up_capabilities();
        }
        if !geteuid().is_root() {
            let text =
                format!("only root can become {name}; start the server as root or as {name}");
            return Err(ContainError::new(text));
        }
        check_alone()?;
        // While this is still allowed.
        clear_bounding_set()?;
        self.take_numbers()?;
        give_up_capabilities()?;
        if setuid(Uid::from_raw(0)).is_ok() {
            return Err(ContainError::new(format!("became {name}, but could become root again")));
        }
        Ok(())
    }

    /// Groups first, because only root may set them; then the effective, real and saved user IDs in
    /// one call, so that none remains to return to.
    #[cfg(any(target_os = "linux", target_os = "freebsd", target_os = "openbsd"))]
    fn take_numbers(&self) -> Result<(), ContainError> {
        use nix::unistd::{initgroups, setgroups, setresgid, setresuid};

        let Self { name, uid, gid, only_group } = self;
        let failed =
            |error: nix::Error| ContainError::new(format!("cannot become {name}: {error}"));
        if *only_group {
            setgroups(&[*gid]).map_err(failed)?;
        } else {
            let name = std::ffi::CString::new(name.as_str())
                .map_err(|error| ContainError::new(format!("cannot become {name}: {error}")))?;
            initgroups(&name, *gid).map_err(failed)?;
        }
        setresgid(*gid, *gid, *gid).map_err(failed)?;
        setresuid(*uid, *uid, *uid).map_err(failed)
    }

    /// Without these calls, nothing is attempted that could be undone.
    #[cfg(not(any(target_os = "linux", target_os = "freebsd", target_os = "openbsd")))]
    fn take_numbers(&self) -> Result<(), ContainError> {
        let Self { name, only_group, .. } = self;
        let with = if *only_group { " with that group" } else { "" };
        Err(ContainError::new(format!(
            "cannot become {name}: this system has no call to do so permanently; start the server \
                as {name}{with}"
        )))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its user and group ID, for files that it must own.
    pub fn numbers(&self) -> (u32, u32) {
        (self.uid.as_raw(), self.gid.as_raw())
    }

    /// The user and group of this process, for people.
    pub fn now() -> String {
        let (uid, gid) = (Uid::from_raw(geteuid().as_raw()), Gid::from_raw(getgid().as_raw()));
        let group = Group::from_gid(gid).ok().flatten().map(|group| group.name);
        let user = user_name(uid.as_raw());
        let group = group.unwrap_or_else(|| gid.to_string());
        format!("{user}, group {group}")
    }
}

/// The name of a user, or its ID if it has none.
pub fn user_name(uid: u32) -> String {
    let user = User::from_uid(Uid::from_raw(uid)).ok().flatten();
    user.map_or_else(|| uid.to_string(), |user| user.name)
}

/// Drops the capabilities that a service manager may have given to a user other than root, such as
/// the one for low ports. Root keeps its capabilities: without them it could not serve other users'
/// files.
///
/// # Errors If the kernel does not drop them.
#[cfg(target_os = "linux")]
pub fn give_up_capabilities() -> Result<(), ContainError> {
    use rustix::thread::{
        CapabilitySet, CapabilitySets, capabilities, clear_ambient_capability_set, set_capabilities,
    };
    if geteuid().is_root() {
        return Ok(());
    }
    let failed = |error| ContainError::new(format!("capabilities cannot be dropped: {error}"));
    let none = CapabilitySet::empty();
    let sets = CapabilitySets { effective: none, permitted: none, inheritable: none };
    // This avoids calls that seccomp refuses to a process with restrictions inherited at an
    // upgrade. A capability that is not permitted cannot be ambient either.
    if capabilities(None).map_err(failed)? == sets {
        return Ok(());
    }
    check_alone()?;
    clear_ambient_capability_set().map_err(failed)?;
    set_capabilities(None, sets).map_err(failed)?;
    if capabilities(None).map_err(failed)? != sets {
        return Err(ContainError::new("capabilities were dropped, but are still there"));
    }
    Ok(())
}

/// Prevents programs that are started later from getting capabilities.
#[cfg(target_os = "linux")]
fn clear_bounding_set() -> Result<(), ContainError> {
    use rustix::thread::{CapabilitySet, remove_capability_from_bounding_set};
    for bit in 0..CapabilitySet::all().bits().count_ones() {
        let one = CapabilitySet::from_bits_retain(1 << bit);
        match remove_capability_from_bounding_set(one) {
            // The kernel knows fewer capabilities.
            Ok(()) | Err(rustix::io::Errno::INVAL) => {}
            Err(error) => {
                let text = format!("capabilities cannot be dropped: {error}");
                return Err(ContainError::new(text));
            }
        }
    }
    Ok(())
}

/// Other systems have no capabilities.
#[cfg(not(target_os = "linux"))]
pub fn give_up_capabilities() -> Result<(), ContainError> {
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn clear_bounding_set() -> Result<(), ContainError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_and_unknown_users_are_refused_by_name() {
        let error = |user, group| Identity::find(user, group).expect_err("an error").to_string();
        assert_eq!(error("root", None), "root is root; name a user with fewer rights");
        assert_eq!(
            error("no-such-user", None),
            "there is no user no-such-user on this machine; add it or name another"
        );
        assert!(error("nobody", Some("no-such-group")).contains("no group no-such-group"));
    }
}
