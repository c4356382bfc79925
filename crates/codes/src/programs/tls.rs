//! TLS failures in the words of the libraries: OpenSSL, GnuTLS, Schannel and .NET, Java, Go.

use super::{Told, own};
use crate::row::Repeat;

/// The program of these rows.
const TLS: &str = "TLS";

/// The certificate has expired or is not yet valid.
pub(super) const OUT_OF_DATE: Told = own(
    (TLS, None, ""),
    "Certificate expired or not yet valid",
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
        "The server's certificate has expired or is not yet valid.",
        "Check the clock of this machine; if it is right, the server needs a new certificate.",
    ),
);

/// The certificate is for another name.
pub(super) const OTHER_NAME: Told = own(
    (TLS, None, ""),
    "Certificate for another name",
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
        "The certificate is not for the name that the client connected to.",
        "Connect with the name in the certificate rather than an address or another name; \
            otherwise the server needs a certificate with this name.",
    ),
);

/// No trusted authority has issued the certificate.
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
        "The client does not know the authority that signed the server's certificate, or the \
            server did not send the intermediate certificates.",
        "Add the certificate's authority to the trusted ones on the client's machine, or verify \
            the fingerprint with the administrator and trust that. On the server, send the whole \
            chain, or use a certificate from a well-known authority.",
    ),
);

/// The client presented a certificate and the server refuses it, in the words of Packetboat's
/// server and client.
pub(super) const CLIENT_NOT_TRUSTED: Told = own(
    (TLS, None, ""),
    "Client certificate refused",
    &["the certificate of the other side is refused", "does not accept the client certificate in"],
    Repeat::Useless,
    (
        "The client presented a certificate of its own, and the server refuses it; the line gives \
            the reason if the server told it.",
        "Use a client certificate that one of the server's authorities (tls.client-ca) has issued, \
            that is currently valid and that is on none of its revocation lists (tls.client-crl); \
            or add the authority or the new list on the server, and reload it.",
    ),
);

/// The other side does not speak TLS.
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
        "The client started TLS, but the answer was not TLS: usually the unencrypted greeting of \
            an FTP server, because implicit TLS was used on a port for explicit TLS.",
        "Use explicit TLS on port 21 (ftpes://, --tls require), or implicit TLS on the port for \
            it, usually 990 (ftps://); also check that no proxy or firewall answers in the \
            server's place.",
    ),
);

/// The connection ended without the end of TLS.
pub(super) const NO_GOODBYE: Told = own(
    (TLS, None, ""),
    "TLS ended without close_notify",
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
        "The other side closed the connection without ending TLS first, as a server does that \
            crashes, is stopped, or is careless at the end of a transfer. The end of a file may be \
            missing.",
        "Check whether 226 arrived and compare the length; if either is wrong, connect again and \
            resume. If this happens after every transfer, update the server; right after \
            connecting, it may mean a ban or a full server.",
    ),
);

/// No version or cipher in common.
pub(super) const NOT_AGREED: Told = own(
    (TLS, None, ""),
    "No TLS version or cipher in common",
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
        "Both sides speak TLS, but have no allowed version or cipher in common, or the server \
            requires a client certificate.",
        "Update the older of the two programs, usually the one that supports only TLS 1.0 or 1.1; \
            check whether the server requires a client certificate.",
    ),
);

/// The data received under TLS is not what was sent.
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
        "A TLS packet was changed on its way, or one of the two programs has a bug.",
        "Connect again and resume; if the error returns, look for a firewall or virus scanner that \
            inspects TLS.",
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
            "Under TLS, the server accepts a data connection only if it resumes the TLS session of \
                the control connection, and this one did not.",
            "Use a client that resumes the session, as packetboat does; on the server, TLSOptions \
                NoSessionReuseRequired (ProFTPD) or require_ssl_reuse=NO (vsftpd) switches the \
                requirement off.",
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
