//! Asks the system's PAM whether a user may log in: whether the password is right and the account
//! is valid. The PAM library is loaded only when needed, so systems that do not use PAM do not need
//! it. Its modules are third-party code and should run in a process of their own.

mod library;

use std::ffi::{CString, NulError};
use std::path::PathBuf;

/// A question.
#[derive(Clone)]
pub struct Question {
    /// The service, whose file in /etc/pam.d names the modules.
    pub service: String,
    /// Another folder for the service's file.
    pub folder: Option<PathBuf>,
    /// The user name.
    pub user: Vec<u8>,
    /// The password.
    pub password: Vec<u8>,
    /// The client's address (PAM_RHOST).
    pub host: String,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The password is right, and the account is valid.
    Allowed,
    /// The user does not exist.
    Unknown,
    /// The password is wrong.
    Wrong,
    /// The account has expired.
    Expired,
    /// The account may not be used, for this reason.
    Denied(String),
    /// PAM cannot decide, for this reason.
    Failed(String),
}

/// Asks PAM.
pub fn ask(question: &Question) -> Answer {
    let text = |bytes: &[u8]| CString::new(bytes);
    let texts = || -> Result<_, NulError> {
        let folder =
            question.folder.as_ref().map(|folder| text(folder.as_os_str().as_encoded_bytes()));
        Ok(library::Texts {
            service: text(question.service.as_bytes())?,
            folder: folder.transpose()?,
            user: text(&question.user)?,
            password: text(&question.password)?,
            host: text(question.host.as_bytes())?,
        })
    };
    // A C string cannot contain NUL, so this is not a valid user name or password.
    let Ok(texts) = texts() else { return Answer::Wrong };
    match library::ask(&texts) {
        Ok(answer) => answer,
        Err(error) => Answer::Failed(format!("the PAM library cannot be used: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asks a service whose file has these lines.
    fn ask_service(lines: &str, user: &str, password: &str) -> Answer {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("packetboat"), lines).expect("a service");
        ask(&Question {
            service: "packetboat".into(),
            folder: Some(folder.path().to_owned()),
            user: user.into(),
            password: password.into(),
            host: "192.0.2.1".into(),
        })
    }

    /// Whether this machine has the library; on CI it must.
    fn is_there() -> bool {
        let there = library::is_there();
        if !there {
            packetboat_skip::skip("pam", "libpam.so.0 is not installed");
        }
        there
    }

    #[test]
    fn modules_decide() {
        if !is_there() {
            return;
        }
        let permit = "auth required pam_permit.so\naccount required pam_permit.so\n";
        assert_eq!(ask_service(permit, "anna", "x"), Answer::Allowed);
        let deny = "auth required pam_deny.so\naccount required pam_permit.so\n";
        assert_eq!(ask_service(deny, "anna", "x"), Answer::Wrong);
        let closed = "auth required pam_permit.so\naccount required pam_deny.so\n";
        assert!(matches!(ask_service(closed, "anna", "x"), Answer::Denied(_) | Answer::Wrong));
        let missing = "auth required pam_there_is_none.so\naccount required pam_permit.so\n";
        assert!(!matches!(ask_service(missing, "anna", "x"), Answer::Allowed));
        assert_eq!(ask_service(permit, "an\0na", "x"), Answer::Wrong);
    }

    #[test]
    fn the_password_and_the_address_reach_the_modules() {
        if !is_there() {
            return;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let script = folder.path().join("check");
        let text = "#!/bin/sh\nread -r password\n[ \"$password\" = secret ] && [ \"$PAM_RHOST\" = 192.0.2.1 ] \
                    && [ \"$PAM_USER\" = anna ]\n";
        std::fs::write(&script, text).expect("a script");
        let rights = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&script, rights).expect("rights");
        let service = format!(
            "auth required pam_exec.so expose_authtok quiet {}\naccount required pam_permit.so\n",
            script.display()
        );
        assert_eq!(ask_service(&service, "anna", "secret"), Answer::Allowed);
        assert_ne!(ask_service(&service, "anna", "wrong"), Answer::Allowed);
        assert_ne!(ask_service(&service, "bert", "secret"), Answer::Allowed);
    }
}
