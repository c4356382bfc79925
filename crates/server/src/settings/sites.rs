//! `[[host]]` and `[[mount]]`: virtual hosts, and folders for SMNT.

use std::path::{Path, PathBuf};

use packetboat_proto::host::HostName;

use super::problem::Origin;
use super::row::{Form, Row, Shape};
use super::server::{GREETING, greeting};
use super::{Rows, Section, Setting};

/// A virtual host.
#[derive(Clone, Debug, Default)]
pub struct Host {
    /// Its names.
    pub names: Vec<HostName>,
    /// Its folder.
    pub root: Option<PathBuf>,
    /// Its 220 greeting.
    pub greeting: Option<String>,
    /// Its certificate in PEM, instead of the server's.
    pub certificate: Option<PathBuf>,
    /// The private key of that certificate.
    pub key: Option<PathBuf>,
    /// Its database of accounts, instead of the server's.
    pub database: Option<PathBuf>,
    /// Whether guests may read there, instead of what `accounts.anonymous` says.
    pub anonymous: Option<bool>,
    /// Where the entry was given.
    pub origin: Option<Origin>,
}

/// A folder that SMNT mounts.
#[derive(Clone, Debug, Default)]
pub struct Mount {
    /// Its name.
    pub name: Option<String>,
    /// The folder.
    pub root: Option<PathBuf>,
    /// Where the entry was given.
    pub origin: Option<Origin>,
}

pub(super) const HOST: Section = Section {
    name: "host",
    doc: "A virtual host, for clients that name it with HOST or in the TLS handshake; repeat the \
         section for several.",
    rows: Rows::Host(HOST_ROWS),
};

pub(super) const MOUNT: Section = Section {
    name: "mount",
    doc: "Another folder, for clients that send SMNT with its name; repeat the section for several.",
    rows: Rows::Mount(MOUNT_ROWS),
};

const HOST_ROWS: &[Row<Host>] = &[
    Row::<Host>::new(
        "names",
        Shape::List(NAME, |host, text| {
            host.names.push(parse_host(text)?);
            Ok(())
        }),
        "The host's names, or addresses (IPv6 in brackets).",
    )
    .required(),
    Row::<Host>::new(
        "root",
        Shape::Path(|host, path| host.root = Some(path)),
        "The folder that this host serves.",
    )
    .required(),
    Row::<Host>::new(
        "greeting",
        Shape::Text(GREETING, |host, text| greeting(text, &mut host.greeting)),
        "The text of the 220 reply to HOST, in place of the program's name.",
    ),
    Row::<Host>::new(
        "database",
        Shape::Path(|host, path| host.database = Some(path)),
        "The accounts of this host, instead of the server's; without it, the host shares the \
         server's accounts.",
    ),
    Row::<Host>::new(
        "anonymous",
        Shape::Flag(|host, on| host.anonymous = Some(on)),
        "Whether guests may read on this host without a password; without it, accounts.anonymous \
         decides.",
    ),
    Row::<Host>::new(
        "certificate",
        Shape::Path(|host, path| host.certificate = Some(path)),
        "Certificate, in PEM, for clients that name this host in the TLS handshake; without it, \
         they get tls.certificate.",
    ),
    Row::<Host>::new(
        "key",
        Shape::Path(|host, path| host.key = Some(path)),
        "The private key of the host's certificate in PEM, without a password.",
    ),
];

const MOUNT_ROWS: &[Row<Mount>] = &[
    Row::<Mount>::new(
        "name",
        Shape::Text(MOUNT_NAME, |mount, text| {
            mount.name = Some(parse_mount(text)?);
            Ok(())
        }),
        "The name that clients send with SMNT, without a slash.",
    )
    .required(),
    Row::<Mount>::new(
        "root",
        Shape::Path(|mount, path| mount.root = Some(path)),
        "The folder that SMNT mounts.",
    )
    .required(),
];

const NAME: Form = Form { what: "a host name", place: "NAME", example: "ftp.example.com" };
const MOUNT_NAME: Form = Form { what: "a name", place: "NAME", example: "archive" };
const HOST_PAIR: Form = Form {
    what: "a host name and a folder",
    place: "NAME=FOLDER",
    example: "ftp.example.com=/srv/ftp",
};
const MOUNT_PAIR: Form =
    Form { what: "a name and a folder", place: "NAME=FOLDER", example: "archive=/srv/archive" };

pub(super) const HOST_FLAG: Setting = Setting::new(
    "host",
    Shape::List(HOST_PAIR, |settings, text| {
        let (name, root) = split(text)?;
        let host = Host { names: vec![parse_host(name)?], root: Some(root), ..Host::default() };
        settings.hosts.push(host);
        Ok(())
    }),
    "Serve another folder to clients that send HOST with this name; repeat it for several. The \
     accounts stay the same",
)
.flag("host");

pub(super) const MOUNT_FLAG: Setting = Setting::new(
    "mount",
    Shape::List(MOUNT_PAIR, |settings, text| {
        let (name, root) = split(text)?;
        let name = Some(parse_mount(name)?);
        settings.mounts.push(Mount { name, root: Some(root), origin: None });
        Ok(())
    }),
    "Serve another folder to clients that send SMNT with this name; repeat it for several",
)
.flag("mount");

fn parse_mount(name: &str) -> Result<String, String> {
    match name.is_empty() || name.contains('/') {
        true => Err("give a name that is not empty and has no slash".into()),
        false => Ok(name.to_owned()),
    }
}

fn parse_host(name: &str) -> Result<HostName, String> {
    HostName::parse(name.as_bytes()).ok_or_else(|| {
        "give a host name such as ftp.example.com, or an address (IPv6 in brackets), without a port"
            .into()
    })
}

fn split(text: &str) -> Result<(&str, PathBuf), String> {
    match text.split_once('=') {
        Some((name, folder)) if !name.is_empty() && !folder.is_empty() => {
            Ok((name, Path::new(folder).to_owned()))
        }
        _ => Err("give a name and a folder, as NAME=FOLDER".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Settings;
    use super::super::row::Row;
    use super::*;

    fn read(row: &Row<Settings>, text: &str) -> Result<Settings, String> {
        let mut settings = Settings::default();
        row.shape.read(&mut settings, text, Path::new("")).map(|()| settings)
    }

    #[test]
    fn names_and_their_folders() {
        let mount = &read(&MOUNT_FLAG, "a=/b=c").expect("a mount").mounts[0];
        assert_eq!(
            (mount.name.as_deref(), mount.root.as_deref()),
            (Some("a"), Some(Path::new("/b=c")))
        );
        assert_eq!(
            read(&HOST_FLAG, "[::1]=x").expect("a host").hosts[0].names[0].to_string(),
            "[::1]"
        );
        for bad in ["", "a", "=b", "a=", "a/b=c"] {
            assert!(read(&MOUNT_FLAG, bad).is_err(), "{bad}");
        }
        for bad in ["a:21=b", "::1=b", "two words=b"] {
            assert!(read(&HOST_FLAG, bad).is_err(), "{bad}");
        }
    }
}
