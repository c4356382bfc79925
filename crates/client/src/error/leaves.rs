//! What a transfer or a command that failed leaves open.

/// What a reply that was lost leaves unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unknown {
    /// Whether the server has stored a file, all of which was sent.
    Stored,
    /// Whether something has its new name.
    Renamed,
}

/// A download whose data connection ended, without the server's word on that end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unconfirmed {
    /// As many bytes came as the file has.
    AllCame,
    /// How many there are is not known, or the download began behind others.
    Ended,
}

/// Why a transfer that broke can only be begun anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Anew {
    /// So many bytes of the file were written to where they cannot be taken back from.
    Written(u64),
    /// What was sent cannot be read again.
    Read,
    /// In the form that it has on the way no place in the file can be found.
    Form,
}
