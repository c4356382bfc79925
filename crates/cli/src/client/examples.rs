//! Examples at the end of the help of the client's subcommands.

/// The closing sentence for subcommands that print nothing on success.
macro_rules! silent {
    () => {
        "Prints nothing on success. -v shows the dialogue with the server, --json prints a line for each result."
    };
}

pub(super) const SILENT: &str = silent!();

pub(super) const GET: &str = "Examples:
  packetboat get ftp://host/pub/map.bin               to ./map.bin
  packetboat get -c ftp://host/pub/map.bin -o maps/   continues where it stopped
  packetboat get -r ftp://anna@host/www -o copy       a directory with everything in it
  packetboat get -o - ftp://host/all.tar | tar t      to standard output";

pub(super) const PUT: &str = "Examples:
  packetboat put map.bin ftp://anna@host/new.bin      under another name
  packetboat put *.jpg ftp://anna@host/photos/        several files into a directory
  packetboat put -r www ftp://anna@host/              a directory with everything in it
  packetboat put -r www/. ftp://anna@host/pub/        only the contents of the directory
  tar c . | packetboat put - ftp://anna@host/all.tar  from standard input";

pub(super) const LS: &str = "Examples:
  packetboat ls ftp://host/pub/                       one name per line
  packetboat ls -l 'ftp://host/pub/*.txt'             type, size and time of matching files";

pub(super) const MKDIR: &str = concat!(
    "Examples:
  packetboat mkdir ftp://anna@host/a                  one directory
  packetboat mkdir -p ftp://anna@host/a/b/c           with its parents

",
    silent!()
);

pub(super) const RM: &str = concat!(
    "Examples:
  packetboat rm 'ftp://anna@host/logs/*.old'          matching files of a directory
  packetboat rm -rn ftp://anna@host/www               lists what would be deleted
  packetboat rm -r ftp://anna@host/www                deletes all of it and says how much

",
    silent!()
);

pub(super) const MIRROR: &str = "Examples:
  packetboat mirror -n --delete site ftp://anna@host/www   lists what would be done
  packetboat mirror --delete site ftp://anna@host/www      uploads and deletes
  packetboat mirror --checksum site ftp://anna@host/www    compares hashes, not times
  packetboat mirror ftp://host/pub copy --exclude .git     downloads";

pub(super) const MV: &str = concat!(
    "Examples:
  packetboat mv ftp://anna@host/old.txt new.txt       relative to the login directory
  packetboat mv ftp://anna@host/a.txt archive/a.txt   into another directory

",
    silent!()
);

pub(super) const HASH: &str = "Examples:
  packetboat hash ftp://host/map.bin                  as sha256sum prints it
  packetboat hash --download ftp://host/map.bin       if the server has no hashes";
