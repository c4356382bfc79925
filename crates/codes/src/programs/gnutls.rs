//! GnuTLS error numbers, as FileZilla prints them (`GnuTLS error -15`), and its messages, as lftp
//! prints them. Source: the list of error codes in the GnuTLS manual.

use super::{Told, code, like, own, tls};
use crate::row::Repeat;

const GNUTLS: &str = "GnuTLS";

pub(super) const ROWS: &[Told] = &[
    own(
        (GNUTLS, Some(-8), "GNUTLS_E_UNSUPPORTED_VERSION_PACKET"),
        "Unsupported TLS version",
        &["illegal or unsupported version"],
        Repeat::Useless,
        (
            "The other side uses a version of TLS that is not allowed here, or no TLS at all.",
            "Check that the port matches the kind of TLS (21 explicit, 990 implicit); otherwise \
                update the older of the two programs.",
        ),
    ),
    own(
        (GNUTLS, Some(-9), "GNUTLS_E_UNEXPECTED_PACKET_LENGTH"),
        "Malformed TLS packet",
        &["Error decoding the received TLS packet", "TLS packet with unexpected length"],
        Repeat::CanHelp,
        (
            "The data received is not a complete TLS packet: the connection ended in the middle of \
                one, or the data is not encrypted.",
            "Connect again and resume; if the error returns right after connecting, the port does \
                not match the kind of TLS (21 explicit, 990 implicit).",
        ),
    ),
    like(GNUTLS, -12, "GNUTLS_E_FATAL_ALERT_RECEIVED", &tls::NOT_AGREED),
    like(GNUTLS, -15, "GNUTLS_E_UNEXPECTED_PACKET", &tls::NO_TLS),
    like(GNUTLS, -21, "GNUTLS_E_UNKNOWN_CIPHER_SUITE", &tls::NOT_AGREED),
    like(GNUTLS, -24, "GNUTLS_E_DECRYPTION_FAILED", &tls::DAMAGED),
    like(GNUTLS, -43, "GNUTLS_E_CERTIFICATE_ERROR", &tls::NOT_TRUSTED),
    code(GNUTLS, -53, "GNUTLS_E_PUSH_ERROR", "Sending failed", 10054),
    code(GNUTLS, -54, "GNUTLS_E_PULL_ERROR", "Receiving failed", 10054),
    like(GNUTLS, -110, "GNUTLS_E_PREMATURE_TERMINATION", &tls::NO_GOODBYE),
    code(GNUTLS, -319, "GNUTLS_E_TIMEDOUT", "The operation timed out", 10060),
    like(GNUTLS, -348, "GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR", &tls::NOT_TRUSTED),
];
