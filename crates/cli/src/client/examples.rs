//! Examples at the end of the help of the client's subcommands.

/// What those say that only do something.
macro_rules! silent {
    () => {
        "Nothing is printed when all went well; -v shows the dialogue, --json a line for each result."
    };
}

pub(super) const SILENT: &str = silent!();

pub(super) const GET: &str = "Examples:
  packetboat get ftp://host/pub/map.bin               to ./map.bin
  packetboat get -c ftp://host/pub/map.bin -o maps/   goes on where it broke off
  packetboat get -r ftp://anna@host/www -o copy       a directory with everything in it
  packetboat get -o - ftp://host/all.tar | tar t      to standard output";

pub(super) const PUT: &str = "Examples:
  packetboat put map.bin ftp://anna@host/new.bin      under another name
  packetboat put *.jpg ftp://anna@host/photos/        several into a directory
  packetboat put -r www ftp://anna@host/              a directory with everything in it
  packetboat put -r www/. ftp://anna@host/pub/        what is in it, without its name
  tar c . | packetboat put - ftp://anna@host/all.tar  from standard input";

pub(super) const LS: &str = "Examples:
  packetboat ls ftp://host/pub/                       one name a line
  packetboat ls -l 'ftp://host/pub/*.txt'             kind, size and time of some";

pub(super) const MKDIR: &str = concat!(
    "Examples:
  packetboat mkdir ftp://anna@host/a                  one directory
  packetboat mkdir -p ftp://anna@host/a/b/c           with those above it

",
    silent!()
);

pub(super) const RM: &str = concat!(
    "Examples:
  packetboat rm 'ftp://anna@host/logs/*.old'          some of a directory
  packetboat rm -rn ftp://anna@host/www               what would go
  packetboat rm -r ftp://anna@host/www                all of it, and says how much that was

",
    silent!()
);

pub(super) const MIRROR: &str = "Examples:
  packetboat mirror -n --delete site ftp://anna@host/www   what would be done
  packetboat mirror --delete site ftp://anna@host/www      uploads and deletes
  packetboat mirror --checksum site ftp://anna@host/www    by hash, whatever the times are
  packetboat mirror ftp://host/pub copy --exclude .git     downloads";

pub(super) const MV: &str = concat!(
    "Examples:
  packetboat mv ftp://anna@host/old.txt new.txt       paths are relative to the login
  packetboat mv ftp://anna@host/a.txt archive/a.txt   into another directory

",
    silent!()
);

pub(super) const HASH: &str = "Examples:
  packetboat hash ftp://host/map.bin                  as sha256sum prints it
  packetboat hash --download ftp://host/map.bin       where the server has no hashes";
