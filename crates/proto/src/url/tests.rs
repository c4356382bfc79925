//! Tests of URLs, part by part.

use super::*;

use proptest::prelude::*;

fn url(text: &str) -> FtpUrl {
    FtpUrl::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn every_part_is_found() {
    let url = url("FTP://joe%40x:p%3Aw@ftp.example.org:2121/pub/a%20b;type=A");
    assert_eq!((url.user(), url.password()), (Some(&b"joe@x"[..]), Some(&b"p:w"[..])));
    assert_eq!((url.host(), url.effective_port()), ("ftp.example.org", 2121));
    assert_eq!((url.path(), url.type_code()), (&b"pub/a b"[..], Some(TypeCode::Ascii)));
    assert_eq!(url.file_name(), Some(&b"a b"[..]));
}

/// RFC 1738 §3.2.2: a path is relative unless it starts with `%2F`.
#[test]
fn relative_and_absolute_paths() {
    for (text, path) in [
        ("ftp://h", ""),
        ("ftp://h/", ""),
        ("ftp://h/etc/motd", "etc/motd"),
        ("ftp://h/%2Fetc/motd", "/etc/motd"),
        ("ftp://h/%2fetc", "/etc"),
        ("ftp://h//etc/motd", "/etc/motd"),
        ("ftp://h/a/", "a/"),
    ] {
        assert_eq!(url(text).path(), path.as_bytes(), "{text}");
    }
    assert!(url("ftp://h").names_a_directory() && url("ftp://h/a/").names_a_directory());
    assert!(!url("ftp://h/a").names_a_directory());
}

#[test]
fn hosts_users_and_ports() {
    assert_eq!((url("ftp://[::1]:21/x").host(), url("ftp://[::1]:21/x").port()), ("::1", Some(21)));
    assert_eq!(url("ftp://[fe80::1%25eth0]/").host(), "fe80::1%eth0");
    assert_eq!((url("ftp://h:/").port(), url("ftps://h").effective_port()), (None, 990));
    assert_eq!((url("ftp://u@h").user(), url("ftp://u@h").password()), (Some(&b"u"[..]), None));
    assert_eq!(url("ftp://u:@h").password(), Some(&b""[..]));
    assert_eq!(url("ftp://u:p@w@h").password(), Some(&b"p@w"[..]));
    assert_eq!(url("ftp://\u{fc}@h/\u{fc}").path(), "\u{fc}".as_bytes());
}

#[test]
fn errors_name_what_is_wrong() {
    let error = |text: &str| FtpUrl::parse(text).expect_err(text);
    assert_eq!(error("host/path"), UrlError::Scheme);
    assert_eq!(error("http://host/"), UrlError::Scheme);
    assert_eq!(error("SFTP://host/"), UrlError::Sftp);
    assert!(UrlError::Sftp.to_string().contains("ftpes://"));
    assert_eq!((error("ftp://"), error("ftp://u:p@/x")), (UrlError::NoHost, UrlError::NoHost));
    assert_eq!(error("ftp://[::1/x"), UrlError::Host("[::1".to_owned()));
    assert_eq!(error("ftp://[1.2.3.4]/"), UrlError::Host("[1.2.3.4]".to_owned()));
    assert_eq!(error("ftp://h:0/"), UrlError::Port("0".to_owned()));
    assert_eq!(error("ftp://h:70000/"), UrlError::Port("70000".to_owned()));
    assert_eq!(error("ftp://h/100%"), UrlError::Percent("%".to_owned()));
    assert_eq!(error("ftp://h/%zz"), UrlError::Percent("%zz".to_owned()));
    assert_eq!(error("ftp://h/a%0D%0ADELE%20b"), UrlError::LineBreak);
    assert_eq!(
        (error("ftp://h/a?b"), error("ftp://h#x")),
        (UrlError::Reserved('?'), UrlError::Reserved('#'))
    );
    assert_eq!(error("ftp://h/a;type=x"), UrlError::Type("x".to_owned()));
    assert!(error("ftp://h/a?b").to_string().contains("%3F"));
}

#[test]
fn a_password_is_never_shown() {
    let url = url("ftp://joe:geheim@h/x;type=i");
    assert_eq!(format!("{url} {url:?}"), "ftp://joe@h/x;type=i FtpUrl(ftp://joe@h/x;type=i)");
}

/// The error used to quote the password if it contained a `/`, or a `%` that is not an escape.
#[test]
fn no_error_shows_anything_of_a_password() {
    for text in [
        "ftp://u:SECRET/x@h/",
        "ftp://u:SECRET/x@h:21/y",
        "ftp://my user:SECRET/x@h/",
        "ftp://[u:SECRET/x@h/",
        "ftp://u:%SECRET@h/",
        "ftp://%SECRET:p@h/",
        "ftp://u:SECRET#x@h/",
        "ftp://u:SECRET?x@h/",
        "ftp://u:SECRET%00@h/",
        "ftp://u:SECRET@h:x/",
        "ftp://u:SECRET@/",
    ] {
        let error = FtpUrl::parse(text).expect_err(text);
        assert!(!format!("{error} {error:?}").contains("SE"), "{text}: {error}");
    }
    let error = |text: &str| FtpUrl::parse(text).expect_err(text);
    for login in ["u:SECRET/x", "u@h.example:SECRET/x", "u:/SECRET"] {
        assert_eq!(error(&format!("ftp://{login}@h/")), UrlError::SlashInLogin);
    }
    assert!(UrlError::SlashInLogin.to_string().contains("%2F"));
    assert_eq!(error("ftp://u:a%zz@h/"), UrlError::PercentInLogin);
    // A path may contain an @.
    assert_eq!(url("ftp://h:21/a@b").path(), b"a@b");
    assert_eq!(error("ftp://h:x/a"), UrlError::Port("x".to_owned()));
}

#[test]
fn a_star_in_the_last_part_is_a_pattern_unless_it_is_escaped() {
    let pattern = |text| url(text).pattern().map(<[u8]>::to_vec);
    assert_eq!(pattern("ftp://h/a/*.t%5Bx%2At"), Some(b"*.t[[]x[*]t".to_vec()));
    assert_eq!(pattern("ftp://h/a*/b"), None);
    assert_eq!(pattern("ftp://h/%2A"), None);
    assert_eq!(pattern("ftp://h/a[1].txt"), None);
    let url = url("ftp://h/%2Fa/*;type=a");
    assert_eq!(url.to_string(), "ftp://h/%2Fa/*;type=a");
    assert_eq!((url.pattern(), url.directory()), (Some(&b"*"[..]), &b"/a/"[..]));
    // `%2F` is never part of a name.
    for (text, pattern, directory) in [
        ("ftp://h/%2F*.txt", "*.txt", "/"),
        ("ftp://h/%2f*", "*", "/"),
        ("ftp://h/a%2F*.x", "*.x", "a/"),
        ("ftp://h/a%2Fb/*", "*", "a/b/"),
    ] {
        let url = self::url(text);
        let expected = (Some(pattern.as_bytes()), directory.as_bytes());
        assert_eq!((url.pattern(), url.directory()), expected, "{text}");
        let shown = url.to_string();
        assert_eq!(self::url(&shown), url, "{text}: {shown}");
    }
    let one = url.with_path(b"/a/x*".to_vec());
    assert_eq!((one.to_string().as_str(), one.pattern()), ("ftp://h/%2Fa/x%2A;type=a", None));
}

proptest! {
    #[test]
    fn a_shown_url_is_read_back(
        user in proptest::option::of(proptest::collection::vec(1_u8.., 0..9)),
        port in proptest::option::of(1_u16..),
        path in proptest::collection::vec(1_u8.., 0..30),
    ) {
        let clean = |bytes: &[u8]| bytes.iter().all(|byte| !matches!(byte, b'\r' | b'\n'));
        prop_assume!(clean(&path) && user.as_deref().is_none_or(clean));
        let url = FtpUrl {
            scheme: Scheme::Ftp, user, password: None, host: "::1".to_owned(), port, path,
            pattern: None,
            type_code: None,
        };
        prop_assert_eq!(FtpUrl::parse(&url.to_string()), Ok(url));
    }

    #[test]
    fn no_text_makes_it_panic(text in "(ftp://)?[ -~\u{e4}%@:/\\[\\];]{0,40}") {
        let _ = FtpUrl::parse(&text);
    }
}
