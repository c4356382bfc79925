//! Obtains one certificate: the account, the order, the proof for each name, and the result (RFC
//! 8555 §7).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use instant_acme::{
    Account, AuthorizationStatus, ChallengeHandle, ChallengeType, ExternalAccountKey, Identifier,
    NewAccount, NewOrder, Order, OrderStatus, RetryPolicy,
};

use crate::folder::Folder;
use crate::http::{Laid, Pages};
use crate::tls_alpn::{self, Proofs};
use crate::{AcmeConfig, AcmeError, Challenge, Validity};

/// How long an authority may take to check the proofs, and then to sign.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where proofs are published.
#[derive(Clone, Default)]
pub(crate) struct Desk {
    pub(crate) pages: Pages,
    pub(crate) proofs: Proofs,
}

/// The stored account for this authority, or a new one.
pub(crate) async fn account(config: &AcmeConfig, folder: &Folder) -> Result<Account, AcmeError> {
    let failed = |error| AcmeError::authority(&error);
    let builder = match &config.authority_root {
        Some(root) => Account::builder_with_root(root),
        None => Account::builder(),
    };
    let builder = builder.map_err(failed)?;
    if folder.authority()?.as_ref() == Some(&config.directory)
        && let Some(credentials) = folder.account()?
    {
        return builder.from_credentials(credentials).await.map_err(failed);
    }
    let contacts: Vec<String> = config.contacts.iter().map(|to| format!("mailto:{to}")).collect();
    let contacts: Vec<&str> = contacts.iter().map(String::as_str).collect();
    let wanted = NewAccount {
        contact: &contacts,
        terms_of_service_agreed: true,
        only_return_existing: false,
    };
    let external = config.external.as_ref();
    let external = external.map(|e| ExternalAccountKey::new(e.key_id.clone(), &e.key));
    let made = builder.create(&wanted, config.directory.clone(), external.as_ref()).await;
    let (account, credentials) = made.map_err(failed)?;
    folder.keep_account(&credentials, &config.directory)?;
    Ok(account)
}

/// A certificate that the authority has issued and no file contains yet. It is kept because
/// requesting it again counts against the authority's limits (five a week for the same names at
/// Let's Encrypt).
#[derive(Default)]
pub(crate) struct Held(Mutex<Option<(String, String)>>);

impl Held {
    /// Stores the held certificate, if there is one; if that fails, it remains held.
    pub(crate) fn keep(&self, folder: &Folder) -> Result<Option<Validity>, AcmeError> {
        // The file is complete or missing.
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((chain, key)) = &*held else { return Ok(None) };
        let validity = Validity::from_pem(chain.as_bytes());
        if validity.is_ok() {
            folder.keep_certificate(chain, key)?;
        }
        *held = None;
        validity.map(Some).map_err(|why| {
            AcmeError::Authority(format!("what it sent is not a certificate: {why}"))
        })
    }

    fn hold(&self, chain: String, key: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((chain, key));
    }
}

/// Obtains a certificate and holds it.
pub(crate) async fn obtain(
    config: &AcmeConfig,
    folder: &Folder,
    account: &Account,
    desk: &Desk,
    old: Option<&Validity>,
    held: &Held,
) -> Result<(), AcmeError> {
    folder.probe()?;
    let proving = Proving { config, desk, laid: None };
    let mut order = new_order(config, account, old).await?;
    let (chain, key) = proving.run(&mut order).await?;
    held.hold(chain, key);
    Ok(())
}

/// A new order, which names the certificate to replace if the authority supports that (RFC 9773
/// §5).
async fn new_order(
    config: &AcmeConfig,
    account: &Account,
    old: Option<&Validity>,
) -> Result<Order, AcmeError> {
    let mut names: Vec<String> =
        config.names.iter().map(|name| name.to_ascii_lowercase()).collect();
    names.sort();
    names.dedup();
    let names: Vec<Identifier> = names.into_iter().map(Identifier::Dns).collect();
    if let Some(replaced) = old.and_then(|old| old.identifier.clone()) {
        // An authority that no longer knows the old certificate accepts the order without it.
        if let Ok(order) = account.new_order(&NewOrder::new(&names).replaces(replaced)).await {
            return Ok(order);
        }
    }
    account.new_order(&NewOrder::new(&names)).await.map_err(|error| AcmeError::authority(&error))
}

/// The proofs for the names of an order. Dropping this withdraws everything that was published.
struct Proving<'a> {
    config: &'a AcmeConfig,
    desk: &'a Desk,
    laid: Option<Laid>,
}

impl Drop for Proving<'_> {
    fn drop(&mut self) {
        self.desk.pages.clear();
        self.desk.proofs.clear();
    }
}

impl Proving<'_> {
    /// The chain and the key, in PEM.
    async fn run(mut self, order: &mut Order) -> Result<(String, String), AcmeError> {
        let failed = |error| AcmeError::authority(&error);
        self.prove_all(order).await?;
        let patience = RetryPolicy::new().timeout(PATIENCE);
        let polled = order.poll_ready(&patience).await;
        match order.state().status {
            OrderStatus::Ready | OrderStatus::Valid => {}
            // The order's own error neither names the host nor says what to do.
            OrderStatus::Invalid => return Err(why_invalid(order).await),
            other => {
                polled.map_err(failed)?;
                return Err(AcmeError::NotReady(other));
            }
        }
        let key = order.finalize().await.map_err(failed)?;
        let chain = order.poll_certificate(&patience).await.map_err(failed)?;
        Ok((chain, key))
    }

    /// Publishes a proof for every name that needs one, then tells the authority.
    async fn prove_all(&mut self, order: &mut Order) -> Result<(), AcmeError> {
        let mut authorizations = order.authorizations();
        while let Some(next) = authorizations.next().await {
            let mut authorization = next.map_err(|error| AcmeError::authority(&error))?;
            match authorization.status {
                AuthorizationStatus::Valid => continue,
                AuthorizationStatus::Pending => {}
                other => {
                    let name = authorization.identifier().to_string();
                    return Err(AcmeError::not_proved(&name, other));
                }
            }
            let (kind, word) = match self.config.challenge {
                Challenge::Http(_) | Challenge::Webroot(_) => (ChallengeType::Http01, "HTTP-01"),
                Challenge::TlsAlpn(_) => (ChallengeType::TlsAlpn01, "TLS-ALPN-01"),
            };
            let challenge = authorization.challenge(kind);
            let mut challenge = challenge.ok_or_else(|| AcmeError::NoChallenge(word.to_owned()))?;
            self.put_out(&challenge)?;
            if let Err(error) = challenge.set_ready().await {
                // A fast authority has checked already, and reports the result here.
                let invalid =
                    order.refresh().await.is_ok_and(|now| now.status == OrderStatus::Invalid);
                return Err(match invalid {
                    true => why_invalid(order).await,
                    false => AcmeError::authority(&error),
                });
            }
        }
        Ok(())
    }

    fn put_out(&mut self, challenge: &ChallengeHandle<'_>) -> Result<(), AcmeError> {
        let authorization = challenge.key_authorization();
        match &self.config.challenge {
            Challenge::Http(_) => {
                self.desk.pages.set(challenge.token.clone(), authorization.as_str().to_owned());
            }
            Challenge::Webroot(root) => {
                let laid = self.laid.get_or_insert_with(|| Laid::new(root));
                laid.lay(&challenge.token, authorization.as_str())?;
            }
            Challenge::TlsAlpn(_) => {
                let name = challenge.identifier().to_string();
                let proof = tls_alpn::proof(&name, authorization.digest().as_ref())?;
                self.desk.proofs.set(name, Arc::clone(&proof));
            }
        }
        Ok(())
    }
}

/// The name that the authority could not verify, in its own words if it has any.
async fn why_invalid(order: &mut Order) -> AcmeError {
    let mut authorizations = order.authorizations();
    while let Some(next) = authorizations.next().await {
        let mut authorization = match next {
            Ok(authorization) => authorization,
            Err(error) => return AcmeError::authority(&error),
        };
        if let Err(error) = authorization.refresh().await {
            return AcmeError::authority(&error);
        }
        if authorization.status != AuthorizationStatus::Valid {
            let name = authorization.identifier().to_string();
            let told =
                authorization.challenges.iter().find_map(|challenge| challenge.error.as_ref());
            return match told.and_then(|problem| problem.detail.clone()) {
                Some(detail) => AcmeError::NotProved(name, detail),
                None => AcmeError::not_proved(&name, authorization.status),
            };
        }
    }
    AcmeError::NotReady(OrderStatus::Invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The certificate used to be thrown away, and every round requested another one.
    #[test]
    fn a_certificate_that_cannot_be_written_is_held() {
        let place = tempfile::tempdir().expect("a folder");
        let inner = place.path().join("acme");
        let folder = Folder::open(&inner).expect("a folder");
        let params = rcgen::CertificateParams::new(["a.example".into()]).expect("params");
        let key = rcgen::KeyPair::generate().expect("a key");
        let made = params.self_signed(&key).expect("a certificate");
        let held = Held::default();
        assert_eq!(held.keep(&folder).expect("nothing"), None);
        assert!(folder.probe().is_ok());
        assert_eq!(std::fs::read_dir(&inner).expect("the folder").count(), 0);
        held.hold(made.pem(), key.serialize_pem());
        std::fs::remove_dir(&inner).expect("removed");
        assert!(folder.probe().is_err() && held.keep(&folder).is_err());
        std::fs::create_dir(&inner).expect("a folder");
        let kept = held.keep(&folder).expect("written");
        assert_eq!(kept.map(|kept| kept.names), Some(vec!["a.example".to_owned()]));
        assert!(folder.validity().expect("a file").is_some());
        assert_eq!(held.keep(&folder).expect("nothing"), None);
        // Something that is not a certificate is not held forever.
        held.hold("rubbish".into(), String::new());
        assert!(held.keep(&folder).is_err());
        assert_eq!(held.keep(&folder).expect("nothing"), None);
    }
}
