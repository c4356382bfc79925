//! Class 6yz: a reply wrapped by the security mechanism (RFC 2228 §5.2).

use crate::reply::ReplyCode;
use crate::row::{CodeRow, Repeat, Status};

pub(super) const ROWS: &[CodeRow] = &[
    CodeRow {
        code: ReplyCode::known(631),
        name: "Reply with integrity protection",
        source: "RFC 2228 §5.2",
        status: Status::SecurityExchange,
        meaning: "A reply protected against tampering; the actual reply is inside, in base64.",
        sent: "After commands sent with MIC; never under TLS.",
        advice: "Unwrap the text with your security library and act on the reply inside.",
        repeat: Repeat::Depends,
        client_retries: false,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(632),
        name: "Reply with integrity and confidentiality",
        source: "RFC 2228 §5.2",
        status: Status::SecurityExchange,
        meaning: "A reply protected against reading and tampering; the actual reply is inside, in \
            base64.",
        sent: "After commands sent with ENC; never under TLS.",
        advice: "Decrypt the text with your security library and act on the reply inside.",
        repeat: Repeat::Depends,
        client_retries: false,
        notes: None,
    },
    CodeRow {
        code: ReplyCode::known(633),
        name: "Reply with confidentiality",
        source: "RFC 2228 §5.2",
        status: Status::SecurityExchange,
        meaning: "A reply protected against reading; the actual reply is inside, in base64.",
        sent: "After commands sent with CONF; never under TLS.",
        advice: "Decrypt the text with your security library and act on the reply inside; this \
            level does not prove that the reply is unchanged.",
        repeat: Repeat::Depends,
        client_retries: false,
        notes: None,
    },
];
