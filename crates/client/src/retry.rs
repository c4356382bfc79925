//! When a failed operation is tried again: [`Retry`] has the general rule, and [`RetryRule`] the
//! rules for single codes. Which failures are worth a retry at all is decided in
//! [`crate::failure`].

use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::str::FromStr;
use std::time::Duration;

use packetboat_codes::{Pattern, by_name, by_number, by_pattern};
use packetboat_proto::client::policy;
use packetboat_proto::reply::Reply;
use packetboat_proto::time::{Timestamp, length};
use packetboat_proto::verbs::Verb;

use crate::error::Error;

/// How often a failed operation is tried again, and after which pauses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retry {
    /// How many times an operation is repeated after its first failure.
    pub retries: u32,
    /// The same if no connection was ever made. A wrong address is then more likely than a server
    /// that comes back, so the default is 0.
    pub first_connection: u32,
    /// The pause before the first repetition; each later one is twice as long. For some codes the
    /// pauses are several times longer (see [`POLICY`](packetboat_proto::client::POLICY)).
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
    /// Rules for single codes, which take precedence. The first that matches counts.
    pub rules: Vec<RetryRule>,
}

/// A rule for one code or a class of codes, after some verbs or after any verb.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryRule {
    codes: Codes,
    verbs: Vec<Verb>,
    /// How many times an operation is repeated after such a code.
    pub retries: u32,
    /// The first pause, if it differs from the usual one.
    pub first_pause: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Codes {
    One(u16),
    Class(Pattern),
}

/// Why a text is not a valid rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RetryRuleError {
    /// The text does not have the form of a rule.
    Form(String),
    /// No known code has that number or name.
    Code(String),
    /// There is no such verb.
    Verb(String),
    /// The pause is not a duration.
    Pause(String),
}

impl fmt::Display for RetryRuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form(rule) => write!(
                f,
                "{rule:?} is not a valid rule: write CODE=TIMES or CODE=TIMES/PAUSE, as in 450=10/5 or 4xx=0; to \
                 limit the rule to some verbs, put them before the code, as in STOR,APPE:452=3/60"
            ),
            Self::Code(code) => write!(
                f,
                "{code:?} is not a known code: give one that `packetboat code` shows, such as 450, 10061 or \
                 ECONNREFUSED, or a class of codes, such as 4xx"
            ),
            Self::Verb(verb) => write!(
                f,
                "{verb:?} is not an FTP verb: put the verbs to which the rule applies before the code, as in \
                 STOR,APPE:452=3/60"
            ),
            Self::Pause(pause) => write!(
                f,
                "{pause:?} is not a valid pause: give seconds, or a number with ms, s, m or h, such as 5, 500ms, 2m \
                 or 1h"
            ),
        }
    }
}

impl std::error::Error for RetryRuleError {}

impl FromStr for RetryRule {
    type Err = RetryRuleError;

    /// `450=10`, `450=10/2.5`, `45x=0`, `ECONNREFUSED=2/1m`, `STOR,APPE:452=3/60`.
    fn from_str(text: &str) -> Result<Self, RetryRuleError> {
        let wrong = || RetryRuleError::Form(text.to_owned());
        let (what, rest) = text.split_once('=').ok_or_else(wrong)?;
        let (verbs, codes) = match what.split_once(':') {
            Some((verbs, codes)) => (Some(verbs), codes),
            None => (None, what),
        };
        let (retries, pause) = match rest.split_once('/') {
            Some((retries, pause)) => (retries, Some(pause)),
            None => (rest, None),
        };
        let retries = retries.parse().map_err(|_| wrong())?;
        let no_pause = |pause: &str| RetryRuleError::Pause(pause.to_owned());
        let first_pause =
            pause.map(|pause| length(pause).ok_or_else(|| no_pause(pause))).transpose()?;
        let verb = |name: &str| {
            Verb::parse(name.as_bytes()).ok_or_else(|| RetryRuleError::Verb(name.to_owned()))
        };
        let verbs = verbs.map(|verbs| verbs.split(',').map(verb).collect::<Result<_, _>>());
        let rule = Self::new(codes, retries, first_pause)?;
        Ok(rule.after(verbs.transpose()?.unwrap_or_default()))
    }
}

impl RetryRule {
    /// A rule for a reply code or a socket code, by number or name, or for a class such as `4xx` or
    /// `100xx`. It applies after any verb.
    pub fn new(
        codes: &str,
        retries: u32,
        first_pause: Option<Duration>,
    ) -> Result<Self, RetryRuleError> {
        let class = Pattern::parse(codes).filter(|class| by_pattern(*class).next().is_some());
        let one = || {
            let known = match codes.parse() {
                Ok(number) => by_number(number),
                Err(_) => by_name(codes).next(),
            };
            known.map(|known| Codes::One(known.number()))
        };
        let unknown = || RetryRuleError::Code(codes.to_owned());
        let codes = class.map(Codes::Class).or_else(one).ok_or_else(unknown)?;
        Ok(Self { codes, verbs: Vec::new(), retries, first_pause })
    }

    /// Limits the rule to these verbs. An empty list means any verb.
    pub fn after(self, verbs: Vec<Verb>) -> Self {
        Self { verbs, ..self }
    }

    /// The verbs to which the rule applies; empty if it applies to any verb.
    pub fn verbs(&self) -> &[Verb] {
        &self.verbs
    }

    /// Whether the rule applies to a code, after some verb.
    pub fn is_about(&self, code: u16) -> bool {
        match self.codes {
            Codes::One(one) => one == code,
            Codes::Class(class) => class.matches(code),
        }
    }

    fn fits(&self, code: u16, verb: Option<Verb>) -> bool {
        let named = self.verbs.is_empty() || verb.is_some_and(|verb| self.verbs.contains(&verb));
        named && self.is_about(code)
    }
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            retries: 3,
            first_connection: 0,
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(30),
            rules: Vec::new(),
        }
    }
}

impl Retry {
    /// How many times to retry after a failure, and the first pause. If the server says when to
    /// come back, the first pause lasts at least until then; if that is later than the last retry
    /// would be, there is no retry.
    pub(crate) fn plan(&self, error: &Error, now: Timestamp) -> (u32, Duration) {
        self.plan_with(self.retries, error, now)
    }

    /// The same if no connection was ever made.
    pub(crate) fn plan_first(&self, error: &Error, now: Timestamp) -> (u32, Duration) {
        self.plan_with(self.first_connection, error, now)
    }

    fn plan_with(&self, usual: u32, error: &Error, now: Timestamp) -> (u32, Duration) {
        let (retries, first) = self.plan_by_code(usual, error);
        let Some(wait) = error.returns_at(now) else { return (retries, first) };
        let lasts: Duration = (1..=retries).map(|attempt| self.pause(first, attempt)).sum();
        if wait > lasts { (0, first) } else { (retries, first.max(wait)) }
    }

    fn plan_by_code(&self, retries: u32, error: &Error) -> (u32, Duration) {
        let (reply, verb) = (error.reply(), error.verb());
        let patience = reply.map_or(1, |reply| policy(reply.code(), verb).patience.max(1));
        let usual = self.first_pause.saturating_mul(patience);
        let by_socket = || self.rule(error.socket_code()?.number(), verb);
        let rule = error.reply_number().and_then(|code| self.rule(code, verb)).or_else(by_socket);
        match rule {
            Some(rule) => (rule.retries, rule.first_pause.unwrap_or(usual)),
            None if error.is_retryable() => (retries, usual),
            None => (0, usual),
        }
    }

    /// Whether to wait for a delay that the server announces.
    pub(crate) fn waits_out(&self, reply: &Reply) -> bool {
        self.rule(reply.code().number(), None).is_none_or(|rule| rule.retries > 0)
    }

    fn rule(&self, code: u16, verb: Option<Verb>) -> Option<&RetryRule> {
        self.rules.iter().find(|rule| rule.fits(code, verb))
    }

    /// The pause before repetition number `attempt`, counted from 1.
    pub(crate) fn pause(&self, first: Duration, attempt: u32) -> Duration {
        let factor = 1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX);
        // A rule may ask for a longer first pause than the longest usual one.
        first.saturating_mul(factor).min(self.longest_pause.max(first))
    }
}

/// Makes a pause up to a quarter shorter or longer, so that clients that failed together do not
/// return together.
pub(crate) fn with_jitter(pause: Duration) -> Duration {
    // The standard library seeds its hashers randomly, which is random enough here.
    let random = RandomState::new().build_hasher().finish();
    pause.mul_f64(0.75 + (random % 1000) as f64 / 2000.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Phase;
    use packetboat_codes::ReplyCode;
    use packetboat_proto::client::Request;

    fn refused(verb: Verb, number: u16) -> Error {
        let reply = Reply::new(ReplyCode::known(number), "no");
        Error::refused(Phase::Command, &Request::bare(verb), reply)
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let retry = Retry::default();
        let pause = |n| retry.pause(retry.first_pause, n).as_secs();
        assert_eq!((1..8).map(pause).collect::<Vec<_>>(), [1, 2, 4, 8, 16, 30, 30]);
        assert_eq!(pause(1000), 30);
    }

    #[test]
    fn jitter_stays_within_a_quarter() {
        let pause = Duration::from_secs(4);
        for _ in 0..1000 {
            let moved = with_jitter(pause).as_secs_f64();
            assert!((3.0..=5.0).contains(&moved), "{moved}");
        }
        assert_eq!(with_jitter(Duration::ZERO), Duration::ZERO);
    }

    #[test]
    fn code_and_verb_plan_the_repetitions() {
        let plan = |verb, code| {
            let (times, pause) = Retry::default().plan(&refused(verb, code), Timestamp(0));
            (times, pause.as_secs())
        };
        assert_eq!((plan(Verb::Retr, 450), plan(Verb::Stor, 452)), ((3, 2), (3, 5)));
        assert_eq!((plan(Verb::Retr, 421), plan(Verb::Pass, 421).0), ((3, 2), 0));
        assert_eq!((plan(Verb::Retr, 550).0, plan(Verb::User, 430).0), (0, 0));
    }

    #[test]
    fn a_ban_is_waited_for_only_if_the_attempts_last_as_long() {
        let plan = |text: &str| {
            let reply = Reply::new(ReplyCode::known(421), text);
            let error = Error::refused_unasked(Phase::Greeting, reply);
            Retry::default().plan(&error, Timestamp(0))
        };
        let until = |time| {
            format!(
                "Your address is banned until {time}; connect again after that, or ask the administrator to \
                 lift the ban."
            )
        };
        assert_eq!(plan(&until("1970-01-01 00:00:10 UTC")), (3, Duration::from_secs(10)));
        assert_eq!(plan(&until("1970-01-01 00:10:00 UTC")).0, 0);
        let often = "Your address connects too often; connect again in 5 seconds.";
        assert_eq!(plan(often), (3, Duration::from_secs(5)));
        let lifted =
            "Your address is banned from this server; ask the administrator to lift the ban.";
        assert_eq!((plan(lifted).0, plan("Too many users.").0), (0, 3));
    }

    #[test]
    fn rules_change_what_single_codes_bring() {
        let mut retry = Retry::default();
        for rule in ["450=10/0.5", "550=2", "4xx=0"] {
            retry.rules.push(rule.parse().expect(rule));
        }
        let plan = |code| retry.plan(&refused(Verb::Retr, code), Timestamp(0));
        assert_eq!(plan(450), (10, Duration::from_millis(500)));
        assert_eq!((plan(550).0, plan(451).0, plan(553).0), (2, 0, 0));
    }

    #[test]
    fn a_rule_may_hold_for_some_verbs_alone() {
        let rules = ["STOR,appe:452=9/60", "452=1"].map(|rule| rule.parse().expect(rule));
        let retry = Retry { rules: rules.to_vec(), ..Retry::default() };
        let plan = |verb| retry.plan(&refused(verb, 452), Timestamp(0));
        assert_eq!(plan(Verb::Stor), (9, Duration::from_secs(60)));
        assert_eq!((plan(Verb::Appe).0, plan(Verb::Mkd).0), (9, 1));
    }

    #[test]
    fn a_first_connection_is_repeated_where_that_is_asked_for() {
        let refused =
            || Error::socket(Phase::Connect, std::io::ErrorKind::ConnectionRefused.into());
        let plan = |retry: &Retry| {
            (retry.plan_first(&refused(), Timestamp(0)).0, retry.plan(&refused(), Timestamp(0)).0)
        };
        assert!(refused().is_retryable());
        assert_eq!(plan(&Retry::default()), (0, 3));
        assert_eq!(plan(&Retry { first_connection: 2, ..Retry::default() }), (2, 3));
        for rule in ["10061=5", "100xx=5"] {
            let rules = vec![rule.parse().expect(rule)];
            assert_eq!(plan(&Retry { rules, ..Retry::default() }), (5, 5), "{rule}");
        }
    }

    #[test]
    fn a_code_goes_by_its_number_or_any_of_its_names_and_a_pause_has_units() {
        let plan = |rule: &str| {
            let error =
                Error::socket(Phase::Transfer, std::io::ErrorKind::ConnectionRefused.into());
            let rules = vec![rule.parse().expect(rule)];
            Retry { rules, ..Retry::default() }.plan(&error, Timestamp(0))
        };
        for rule in ["10061=2/1h", "WSAECONNREFUSED=2/60m", "econnrefused=2/3600", "100xx=2/3600s"]
        {
            assert_eq!(plan(rule), (2, Duration::from_secs(3_600)), "{rule}");
        }
        assert_eq!(plan("10061=2/0"), (2, Duration::ZERO));
    }

    #[test]
    fn what_is_no_rule_is_refused_and_told_by_the_word_that_is_wrong() {
        let form = |text: &str| RetryRuleError::Form(text.to_owned());
        for text in ["", "450", "450=", "450=x", "450=-1"] {
            assert_eq!(text.parse::<RetryRule>(), Err(form(text)), "{text}");
        }
        let code = |code: &str| RetryRuleError::Code(code.to_owned());
        let verb = |verb: &str| RetryRuleError::Verb(verb.to_owned());
        let pause = |pause: &str| RetryRuleError::Pause(pause.to_owned());
        for (text, error) in [
            ("999=1", code("999")),
            ("45=1", code("45")),
            ("10001=1", code("10001")),
            ("88x=1", code("88x")),
            ("ENONSENSE=1", code("ENONSENSE")),
            ("=1", code("")),
            (":450=1", verb("")),
            ("STOR,:450=1", verb("")),
            ("FOO:450=1", verb("FOO")),
            ("450=1/", pause("")),
            ("450=1/-1", pause("-1")),
            ("450=1/2w", pause("2w")),
        ] {
            assert_eq!(text.parse::<RetryRule>(), Err(error), "{text}");
        }
    }
}
