//! Logins that others decide: the system's PAM, and the hook.

use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use packetboat_accounts::{Accounts, Source};
use packetboat_hook::Hook;
use packetboat_hook::pam::{self, KEEPER, Keeper, Pam, PamSettings, WORKER};
use packetboat_server::settings::{Limited, Problem, Settings};

use super::inherit::Before;

/// This program, whatever has become of its file.
const PROGRAM: &str = "/proc/self/exe";

/// Adds those that are set.
pub(super) fn add(settings: &Settings, accounts: &mut Accounts) -> Result<(), Problem> {
    accounts.set_order(settings.accounts.sources.clone());
    if let Some(hook) = hook(settings)? {
        accounts.set_elsewhere(Source::Hook, Arc::new(hook));
    }
    let wanted = &settings.accounts.pam;
    if let Some(service) = &wanted.service {
        let problem = |text: String| settings.problem("accounts.pam-service", text).of_files();
        let keeper =
            keeper(settings).map_err(|why| problem(format!("PAM cannot be asked: {why}")))?;
        let settings = PamSettings {
            service: service.clone(),
            folder: wanted.folder.clone(),
            own: wanted.terms.clone(),
            time_limit: wanted.timeout,
        };
        accounts.set_elsewhere(Source::Pam, Arc::new(Pam::new(keeper, settings)));
    }
    Ok(())
}

/// Starts the keeper of PAM, where that is asked, with the privileges that the server still has. One that takes
/// another's place has none but that one's, and takes over its keeper. Without one it rather does not begin: modules
/// that can look at nothing would call right passwords wrong.
pub(super) fn begin(settings: &Settings, before: Option<&mut Before>) -> Result<(), String> {
    if settings.accounts.pam.service.is_none() {
        return Ok(());
    }
    let takes_over = before.is_some();
    let failed = |why: String| format!("PAM cannot be asked: {why}");
    if let Some(line) = before.and_then(Before::take_keeper) {
        let keeper = Keeper::take_over(line).map_err(|error| failed(error.to_string()))?;
        *started() = Some(keeper);
        return Ok(());
    }
    if takes_over && gives_up(settings) {
        let text = "PAM cannot be asked by a server that takes the place of one that did not ask it, since it inherits \
                    what that one gave up (contain.*); start the server anew";
        return Err(text.to_owned());
    }
    keeper(settings).map(drop).map_err(failed)
}

/// A line to the keeper, for the server that takes this one's place and cannot start one.
pub(super) fn line_for_another() -> Result<Option<OwnedFd>, String> {
    let keeper = started().clone();
    keeper.map_or(Ok(None), |keeper| keeper.line_for_another())
}

/// Whether the server keeps fewer rights than it begins with.
fn gives_up(settings: &Settings) -> bool {
    let contain = &settings.contain;
    let limits = [contain.landlock, contain.seccomp];
    contain.user.is_some() || limits.iter().any(|limit| *limit != Limited::Off)
}

/// The program that decides on logins, where it is one.
pub(super) fn program(settings: &Settings) -> Option<&Path> {
    let hook = settings.accounts.hook.as_deref();
    hook.filter(|text| text.starts_with('/')).map(Path::new)
}

/// Looks at what is set, and starts nothing.
pub(super) fn check(settings: &Settings) -> Vec<Problem> {
    let Some(text) = &settings.accounts.hook else { return Vec::new() };
    match authorities(settings) {
        Ok(authorities) => {
            parse(text, authorities.as_deref(), settings).err().into_iter().collect()
        }
        // Without them, what can be said of the hook is what does not hang on them.
        Err(problem) => {
            [Some(problem), parse(text, None, settings).err()].into_iter().flatten().collect()
        }
    }
}

fn hook(settings: &Settings) -> Result<Option<Hook>, Problem> {
    let Some(text) = &settings.accounts.hook else { return Ok(None) };
    parse(text, authorities(settings)?.as_deref(), settings).map(Some)
}

fn authorities(settings: &Settings) -> Result<Option<Vec<u8>>, Problem> {
    let authorities = settings.accounts.hook_ca.as_ref().map(std::fs::read).transpose();
    authorities.map_err(|error| {
        settings.problem("accounts.hook-ca", format!("cannot be read: {error}")).of_files()
    })
}

fn parse(text: &str, authorities: Option<&[u8]>, settings: &Settings) -> Result<Hook, Problem> {
    let hook = Hook::parse(text, authorities, settings.accounts.hook_timeout);
    hook.map_err(|text| settings.problem("accounts.hook", text).of_files())
}

/// The keeper is started once, at the start of the server, and outlives every reload: it keeps the privileges
/// that the server gives up.
fn keeper(settings: &Settings) -> Result<Arc<Keeper>, String> {
    let mut started = started();
    if let Some(keeper) = &*started {
        return Ok(Arc::clone(keeper));
    }
    let keeper = Keeper::start(Path::new(PROGRAM), !gives_up(settings))?;
    Ok(Arc::clone(started.insert(keeper)))
}

/// The keeper, once there is one.
fn started() -> MutexGuard<'static, Option<Arc<Keeper>>> {
    static STARTED: Mutex<Option<Arc<Keeper>>> = Mutex::new(None);
    STARTED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What this process is, if it is one that the server has started for PAM.
pub(crate) fn as_helper() -> Option<ExitCode> {
    let word = std::env::args_os().nth(1)?;
    let done = if word == KEEPER {
        pam::keep(Path::new(PROGRAM))
    } else if word == WORKER {
        pam::work()
    } else {
        return None;
    };
    Some(match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Without standard error there is nobody to tell.
            let _ = writeln!(std::io::stderr(), "packetboat: {error}");
            ExitCode::FAILURE
        }
    })
}
