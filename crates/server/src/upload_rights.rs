//! Which rights an upload requires. That depends on what exists: a new file, a file to replace, or
//! a file that grows. A file that appears in the meantime is left alone if the account may not
//! replace it. A file that disappears while it is being replaced is created again, which an account
//! with the rights to overwrite and to rename could achieve anyway.

use packetboat_accounts::{Right, Rights};
use packetboat_codes::Fault;
use packetboat_proto::server::Failure;
use packetboat_store::{Metadata, VirtualPath, WriteMode};

use crate::files::{View, at};

impl View {
    /// STOR, and APPE after REST.
    pub(crate) fn store_mode(&self, path: &VirtualPath, offset: u64) -> Result<WriteMode, Failure> {
        let rights = self.rights(path);
        self.require_any(Rights::STORING, path)?;
        self.require_name(path, false)?;
        // The account may do both, so there is nothing to find out.
        if rights.has(Right::Write) && rights.has(Right::Overwrite) {
            return Ok(if offset == 0 { WriteMode::Create } else { WriteMode::Resume { offset } });
        }
        match self.find(path)? {
            Some(_) if rights.has(Right::Overwrite) => {
                Ok(if offset == 0 { WriteMode::Create } else { WriteMode::Resume { offset } })
            }
            // Resuming at the end of a file is appending to it.
            Some(found) if offset > 0 && offset == found.len => {
                self.require(Right::Append, path)?;
                Ok(WriteMode::Append)
            }
            Some(_) => self.require(Right::Overwrite, path).map(|()| WriteMode::Create),
            None => {
                self.require(Right::Write, path)?;
                Ok(WriteMode::ResumeNew { offset })
            }
        }
    }

    /// APPE.
    pub(crate) fn append_mode(&self, path: &VirtualPath) -> Result<WriteMode, Failure> {
        let rights = self.rights(path);
        self.require_any(Rights::STORING, path)?;
        self.require_name(path, false)?;
        if rights.has(Right::Write) && rights.has(Right::Append) {
            return Ok(WriteMode::Append);
        }
        match self.find(path)? {
            Some(_) => self.require(Right::Append, path).map(|()| WriteMode::Append),
            None => self.require(Right::Write, path).map(|()| WriteMode::New),
        }
    }

    fn find(&self, path: &VirtualPath) -> Result<Option<Metadata>, Failure> {
        match self.storage.stat(path) {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.fault() == Fault::NotFound => Ok(None),
            Err(error) => Err(at(&error, path)),
        }
    }
}
