//! One test suite for every account backend.

use std::net::IpAddr;

use packetboat_accounts::{
    Account, AccountName, Attempt, Backend, Cost, Database, InformationFor, Memory, Network, Own,
    PasswordHash, Record, Refusal, Right, Rights, Root, Secret, Terms,
};

/// An account, described independently of the backends.
struct Wanted {
    name: &'static str,
    rights: Rights,
    terms: Terms,
    information: Option<InformationFor>,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { name: "anna", rights: Rights::ALL, terms: Terms::default(), information: None }
    }
}

const PASSWORD: &[u8] = b"correct horse";
const INFORMATION: &[u8] = b"cost centre 7";

fn memory(wanted: Wanted) -> Memory {
    let secret = |text| Secret::new(text).expect("random bytes");
    let mut account =
        Account::new(wanted.name, secret(PASSWORD), wanted.rights).with_terms(wanted.terms);
    if let Some(wanted_for) = wanted.information {
        account = account.with_information(secret(INFORMATION), wanted_for);
    }
    let mut memory = Memory::default();
    memory.add(account);
    memory
}

fn database(folder: &tempfile::TempDir, wanted: Wanted) -> Database {
    let cost = Cost::parse("m=8,t=1,p=1").expect("a cost");
    let hash = |text| PasswordHash::new(text, &cost).expect("a hash");
    let name = AccountName::parse(wanted.name).expect("a name");
    let mut record = Record::new(name, hash(PASSWORD));
    record.locked = wanted.terms.locked;
    record.own = own(&wanted);
    record.information = wanted.information.map(|wanted_for| (hash(INFORMATION), wanted_for));
    let database = Database::open(&folder.path().join("accounts.db")).expect("a database");
    database.set_cost(&cost).expect("a cost");
    database.add([&record]).expect("an account");
    database
}

/// The same account's values as `Own`.
fn own(wanted: &Wanted) -> Own {
    let terms = &wanted.terms;
    let mut own = Own::default();
    let mut set = |key, lines: Vec<String>| match lines.is_empty() {
        true => {}
        false => own.set(key, &lines).expect("a value"),
    };
    set("rights", vec![wanted.rights.to_string()]);
    set("root", terms.root.iter().map(|root| root.as_str().to_owned()).collect());
    set("sessions", terms.sessions.iter().map(ToString::to_string).collect());
    set("network", terms.networks.iter().map(ToString::to_string).collect());
    set("refuse-network", terms.refused_networks.iter().map(ToString::to_string).collect());
    if terms.expires.is_some() {
        set("expires", vec!["1970-01-01".to_owned()]);
    }
    own
}

fn attempt<'a>(user: &'a str, password: &'a [u8]) -> Attempt<'a> {
    Attempt {
        user: user.as_bytes(),
        password,
        from: address("192.0.2.1"),
        at: 1_000,
        secured: None,
    }
}

fn address(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

/// Runs the same check on every backend.
fn each(wanted: impl Fn() -> Wanted, check: impl Fn(&dyn Backend)) {
    check(&memory(wanted()));
    let folder = tempfile::tempdir().expect("a folder");
    check(&database(&folder, wanted()));
}

fn refusal(backend: &dyn Backend, attempt: &Attempt<'_>) -> Option<Refusal> {
    backend.authenticate(attempt).err()
}

#[test]
fn the_right_password_and_no_other() {
    each(Wanted::default, |backend| {
        let entered = backend.authenticate(&attempt("anna", PASSWORD)).expect("the right password");
        assert_eq!(entered.account.name(), b"anna");
        assert_eq!(entered.account.require(Right::Delete), Ok(()));
        assert!(entered.remark.is_none() && !entered.account.is_anonymous());
        for wrong in [b"correct hors".as_slice(), b"correct horse ", b"Correct horse", b""] {
            assert_eq!(refusal(backend, &attempt("anna", wrong)), Some(Refusal::WrongPassword));
        }
        for unknown in ["Anna", "bert", "", "anna ", "' OR 1=1 --"] {
            assert_eq!(refusal(backend, &attempt(unknown, PASSWORD)), Some(Refusal::UnknownUser));
        }
        let bytes = Attempt { user: b"an\xFFna", ..attempt("", PASSWORD) };
        assert_eq!(refusal(backend, &bytes), Some(Refusal::UnknownUser));
    });
}

#[test]
fn rights_are_those_that_were_given() {
    let rights = Rights::NONE.with(Right::List).with(Right::Append);
    each(
        || Wanted { rights, ..Wanted::default() },
        |backend| {
            let entered = backend.authenticate(&attempt("anna", PASSWORD)).expect("a login");
            assert_eq!(entered.account.rights(), rights);
            assert!(entered.account.require(Right::Read).is_err());
        },
    );
}

#[test]
fn a_locked_account_stays_out_and_nobody_learns_it_without_the_password() {
    each(
        || Wanted { terms: Terms { locked: true, ..Terms::default() }, ..Wanted::default() },
        |backend| {
            assert_eq!(refusal(backend, &attempt("anna", PASSWORD)), Some(Refusal::Locked));
            assert_eq!(refusal(backend, &attempt("anna", b"no")), Some(Refusal::WrongPassword));
        },
    );
}

#[test]
fn an_account_expires_in_its_second() {
    each(
        || Wanted {
            terms: Terms { expires: Some(86_400), ..Terms::default() },
            ..Wanted::default()
        },
        |backend| {
            let at = |at| Attempt { at, ..attempt("anna", PASSWORD) };
            assert_eq!(refusal(backend, &at(86_399)), None);
            assert_eq!(refusal(backend, &at(86_400)), Some(Refusal::Expired));
        },
    );
}

#[test]
fn networks_hold() {
    let networks =
        || ["192.0.2.0/24", "2001:db8::/32"].map(|text| Network::parse(text).expect("a network"));
    each(
        || Wanted {
            terms: Terms { networks: networks().into(), ..Terms::default() },
            ..Wanted::default()
        },
        |backend| {
            let from = |text| Attempt { from: address(text), ..attempt("anna", PASSWORD) };
            for inside in ["192.0.2.255", "2001:db8::7", "::ffff:192.0.2.1"] {
                assert_eq!(refusal(backend, &from(inside)), None, "{inside}");
            }
            let outside = Refusal::Network(address("198.51.100.1"));
            assert_eq!(refusal(backend, &from("198.51.100.1")), Some(outside.clone()));
            assert_eq!(refusal(backend, &from("::ffff:198.51.100.1")), Some(outside));
        },
    );
}

#[test]
fn terms_and_information_come_with_the_account() {
    let terms = || Terms {
        root: Some(Root::parse("/srv/%u").expect("a root")),
        sessions: Some(2),
        ..Terms::default()
    };
    each(
        || Wanted { terms: terms(), information: Some(InformationFor::Login), ..Wanted::default() },
        |backend| {
            let account =
                backend.authenticate(&attempt("anna", PASSWORD)).expect("a login").account;
            assert_eq!(account.terms(), &terms());
            assert_eq!(account.information_for(), Some(InformationFor::Login));
            assert_eq!(account.check_information(INFORMATION, 1_000), Ok(()));
            assert_eq!(account.check_information(b"7", 1_000), Err(Refusal::WrongInformation));
        },
    );
}
