//! What a failed transfer or command leaves open: [`Unknown`], [`Unconfirmed`] and [`Anew`].

/// What is unknown because a reply was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unknown {
    /// Whether the server stored a file that was sent completely.
    Stored,
    /// Whether the rename took place.
    Renamed,
}

/// A download whose data connection ended without the server's final reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unconfirmed {
    /// The number of bytes received is the length of the file.
    AllCame,
    /// The length of the file is unknown, or the download was resumed.
    Ended,
}

/// Why a broken transfer has to start over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Anew {
    /// This many bytes were already written to an output that cannot be rewound.
    Written(u64),
    /// The input cannot be read again.
    Read,
    /// The transfer format has no restart positions.
    Form,
}
