//! [`Server`]: our own server on a free port, with a folder of its own. It ends with the test,
//! whatever happens.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};

use command_fds::{CommandFdExt as _, FdMapping};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::dialogue::Dialogue;
use crate::program::packetboat;
use crate::successor::successors;
use crate::{PASSWORD, USER, wait_for};

/// Settings for a server that needs to be started in a special way.
#[derive(Default)]
pub struct Setup {
    /// The folder to serve, instead of a temporary one.
    pub folder: Option<PathBuf>,
    /// The address to listen on, instead of `127.0.0.1:0`.
    pub listen: Option<&'static str>,
    /// A program with arguments that starts the server, for example `prlimit`.
    pub wrapper: Vec<String>,
    /// Options that take a name and a folder, such as `--mount`, each with the name; the folder is
    /// created.
    pub folders: Vec<(&'static str, &'static str)>,
    /// Options that take a file, such as `--xferlog`, each with the file's name;
    /// [`Server::further`] returns its path.
    pub files: Vec<(&'static str, &'static str)>,
    /// A configuration file, stored beside the served folder. If it contains addresses, `--listen`
    /// is left out; if it names the folder, so is the folder's argument.
    pub config: Option<String>,
    /// Do not create [`USER`].
    pub without_user: bool,
    /// Further arguments.
    pub arguments: Vec<&'static str>,
    /// Environment variables.
    pub environment: Vec<(&'static str, String)>,
    /// Sockets to hand over as systemd does, with their names.
    pub sockets: Vec<(&'static str, OwnedFd)>,
}

/// The name of the configuration file.
const CONFIG: &str = "packetboat.toml";

/// A running server.
pub struct Server {
    child: Child,
    /// What it prints when it starts. This is read to its end, because a closed pipe would be an
    /// error for the server.
    said: Arc<Mutex<String>>,
    address: SocketAddr,
    address_tls: Option<SocketAddr>,
    folder: PathBuf,
    keeps: TempDir,
}

impl Server {
    /// Starts a server.
    pub fn start() -> Self {
        Self::with(Setup::default())
    }

    /// Starts a server with these settings.
    ///
    /// # Panics
    ///
    /// If it does not print its address.
    pub fn with(setup: Setup) -> Self {
        let keeps = tempfile::tempdir().expect("a folder");
        let folder = setup.folder.unwrap_or_else(|| keeps.path().join("served"));
        std::fs::create_dir_all(&folder).expect("the folder to serve");
        let program = packetboat();
        let mut wrapper = setup.wrapper;
        if !setup.sockets.is_empty() {
            // The variable must name the process that becomes the server.
            wrapper.extend(["sh", "-c", "LISTEN_PID=$$ exec \"$0\" \"$@\""].map(str::to_owned));
        }
        let mut words = wrapper.iter();
        let mut command = match words.next() {
            Some(wrapper) => {
                let mut command = Command::new(wrapper);
                command.args(words).arg(program);
                command
            }
            None => Command::new(program),
        };
        let log = File::create(keeps.path().join("log")).expect("the log");
        let config = setup.config.unwrap_or_default();
        command.arg("serve");
        if !config.contains("root = \"served\"") {
            command.arg(&folder);
        }
        if !config.contains("[[listen]]") {
            command.args(["--listen", setup.listen.unwrap_or("127.0.0.1:0")]);
        }
        if !config.is_empty() {
            let file = keeps.path().join(CONFIG);
            std::fs::write(&file, &config).expect("the configuration");
            command.arg("--config").arg(file);
        }
        if !setup.without_user {
            command.args(["--user", USER, "--write"]);
        }
        command.args(&setup.arguments);
        for (option, name) in setup.folders {
            let folder = keeps.path().join(name);
            std::fs::create_dir(&folder).expect("a further folder");
            command.arg(option).arg(format!("{name}={}", folder.display()));
        }
        for (option, name) in setup.files {
            command.arg(option).arg(keeps.path().join(name));
        }
        // The server must not use the files of the user who runs the tests.
        command.env("HOME", keeps.path()).env("XDG_STATE_HOME", keeps.path().join("state"));
        command.env("PACKETBOAT_PASSWORD", PASSWORD).envs(setup.environment);
        hand_over(&mut command, setup.sockets);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().expect("packetboat serve");
        let mut stdout = BufReader::new(child.stdout.take().expect("its standard output"));
        let listens_tls = setup.arguments.contains(&"--listen-tls") || config.contains("implicit");
        let mut said = String::new();
        let clear = address(&mut stdout, &mut said, "ftp://").unwrap_or_else(|| {
            // It has closed its output, so it is about to end.
            let status = child.wait();
            let log = std::fs::read_to_string(keeps.path().join("log"));
            panic!("the server did not start: {status:?} {log:?}")
        });
        let address_tls = listens_tls.then(|| address(&mut stdout, &mut said, "ftps://")).flatten();
        let said = Arc::new(Mutex::new(said));
        let heard = Arc::clone(&said);
        // The thread ends with the server and its successors.
        std::thread::spawn(move || {
            let mut line = String::new();
            while stdout.read_line(&mut line).is_ok_and(|count| count > 0) {
                heard.lock().expect("nobody panics with it").push_str(&line);
                line.clear();
            }
        });
        Self { child, said, address: clear, address_tls, folder, keeps }
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address for clients that start with TLS.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn address_tls(&self) -> SocketAddr {
        self.address_tls.expect("--listen-tls")
    }

    /// The folder it serves.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A path in that folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The path of one of the further folders or files.
    pub fn further(&self, name: &str) -> PathBuf {
        self.keeps.path().join(name)
    }

    /// Replaces the configuration file in one step, so that the server never sees half of it. The
    /// server rereads the file by itself only if it was told to.
    pub fn configure(&self, text: &str) {
        let fresh = self.further("fresh.toml");
        std::fs::write(&fresh, text).expect("the configuration");
        std::fs::rename(fresh, self.further(CONFIG)).expect("the configuration");
    }

    /// Replaces the configuration file, makes the server reread it, and waits for these words in
    /// the log.
    ///
    /// # Panics
    ///
    /// If the log does not say what came of it.
    pub fn reload(&self, text: &str, words: &str) {
        let before = self.log().matches(words).count();
        self.configure(text);
        kill_process(Pid::from_child(&self.child), Signal::HUP).expect("a server that runs");
        wait_for(words, || (self.log().matches(words).count() > before).then_some(()));
    }

    /// How many descriptors it has open.
    pub fn descriptors(&self) -> usize {
        let open = std::fs::read_dir(format!("/proc/{}/fd", self.child.id()));
        open.expect("its descriptors").count()
    }

    /// Writes a file in that folder.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).expect("a file");
    }

    /// Reads a file in that folder.
    pub fn read(&self, name: &str) -> Vec<u8> {
        let path = self.path(name);
        std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The names in that folder, sorted.
    pub fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.folder).expect("the folder");
        let name = |entry: std::io::Result<std::fs::DirEntry>| entry.expect("an entry").file_name();
        let mut names: Vec<String> =
            entries.map(|entry| name(entry).to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// The URL of a path, escaped already, with user and password.
    pub fn url(&self, path: &str) -> String {
        let password = PASSWORD.replace(' ', "%20");
        format!("ftp://{USER}:{password}@{}/{path}", self.address)
    }

    /// A session before login.
    pub fn connect(&self) -> Dialogue {
        Dialogue::connect(self.address)
    }

    /// A session of the account that may write, in TYPE I.
    pub fn login(&self) -> Dialogue {
        let mut dialogue = self.connect();
        dialogue.login(USER, PASSWORD);
        dialogue.expect("TYPE I", 200);
        dialogue
    }

    /// Everything it prints when it starts.
    ///
    /// # Panics
    ///
    /// If that does not come to an end.
    pub fn start_text(&self) -> String {
        let said = || self.said.lock().expect("nobody panics with it").clone();
        wait_for("what is printed at the start", || {
            Some(said()).filter(|said| said.contains("  packetboat get"))
        })
    }

    /// What the log contains so far.
    pub fn log(&self) -> String {
        let log = std::fs::read(self.keeps.path().join("log")).expect("the log");
        String::from_utf8_lossy(&log).into_owned()
    }

    /// Waits until the log contains some words.
    pub fn wait_for_log(&self, words: &str) {
        wait_for(words, || self.log().contains(words).then_some(()));
    }

    /// Its process ID.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to stop.
    ///
    /// # Panics
    ///
    /// If it is gone.
    pub fn terminate(&self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).expect("a server that runs");
    }

    /// Sends it a signal.
    ///
    /// # Panics
    ///
    /// If it is gone.
    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("a server that runs");
    }

    /// Its process ID.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end, and returns the exit status.
    pub fn ended(&mut self) -> ExitStatus {
        wait_for("the end of the server", || self.child.try_wait().expect("a child"))
    }

    /// Whether a process serves the same folder, and has not just reused the ID of one that did.
    fn is_of_this(&self, process: Pid) -> bool {
        let path = format!("/proc/{}/cmdline", process.as_raw_nonzero());
        let words = std::fs::read(path).unwrap_or_default();
        let own =
            [self.keeps.path(), self.folder()].map(|path| path.as_os_str().as_encoded_bytes());
        own.iter().any(|own| words.windows(own.len()).any(|word| word == *own))
    }

    /// Checks that the server still serves, and that nothing in it has panicked.
    ///
    /// # Panics
    ///
    /// If not.
    pub fn check_health(&self) {
        let mut dialogue = self.login();
        dialogue.expect("PWD", 257);
        dialogue.expect("QUIT", 221);
        let log = self.log();
        assert!(!log.contains("panicked"), "{log}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        // Also end successors that the test does not know about.
        for successor in successors(&self.log()).filter(|successor| self.is_of_this(*successor)) {
            let _ = kill_process(successor, Signal::KILL);
        }
        if std::thread::panicking() {
            let log = self.log();
            let start = log.len().saturating_sub(8000);
            let tail = log.get(start..).unwrap_or(&log);
            eprintln!("the log of the server on {}:\n{tail}", self.address);
        }
    }
}

/// Passes sockets on as systemd does, from descriptor 3 on. The process itself sets the variable
/// that names the receiver.
fn hand_over(command: &mut Command, sockets: Vec<(&'static str, OwnedFd)>) {
    if sockets.is_empty() {
        return;
    }
    let names: Vec<_> = sockets.iter().map(|(name, _)| *name).collect();
    command.env("LISTEN_FDS", sockets.len().to_string()).env("LISTEN_FDNAMES", names.join(":"));
    let mapping = |((_, parent_fd), child_fd)| FdMapping { parent_fd, child_fd };
    let mappings = sockets.into_iter().zip(3..).map(mapping).collect();
    command.fd_mappings(mappings).expect("a number for each");
}

/// The first address in `  listens on  ftp://ADDRESS/`.
fn address(
    stdout: &mut BufReader<ChildStdout>,
    said: &mut String,
    scheme: &str,
) -> Option<SocketAddr> {
    let mut line = String::new();
    while stdout.read_line(&mut line).ok()? > 0 {
        said.push_str(&line);
        if let Some(rest) = line.trim().strip_prefix("listens on") {
            return rest.trim().strip_prefix(scheme)?.strip_suffix('/')?.parse().ok();
        }
        line.clear();
    }
    None
}
