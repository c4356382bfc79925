//! Other people's FTP servers, as bench/peers.sh unpacks them. Anonymous sessions may read, store,
//! rename and delete. Each server has its own view of /run and of the account files, so it leaves
//! nothing behind.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::{PATIENCE, from_root, say_skipped, skip};

/// How many ports are tried if other programs take them before the server does.
const MOST_PORTS: usize = 5;

/// The user and group ID of anonymous sessions.
const ID: u32 = 65_534;

/// Makes /run and the account files private, and then becomes the server, which ends with the test.
const BECOME_SERVER: &str = r#"
set -e
passwd=$1 groups=$2
shift 2
mount -n -t tmpfs -o mode=755 tmpfs /run
mount -n --bind "$passwd" /etc/passwd
mount -n --bind "$groups" /etc/group
exec setpriv --pdeathsig KILL -- "$@"
"#;

/// A running server.
pub struct Other {
    child: Child,
    address: SocketAddr,
    keeps: TempDir,
}

/// Starts the server `vsftpd`, `proftpd` or `pureftpd`, or reports why it cannot.
///
/// # Panics
///
/// If the server is there but does not start. Also if it is missing on CI, where PACKETBOAT_PEERS
/// says where it is.
pub fn other_server(name: &str) -> Option<Other> {
    other_server_with(name, "")
}

/// The same with additional lines in the configuration file, if it has one. `{place}` stands for
/// the folder where the server is unpacked.
///
/// # Panics
///
/// As [`other_server`].
pub fn other_server_with(name: &str, more: &str) -> Option<Other> {
    let Some(place) = place(name) else {
        if std::env::var_os("PACKETBOAT_PEERS").is_some() {
            skip(name, &format!("{name} is not in $PACKETBOAT_PEERS"));
        } else {
            say_skipped(&format!("{name} is not unpacked; run bench/peers.sh"));
        }
        return None;
    };
    if !Command::new("unshare")
        .args(["--mount", "true"])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|s| s.success())
    {
        skip(
            "root",
            &format!(
                "{name} needs its own view of the account files, for which the tests must run as root"
            ),
        );
        return None;
    }
    for _ in 0..MOST_PORTS {
        if let Some(other) = Other::start(name, &place, more) {
            return Some(other);
        }
    }
    panic!("{name} does not start");
}

/// The folder where a server is unpacked.
fn place(name: &str) -> Option<PathBuf> {
    let peers = std::env::var_os("PACKETBOAT_PEERS").unwrap_or_else(|| "target/bench/peers".into());
    let place = from_root(peers).join(name);
    place.is_dir().then(|| fs::canonicalize(place).expect("a folder that is there"))
}

impl Other {
    fn start(name: &str, place: &Path, more: &str) -> Option<Self> {
        let keeps = tempfile::tempdir().expect("a folder");
        // The sessions run as nobody.
        fs::set_permissions(keeps.path(), fs::Permissions::from_mode(0o755)).expect("permissions");
        fs::create_dir_all(keeps.path().join("served/upload")).expect("a folder");
        fs::create_dir(keeps.path().join("empty")).expect("a folder");
        let writable = fs::Permissions::from_mode(0o777);
        fs::set_permissions(keeps.path().join("served/upload"), writable).expect("permissions");
        accounts(keeps.path());
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        drop(listener);
        let log = File::create(keeps.path().join("out")).expect("a file");
        let mut command = Command::new("unshare");
        command.args(["--mount", "--", "sh", "-c", BECOME_SERVER, "sh"]);
        command.arg(keeps.path().join("passwd")).arg(keeps.path().join("group"));
        command.args(arguments(name, place, keeps.path(), address, more));
        command.env("LD_LIBRARY_PATH", libraries(place)).current_dir(keeps.path());
        command.stdin(Stdio::null()).stdout(log.try_clone().expect("a file")).stderr(log);
        let mut other = Self { child: command.spawn().expect("unshare"), address, keeps };
        other.greets().then_some(other)
    }

    /// Waits for the greeting. Returns false if the server ends before that.
    fn greets(&mut self) -> bool {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if self.child.try_wait().expect("a child").is_some() {
                return false;
            }
            if let Ok(stream) = TcpStream::connect(self.address) {
                stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
                let mut line = String::new();
                // Another program may be listening there; then there is no FTP greeting.
                let read = BufReader::new(stream).read_line(&mut line);
                return read.is_ok() && line.starts_with("220");
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        false
    }

    /// The folder it serves; sessions may store into its subfolder `upload`.
    pub fn folder(&self) -> PathBuf {
        self.keeps.path().join("served")
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("ftp://{}/{path}", self.address)
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            for name in ["out", "log"] {
                let text = fs::read_to_string(self.keeps.path().join(name)).unwrap_or_default();
                eprintln!("{name} of the server on {}:\n{text}", self.address);
            }
        }
    }
}

/// Writes the machine's accounts plus `ftp`, whose home is the served folder.
fn accounts(keeps: &Path) {
    let home = keeps.join("served");
    for (file, line) in [
        ("passwd", format!("ftp:x:{ID}:{ID}:anonymous:{}:/bin/false\n", home.display())),
        ("group", format!("ftp:x:{ID}:\n")),
    ] {
        let text = fs::read_to_string(Path::new("/etc").join(file)).expect("the accounts");
        let others: String = text
            .lines()
            .filter(|line| !line.starts_with("ftp:"))
            .map(|l| format!("{l}\n"))
            .collect();
        fs::write(keeps.join(file), others + &line).expect("a file");
    }
}

/// The folders of the libraries that were unpacked with a server.
fn libraries(place: &Path) -> std::ffi::OsString {
    let folders =
        ["usr/lib", "lib"].into_iter().filter_map(|base| fs::read_dir(place.join(base)).ok());
    let paths = folders.flatten().map(|entry| entry.expect("an entry").path());
    let paths = paths.filter(|path| path.to_string_lossy().ends_with("-linux-gnu"));
    std::env::join_paths(paths).expect("paths")
}

/// Writes the configuration, and returns the program's arguments.
fn arguments(
    name: &str,
    place: &Path,
    keeps: &Path,
    address: SocketAddr,
    more: &str,
) -> Vec<String> {
    let (ip, port) = (address.ip(), address.port());
    let shown = |name: &str| keeps.join(name).display().to_string();
    let program = |name: &str| place.join("usr/sbin").join(name).display().to_string();
    let (config, text) = match name {
        "vsftpd" => (
            "vsftpd.conf",
            format!(
                "listen=YES\nlisten_address={ip}\nlisten_port={port}\nbackground=NO\n\
                 anonymous_enable=YES\nlocal_enable=NO\nwrite_enable=YES\nanon_root={}\n\
                 anon_upload_enable=YES\nanon_mkdir_write_enable=YES\nanon_other_write_enable=YES\n\
                 anon_umask=022\nftp_username=ftp\nxferlog_enable=YES\nvsftpd_log_file={}\n\
                 secure_chroot_dir={}\nisolate_network=NO\n",
                shown("served"),
                shown("log"),
                shown("empty")
            ),
        ),
        "proftpd" => (
            "proftpd.conf",
            format!(
                "ServerType standalone\nServerName test\nDefaultAddress {ip}\nPort {port}\n\
                 SocketBindTight on\nUseIPv6 off\nUseReverseDNS off\nUser nobody\nGroup nogroup\n\
                 AuthOrder mod_auth_unix.c\nAuthPAM off\nRequireValidShell off\nWtmpLog off\n\
                 PidFile {}\nScoreboardFile {}\nControlsEngine off\nSystemLog {}\nTransferLog none\n\
                 AllowOverwrite on\nAllowStoreRestart on\nAllowRetrieveRestart on\n<Anonymous {}>\n  \
                 User ftp\n  Group ftp\n  UserAlias anonymous ftp\n  RequireValidShell off\n\
                 </Anonymous>\n",
                shown("pid"),
                shown("board"),
                shown("log"),
                shown("served")
            ),
        ),
        _ => {
            let bind = format!("{ip},{port}");
            let words = ["-S", &bind, "-e", "-H", "-g", "/run/pure-ftpd.pid"].map(str::to_owned);
            return [vec![program("pure-ftpd")], words.to_vec()].concat();
        }
    };
    let more = more.replace("{place}", &place.display().to_string());
    fs::write(keeps.join(config), text + &more).expect("a configuration");
    match name {
        "vsftpd" => vec![program("vsftpd"), shown(config)],
        _ => vec![program("proftpd"), "--nodaemon".into(), "--config".into(), shown(config)],
    }
}
