//! A login hook that is an HTTP service: the server sends the question with POST, and the service
//! replies 200 with its answer.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use ureq::Agent;
use ureq::http::Uri;
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};

use crate::LONGEST_ANSWER;

/// A service. Its `Debug` output hides the address, which may contain a secret.
pub(crate) struct Service {
    agent: Agent,
    url: String,
}

impl Service {
    pub(crate) fn new(
        url: &str,
        authorities: Option<&[u8]>,
        time_limit: Duration,
    ) -> Result<Self, String> {
        let parsed: Uri = url.parse().map_err(|error| {
            format!(
                "{url} is not a valid address: \
            {error}"
            )
        })?;
        let host = parsed.host().unwrap_or_default();
        if parsed.scheme_str() != Some("https") && !is_here(host) {
            return Err(format!(
                "{url} would send passwords over the network unencrypted; use https://, or a \
                    service on this machine"
            ));
        }
        let roots = match authorities {
            Some(pem) => from_pem(pem)?,
            None if parsed.scheme_str() == Some("https") => {
                let found = rustls_native_certs::load_native_certs();
                of_system(found.certs, &found.errors)?
            }
            None => Vec::new(),
        };
        let roots: Vec<_> =
            roots.iter().map(|root| Certificate::from_der(root).to_owned()).collect();
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .root_certs(RootCerts::new_with_certs(&roots))
            .build();
        let config = Agent::config_builder()
            .timeout_global(Some(time_limit))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            // Passwords must not go through a proxy that the environment names.
            .proxy(None)
            .user_agent(concat!("packetboat/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls)
            .build();
        Ok(Self { agent: config.new_agent(), url: url.to_owned() })
    }

    pub(crate) fn ask(&self, question: &[u8]) -> Result<Vec<u8>, String> {
        let request = self.agent.post(&self.url).content_type("application/json");
        let mut response = request.send(question).map_err(|error| self.not_asked(&error))?;
        let status = response.status().as_u16();
        if status != 200 {
            return Err(format!("answered with HTTP status {status}"));
        }
        let body = response.body_mut().with_config().limit(LONGEST_ANSWER as u64).read_to_vec();
        body.map_err(|error| format!("cannot be read: {error}"))
    }
}

impl Service {
    /// Why the service cannot be asked. Only the host is shown, because the rest of the address may
    /// contain a secret.
    fn not_asked(&self, error: &ureq::Error) -> String {
        let parsed: Option<Uri> = self.url.parse().ok();
        let at = parsed.as_ref().and_then(Uri::authority).map(|authority| {
            let port = authority.port().map(|port| format!(":{port}")).unwrap_or_default();
            format!("{}{port}", authority.host())
        });
        let at = at.unwrap_or_default();
        let why = error.to_string();
        let hint = match why.contains("UnknownIssuer") {
            true => "; name the authority that issued its certificate with accounts.hook-ca",
            false => "",
        };
        format!("cannot be reached at {at}: {why}{hint}")
    }
}

/// Whether a host is this machine.
fn is_here(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// Without trusted authorities every login would fail, and only the log would say so.
fn of_system<E: fmt::Display>(
    found: Vec<CertificateDer<'static>>,
    errors: &[E],
) -> Result<Vec<CertificateDer<'static>>, String> {
    if !found.is_empty() {
        return Ok(found);
    }
    let why: String = errors.iter().map(|error| format!(" ({error})")).collect();
    Err(format!(
        "this machine has no trusted authorities to verify the service with{why}; install its \
            ca-certificates, or name the authority in accounts.hook-ca"
    ))
}

fn from_pem(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match read {
        Ok(roots) if !roots.is_empty() => Ok(roots),
        Ok(_) => Err("the hook's authority file contains no CERTIFICATE block".to_owned()),
        Err(error) => Err(format!("the hook's authority file cannot be read: {error}")),
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Service(****)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_without_authorities_is_told_at_the_start() {
        let root = CertificateDer::from(vec![0]);
        assert_eq!(of_system(vec![root.clone()], &["one is broken"]), Ok(vec![root]));
        let why = of_system(Vec::new(), &["a.pem: Permission denied"]).expect_err("there is none");
        assert!(why.contains("(a.pem: Permission denied); install") && why.contains("hook-ca"));
    }

    #[test]
    fn passwords_do_not_leave_the_machine_in_clear() {
        let new = |url| Service::new(url, None, Duration::from_secs(1)).is_ok();
        assert!(new("http://127.0.0.1:80/x") && new("http://[::1]/") && new("http://localhost/"));
        assert!(new("https://auth.example/login"));
        assert!(!new("http://auth.example/login") && !new("http://192.0.2.1/") && !new("http://"));
    }
}
