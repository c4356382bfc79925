//! Tests of the guards with a simulated clock: limits, delayed replies, bans.

use super::*;

fn config() -> GuardConfig {
    GuardConfig { trusted: Vec::new(), ..GuardConfig::default() }
}

fn at(seconds: u64) -> Now {
    let unix = 1_000_000 + i64::try_from(seconds).expect("small");
    Now { moment: Duration::from_secs(seconds), unix }
}

fn address(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn sessions_of_one_address_are_counted_while_they_last() {
    let guards = Arc::new(Guards::default());
    let config = GuardConfig { sessions: Some(2), ..config() };
    let enter = |text| guards.enter(&config, address(text), at(0)).map_err(Some);
    let first = enter("192.0.2.1").expect("the first");
    let _second = enter("::ffff:192.0.2.1").expect("the second");
    assert_eq!(enter("192.0.2.1").err(), Some(Some(Goodbye::AddressFull { most: 2 })));
    let _other = enter("192.0.2.2").expect("another address");
    drop(first);
    assert!(enter("192.0.2.1").is_ok());
    // Whoever has one IPv6 address has its whole network.
    let _v6 = [enter("2001:db8::1").expect("one"), enter("2001:db8::2").expect("another")];
    assert!(enter("2001:db8::3").is_err());
    assert!(enter("2001:db8:0:1::3").is_ok());
}

#[test]
fn connections_and_logins_have_their_rates() {
    let guards = Arc::new(Guards::default());
    let rate = Some(Rate { count: 2, per: Duration::from_secs(60) });
    let config = GuardConfig { connections: rate, logins: rate, ..config() };
    let enter = |now| guards.enter(&config, address("192.0.2.1"), at(now)).map(drop);
    assert_eq!([enter(0), enter(0)], [Ok(()), Ok(())]);
    assert_eq!(enter(0), Err(Goodbye::TooManyConnections { wait: Duration::from_secs(30) }));
    assert_eq!(enter(30), Ok(()));
    let attempt = |now| guards.attempt(&config, address("192.0.2.1"), at(now));
    assert_eq!([attempt(30), attempt(30)], [Ok(()), Ok(())]);
    assert_eq!(attempt(40), Err(Goodbye::TooManyLogins { wait: Duration::from_secs(20) }));
}

#[test]
fn refusals_are_answered_later_and_later_and_lead_to_a_ban() {
    let guards = Arc::new(Guards::default());
    let config = config();
    let client = address("192.0.2.1");
    let mut delays = Vec::new();
    let mut ban = None;
    for second in 0..5 {
        assert_eq!(guards.attempt(&config, client, at(second)), Ok(()));
        let refused = guards.refused(&config, client, SECOND, at(second));
        delays.push(refused.delay.as_secs());
        ban = refused.ban;
    }
    assert_eq!(delays, [1, 2, 4, 8, 10]);
    let until = ban.expect("a ban").until;
    assert_eq!(until, Some(at(304).unix));
    let banned = Goodbye::Banned { until };
    assert_eq!(guards.attempt(&config, client, at(5)), Err(banned), "open sessions too");
    assert_eq!(guards.enter(&config, client, at(303)).err(), Some(banned));
    assert!(guards.enter(&config, address("192.0.2.2"), at(303)).is_ok());
    assert!(guards.enter(&config, client, at(304)).is_ok());
    // Counting starts over, and the next ban is longer.
    for second in 310..314 {
        assert!(guards.refused(&config, client, SECOND, at(second)).ban.is_none());
    }
    let ban = guards.refused(&config, client, SECOND, at(314)).ban.expect("a ban");
    assert_eq!(ban.until, Some(at(314 + 600).unix));
}

#[test]
fn trusted_addresses_are_neither_limited_nor_banned_nor_kept_waiting() {
    let guards = Arc::new(Guards::default());
    let config = GuardConfig { sessions: Some(1), ..GuardConfig::default() };
    let mut sessions = Vec::new();
    for _ in 0..20 {
        sessions.push(guards.enter(&config, address("127.0.0.1"), at(0)).expect("trusted"));
        let refused = guards.refused(&config, address("::1"), SECOND, at(0));
        assert_eq!((refused.delay, refused.ban), (SECOND, None));
    }
}

#[test]
fn bans_outlive_the_server_and_are_lifted_while_it_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = Database::open(&folder.path().join("accounts.db")).expect("a database");
    let (config, client) = (config(), address("192.0.2.1"));
    let guards = Arc::new(Guards::new(Some(database.clone())));
    guards.make_alike(&config, at(0).unix).expect("the database");
    for _ in 0..5 {
        guards.refused(&config, client, SECOND, at(0));
    }
    guards.make_alike(&config, at(0).unix).expect("the database");
    let bans = database.bans().expect("bans");
    assert_eq!((bans.len(), bans[0].reason.as_str()), (1, "5 refused logins"));
    // Another process.
    let next = Arc::new(Guards::new(Some(database.clone())));
    next.make_alike(&config, at(1).unix).expect("the database");
    assert!(next.enter(&config, client, at(1)).is_err());
    database.lift_bans(&Network::of(client, 32)).expect("it is lifted");
    for guards in [&guards, &next] {
        assert!(guards.enter(&config, client, at(2)).is_err(), "it has not looked yet");
        guards.make_alike(&config, at(2).unix).expect("the database");
        assert!(guards.enter(&config, client, at(2)).is_ok());
    }
    // The row is gone, and with it the number of earlier bans.
    for _ in 0..4 {
        assert!(guards.refused(&config, client, SECOND, at(3)).ban.is_none());
    }
    let again = guards.refused(&config, client, SECOND, at(3)).ban.expect("a ban");
    assert_eq!(again.strikes, 1);
    // A ban that was set by hand.
    let by_hand = Ban {
        network: Network::parse("198.51.100.0/24").expect("a network"),
        until: None,
        ..again
    };
    database.set_bans(std::slice::from_ref(&by_hand), 0).expect("a ban");
    guards.make_alike(&config, at(4).unix).expect("the database");
    let banned = guards.enter(&config, address("198.51.100.9"), at(4)).err();
    assert_eq!(banned, Some(Goodbye::Banned { until: None }));
}

#[test]
fn a_database_that_fails_loses_no_ban() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("accounts.db");
    let database = Database::open(&path).expect("a database");
    std::fs::remove_file(&path).expect("it is there");
    let (config, client) = (config(), address("192.0.2.1"));
    let guards = Arc::new(Guards::new(Some(database)));
    for _ in 0..5 {
        guards.refused(&config, client, SECOND, at(0));
    }
    assert!(guards.make_alike(&config, at(0).unix).is_err());
    assert!(guards.enter(&config, client, at(1)).is_err());
    let anew = Database::open(&path).expect("a database");
    guards.make_alike(&config, at(1).unix).expect("it is there again");
    assert_eq!(anew.bans().expect("bans").len(), 1);
}
