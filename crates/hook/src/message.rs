//! The JSON messages of hooks: the question and the answer.

use std::fmt;
use std::sync::Arc;

use packetboat_accounts::terms::Own;
use packetboat_accounts::{Account, Attempt, Entered, Refusal};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value, json};

/// The question, on one line. It contains the password, so it may only be sent through a pipe,
/// under TLS, or within this machine.
pub(crate) fn question(user: &str, password: &str, attempt: &Attempt<'_>) -> Vec<u8> {
    let certificate = attempt.certificate().map(|shown| {
        json!({
            "sha256": shown.fingerprint.to_string(),
            "names": shown.names,
            "vouched_for": shown.vouched_for,
        })
    });
    let question = json!({
        "version": 1,
        "user": user,
        "password": password,
        "address": attempt.from.to_canonical().to_string(),
        "tls": attempt.secured.is_some(),
        "certificate": certificate,
    });
    (question.to_string() + "\n").into_bytes()
}

/// Parses the answer.
pub(crate) fn answer(
    bytes: &[u8],
    attempt: &Attempt<'_>,
) -> Result<Result<Entered, Refusal>, String> {
    let read: Result<Once, _> = serde_json::from_slice(bytes);
    let Once(answer) =
        read.map_err(|error| format!("did not answer with a JSON object: {error}"))?;
    let Value::Object(mut answer) = answer else {
        return Err("did not answer with a JSON object".to_owned());
    };
    let result = answer.remove("result");
    let meant = match result.as_ref().and_then(Value::as_str) {
        Some("allow") => {
            let own = own(answer.remove("account"))?;
            let account = Account::let_in(attempt.user, &own, attempt);
            account.map(|account| Entered { account: Arc::new(account), remark: None })
        }
        Some("deny") => Err(Refusal::Denied(match answer.remove("reason") {
            None => "the login hook denies it".to_owned(),
            Some(Value::String(reason)) => {
                format!("the login hook denies it: {}", visible(&reason))
            }
            Some(_) => return Err("answered with a reason that is not a text".to_owned()),
        })),
        Some("unknown") => Err(Refusal::UnknownUser),
        _ => {
            return Err(
                "answered without \"result\": \"allow\", \"deny\" or \"unknown\"".to_owned()
            );
        }
    };
    // An unknown key might have been meant as a restriction.
    match answer.keys().next() {
        Some(key) => Err(format!("answered with {:?}, which is unknown", visible(key))),
        None => Ok(meant),
    }
}

/// JSON without duplicate keys. Otherwise, if a hook copied a user name into its answer unescaped,
/// the user could override its result or add rights.
struct Once(Value);

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Anything).map(Once)
    }
}

struct Anything;

impl<'de> Visitor<'de> for Anything {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(flag.into())
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(Once(item)) = items.next_element()? {
            all.push(item);
        }
        Ok(Value::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut once = Map::new();
        while let Some((key, Once(value))) = members.next_entry::<String, Once>()? {
            if once.contains_key(&key) {
                let key = visible(&key);
                return Err(A::Error::custom(format!("the key {key:?} is duplicated")));
            }
            once.insert(key, value);
        }
        Ok(Value::Object(once))
    }
}

/// The terms of an account, with the same names as the options of `packetboat user set`.
fn own(account: Option<Value>) -> Result<Own, String> {
    let mut own = Own::default();
    let account = match account {
        None => return Ok(own),
        Some(Value::Object(account)) => account,
        Some(_) => return Err("answered with an account that is not an object".to_owned()),
    };
    let line = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    for (key, value) in &account {
        let lines: Option<Vec<String>> = match value {
            Value::Array(items) => items.iter().map(line).collect(),
            value => line(value).map(|line| vec![line]),
        };
        let lines = lines
            .ok_or_else(|| format!("answered with a {:?} that has the wrong type", visible(key)))?;
        own.set(key, &lines)
            .map_err(|why| format!("answered with an invalid {:?}: {why}", visible(key)))?;
    }
    Ok(own)
}

/// Makes a text safe for the log: short, on one line.
pub(crate) fn visible(text: &str) -> String {
    let characters = text.chars().take(200);
    characters
        .map(|one| if one.is_control() { ' ' } else { one })
        .collect::<String>()
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt() -> Attempt<'static> {
        let from = "192.0.2.1".parse().expect("an address");
        Attempt { user: b"anna", password: b"secret", from, at: 1_000, secured: None }
    }

    fn read(text: &str) -> Result<Result<Entered, Refusal>, String> {
        answer(text.as_bytes(), &attempt())
    }

    #[test]
    fn the_question_is_one_line() {
        let question = question("anna", "a\"\n", &attempt());
        let text = std::str::from_utf8(&question).expect("UTF-8");
        assert_eq!(text.matches('\n').count(), 1);
        let value: Value = serde_json::from_str(text).expect("JSON");
        assert_eq!((&value["password"], &value["tls"]), (&"a\"\n".into(), &false.into()));
        assert_eq!((&value["address"], &value["certificate"]), (&"192.0.2.1".into(), &Value::Null));
    }

    #[test]
    fn clear_answers() {
        let text = r#"{"result":"allow","account":{"rights":"all","root":"/srv/%u","sessions":2}}"#;
        let entered = read(text).expect("an answer").expect("a login");
        assert_eq!(entered.account.rights(), packetboat_accounts::Rights::ALL);
        assert_eq!(entered.account.terms().sessions, Some(2));
        assert!(!entered.account.is_anonymous());
        assert!(read(r#"{"result":"allow"}"#).expect("an answer").is_ok());
        assert!(matches!(read(r#"{"result":"unknown"}"#), Ok(Err(Refusal::UnknownUser))));
        let denied = read("{\"result\":\"deny\",\"reason\":\"no\\nway\"}").expect("an answer");
        assert!(denied.is_err_and(|why| why.to_string() == "the login hook denies it: no way"));
        let text = r#"{"result":"allow","account":{"network":["198.51.100.0/24"]}}"#;
        assert!(matches!(read(text), Ok(Err(Refusal::Network(_)))));
    }

    #[test]
    fn a_key_that_stands_twice_is_named_wherever_it_is() {
        let text = r#"{"result":"allow","account":{"rights":"read-only","rights":"all"}}"#;
        let why = read(text).expect_err("no answer");
        assert!(why.contains("the key \"rights\" is duplicated"), "{why}");
    }

    #[test]
    fn all_else_lets_nobody_in() {
        for bad in [
            "",
            "allow",
            "[]",
            "{}",
            r#"{"result":true}"#,
            r#"{"result":"allow","acount":{}}"#,
            r#"{"result":"allow","account":{"fly":"yes"}}"#,
            r#"{"result":"allow","account":{"rights":"fly"}}"#,
            r#"{"result":"allow","account":{"root":"srv"}}"#,
            r#"{"result":"allow","account":{"locked":true}}"#,
            r#"{"result":"allow"} {"result":"deny"}"#,
            r#"{"result":"allow","account":[]}"#,
            // A user of this name, whom a hook did not put into quotes.
            r#"{"result":"deny","reason":"no user x","result":"allow"}"#,
            r#"{"result":"allow","account":{"root":"/srv/x","rights":"read-only","rights":"all"}}"#,
            r#"{"result":"allow","account":{"network":[{"a":1,"a":2}]}}"#,
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
