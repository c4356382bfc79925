//! The folder that persists between starts, with the account at the authority and the certificate.
//! Certificate and key are in one file, which is replaced by a rename, so that they always match.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use instant_acme::AccountCredentials;

use crate::{AcmeError, Validity};

/// The PEM file with the certificate and the private key, once there is one.
pub fn certificate_file(folder: &Path) -> PathBuf {
    folder.join("certificate.pem")
}

/// The folder.
#[derive(Clone, Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Creates the folder if necessary, accessible to its owner only.
    pub(crate) fn open(path: &Path) -> Result<Self, AcmeError> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.map_err(|error| AcmeError::File(path.to_owned(), error))?;
        Ok(Self(path.to_owned()))
    }

    /// The stored certificate.
    pub(crate) fn validity(&self) -> Result<Option<Validity>, AcmeError> {
        let path = certificate_file(&self.0);
        let Some(pem) = read(&path)? else { return Ok(None) };
        Validity::from_pem(&pem).map(Some).map_err(|why| AcmeError::Content(path, why))
    }

    pub(crate) fn keep_certificate(&self, chain: &str, key: &str) -> Result<(), AcmeError> {
        // The key comes first: some programs read no further than they must.
        self.write("certificate.pem", format!("{key}{chain}").as_bytes())
    }

    /// Checks that a certificate could be stored now, because every certificate counts against the
    /// authority's limits.
    pub(crate) fn probe(&self) -> Result<(), AcmeError> {
        /// More than a key and a chain need.
        const ROOM: usize = 32 << 10;
        self.write("probe", &[b'\n'; ROOM])?;
        let path = self.0.join("probe");
        fs::remove_file(&path).map_err(|error| AcmeError::File(path, error))
    }

    /// The account at this authority.
    pub(crate) fn account(&self) -> Result<Option<AccountCredentials>, AcmeError> {
        let path = self.0.join("account.json");
        let Some(json) = read(&path)? else { return Ok(None) };
        let account = serde_json::from_slice(&json);
        account.map(Some).map_err(|error| AcmeError::Content(path, error.to_string()))
    }

    /// The directory where the account was created.
    pub(crate) fn authority(&self) -> Result<Option<String>, AcmeError> {
        let text = read(&self.0.join("directory"))?;
        Ok(text.map(|text| String::from_utf8_lossy(&text).trim().to_owned()))
    }

    pub(crate) fn keep_account(
        &self,
        account: &AccountCredentials,
        directory: &str,
    ) -> Result<(), AcmeError> {
        let json = serde_json::to_vec(account).map_err(|error| {
            AcmeError::Made(format!("the account cannot be serialized: {error}"))
        })?;
        // An account without a directory file is created again; an account next to another
        // directory would be used at the wrong authority.
        self.write("account.json", &json)?;
        self.write("directory", directory.as_bytes())
    }

    /// Removes the account, so that a new one is created.
    pub(crate) fn forget_account(&self) -> Result<(), AcmeError> {
        let path = self.0.join("account.json");
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(AcmeError::File(path, error)),
            _ => Ok(()),
        }
    }

    /// Writes a file so that it is complete or missing, even after a power failure.
    fn write(&self, name: &str, content: &[u8]) -> Result<(), AcmeError> {
        let (path, new) = (self.0.join(name), self.0.join(format!(".{name}.new")));
        let work = || {
            match fs::remove_file(&new) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut file =
                OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
            file.write_all(content)?;
            file.sync_all()?;
            fs::rename(&new, &path)?;
            fs::File::open(&self.0)?.sync_all()
        };
        work().map_err(|error| AcmeError::File(path.clone(), error))
    }
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, AcmeError> {
    match fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(AcmeError::File(path.to_owned(), error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn certificate_and_key_are_one_file_of_its_owner() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = Folder::open(&place.path().join("deep/acme")).expect("the folder");
        assert_eq!(folder.validity().expect("nothing"), None);
        let key = rcgen::KeyPair::generate().expect("a key");
        let params = rcgen::CertificateParams::new(["a.example".into()]).expect("params");
        let certificate = params.self_signed(&key).expect("a certificate");
        for _ in 0..2 {
            folder.keep_certificate(&certificate.pem(), &key.serialize_pem()).expect("written");
        }
        let validity = folder.validity().expect("a certificate").expect("one");
        assert_eq!(validity.names, ["a.example"]);
        let file = certificate_file(&place.path().join("deep/acme"));
        assert_eq!(fs::metadata(&file).expect("metadata").permissions().mode() & 0o777, 0o600);
        fs::write(&file, "rubbish").expect("a file");
        let why = folder.validity().expect_err("rubbish").to_string();
        assert!(why.contains("certificate.pem") && why.contains("remove it"), "{why}");
    }
}
