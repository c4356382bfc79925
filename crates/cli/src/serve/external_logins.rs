//! Logins that are decided outside the server: by the system's PAM and by the hook.

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

/// This program, even if its file has been replaced.
const PROGRAM: &str = "/proc/self/exe";

/// Adds PAM and the hook to the accounts if they are set.
pub(super) fn add(settings: &Settings, accounts: &mut Accounts) -> Result<(), Problem> {
    accounts.set_order(settings.accounts.sources.clone());
    if let Some(hook) = hook(settings)? {
        accounts.set_elsewhere(Source::Hook, Arc::new(hook));
    }
    let wanted = &settings.accounts.pam;
    if let Some(service) = &wanted.service {
        let problem = |text: String| settings.problem("accounts.pam-service", text).of_files();
        let keeper =
            keeper(settings).map_err(|why| problem(format!("PAM cannot be used: {why}")))?;
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

/// Starts the keeper process of PAM, if PAM is used, with the privileges the server still has. A
/// server that takes over from another has only that server's privileges, and takes over its
/// keeper. If there is no keeper to take over, the server refuses to start: PAM modules that cannot
/// read anything would call correct passwords wrong.
pub(super) fn begin(settings: &Settings, before: Option<&mut Before>) -> Result<(), String> {
    if settings.accounts.pam.service.is_none() {
        return Ok(());
    }
    let takes_over = before.is_some();
    let failed = |why: String| format!("PAM cannot be used: {why}");
    if let Some(line) = before.and_then(Before::take_keeper) {
        let keeper = Keeper::take_over(line).map_err(|error| failed(error.to_string()))?;
        *started() = Some(keeper);
        return Ok(());
    }
    if takes_over && gives_up(settings) {
        let text = "PAM cannot be used by a server that takes over from one that did not use it, because the new server \
                    inherits the restrictions of the old one (contain.*); restart the server instead";
        return Err(text.to_owned());
    }
    keeper(settings).map(drop).map_err(failed)
}

/// A connection to the keeper, for a server that takes over and cannot start a keeper itself.
pub(super) fn line_for_another() -> Result<Option<OwnedFd>, String> {
    let keeper = started().clone();
    keeper.map_or(Ok(None), |keeper| keeper.line_for_another())
}

/// Whether the server drops privileges after the start.
fn gives_up(settings: &Settings) -> bool {
    let contain = &settings.contain;
    let limits = [contain.landlock, contain.seccomp];
    contain.user.is_some() || limits.iter().any(|limit| *limit != Limited::Off)
}

/// The hook, if it is a program.
pub(super) fn program(settings: &Settings) -> Option<&Path> {
    let hook = settings.accounts.hook.as_deref();
    hook.filter(|text| text.starts_with('/')).map(Path::new)
}

/// Checks the hook without starting anything.
pub(super) fn check(settings: &Settings) -> Vec<Problem> {
    let Some(text) = &settings.accounts.hook else { return Vec::new() };
    match authorities(settings) {
        Ok(authorities) => {
            parse(text, authorities.as_deref(), settings).err().into_iter().collect()
        }
        // Without the authorities, the hook can still be checked for everything else.
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

/// Returns the keeper, starting it if needed. It is started once, at the start of the server, and
/// outlives every reload because it keeps the privileges that the server drops.
fn keeper(settings: &Settings) -> Result<Arc<Keeper>, String> {
    let mut started = started();
    if let Some(keeper) = &*started {
        return Ok(Arc::clone(keeper));
    }
    let keeper = Keeper::start(Path::new(PROGRAM), !gives_up(settings))?;
    Ok(Arc::clone(started.insert(keeper)))
}

/// The keeper, once it has been started.
fn started() -> MutexGuard<'static, Option<Arc<Keeper>>> {
    static STARTED: Mutex<Option<Arc<Keeper>>> = Mutex::new(None);
    STARTED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs this process as a PAM helper, if the server started it as one.
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
            // Nothing can be reported if standard error is closed.
            let _ = writeln!(std::io::stderr(), "packetboat: {error}");
            ExitCode::FAILURE
        }
    })
}
