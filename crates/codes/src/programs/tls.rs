//! Failures of TLS in the words of the libraries: OpenSSL, GnuTLS, Schannel and .NET, Java, Go.

use super::{Told, own};
use crate::row::Repeat;

/// Whose words they are.
const TLS: &str = "TLS";

/// The certificate has expired, or its time has not come.
pub(super) const OUT_OF_DATE: Told = own(
    (TLS, None, ""),
    "Certificate out of date",
    &[
        "certificate has expired",
        "certificate is not yet valid",
        "certificate expired",
        "expired certificate",
        "Zertifikat ist abgelaufen",
        "CertificateExpiredException",
    ],
    Repeat::Useless,
    (
        "The certificate of the server is past its last day, or not valid yet.",
        "See whether the clock of this machine is right; if it is, the server needs a new certificate.",
    ),
);

/// The certificate is for another name.
pub(super) const OTHER_NAME: Told = own(
    (TLS, None, ""),
    "Certificate of another name",
    &[
        "no alternative certificate subject name matches",
        "certificate subject name",
        "certificate common name doesn't match",
        "Hostname mismatch",
        "doesn't match requested host name",
        "target principal name is incorrect",
        "Zielprinzipalname ist falsch",
        "RemoteCertificateNameMismatch",
        "x509: certificate is valid for",
        "No subject alternative names",
        "name in the certificate does not match",
    ],
    Repeat::Useless,
    (
        "The certificate is for another name than the one that was connected to.",
        "Connect by the name in the certificate rather than by address or another name; else the server needs a \
         certificate that has this name.",
    ),
);

/// Nobody vouches for the certificate.
pub(super) const NOT_TRUSTED: Told = own(
    (TLS, None, ""),
    "Certificate not trusted",
    &[
        "remote certificate is invalid",
        "remote certificate was rejected",
        "Remotezertifikat ist",
        "not establish trust relationship",
        "certificate verify failed",
        "failed to verify certificate",
        "SSL certificate problem",
        "unable to get local issuer certificate",
        "self-signed certificate",
        "self signed certificate",
        "PKIX path building failed",
        "valid certification path",
        "certificate signed by unknown authority",
        "Certificate verification: Not trusted",
        "certificate is NOT trusted",
        "certificate not trusted",
        "certificate issuer is unknown",
        "certificate is not known",
        "certificate is unknown",
        "certificate unknown",
        "certificate_unknown",
        "alert unknown ca",
        "unknown_ca",
        "issued by an authority that is not trusted",
        "von einer nicht vertrauens",
        "occurred while processing the certificate",
        "Zertifikat des Servers ist unbekannt",
        "Error in the certificate",
    ],
    Repeat::Useless,
    (
        "The client does not know who signed the certificate of the server, or the server did not send the \
         certificates in between.",
        "Have the certificate's authority trusted on the client's machine, or compare the fingerprint with the \
         administrator and trust that; on the server send the whole chain, or use a certificate of a known \
         authority.",
    ),
);

/// The client has shown a certificate, and the server does not take it. In the words of Packetboat's server and client.
pub(super) const CLIENT_NOT_TRUSTED: Told = own(
    (TLS, None, ""),
    "Client certificate refused",
    &["the certificate of the other side is refused", "does not accept the client certificate in"],
    Repeat::Useless,
    (
        "The client showed a certificate of its own, and the server does not take it; the line says why, where the \
         server says so.",
        "Have the client show one that an authority of the server's (tls.client-ca) has issued, that is in time and \
         that is on none of its lists (tls.client-crl); or add the authority or the new list on the server, and reload it.",
    ),
);

/// TLS was begun with somebody who does not speak it.
pub(super) const NO_TLS: Told = own(
    (TLS, None, ""),
    "No TLS where TLS was expected",
    &[
        "unexpected TLS packet",
        "wrong version number",
        "packet length too long",
        "does not look like a TLS handshake",
        "plaintext connection?",
        ":unknown protocol",
        "record layer failure",
        "token supplied to the function is invalid",
        "bergebene Token ist ung",
    ],
    Repeat::Useless,
    (
        "The client began TLS, and what came was no TLS: mostly an FTP server that greets in clear, because \
         implicit TLS was used on a port for explicit TLS.",
        "Use explicit TLS on port 21 (ftpes://, --tls require), or implicit TLS on the port made for it, mostly \
         990 (ftps://); see also that no proxy or firewall answers in the server's place.",
    ),
);

/// The connection ended beneath TLS.
pub(super) const NO_GOODBYE: Told = own(
    (TLS, None, ""),
    "TLS ended without its goodbye",
    &[
        "non-properly terminated",
        "unexpected eof while reading",
        "EOF occurred in violation of protocol",
        "close_notify",
        "truncation attack",
        "SSL_ERROR_SYSCALL",
    ],
    Repeat::CanHelp,
    (
        "The other side closed the connection without saying so in TLS, as a server does that dies, is made to \
         end, or is careless at the end of a transfer. The end of a file may be missing.",
        "See whether 226 came and compare the length; if not, connect again and resume. If it comes after \
         every transfer, update the server; right after connecting it may be a ban or a full server.",
    ),
);

/// No version or cipher in common.
pub(super) const NOT_AGREED: Told = own(
    (TLS, None, ""),
    "TLS could not be agreed on",
    &[
        "handshake failure",
        "handshake_failure",
        "alert protocol version",
        "tlsv1 alert",
        "protocol_version",
        ":unsupported protocol",
        "SSL: UNSUPPORTED_PROTOCOL",
        "no shared cipher",
        "no ciphers available",
        "no protocols in common",
        "dh key too small",
        "TLS fatal alert has been received",
        "negotiate a supported cipher suite",
        "do not possess a common algorithm",
        "terminated the handshake",
        "gemeinsamen Algorithmus",
        "Local Security Authority cannot be contacted",
        "remote party has closed the transport stream",
        "remote party sent a TLS alert",
    ],
    Repeat::Useless,
    (
        "Both sides speak TLS and found no version or cipher that both allow, or the server wants a certificate of \
         the client.",
        "Update the older of the two programs, mostly the one that knows only TLS 1.0 or 1.1; see whether the \
         server wants a client certificate.",
    ),
);

/// What came under TLS is not what was sent.
pub(super) const DAMAGED: Told = own(
    (TLS, None, ""),
    "TLS packet damaged",
    &[
        "Decryption has failed",
        "supplied for verification has been altered",
        "specified data could not be decrypted",
        "bad record mac",
        "bad_record_mac",
    ],
    Repeat::CanHelp,
    (
        "A packet of TLS was changed on its way, or one of the two programs has a fault.",
        "Connect again and resume; if it comes back, look for a firewall or virus scanner that looks into TLS.",
    ),
);

/// Every row.
pub(super) const ROWS: &[Told] = &[
    own(
        (TLS, None, ""),
        "TLS session of the data connection not resumed",
        &["NoSessionReuseRequired", "did not reuse SSL session", "did not reuse TLS session"],
        Repeat::Useless,
        (
            "Under TLS the server takes a data connection only if it resumes the session of the control connection, \
             and this one did not.",
            "Use a client that resumes the session, as packetboat does; on the server TLSOptions \
             NoSessionReuseRequired (ProFTPD) or require_ssl_reuse=NO (vsftpd) does without.",
        ),
    ),
    CLIENT_NOT_TRUSTED,
    OUT_OF_DATE,
    OTHER_NAME,
    NOT_TRUSTED,
    NO_TLS,
    NO_GOODBYE,
    DAMAGED,
    NOT_AGREED,
];
