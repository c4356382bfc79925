//! The bans in the database, with a version number that grows with every change, so that a server
//! can tell with one query whether another process has changed them.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{Database, DatabaseError, Result};
use crate::{Ban, Network};

/// The most bans that are kept. Beyond that, those that end first are deleted, so that an attacker
/// with many addresses cannot fill the disk.
const MOST: i64 = 100_000;

impl Database {
    /// Every stored ban, including expired ones, which make the next ban longer.
    pub fn bans(&self) -> Result<Vec<Ban>> {
        self.with(all)
    }

    /// The version number of the bans.
    pub fn bans_version(&self) -> Result<i64> {
        self.with(version)
    }

    /// Sets bans, replacing those of the same networks, and deletes bans that ended before
    /// `forgotten`.
    pub fn set_bans(&self, bans: &[Ban], forgotten: i64) -> Result<()> {
        self.change(|connection| {
            let sql =
                "INSERT INTO bans (network, since, until, strikes, reason) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (network) DO UPDATE SET since = excluded.since, until = excluded.until,
                 strikes = excluded.strikes, reason = excluded.reason";
            let mut statement = connection.prepare(sql)?;
            for ban in bans {
                let network = ban.network.to_string();
                statement
                    .execute(params![network, ban.since, ban.until, ban.strikes, ban.reason])?;
            }
            connection.execute("DELETE FROM bans WHERE until < ?1", [forgotten])?;
            connection.execute(
                "DELETE FROM bans WHERE network IN (SELECT network FROM bans WHERE until IS NOT NULL
                 ORDER BY until DESC LIMIT -1 OFFSET ?1)",
                [MOST],
            )?;
            grow(connection)
        })
    }

    /// The networks that cannot be banned, as the last server on this database stored them; `None`
    /// if none has.
    pub fn trusted(&self) -> Result<Option<Vec<Network>>> {
        let Some(text) = self.with(trusted)? else { return Ok(None) };
        let wrong = |why: String| DatabaseError::Row(format!("the trusted networks: {why}"));
        let networks = text.split_whitespace().map(|one| Network::parse(one).map_err(wrong));
        networks.collect::<Result<_>>().map(Some)
    }

    /// Stores the networks that cannot be banned, for commands that set bans by hand.
    pub fn set_trusted(&self, networks: &[Network]) -> Result<()> {
        let words: Vec<_> = networks.iter().map(Network::to_string).collect();
        let text = words.join(" ");
        // Starting a server must not write what is stored already.
        if self.with(trusted)?.as_ref() == Some(&text) {
            return Ok(());
        }
        self.change(|connection| {
            let sql = "INSERT INTO settings (name, value) VALUES ('trusted', ?1)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value";
            connection.execute(sql, [&text])?;
            Ok(())
        })
    }

    /// Lifts every ban that covers an address of this network, and returns those bans.
    pub fn lift_bans(&self, network: &Network) -> Result<Vec<Ban>> {
        self.change(|connection| {
            let mut bans = all(connection)?;
            bans.retain(|ban| ban.network.meets(network));
            for ban in &bans {
                let sql = "DELETE FROM bans WHERE network = ?1";
                connection.execute(sql, [ban.network.to_string()])?;
            }
            if !bans.is_empty() {
                grow(connection)?;
            }
            Ok(bans)
        })
    }
}

fn trusted(connection: &Connection) -> Result<Option<String>> {
    let sql = "SELECT value FROM settings WHERE name = 'trusted'";
    Ok(connection.query_row(sql, [], |row| row.get(0)).optional()?)
}

fn all(connection: &Connection) -> Result<Vec<Ban>> {
    let sql = "SELECT network, since, until, strikes, reason FROM bans ORDER BY network";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], raw)?;
    let mut bans = Vec::new();
    for row in rows {
        let (network, ban) = row?;
        let wrong =
            |why| DatabaseError::Row(format!("the ban of {network:?} cannot be read: {why}"));
        bans.push(Ban { network: Network::parse(&network).map_err(wrong)?, ..ban });
    }
    Ok(bans)
}

/// The network as text, and the ban with a placeholder for its network.
fn raw(row: &Row<'_>) -> rusqlite::Result<(String, Ban)> {
    let ban = Ban {
        network: Network::ANY,
        since: row.get(1)?,
        until: row.get(2)?,
        strikes: row.get(3)?,
        reason: row.get(4)?,
    };
    Ok((row.get(0)?, ban))
}

fn version(connection: &Connection) -> Result<i64> {
    let sql = "SELECT value FROM settings WHERE name = 'bans'";
    let text = connection.query_row(sql, [], |row| row.get::<_, String>(0)).optional()?;
    Ok(text.and_then(|text| text.parse().ok()).unwrap_or_default())
}

fn grow(connection: &Connection) -> Result<()> {
    let sql = "INSERT INTO settings (name, value) VALUES ('bans', ?1)
               ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    connection.execute(sql, [(version(connection)? + 1).to_string()])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ban(network: &str, until: Option<i64>) -> Ban {
        let network = Network::parse(network).expect("a network");
        Ban { network, since: 100, until, strikes: 1, reason: "a test".to_owned() }
    }

    fn database() -> (tempfile::TempDir, Database) {
        let folder = tempfile::tempdir().expect("a folder");
        let database = Database::open(&folder.path().join("accounts.db")).expect("a database");
        (folder, database)
    }

    fn networks(bans: &[Ban]) -> Vec<String> {
        bans.iter().map(|ban| ban.network.to_string()).collect()
    }

    #[test]
    fn trusted_networks_are_those_told_last() {
        let folder = tempfile::tempdir().expect("a folder");
        let database = Database::open(&folder.path().join("a.db")).expect("a database");
        assert_eq!(database.trusted().expect("a database"), None);
        let networks =
            ["127.0.0.1", "2001:db8::/32"].map(|text| Network::parse(text).expect("a network"));
        for told in [&networks[..], &[]] {
            database.set_trusted(told).expect("written");
            assert_eq!(database.trusted().expect("networks").as_deref(), Some(told));
        }
    }

    #[test]
    fn a_ban_comes_back_as_it_was_and_each_change_is_noticed() {
        let (_folder, database) = database();
        assert_eq!(database.bans_version().expect("a number"), 0);
        let bans = [ban("192.0.2.7", Some(500)), ban("2001:db8::/64", None)];
        for ban in &bans {
            database.set_bans(std::slice::from_ref(ban), 0).expect("a ban");
        }
        assert_eq!(database.bans().expect("bans"), bans);
        assert_eq!(database.bans_version().expect("a number"), 2);
        let longer = Ban { strikes: 2, until: Some(900), ..bans[0].clone() };
        database.set_bans(std::slice::from_ref(&longer), 0).expect("the same network");
        assert_eq!(database.bans().expect("bans")[0], longer);
        assert_eq!(database.bans_version().expect("a number"), 3);
        assert!(longer.is_active(899) && !longer.is_active(900) && bans[1].is_active(i64::MAX));
    }

    #[test]
    fn what_keeps_an_address_out_is_lifted_and_named() {
        let (_folder, database) = database();
        for network in ["192.0.2.7", "192.0.2.0/24", "192.0.2.9", "0.0.0.0/0", "::/0"] {
            database.set_bans(&[ban(network, None)], 0).expect("a ban");
        }
        let one = Network::parse("192.0.2.7").expect("an address");
        let lifted = database.lift_bans(&one).expect("it is lifted");
        assert_eq!(networks(&lifted), ["0.0.0.0/0", "192.0.2.0/24", "192.0.2.7/32"]);
        assert_eq!(networks(&database.bans().expect("bans")), ["192.0.2.9/32", "::/0"]);
        let version = database.bans_version().expect("a number");
        assert_eq!(database.lift_bans(&one).expect("nothing"), []);
        assert_eq!(database.bans_version().expect("a number"), version);
    }

    #[test]
    fn bans_that_were_over_long_ago_go() {
        let (_folder, database) = database();
        database.set_bans(&[ban("192.0.2.1", Some(500))], 0).expect("a ban");
        database.set_bans(&[ban("192.0.2.2", Some(600))], 501).expect("a ban");
        assert_eq!(networks(&database.bans().expect("bans")), ["192.0.2.2/32"]);
    }
}
