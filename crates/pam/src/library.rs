//! Bindings to libpam.so.0 (Linux-PAM): the calls for a check, and the conversation in which a
//! module asks for the password. All the unsafe code of the crate is here.

#![allow(unsafe_code)]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr;

use libloading::{Error, Library, Symbol};

use crate::Answer;

const SUCCESS: c_int = 0;
const PERM_DENIED: c_int = 6;
const AUTH_ERR: c_int = 7;
const CRED_INSUFFICIENT: c_int = 8;
const USER_UNKNOWN: c_int = 10;
const MAXTRIES: c_int = 11;
const NEW_AUTHTOK_REQD: c_int = 12;
const ACCT_EXPIRED: c_int = 13;
const BUF_ERR: c_int = 5;
const CONV_ERR: c_int = 19;

const RHOST: c_int = 4;
const TTY: c_int = 3;

const PROMPT_ECHO_OFF: c_int = 1;
const ERROR_MSG: c_int = 3;
const TEXT_INFO: c_int = 4;

const SILENT: c_int = 0x8000;
const DISALLOW_NULL_AUTHTOK: c_int = 1;

/// A question as C strings.
pub(crate) struct Texts {
    pub service: CString,
    pub folder: Option<CString>,
    pub user: CString,
    pub password: CString,
    pub host: CString,
}

/// A `pam_handle_t`, which is opaque outside the library.
#[repr(C)]
struct Handle(c_void);

#[repr(C)]
struct Message {
    style: c_int,
    text: *const c_char,
}

#[repr(C)]
struct Response {
    text: *mut c_char,
    code: c_int,
}

#[repr(C)]
struct Conversation {
    talk: extern "C" fn(c_int, *const *const Message, *mut *mut Response, *mut c_void) -> c_int,
    data: *mut c_void,
}

type Start = unsafe extern "C" fn(
    *const c_char,
    *const c_char,
    *const Conversation,
    *mut *mut Handle,
) -> c_int;
type StartIn = unsafe extern "C" fn(
    *const c_char,
    *const c_char,
    *const Conversation,
    *const c_char,
    *mut *mut Handle,
) -> c_int;
type SetItem = unsafe extern "C" fn(*mut Handle, c_int, *const c_void) -> c_int;
type Step = unsafe extern "C" fn(*mut Handle, c_int) -> c_int;
type Words = unsafe extern "C" fn(*mut Handle, c_int) -> *const c_char;

unsafe extern "C" {
    fn calloc(count: usize, size: usize) -> *mut c_void;
    fn free(memory: *mut c_void);
    fn strdup(text: *const c_char) -> *mut c_char;
}

/// Whether the library can be loaded.
#[cfg(test)]
pub(crate) fn is_there() -> bool {
    open().is_ok()
}

fn open() -> Result<Library, Error> {
    // SAFETY: loading libpam only runs its initialisers, which are safe in any program.
    unsafe { Library::new("libpam.so.0") }
}

/// Asks PAM.
pub(crate) fn ask(texts: &Texts) -> Result<Answer, Error> {
    let library = open()?;
    let mut told = Told { password: &texts.password, is_told: false };
    let data = (&raw mut told).cast();
    let conversation = Conversation { talk, data };
    let mut handle = ptr::null_mut();
    let (service, user) = (texts.service.as_ptr(), texts.user.as_ptr());
    let started = match &texts.folder {
        None => {
            // SAFETY: the type is that of pam_start(3).
            let start: Symbol<'_, Start> = unsafe { library.get("pam_start")? };
            // SAFETY: the texts are NUL-terminated, and they and the conversation outlive the
            // handle.
            unsafe { start(service, user, &raw const conversation, &raw mut handle) }
        }
        Some(folder) => {
            // SAFETY: the type is that of pam_start_confdir(3).
            let start: Symbol<'_, StartIn> = unsafe { library.get("pam_start_confdir")? };
            let folder = folder.as_ptr();
            // SAFETY: as above.
            unsafe { start(service, user, &raw const conversation, folder, &raw mut handle) }
        }
    };
    if started != SUCCESS || handle.is_null() {
        return Ok(Answer::Failed(format!("PAM does not start (error {started})")));
    }
    let transaction = Transaction { library: &library, handle };
    let (answer, status) = transaction.run(texts)?;
    transaction.end(status)?;
    Ok(answer)
}

/// A PAM transaction, between pam_start and pam_end.
struct Transaction<'a> {
    library: &'a Library,
    /// Returned by pam_start, and valid until pam_end.
    handle: *mut Handle,
}

impl Transaction<'_> {
    /// The answer, and the status to pass to pam_end.
    fn run(&self, texts: &Texts) -> Result<(Answer, c_int), Error> {
        // SAFETY: the types are those of pam_set_item(3), pam_authenticate(3) and pam_acct_mgmt(3).
        let (set_item, authenticate, manage): (
            Symbol<'_, SetItem>,
            Symbol<'_, Step>,
            Symbol<'_, Step>,
        ) = unsafe {
            (
                self.library.get("pam_set_item")?,
                self.library.get("pam_authenticate")?,
                self.library.get("pam_acct_mgmt")?,
            )
        };
        for (item, text) in [(RHOST, texts.host.as_c_str()), (TTY, c"ftp")] {
            // SAFETY: the handle is valid, and these items are texts, which the library copies.
            let status = unsafe { set_item(self.handle, item, text.as_ptr().cast()) };
            if status != SUCCESS {
                return Ok((Answer::Failed(self.words(status)?), status));
            }
        }
        // SAFETY: the handle is valid; the conversation and its data live in `ask`, which waits.
        let status = unsafe { authenticate(self.handle, SILENT | DISALLOW_NULL_AUTHTOK) };
        if status != SUCCESS {
            let answer = match status {
                USER_UNKNOWN => Answer::Unknown,
                AUTH_ERR | PERM_DENIED | CRED_INSUFFICIENT | MAXTRIES => Answer::Wrong,
                ACCT_EXPIRED => Answer::Expired,
                other => Answer::Failed(self.words(other)?),
            };
            return Ok((answer, status));
        }
        // SAFETY: as above.
        let status = unsafe { manage(self.handle, SILENT | DISALLOW_NULL_AUTHTOK) };
        let answer = match status {
            SUCCESS => Answer::Allowed,
            USER_UNKNOWN => Answer::Unknown,
            ACCT_EXPIRED => Answer::Expired,
            NEW_AUTHTOK_REQD => Answer::Denied("the password must be changed first".to_owned()),
            AUTH_ERR | PERM_DENIED => Answer::Denied(self.words(status)?),
            other => Answer::Failed(self.words(other)?),
        };
        Ok((answer, status))
    }

    /// PAM's text for a status.
    fn words(&self, status: c_int) -> Result<String, Error> {
        // SAFETY: the type is that of pam_strerror(3).
        let words: Symbol<'_, Words> = unsafe { self.library.get("pam_strerror")? };
        // SAFETY: the handle is valid.
        let text = unsafe { words(self.handle, status) };
        if text.is_null() {
            return Ok(format!("PAM reports status {status}"));
        }
        // SAFETY: pam_strerror returns a NUL-terminated text that stays valid.
        Ok(unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
    }

    fn end(self, status: c_int) -> Result<(), Error> {
        // SAFETY: the type is that of pam_end(3).
        let end: Symbol<'_, Step> = unsafe { self.library.get("pam_end")? };
        // SAFETY: the handle is valid and not used afterwards.
        unsafe { end(self.handle, status) };
        Ok(())
    }
}

/// The data of the conversation.
struct Told<'a> {
    password: &'a CStr,
    is_told: bool,
}

/// Called when a module says or asks something. The password is supplied once; a second question is
/// about something else, which cannot be answered here.
extern "C" fn talk(
    count: c_int,
    messages: *const *const Message,
    answers: *mut *mut Response,
    data: *mut c_void,
) -> c_int {
    let Ok(count) = usize::try_from(count) else { return CONV_ERR };
    if count == 0 || count > 32 || messages.is_null() || answers.is_null() || data.is_null() {
        return CONV_ERR;
    }
    // SAFETY: `data` is the `Told` of `ask`, which waits for the library and does not use it in the
    // meantime.
    let told = unsafe { &mut *data.cast::<Told<'_>>() };
    // SAFETY: calloc accepts any numbers; the library frees the result (pam_conv(3)).
    let given = unsafe { calloc(count, size_of::<Response>()) }.cast::<Response>();
    if given.is_null() {
        return BUF_ERR;
    }
    for at in 0..count {
        // SAFETY: Linux-PAM passes an array of `count` pointers to messages.
        let style = unsafe { (**messages.add(at)).style };
        match style {
            PROMPT_ECHO_OFF if !told.is_told => {
                told.is_told = true;
                // SAFETY: the password is NUL-terminated; `given` has room for `count` responses,
                // zeroed.
                unsafe { (*given.add(at)).text = strdup(told.password.as_ptr()) };
            }
            ERROR_MSG | TEXT_INFO => {}
            _ => {
                give_up(given, count);
                return CONV_ERR;
            }
        }
    }
    // SAFETY: `answers` was checked above; the library takes ownership of what it points to.
    unsafe { *answers = given };
    SUCCESS
}

fn give_up(given: *mut Response, count: usize) {
    for at in 0..count {
        // SAFETY: `given` has `count` responses, each with a text from strdup or null; free accepts
        // both.
        unsafe { free((*given.add(at)).text.cast()) };
    }
    // SAFETY: it is from calloc, and is not used afterwards.
    unsafe { free(given.cast()) };
}
