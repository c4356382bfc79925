//! Data connections under TLS in all combinations: TLS 1.2 and 1.3; with and without resuming the
//! session of the control connection; uploads, downloads and listings; from nothing to 100 MiB;
//! with curl, lftp, Python and OpenSSL. A server that requires resumption refuses data connections
//! that do not resume, which shows that it tells them apart.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use packetboat_tests::tls::{PYTHON_CLIENT, TlsServer};
use packetboat_tests::{PASSWORD, PATIENCE, Run, USER, noise, peer, program};

const SIZES: [usize; 4] = [0, 1, 16 << 10, 100 << 20];

/// A server that accepts any data connection under TLS, and one that requires resumption.
fn servers() -> [(TlsServer, bool); 2] {
    let server = |more: &[&'static str]| TlsServer::with(&[&["--tls", "require"], more].concat());
    [(server(&[]), false), (server(&["--tls-require-reuse"]), true)]
}

/// Whether two files have the same content; they are too large to be printed.
fn same(one: &Path, other: &Path) -> bool {
    let read = |path: &Path| std::fs::read(path).expect("a file");
    read(one) == read(other)
}

/// The contents, as one file per size in the client's folder.
fn contents(run: &Run) -> Vec<(usize, String)> {
    SIZES
        .iter()
        .map(|&size| {
            let name = format!("f{size}");
            run.write(&name, noise(size));
            (size, name)
        })
        .collect()
}

#[test]
fn curl() {
    let Some(curl) = peer("curl") else { return };
    let files = contents(&curl);
    for version in ["1.2", "1.3"] {
        for (server, resumed) in &servers() {
            let (certificate, url) =
                (server.certificate_text(), |name: &str| server.server.url(name));
            let floor = format!("--tlsv{version}");
            let mut common =
                vec!["-sS", "--ssl-reqd", "--cacert", &certificate, "--tls-max", version, &floor];
            if !resumed {
                common.push("--no-sessionid");
            }
            let run = |more: &[&str]| curl.run(&[common.as_slice(), more].concat());
            for (size, name) in &files {
                run(&["-T", name, &url(name)]).ok();
                assert!(same(&server.server.path(name), &curl.home().join(name)), "{size}");
                run(&["-o", "down", &url(name)]).ok();
                assert!(same(&curl.home().join("down"), &curl.home().join(name)), "{size}");
            }
            assert_eq!(run(&["--list-only", &url("")]).ok().stdout.lines().count(), files.len());
            if *resumed {
                let output = run(&["--no-sessionid", "-o", "down", &url("f1")]);
                assert!(!output.status.success(), "{output:?}");
                server.server.wait_for_log("did not resume");
            }
        }
    }
}

#[test]
fn lftp() {
    let Some(lftp) = peer("lftp") else { return };
    let files = contents(&lftp);
    for version in ["1.2", "1.3"] {
        for (server, resumed) in &servers() {
            let script = |resumes: bool, work: &str| {
                format!(
                    "set ssl:ca-file {}; set ssl:priority NORMAL:-VERS-ALL:+VERS-TLS{version}; \
                     set ftp:ssl-force true; set ftp:ssl-protect-data true; set ftp:ssl-copy-sid \
                     {resumes}; set ftp:use-mode-z false; set net:max-retries 1; set xfer:clobber true; open -u \
                     {USER},\"{PASSWORD}\" ftp://{}; {work}",
                    server.certificate_text(),
                    server.server.address()
                )
            };
            for (size, name) in &files {
                let work = format!("put {name}; get {name} -o down; cls -1");
                lftp.run(&["-c", &script(*resumed, &work)]).ok();
                assert!(same(&server.server.path(name), &lftp.home().join(name)), "{size}");
                assert!(same(&lftp.home().join("down"), &lftp.home().join(name)), "{size}");
            }
            let output = lftp.run(&["-c", &script(*resumed, "cls -1")]).ok();
            assert_eq!(output.stdout.lines().count(), files.len());
            if *resumed {
                let output = lftp.run(&["-c", &script(false, "get f1 -o down")]);
                assert!(!output.status.success(), "{output:?}");
                server.server.wait_for_log("did not resume");
            }
        }
    }
}

/// Python resumes sessions only if told to.
const PYTHON: &str = r#"
version, *names = names
ftp = log_in(ssl.TLSVersion[version])
for name in names:
    with open(name, 'rb') as content:
        ftp.storbinary('STOR ' + name, content, 1 << 20)
    with open('down-' + name, 'wb') as back:
        ftp.retrbinary('RETR ' + name, back.write, 1 << 20)
assert sorted(ftp.nlst()) == sorted(names)
ftp.quit()
"#;

#[test]
fn python() {
    let Some(python) = peer("python3") else { return };
    let files = contents(&python);
    for version in ["TLSv1_2", "TLSv1_3"] {
        for (server, resumed) in &servers() {
            let (port, certificate) =
                (server.server.address().port().to_string(), server.certificate_text());
            let run = |reuse: bool| {
                let reuse = if reuse { "1" } else { "" };
                let script = [PYTHON_CLIENT, PYTHON].concat();
                let server = ["127.0.0.1", &port, USER, PASSWORD, &certificate];
                let mut arguments =
                    [["-c", &script].as_slice(), &server, &[reuse, version]].concat();
                arguments.extend(files.iter().map(|(_, name)| name.as_str()));
                python.run(&arguments)
            };
            run(*resumed).ok();
            for (size, name) in &files {
                let down = python.home().join(format!("down-{name}"));
                assert!(same(&server.server.path(name), &python.home().join(name)), "{size}");
                assert!(same(&down, &python.home().join(name)), "{size}");
            }
            if *resumed {
                assert!(!run(false).status.success());
                server.server.wait_for_log("did not resume");
            }
        }
    }
}

/// A control connection held by OpenSSL's client.
struct Control {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Control {
    fn open(arguments: &[&str], session: &Path) -> Self {
        let mut command = Command::new("openssl");
        command.args(["s_client", "-quiet"]).args(arguments).arg("-sess_out").arg(session);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("openssl");
        let input = child.stdin.take().expect("its input");
        let output = BufReader::new(child.stdout.take().expect("its output"));
        let mut control = Self { child, input, output };
        control.reply("220");
        for (line, code) in [
            (format!("USER {USER}"), "331"),
            (format!("PASS {PASSWORD}"), "230"),
            ("PBSZ 0".into(), "200"),
            ("PROT P".into(), "200"),
            ("TYPE I".into(), "200"),
        ] {
            control.ask(&line, code);
        }
        control
    }

    fn ask(&mut self, line: &str, code: &str) -> String {
        self.input.write_all(format!("{line}\r\n").as_bytes()).expect("openssl");
        self.reply(code)
    }

    fn reply(&mut self, code: &str) -> String {
        loop {
            let mut line = String::new();
            assert!(
                self.output.read_line(&mut line).expect("a reply") > 0,
                "no reply {code} arrived"
            );
            if line.as_bytes().get(3) == Some(&b' ') {
                assert!(line.starts_with(code), "expected {code}, got {line:?}");
                return line;
            }
        }
    }

    /// A transfer whose data connection is another process of OpenSSL's client.
    fn transfer(
        &mut self,
        line: &str,
        version: &str,
        session: Option<&Path>,
        upload: Option<&Path>,
    ) -> Vec<u8> {
        let told = self.ask("EPSV", "229");
        let port =
            told.split("|||").nth(1).and_then(|rest| rest.split('|').next()).expect("a port");
        self.ask(line, "150");
        let mut command = Command::new("openssl");
        command.args([
            "s_client",
            "-quiet",
            "-nocommands",
            version,
            "-connect",
            &format!("127.0.0.1:{port}"),
        ]);
        if let Some(session) = session {
            command.arg("-sess_in").arg(session);
        }
        let folder = tempfile::tempdir().expect("a folder");
        let down = folder.path().join("down");
        match upload {
            // At the end of its input, the client ends TLS properly.
            Some(path) => command.arg("-no_ign_eof").stdin(File::open(path).expect("a file")),
            None => command.stdin(Stdio::null()),
        };
        command.stdout(File::create(&down).expect("a file")).stderr(Stdio::null());
        program::wait(command.spawn().expect("openssl"), PATIENCE).expect("an end");
        self.reply("226");
        std::fs::read(down).expect("what came")
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn openssl() {
    let Some(openssl) = peer("openssl") else { return };
    let files = contents(&openssl);
    let session: PathBuf = openssl.home().join("session");
    for version in ["-tls1_2", "-tls1_3"] {
        for (server, resumed) in &servers() {
            let (address, certificate) =
                (server.server.address_tls().to_string(), server.certificate_text());
            let arguments =
                ["-connect", &address, version, "-CAfile", &certificate, "-verify_return_error"];
            let mut control = Control::open(&arguments, &session);
            let resume = resumed.then_some(session.as_path());
            for (size, name) in &files {
                let local = openssl.home().join(name);
                control.transfer(&format!("STOR {name}"), version, resume, Some(&local));
                assert!(same(&server.server.path(name), &local), "{version} {resumed} {size}");
                let back = control.transfer(&format!("RETR {name}"), version, resume, None);
                assert!(
                    back == std::fs::read(&local).expect("a file"),
                    "{version} {resumed} {size}"
                );
            }
            let listing = control.transfer("NLST", version, resume, None);
            assert_eq!(listing.split(|byte| *byte == b'\n').count(), files.len() + 1);
            control.ask("QUIT", "221");
        }
    }
}
