//! The status codes of Windows' SSPI and certificate checks, as .NET (`Win32Exception
//! (0x80090325)`) and curl with schannel print them when TLS fails. Source: Microsoft, winerror.h
//! and SSPI Status Codes.

use super::{Told, like, own, tls};
use crate::row::Repeat;

const SSPI: &str = "SSPI";

/// The top bit of these status codes is set, which makes them negative as `i32`.
const fn hex(number: u32) -> i32 {
    number.cast_signed()
}

pub(super) const ROWS: &[Told] = &[
    like(SSPI, hex(0x8009_0304), "SEC_E_INTERNAL_ERROR", &tls::NOT_AGREED),
    like(SSPI, hex(0x8009_0308), "SEC_E_INVALID_TOKEN", &tls::NO_TLS),
    own(
        (SSPI, Some(hex(0x8009_030d)), "SEC_E_UNKNOWN_CREDENTIALS"),
        "Client certificate not usable",
        &["credentials supplied to the package were not recognized"],
        Repeat::Useless,
        (
            "The program wants to present a client certificate, but Windows cannot use the private \
                key for it.",
            "Import the certificate with its key (PFX) for the user that the program runs as, and \
                give that user read permission for the key (certlm.msc, Manage Private Keys).",
        ),
    ),
    like(SSPI, hex(0x8009_030f), "SEC_E_MESSAGE_ALTERED", &tls::DAMAGED),
    like(SSPI, hex(0x8009_0317), "SEC_E_CONTEXT_EXPIRED", &tls::NO_GOODBYE),
    like(SSPI, hex(0x8009_0318), "SEC_E_INCOMPLETE_MESSAGE", &tls::NO_GOODBYE),
    like(SSPI, hex(0x8009_0322), "SEC_E_WRONG_PRINCIPAL", &tls::OTHER_NAME),
    like(SSPI, hex(0x8009_0325), "SEC_E_UNTRUSTED_ROOT", &tls::NOT_TRUSTED),
    own(
        (SSPI, Some(hex(0x8009_0326)), "SEC_E_ILLEGAL_MESSAGE"),
        "Handshake message not accepted",
        &["received was unexpected or badly formatted", "Nachricht war unerwartet oder"],
        Repeat::Useless,
        (
            "Windows does not accept the server's answer to the start of TLS: usually an alert \
                because the two sides have no version or cipher in common, or no TLS at all.",
            "Allow TLS 1.2 or later in the client (SslProtocols, \
                ServicePointManager.SecurityProtocol) and on the server; also check that the port \
                matches the kind of TLS (21 explicit, 990 implicit).",
        ),
    ),
    like(SSPI, hex(0x8009_0327), "SEC_E_CERT_UNKNOWN", &tls::NOT_TRUSTED),
    like(SSPI, hex(0x8009_0328), "SEC_E_CERT_EXPIRED", &tls::OUT_OF_DATE),
    like(SSPI, hex(0x8009_0330), "SEC_E_DECRYPT_FAILURE", &tls::DAMAGED),
    like(SSPI, hex(0x8009_0331), "SEC_E_ALGORITHM_MISMATCH", &tls::NOT_AGREED),
    own(
        (SSPI, Some(hex(0x8009_2010)), "CRYPT_E_REVOKED"),
        "Certificate revoked",
        &["certificate is revoked", "certificate has been revoked", "Zertifikat wurde gesperrt"],
        Repeat::Useless,
        (
            "The authority that issued the server's certificate has revoked it.",
            "The server needs a new certificate; do not continue with this one, because others may \
                know its key.",
        ),
    ),
    NOT_LOOKED_UP,
    like(SSPI, hex(0x8009_2013), "CRYPT_E_REVOCATION_OFFLINE", &NOT_LOOKED_UP),
    like(SSPI, hex(0x800b_0101), "CERT_E_EXPIRED", &tls::OUT_OF_DATE),
    like(SSPI, hex(0x800b_0109), "CERT_E_UNTRUSTEDROOT", &tls::NOT_TRUSTED),
    like(SSPI, hex(0x800b_010a), "CERT_E_CHAINING", &tls::NOT_TRUSTED),
    like(SSPI, hex(0x800b_010f), "CERT_E_CN_NO_MATCH", &tls::OTHER_NAME),
];

/// Windows could not find out whether the certificate was revoked.
const NOT_LOOKED_UP: Told = own(
    (SSPI, Some(hex(0x8009_2012)), "CRYPT_E_NO_REVOCATION_CHECK"),
    "Revocation not checked",
    &[
        "revocation function was unable to check",
        "revocation server was offline",
        "Sperrfunktion konnte die Sperrung",
    ],
    Repeat::CanHelp,
    (
        "Windows must check whether the certificate was revoked, but cannot reach the list or \
            service that its authority names, or the certificate names none.",
        "Allow the client to reach that address (usually HTTP, port 80), or switch the check off \
            if you trust the server: CheckCertificateRevocationList off, curl \
            --ssl-revoke-best-effort.",
    ),
);
