//! Rules for settings that are valid on their own but contradict each other or need each other.
//! Each rule is a row of `RULES`.

use packetboat_server::settings::{
    ClientsWanted, ListenTls, Listener, Origin, Problem, Proof, Settings, Unread, Whether,
};

/// A combination of settings that does not work.
struct Rule {
    /// The setting to report.
    key: &'static str,
    /// The other settings that the rule depends on. If one of them could not be read, the rule does
    /// not apply.
    beside: &'static [&'static str],
    is_broken: fn(&Settings) -> bool,
    text: &'static str,
}

const NEEDS_CERTIFICATE: &str = "TLS needs a certificate; give tls.certificate and tls.key (--cert and --key), or have one generated with \
     tls.self-signed (--self-signed)";
/// Settings of an ACME authority, which take effect only together with names.
const OF_AUTHORITY: &[&str] = &[
    "acme.accept-terms",
    "acme.contact",
    "acme.listen",
    "acme.webroot",
    "acme.folder",
    "acme.authority-root",
    "acme.key-id",
    "acme.key-file",
];
const CERTIFICATES: [&str; 4] = ["tls.certificate", "tls.key", "tls.self-signed", "acme.names"];

static RULES: &[Rule] = &[
    Rule {
        key: "accounts.anonymous",
        beside: &[
            "accounts.user",
            "accounts.database",
            "accounts.hook",
            "accounts.pam-service",
            "host",
        ],
        is_broken: |settings| !settings.accounts.anonymous && !has_accounts(settings),
        text: "nobody could log in; set up accounts with accounts.database (--database) or accounts.user (--user)",
    },
    Rule {
        key: "accounts.user-writes",
        beside: &["accounts.user"],
        is_broken: |settings| settings.accounts.user.is_none() && settings.accounts.user_writes,
        text: "there is no account it could apply to; add one with accounts.user (--user NAME)",
    },
    Rule {
        key: "accounts.user-information",
        beside: &["accounts.user"],
        is_broken: |settings| {
            settings.accounts.user.is_none() && settings.accounts.user_information.is_some()
        },
        text: "there is no account it could apply to; add one with accounts.user (--user NAME)",
    },
    Rule {
        key: "accounts.pam-terms",
        beside: &["accounts.pam-service", "accounts.database"],
        is_broken: |settings| {
            let pam = &settings.accounts.pam;
            pam.service.is_some() && settings.accounts.database.is_none() && pam.terms.has_quota()
        },
        text: "quotas need a database to keep the counts in; set accounts.database",
    },
    Rule {
        key: "accounts.pam-terms",
        beside: &["accounts.pam-service"],
        is_broken: |settings| {
            let pam = &settings.accounts.pam;
            pam.service.is_none() && !pam.terms.is_empty()
        },
        text: "it has no effect without accounts.pam-service; set that, or remove this setting",
    },
    Rule {
        key: "accounts.pam-folder",
        beside: &["accounts.pam-service"],
        is_broken: |settings| {
            let pam = &settings.accounts.pam;
            pam.service.is_none() && pam.folder.is_some()
        },
        text: "it has no effect without accounts.pam-service; set that, or remove this setting",
    },
    Rule {
        key: "accounts.hook-ca",
        beside: &["accounts.hook"],
        is_broken: |settings| {
            settings.accounts.hook.is_none() && settings.accounts.hook_ca.is_some()
        },
        text: "it has no effect without accounts.hook; set that, or remove this setting",
    },
    Rule {
        key: "guards.first-ban",
        beside: &["guards.longest-ban"],
        is_broken: |settings| {
            let guards = &settings.server.guards;
            is_given(settings, "guards.first-ban") && guards.first_ban > guards.longest_ban
        },
        text: "it is longer than guards.longest-ban, which would shorten it; raise guards.longest-ban too",
    },
    Rule {
        key: "guards.delay",
        beside: &["guards.longest-delay"],
        is_broken: |settings| {
            let longest = settings.server.guards.longest_delay;
            is_given(settings, "guards.delay") && settings.server.login_delay > longest
        },
        text: "it is longer than guards.longest-delay, which would shorten it; raise guards.longest-delay too",
    },
    Rule {
        key: "log.xferlog",
        beside: &["log.file", "log.audit"],
        is_broken: |settings| {
            let files = &settings.log_files;
            files.xferlog.is_some() && [&files.general, &files.audit].contains(&&files.xferlog)
        },
        text: "another log is written to the same file; choose a different file for each",
    },
    Rule {
        key: "log.audit",
        beside: &["log.file"],
        is_broken: |settings| {
            let files = &settings.log_files;
            files.audit.is_some() && files.audit == files.general
        },
        text: "the general log is written to the same file; choose a different file for each",
    },
    Rule {
        key: "contain.group",
        beside: &["contain.user"],
        is_broken: |settings| settings.contain.user.is_none() && settings.contain.group.is_some(),
        text: "it has no effect without contain.user; set that, or remove this setting",
    },
    Rule {
        key: "tls.certificate",
        beside: &["tls.key"],
        is_broken: |settings| settings.tls.certificate.is_some() && settings.tls.key.is_none(),
        text: "it needs its private key; give tls.key (--key) too",
    },
    Rule {
        key: "tls.key",
        beside: &["tls.certificate"],
        is_broken: |settings| settings.tls.key.is_some() && settings.tls.certificate.is_none(),
        text: "it needs its certificate; give tls.certificate (--cert) too",
    },
    Rule {
        key: "tls.self-signed",
        beside: &["tls.mode"],
        is_broken: |settings| is_off(settings) && settings.tls.self_signed,
        text: "it contradicts tls.mode off; remove one of them",
    },
    Rule {
        key: "tls.self-signed",
        beside: &["tls.certificate"],
        is_broken: |settings| settings.tls.certificate.is_some() && settings.tls.self_signed,
        text: "tls.certificate is set, too; remove one of them",
    },
    Rule {
        key: "tls.mode",
        beside: &["listen", "tls.require-reuse"],
        is_broken: |settings| {
            is_off(settings) && (has_implicit(settings) || settings.tls.require_reuse)
        },
        text: "off contradicts an address for implicit TLS (--listen-tls) and tls.require-reuse; remove one of the \
               settings",
    },
    Rule {
        key: "tls.mode",
        beside: &CERTIFICATES,
        is_broken: |settings| {
            settings.tls.mode.is_some() && !is_off(settings) && !has_certificate(settings)
        },
        text: NEEDS_CERTIFICATE,
    },
    Rule {
        key: "tls.require-reuse",
        beside: &["tls.mode", "tls.certificate", "tls.key", "tls.self-signed", "acme.names"],
        is_broken: |settings| {
            let tls = &settings.tls;
            tls.mode.is_none() && tls.require_reuse && !has_certificate(settings)
        },
        text: NEEDS_CERTIFICATE,
    },
    Rule {
        key: "tls.certificate",
        beside: &[
            "tls.mode",
            "tls.require-reuse",
            "tls.key",
            "tls.self-signed",
            "acme.names",
            "listen",
        ],
        is_broken: |settings| {
            let wanted = settings.tls.mode.is_some() || settings.tls.require_reuse;
            !wanted && has_implicit(settings) && !has_certificate(settings)
        },
        text: NEEDS_CERTIFICATE,
    },
    Rule {
        key: "tls.client-ca",
        beside: &[
            "tls.mode",
            "tls.require-reuse",
            "tls.certificate",
            "tls.key",
            "tls.self-signed",
            "acme.names",
            "listen",
        ],
        is_broken: |settings| {
            let tls = &settings.tls;
            let told = tls.mode.is_some() || tls.require_reuse || has_implicit(settings);
            !told && tls.client_ca.is_some() && !has_certificate(settings)
        },
        text: "clients can only show certificates over TLS, for which the server needs a certificate, too; give tls.certificate and \
               tls.key (--cert and --key), or have one generated with tls.self-signed (--self-signed)",
    },
    Rule {
        key: "tls.client-certificates",
        beside: &["tls.client-ca"],
        is_broken: |settings| {
            let tls = &settings.tls;
            tls.client_certificates == Some(ClientsWanted::Required) && tls.client_ca.is_none()
        },
        text: "required needs an authority that issues the certificates; set tls.client-ca (--client-ca)",
    },
    Rule {
        key: "tls.client-crl",
        beside: &["tls.client-ca"],
        is_broken: |settings| settings.tls.client_crl.is_some() && settings.tls.client_ca.is_none(),
        text: "a revocation list needs the authority it is from; set tls.client-ca (--client-ca)",
    },
    Rule {
        key: "acme.names",
        beside: OF_AUTHORITY,
        is_broken: |settings| !has_acme(settings) && asks_authority(settings),
        text: "the host names are missing, without which no certificate is requested; give the host names of this server, \
               such as [\"ftp.example.com\"], or remove the section",
    },
    Rule {
        key: "acme.accept-terms",
        beside: &["acme.names"],
        is_broken: |settings| has_acme(settings) && !settings.acme.accept_terms,
        text: "the authority issues certificates only to those who agree to its terms; read them and set this to true",
    },
    Rule {
        key: "acme.names",
        beside: &["tls.certificate", "tls.self-signed"],
        is_broken: |settings| {
            let tls = &settings.tls;
            has_acme(settings) && (tls.certificate.is_some() || tls.self_signed)
        },
        text: "tls.certificate or tls.self-signed is set, too; remove one of them",
    },
    Rule {
        key: "acme.webroot",
        beside: &["acme.names", "acme.challenge"],
        is_broken: |settings| {
            let acme = &settings.acme;
            has_acme(settings) && acme.webroot.is_some() && acme.challenge == Proof::TlsAlpn01
        },
        text: "it only works with http-01; remove it, or set acme.challenge to http-01",
    },
    Rule {
        key: "acme.key-id",
        beside: &["acme.names", "acme.key-file"],
        is_broken: |settings| {
            let acme = &settings.acme;
            has_acme(settings) && acme.key_id.is_some() != acme.key_file.is_some()
        },
        text: "acme.key-id and acme.key-file belong together; set both or neither",
    },
];

/// Every broken rule. Rules that involve unreadable settings are left out.
pub(super) fn broken(settings: &Settings, unread: &Unread) -> Vec<Problem> {
    let is_known =
        |rule: &&Rule| !unread.hides(rule.key) && !rule.beside.iter().any(|key| unread.hides(key));
    let rules = RULES.iter().filter(is_known).filter(|rule| (rule.is_broken)(settings));
    let problems = rules.map(|rule| Problem::new(place(rule, settings), rule.key, rule.text));
    problems.chain(of_hosts(settings, unread)).chain(listened_twice(settings)).collect()
}

/// Where the setting is. For a missing setting, the place in the file that asks for it.
fn place(rule: &Rule, settings: &Settings) -> Origin {
    match settings.origin(rule.key) {
        Origin::Default => {
            let mut beside = rule.beside.iter().map(|key| settings.origin(key));
            beside.find(|origin| matches!(origin, Origin::File(..))).unwrap_or(Origin::Default)
        }
        origin => origin,
    }
}

/// Problems with the certificates of virtual hosts.
fn of_hosts(settings: &Settings, unread: &Unread) -> Vec<Problem> {
    if unread.hides("host") {
        return Vec::new();
    }
    let has_main = has_certificate(settings) || CERTIFICATES.iter().any(|key| unread.hides(key));
    let wrong = settings.hosts.iter().filter_map(|host| {
        let text = match (&host.certificate, &host.key) {
            (Some(_), None) | (None, Some(_)) => {
                "certificate and key belong together; set both or neither"
            }
            (Some(_), Some(_)) if !has_main => {
                "clients that do not send HOST need a certificate, too; give tls.certificate and tls.key"
            }
            _ => return None,
        };
        let origin = host.origin.clone().unwrap_or(Origin::Default);
        Some(Problem::new(origin, "host.certificate", text))
    });
    wrong.collect()
}

/// Addresses that appear twice, so that the server itself would already use them. Port 0 stands for
/// a new port each time.
fn listened_twice(settings: &Settings) -> Vec<Problem> {
    let mut seen = Vec::new();
    let mut problems = Vec::new();
    for (index, one) in settings.listen.iter().enumerate() {
        let Some(address) = one.address.filter(|address| address.port() != 0) else { continue };
        if seen.contains(&address) {
            let text = format!("{address} is given twice; remove one");
            problems.push(of_listener(index, one, text));
        }
        seen.push(address);
    }
    problems
}

/// A problem with the address of a listener, under the name it has where it was read.
pub(super) fn of_listener(index: usize, one: &Listener, text: String) -> Problem {
    let origin = one.origin.clone().unwrap_or(Origin::Default);
    let key = match origin {
        Origin::File(..) => format!("listen[{}].address", index + 1),
        _ => "listen".to_owned(),
    };
    Problem::new(origin, key, text)
}

/// Whether the setting was given. If not, its default fits the others.
fn is_given(settings: &Settings, key: &str) -> bool {
    settings.origin(key) != Origin::Default
}

fn has_accounts(settings: &Settings) -> bool {
    let accounts = &settings.accounts;
    let elsewhere = accounts.hook.is_some() || accounts.pam.service.is_some();
    let mut hosts = settings.hosts.iter();
    let of_hosts = hosts.any(|host| host.database.is_some() || host.anonymous == Some(true));
    accounts.user.is_some() || accounts.database.is_some() || elsewhere || of_hosts
}

fn has_certificate(settings: &Settings) -> bool {
    let tls = &settings.tls;
    tls.certificate.is_some() || tls.key.is_some() || tls.self_signed || has_acme(settings)
}

fn has_acme(settings: &Settings) -> bool {
    !settings.acme.names.is_empty()
}

fn asks_authority(settings: &Settings) -> bool {
    let acme = &settings.acme;
    let files = [&acme.webroot, &acme.folder, &acme.authority_root, &acme.key_file];
    let lists = acme.contacts.is_empty() && acme.listen.is_empty();
    let named = files.into_iter().any(Option::is_some) || acme.key_id.is_some();
    acme.accept_terms || named || !lists
}

fn has_implicit(settings: &Settings) -> bool {
    settings.listen.iter().any(|one| one.tls == ListenTls::Implicit)
}

fn is_off(settings: &Settings) -> bool {
    settings.tls.mode == Some(Whether::Off)
}

#[cfg(test)]
mod tests {
    use super::*;
    use packetboat_server::settings::{SECTIONS, rows};

    #[test]
    fn every_rule_names_settings_that_there_are() {
        for rule in RULES {
            assert!(rows().any(|row| row.key == rule.key), "{}", rule.key);
            for key in rule.beside {
                let is_section = SECTIONS.iter().any(|section| section.name == *key);
                assert!(is_section || rows().any(|row| row.key == *key), "{key}");
            }
        }
    }
}
