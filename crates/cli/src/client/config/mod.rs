//! The client's settings file: defaults for all servers or for one host, and rules for retries.
//! Every setting is a row in [`rows`]. Mistakes are reported with the file, the line and the
//! allowed values.

mod reader;
mod rows;

use std::path::{Path, PathBuf};
use std::time::Duration;

use packetboat_client::{Retry, RetryRule};

use super::target::UsageError;
use super::tls::Whether;

/// The settings for all servers, or for one host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Defaults {
    pub(crate) user: Option<String>,
    pub(crate) virtual_host: Option<String>,
    pub(crate) mount: Option<String>,
    pub(crate) tls: Option<Whether>,
    pub(crate) ca: Option<PathBuf>,
    pub(crate) active: Option<bool>,
    pub(crate) trust_pasv_address: Option<bool>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) jobs: Option<u16>,
    pub(crate) verify: Option<bool>,
    pub(crate) preserve: Option<bool>,
    pub(crate) times: Option<bool>,
}

/// A rule, and its line in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileRule {
    pub(crate) rule: RetryRule,
    pub(crate) line: usize,
}

/// The settings for retries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RetryDefaults {
    pub(crate) times: Option<u32>,
    pub(crate) first_pause: Option<Duration>,
    pub(crate) longest_pause: Option<Duration>,
    pub(crate) rules: Vec<FileRule>,
}

/// The contents of the settings file; empty if there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Config {
    /// The path of the file.
    pub(crate) path: Option<PathBuf>,
    client: Defaults,
    hosts: Vec<(String, Defaults)>,
    pub(crate) retry: RetryDefaults,
}

/// The options that select the file.
#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct ConfigArgs {
    /// Read this settings file [default: packetboat/client.toml in $XDG_CONFIG_HOME or ~/.config,
    /// on Windows in %APPDATA%, if it exists].
    #[arg(long, value_name = "FILE", help_heading = "Configuration")]
    config: Option<PathBuf>,
    /// Do not read a settings file.
    #[arg(long, conflicts_with = "config", help_heading = "Configuration")]
    no_config: bool,
}

impl ConfigArgs {
    /// Reads the selected file, if there is one.
    pub(crate) fn read(&self) -> Result<Config, UsageError> {
        if self.no_config {
            return Ok(Config::default());
        }
        match &self.config {
            Some(path) => read(path).map_err(UsageError),
            None => match usual_path().filter(|path| path.exists()) {
                None => Ok(Config::default()),
                Some(path) => read(&path).map_err(|text| {
                    UsageError(format!("{text} (use --no-config to ignore the file)"))
                }),
            },
        }
    }
}

fn usual_path() -> Option<PathBuf> {
    Some(usual_folder()?.join("packetboat").join("client.toml"))
}

/// The folder where Windows programs keep their settings.
#[cfg(windows)]
fn usual_folder() -> Option<PathBuf> {
    std::env::var_os("APPDATA").map(PathBuf::from).filter(|path| path.is_absolute())
}

#[cfg(not(windows))]
fn usual_folder() -> Option<PathBuf> {
    // The XDG Base Directory Specification says to ignore relative paths.
    let set = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
    let base = set.filter(|path| path.is_absolute());
    base.or_else(|| std::env::home_dir().map(|home| home.join(".config")))
}

fn read(path: &Path) -> Result<Config, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("{}: cannot read the settings file: {error}", path.display()))?;
    let mut config = reader::parse(&text).map_err(|mistakes| {
        let told = |mistake: &reader::Mistake| {
            format!("{}:{}: {}", path.display(), mistake.line, mistake.text)
        };
        mistakes.iter().map(told).collect::<Vec<_>>().join("\n")
    })?;
    config.path = Some(path.to_owned());
    Ok(config)
}

impl Config {
    /// The settings for a host: its own, and where it has none, those for all servers.
    pub(crate) fn of(&self, host: &str) -> Defaults {
        let own = self.hosts.iter().find(|(name, _)| name.eq_ignore_ascii_case(host));
        let own = own.map(|(_, defaults)| defaults.clone()).unwrap_or_default();
        let all = self.client.clone();
        Defaults {
            user: own.user.or(all.user),
            virtual_host: own.virtual_host.or(all.virtual_host),
            mount: own.mount.or(all.mount),
            tls: own.tls.or(all.tls),
            ca: own.ca.or(all.ca),
            active: own.active.or(all.active),
            trust_pasv_address: own.trust_pasv_address.or(all.trust_pasv_address),
            timeout: own.timeout.or(all.timeout),
            jobs: own.jobs.or(all.jobs),
            verify: own.verify.or(all.verify),
            preserve: own.preserve.or(all.preserve),
            times: own.times.or(all.times),
        }
    }
}

impl RetryDefaults {
    /// Applies the settings for retries. Options of the command line come later.
    pub(crate) fn apply(&self, retry: &mut Retry) {
        retry.retries = self.times.unwrap_or(retry.retries);
        retry.first_connection = self.times.unwrap_or(retry.first_connection);
        retry.first_pause = self.first_pause.unwrap_or(retry.first_pause);
        retry.longest_pause = self.longest_pause.unwrap_or(retry.longest_pause);
        retry.rules = self.rules.iter().map(|own| own.rule.clone()).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Config {
        reader::parse(text).unwrap_or_else(|mistakes| panic!("{mistakes:?}"))
    }

    #[test]
    fn a_host_has_its_own_settings_and_those_of_all() {
        let config = parsed(
            "[client]\ntls = \"try\"\njobs = 8\nverify = true\ntimeout = \"2m\"\n\
             [host.\"ftp.example.org\"]\ntls = \"require\"\nuser = \"ann\"\nverify = false\n",
        );
        let own = config.of("FTP.example.org");
        assert_eq!((own.tls, own.verify, own.jobs), (Some(Whether::Require), Some(false), Some(8)));
        assert_eq!(own.user.as_deref(), Some("ann"));
        let other = config.of("elsewhere");
        assert_eq!((other.tls, other.user), (Some(Whether::Try), None));
        assert_eq!(other.timeout, Some(Duration::from_secs(120)));
    }

    #[test]
    fn the_file_changes_how_replies_are_repeated() {
        let config = parsed(
            "[retry]\ntimes = 5\nfirst-pause = \"500ms\"\nrules = [\n  { code = 450, times = 10, pause = 2 },\n\
             \x20 { code = \"4xx\", verbs = [\"stor\", \"APPE\"], times = 0 },\n]\n",
        );
        let mut retry = Retry::default();
        config.retry.apply(&mut retry);
        assert_eq!((retry.retries, retry.first_pause), (5, Duration::from_millis(500)));
        assert_eq!(retry.longest_pause, Retry::default().longest_pause);
        let expected = ["450=10/2", "STOR,APPE:4xx=0"].map(|rule| rule.parse().expect(rule));
        assert_eq!(retry.rules, expected);
        let lines: Vec<_> = config.retry.rules.iter().map(|own| own.line).collect();
        assert_eq!(lines, [5, 6]);
    }

    #[test]
    fn a_mistake_is_told_with_its_line_and_what_is_allowed() {
        for (text, line, words) in [
            ("[client]\njobs = 0\n", 2, "client.jobs: 0 is not allowed: a number from 1 to 64"),
            ("[client]\n\njob = 1\n", 3, "there is no setting client.job; did you mean jobs?"),
            ("[cleint]\n", 1, "there is no section cleint; did you mean client?"),
            ("[client]\ntls = \"maybe\"\n", 2, "off, try or require"),
            ("[client]\nverify = \"yes\"\n", 2, "true or false"),
            ("[client]\ntimeout = \"soon\"\n", 2, "500ms"),
            ("jobs = 3\n", 1, "there is no section jobs"),
            ("[host]\nx = 1\n", 2, "[host.\"ftp.example.org\"]"),
            ("[retry]\nrules = [{ code = 45, times = 1 }]\n", 2, "a code such as 450"),
            ("[retry]\nrules = [{ code = 450 }]\n", 2, "times is missing"),
            (
                "[retry]\nrules = [{ code = 450, times = 1, verbs = [\"NIX\"] }]\n",
                2,
                "NIX is not a verb",
            ),
            ("[retry]\nrules = [{ code = 450, times = 1, pauze = 1 }]\n", 2, "did you mean pause?"),
            ("[retry]\nrules = 3\n", 2, "a list of rules"),
            ("[client]\njobs = 1\njobs = 2\n", 3, "duplicate key"),
            ("[client\n", 1, ""),
        ] {
            let mistakes = reader::parse(text).expect_err(text);
            let [mistake] = &mistakes[..] else { panic!("{text}: {mistakes:?}") };
            assert!(mistake.text.contains(words), "{text}: {}", mistake.text);
            assert_eq!(mistake.line, line, "{text}: {}", mistake.text);
        }
    }

    #[test]
    fn all_mistakes_are_told_at_once() {
        let text =
            "[retry]\ntimes = \"x\"\n[client]\njob = 1\nverify = 3\n[host.a]\ntsl = 1\n[x]\n";
        let mistakes = reader::parse(text).expect_err("wrong");
        let lines: Vec<_> = mistakes.iter().map(|mistake| mistake.line).collect();
        assert_eq!(lines, [2, 4, 5, 7, 8]);
    }

    #[test]
    fn every_row_takes_its_example() {
        for row in rows::CLIENT {
            parsed(&format!("[client]\n{} = {}\n", row.key, row.example));
        }
        for row in rows::RETRY {
            parsed(&format!("[retry]\n{} = {}\n", row.key, row.example));
        }
    }
}
