//! Recognizes log lines with commands that were sent to the server, as clients and servers write
//! them. An arrow alone is not enough: .NET puts one before nested exceptions.

use packetboat_proto::verbs::Verb;

/// Labels before a command, in the logs of FileZilla and NcFTP.
const LABELS: &[&str] = &["Command:", "Befehl:", "Cmd:"];

/// Whether the line is a command that was sent to the server: `---> PWD`,
/// `> 2026-11-27 10:00:00.123 PWD`, `Command: PWD`.
pub(super) fn is_sent(line: &str) -> bool {
    // vsftpd with log_ftp_protocol
    if line.contains(" FTP command: Client ") {
        return true;
    }
    // FileZilla Server: `(000001) 24.11.2026 2:41:59 - anna (192.0.2.1)> PWD`
    if line
        .split_once(")> ")
        .is_some_and(|(_, behind)| behind.split(' ').next().is_some_and(is_verb))
    {
        return true;
    }
    let mut arrow = false;
    for token in line.split_whitespace() {
        if LABELS.contains(&token) || (arrow && is_verb(token)) {
            return true;
        }
        // A token without letters is a date, a time or a number.
        if !is_arrow(token) && token.contains(char::is_alphabetic) {
            return false;
        }
        arrow |= is_arrow(token);
    }
    false
}

/// Whether the token is an arrow: `>`, `->`, `--->`
fn is_arrow(token: &str) -> bool {
    token.strip_suffix('>').is_some_and(|shaft| shaft.bytes().all(|byte| byte == b'-'))
}

/// Whether the token is a verb as clients write it, in capitals.
fn is_verb(token: &str) -> bool {
    !token.bytes().any(|byte| byte.is_ascii_lowercase()) && Verb::parse(token.as_bytes()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_known_by_the_verb_behind_its_arrow() {
        for line in [
            // lftp, tnftp
            "---> PASS XXXX",
            "---> STOR an Exception.txt",
            // curl -v
            "> RETR my error file.txt",
            // packetboat -v
            "-> STOR Exception.txt",
            // WinSCP
            "> 2026-11-27 10:00:00.123 RETR Exception.txt",
            // FileZilla, on the screen and in its file
            "Command:\tSTOR error log.txt",
            "Befehl:\tSTOR error log.txt",
            "10:00:01\tCommand:\tSTOR error log.txt",
            "2026-11-24 02:41:59 12345 1 Befehl: STOR fatal error",
            // FileZilla Server
            "(000001) 24.11.2026 2:41:59 - anna (192.0.2.1)> STOR my error",
            // NcFTP
            "Cmd: STOR my error",
            // vsftpd
            "Fri Nov 27 03:00:00 2026 [pid 3] [anna] FTP command: Client \"::1\", \"STOR my error\"",
        ] {
            assert!(is_sent(line), "{line}");
        }
        for line in [
            "",
            ">",
            " ---> System.IO.IOException: Unable to read data",
            "--> User anna cannot log in: error",
            "> what is this error",
            "<--- 550 No such file",
            "(000001) 24.11.2026 2:41:59 - anna (192.0.2.1)> 550 No such file",
            "lrwxrwxrwx 1 ftp ftp 4 May 1 10:00 link -> STOR",
            "2026-11-24 02:41:59 #12 550 STOR x 0.001 s: no",
        ] {
            assert!(!is_sent(line), "{line}");
        }
    }
}
