//! The rows of the verb table. Each row has: verb, name, aliases, source, argument, when the verb
//! is allowed, what happens to it during a transfer, whether it is built (implemented), its FEAT
//! line; then its replies as RFC 959 §5.4 groups them (`pre` 1yz, `after` final after 1yz, `ok`
//! 2yz, `more` 3yz, `no` 4yz and 5yz); then its help line.

use super::Allowed::{Always, LoggedIn};
use super::Argument::{Nothing, Optional, Required};
use super::DuringTransfer::{Aborts, Answered, Waits};
use super::{Replies, VerbRow};

macro_rules! verbs {
    ($(
        $verb:ident $name:literal $aliases:tt $source:literal $argument:expr, $allowed:ident $during:ident
        $built:ident $feature:expr,
        pre $pre:tt after $after:tt ok $ok:tt more $more:tt no $no:tt
        $help:literal;
    )*) => {
        /// An FTP verb; its row in [`VERBS`] describes it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs)] // The row's help text says what each one is.
        pub enum Verb { $($verb),* }

        /// Every verb, in the order of [`Verb`].
        pub static VERBS: &[VerbRow] = &[$(VerbRow {
            verb: Verb::$verb,
            name: $name,
            aliases: &$aliases,
            source: $source,
            argument: $argument,
            allowed: $allowed,
            during_transfer: $during,
            built: $built,
            feature: $feature,
            replies: Replies {
                preliminary: &$pre,
                completion: &$after,
                success: &$ok,
                intermediate: &$more,
                failure: &$no,
            },
            help: $help,
        }),*];
    };
}

const BUILT: bool = true;
const LATER: bool = false;

verbs! {
    // Access control (RFC 959 §4.1.1)
    User "USER" [] "RFC 959 §4.1.1" Required("user-name"), Always Waits BUILT None,
        pre [] after [] ok [230, 232] more [331, 332, 336] no [421, 500, 501, 503, 530]
        "Names the user to log in.";
    Pass "PASS" [] "RFC 959 §4.1.1" Optional("password"), Always Waits BUILT None,
        pre [] after [] ok [202, 230] more [332] no [421, 500, 501, 503, 530]
        "Gives the password of the user named by USER.";
    Acct "ACCT" [] "RFC 959 §4.1.1" Required("account-information"), Always Waits BUILT None,
        pre [] after [] ok [202, 230] more [] no [421, 500, 501, 502, 503, 530]
        "Names the account that a login or an upload is charged to.";
    Cwd "CWD" ["XCWD"] "RFC 959 §4.1.1" Required("pathname"), LoggedIn Waits BUILT None,
        pre [] after [] ok [250] more [] no [421, 450, 451, 500, 501, 502, 530, 550]
        "Changes the working directory.";
    Cdup "CDUP" ["XCUP"] "RFC 959 §4.1.1" Nothing, LoggedIn Waits BUILT None,
        pre [] after [] ok [250] more [] no [421, 450, 451, 500, 501, 502, 530, 550]
        "Changes to the parent of the working directory.";
    Smnt "SMNT" [] "RFC 959 §4.1.1" Required("pathname"), LoggedIn Waits BUILT None,
        pre [] after [] ok [202, 250] more [] no [421, 500, 501, 502, 530, 550]
        "Mounts another file system.";
    Rein "REIN" [] "RFC 959 §4.1.1" Nothing, Always Waits BUILT None,
        pre [120] after [220] ok [220] more [] no [421, 500, 501, 502]
        "Logs out and resets the session.";
    Quit "QUIT" [] "RFC 959 §4.1.1" Nothing, Always Waits BUILT None,
        pre [] after [] ok [221] more [] no [421, 500, 501]
        "Ends the session after any running transfer has finished.";
    // Transfer parameters (RFC 959 §4.1.2)
    Port "PORT" [] "RFC 959 §4.1.2" Required("h1,h2,h3,h4,p1,p2"), LoggedIn Waits BUILT None,
        pre [] after [] ok [200] more [] no [421, 500, 501, 503, 504, 530]
        "Names the IPv4 address and port the server connects to for data.";
    Pasv "PASV" [] "RFC 959 §4.1.2" Nothing, LoggedIn Waits BUILT None,
        pre [] after [] ok [227] more [] no [421, 425, 500, 501, 502, 503, 522, 530]
        "Asks the server to listen on an IPv4 port for the data connection.";
    Type "TYPE" [] "RFC 959 §4.1.2" Required("A [N|T|C] | E [N|T|C] | I | L 8"),
        LoggedIn Waits BUILT None,
        pre [] after [] ok [200] more [] no [421, 500, 501, 504, 530]
        "Sets the representation type: A text, E EBCDIC text, I image (bytes unchanged).";
    Stru "STRU" [] "RFC 959 §4.1.2" Required("F | R | P"), LoggedIn Waits BUILT None,
        pre [] after [] ok [200] more [] no [421, 500, 501, 504, 530]
        "Sets the file structure: F file, R records, P pages.";
    Mode "MODE" [] "RFC 959 §4.1.2" Required("S | B | C | Z"), LoggedIn Waits BUILT
        Some("MODE Z"),
        pre [] after [] ok [200] more [] no [421, 500, 501, 504, 530]
        "Sets the transmission mode: S stream, B block, C compressed, Z deflate.";
    // FTP service (RFC 959 §4.1.3)
    Retr "RETR" [] "RFC 959 §4.1.3" Required("pathname"), LoggedIn Waits BUILT None,
        pre [110, 125, 150] after [226, 250, 425, 426, 451, 522, 535] ok [] more []
        no [421, 425, 450, 451, 500, 501, 530, 534, 550, 521, 522, 554, 555]
        "Sends a file to the client.";
    Stor "STOR" [] "RFC 959 §4.1.3" Required("pathname"), LoggedIn Waits BUILT None,
        pre [110, 125, 150] after [226, 250, 425, 426, 451, 452, 522, 535, 551, 552] ok [] more []
        no [421, 425, 450, 451, 452, 500, 501, 530, 532, 534, 550, 552, 553, 521, 522, 554, 555]
        "Stores a file; one of the same name is replaced once the upload is complete.";
    Stou "STOU" [] "RFC 959 §4.1.3" Optional("name-hint"), LoggedIn Waits BUILT None,
        pre [110, 125, 150] after [226, 250, 425, 426, 451, 452, 522, 535, 551, 552] ok [] more []
        no [421, 425, 450, 451, 452, 500, 501, 530, 532, 534, 550, 552, 553, 521, 522, 554, 555]
        "Stores a file under a new name chosen by the server.";
    Appe "APPE" [] "RFC 959 §4.1.3" Required("pathname"), LoggedIn Waits BUILT None,
        pre [110, 125, 150] after [226, 250, 425, 426, 451, 452, 522, 535, 551, 552] ok [] more []
        no [421, 425, 450, 451, 452, 500, 501, 502, 530, 532, 534, 550, 552, 553, 521, 522, 554, 555]
        "Appends to a file, creating it if it does not exist.";
    Allo "ALLO" [] "RFC 959 §4.1.3" Required("decimal-integer [R decimal-integer]"),
        LoggedIn Waits BUILT None,
        pre [] after [] ok [200, 202] more [] no [421, 452, 500, 501, 504, 530, 550, 552]
        "Announces how many bytes the next upload will have.";
    Rest "REST" [] "RFC 959 §4.1.3, RFC 3659 §5" Required("offset"), LoggedIn Waits BUILT
        Some("REST STREAM"),
        pre [] after [] ok [] more [350] no [421, 500, 501, 502, 530]
        "Sets the byte offset at which the next transfer starts.";
    Rnfr "RNFR" [] "RFC 959 §4.1.3" Required("pathname"), LoggedIn Waits BUILT None,
        pre [] after [] ok [] more [350] no [421, 450, 451, 500, 501, 502, 530, 550]
        "Names the file to rename; RNTO must follow.";
    Rnto "RNTO" [] "RFC 959 §4.1.3" Required("pathname"), LoggedIn Waits BUILT None,
        pre [] after [] ok [250] more []
        no [421, 450, 451, 452, 500, 501, 502, 503, 530, 532, 550, 552, 553]
        "Gives the new name of the file named by RNFR.";
    Abor "ABOR" [] "RFC 959 §4.1.3" Nothing, Always Aborts BUILT None,
        pre [] after [] ok [225, 226] more [] no [421, 500, 501, 502]
        "Stops the running transfer and closes its data connection.";
    Dele "DELE" [] "RFC 959 §4.1.3" Required("pathname"), LoggedIn Waits BUILT None,
        pre [] after [] ok [250] more [] no [421, 450, 451, 500, 501, 502, 530, 550]
        "Deletes a file.";
    Rmd "RMD" ["XRMD"] "RFC 959 §4.1.3" Required("pathname"), LoggedIn Waits BUILT None,
        pre [] after [] ok [250] more [] no [421, 450, 451, 500, 501, 502, 530, 550]
        "Removes an empty directory.";
    Mkd "MKD" ["XMKD"] "RFC 959 §4.1.3" Required("pathname"), LoggedIn Waits BUILT None,
        pre [] after [] ok [257] more []
        no [421, 450, 451, 452, 500, 501, 502, 530, 550, 552, 553]
        "Creates a directory.";
    Pwd "PWD" ["XPWD"] "RFC 959 §4.1.3" Nothing, LoggedIn Waits BUILT None,
        pre [] after [] ok [257] more [] no [421, 500, 501, 502, 530, 550]
        "Prints the working directory.";
    List "LIST" [] "RFC 959 §4.1.3" Optional("pathname"), LoggedIn Waits BUILT None,
        pre [125, 150] after [226, 250, 425, 426, 451, 522, 535] ok [] more []
        no [421, 425, 450, 451, 500, 501, 502, 530, 534, 550, 521, 522]
        "Sends a listing for people to read, one line per entry.";
    Nlst "NLST" [] "RFC 959 §4.1.3" Optional("pathname"), LoggedIn Waits BUILT None,
        pre [125, 150] after [226, 250, 425, 426, 451, 522, 535] ok [] more []
        no [421, 425, 450, 451, 500, 501, 502, 530, 534, 550, 521, 522]
        "Sends the names in a directory, one per line.";
    Site "SITE" [] "RFC 959 §4.1.3" Required("command"), LoggedIn Waits BUILT None,
        pre [] after [] ok [200, 202, 211, 214, 250] more [350]
        no [421, 450, 451, 452, 500, 501, 502, 503, 504, 530, 532, 550, 552, 553]
        "Runs a command specific to this server; SITE HELP lists them.";
    Syst "SYST" [] "RFC 959 §4.1.3" Nothing, Always Waits BUILT None,
        pre [] after [] ok [215] more [] no [421, 500, 501, 502]
        "Names the kind of system whose listing format this server uses.";
    Stat "STAT" [] "RFC 959 §4.1.3" Optional("pathname"), LoggedIn Answered BUILT None,
        pre [] after [] ok [211, 212, 213] more [] no [421, 450, 451, 500, 501, 502, 530, 550]
        "Shows the state of the session and its transfer, or of a file.";
    Help "HELP" [] "RFC 959 §4.1.3" Optional("verb"), Always Waits BUILT None,
        pre [] after [] ok [211, 214] more [] no [421, 500, 501, 502, 504]
        "Lists the verbs of this server, or explains one.";
    Noop "NOOP" [] "RFC 959 §4.1.3" Nothing, Always Answered BUILT None,
        pre [] after [] ok [200] more [] no [421, 500, 501]
        "Does nothing; the reply shows that the session is alive.";
    // Extensions (RFC 2389, 2428, 3659)
    Feat "FEAT" [] "RFC 2389 §3" Nothing, Always Waits BUILT None,
        pre [] after [] ok [211] more [] no [421, 500, 501, 502]
        "Lists the features beyond RFC 959.";
    Opts "OPTS" [] "RFC 2389 §4" Required("command [options]"), Always Waits BUILT None,
        pre [] after [] ok [200] more [] no [421, 451, 500, 501, 502, 530]
        "Sets an option of another command: OPTS UTF8 ON, OPTS MLST facts.";
    Size "SIZE" [] "RFC 3659 §4" Required("pathname"), LoggedIn Waits BUILT Some("SIZE"),
        pre [] after [] ok [213] more [] no [421, 450, 451, 500, 501, 504, 530, 550]
        "Returns the number of bytes that RETR would send.";
    Mdtm "MDTM" [] "RFC 3659 §3" Required("pathname"), LoggedIn Waits BUILT Some("MDTM"),
        pre [] after [] ok [213] more [] no [421, 450, 451, 500, 501, 530, 550]
        "Returns the modification time of a file, in UTC.";
    Mlst "MLST" [] "RFC 3659 §7" Optional("pathname"), LoggedIn Waits BUILT Some("MLST"),
        pre [] after [] ok [250] more [] no [421, 450, 451, 500, 501, 503, 504, 530, 550, 553]
        "Returns the facts of one file or directory, for programs to read.";
    Mlsd "MLSD" [] "RFC 3659 §7" Optional("pathname"), LoggedIn Waits BUILT None,
        pre [125, 150] after [226, 250, 425, 426, 451, 522, 535] ok [] more []
        no [421, 425, 450, 451, 500, 501, 503, 504, 530, 534, 550, 553, 521, 522]
        "Sends the facts of every entry of a directory, for programs to read.";
    Eprt "EPRT" [] "RFC 2428 §2" Required("|family|address|port|"), LoggedIn Waits BUILT
        Some("EPRT"),
        pre [] after [] ok [200] more [] no [421, 500, 501, 503, 504, 522, 530]
        "Names the IPv4 or IPv6 address and port the server connects to for data.";
    Epsv "EPSV" [] "RFC 2428 §3" Optional("1 | 2 | ALL"), LoggedIn Waits BUILT Some("EPSV"),
        pre [] after [] ok [200, 229] more [] no [421, 425, 500, 501, 503, 522, 530]
        "Asks the server to listen on a port for the data connection.";
    // Other RFCs: known, not built yet
    Auth "AUTH" [] "RFC 2228 §3, RFC 4217 §4" Required("TLS"), Always Waits BUILT Some("AUTH TLS"),
        pre [] after [] ok [234] more [334] no [421, 431, 500, 501, 502, 503, 504, 533, 534]
        "Starts the protection of the control connection.";
    Adat "ADAT" [] "RFC 2228 §3" Required("base64"), Always Waits BUILT None,
        pre [] after [] ok [235] more [335] no [421, 500, 501, 502, 503, 533, 535]
        "Carries data of the security exchange.";
    Pbsz "PBSZ" [] "RFC 2228 §3, RFC 4217 §8" Required("0"), Always Waits BUILT Some("PBSZ"),
        pre [] after [] ok [200] more [] no [421, 500, 501, 502, 503, 530, 533]
        "Sets the protection buffer size.";
    Prot "PROT" [] "RFC 2228 §3, RFC 4217 §9" Required("C | P"), Always Waits BUILT Some("PROT"),
        pre [] after [] ok [200] more [] no [421, 431, 500, 501, 502, 503, 504, 530, 533, 534, 536]
        "Sets the protection of the data connection.";
    Ccc "CCC" [] "RFC 2228 §3, RFC 4217 §5" Nothing, Always Waits BUILT Some("CCC"),
        pre [] after [] ok [200] more [] no [421, 500, 501, 502, 533, 534]
        "Ends the protection of the control connection.";
    Mic "MIC" [] "RFC 2228 §3" Required("base64"), Always Waits BUILT None,
        pre [] after [] ok [] more [] no [421, 500, 501, 502, 503, 533, 535, 537]
        "Carries an integrity-protected command.";
    Conf "CONF" [] "RFC 2228 §3" Required("base64"), Always Waits BUILT None,
        pre [] after [] ok [] more [] no [421, 500, 501, 502, 503, 533, 535, 537]
        "Carries a confidentiality-protected command.";
    Enc "ENC" [] "RFC 2228 §3" Required("base64"), Always Waits BUILT None,
        pre [] after [] ok [] more [] no [421, 500, 501, 502, 503, 533, 535, 537]
        "Carries a privacy-protected command.";
    Lang "LANG" [] "RFC 2640 §4" Optional("language-tag"), Always Waits BUILT Some("LANG"),
        pre [] after [] ok [200] more [] no [421, 500, 501, 502, 504]
        "Chooses the language of reply texts.";
    Host "HOST" [] "RFC 7151 §3" Required("host-name"), Always Waits BUILT Some("HOST"),
        pre [] after [] ok [220] more [] no [421, 500, 501, 502, 503, 504]
        "Chooses a virtual host.";
    Lprt "LPRT" [] "RFC 1639 §2" Required("af,hal,h1,...,pal,p1,..."), LoggedIn Waits BUILT None,
        pre [] after [] ok [200] more [] no [421, 500, 501, 503, 504, 521, 530]
        "Names the address and port, in long form, that the server connects to for data.";
    Lpsv "LPSV" [] "RFC 1639 §2" Nothing, LoggedIn Waits BUILT None,
        pre [] after [] ok [228] more [] no [421, 425, 500, 501, 503, 521, 530]
        "Asks the server to listen for the data connection, and for its address in long form.";
    Algs "ALGS" [] "RFC 6384 §11" Required("STATUS64 | ENABLE64 | DISABLE64"), Always Waits BUILT None,
        pre [] after [] ok [202, 216] more [] no [421, 500, 501, 502, 504]
        "Controls a gateway that translates FTP; a server has nothing to add.";
    Apsv "APSV" [] "RFC 1579 §4" Nothing, LoggedIn Waits LATER None,
        pre [] after [] ok [] more [] no [421, 500, 501, 502, 530]
        "Asks for passive mode for all transfers; proposed, but never adopted.";
    // Internet-Drafts
    Hash "HASH" [] "draft-bryan-ftpext-hash-03" Required("pathname"), LoggedIn Waits BUILT Some("HASH"),
        pre [] after [] ok [213] more []
        no [421, 450, 451, 500, 501, 502, 504, 530, 550, 551, 552, 553, 556]
        "Returns a hash of a file.";
    Rang "RANG" [] "draft-bryan-ftp-range-09" Required("start end"), LoggedIn Waits BUILT Some("RANG STREAM"),
        pre [] after [] ok [] more [350] no [421, 500, 501, 502, 530, 551, 552]
        "Sets the byte range of the next transfer.";
    Lock "LOCK" [] "draft-bryan-ftp-lock-03" Nothing, LoggedIn Waits LATER None,
        pre [] after [] ok [200] more [] no [421, 500, 501, 502, 530, 552]
        "Sends data over the control connection.";
    Mfmt "MFMT" [] "draft-somers-ftp-mfxx-03" Required("time pathname"), LoggedIn Waits BUILT Some("MFMT"),
        pre [] after [] ok [213] more [] no [421, 450, 451, 500, 501, 502, 504, 530, 550]
        "Sets the modification time of a file.";
    Mfct "MFCT" [] "draft-somers-ftp-mfxx-03" Required("time pathname"), LoggedIn Waits BUILT None,
        pre [] after [] ok [213] more [] no [421, 450, 451, 500, 501, 502, 504, 530, 550]
        "Sets the creation time of a file.";
    Mff "MFF" [] "draft-somers-ftp-mfxx-03" Required("facts pathname"), LoggedIn Waits BUILT Some("MFF Modify;UNIX.group;UNIX.mode;"),
        pre [] after [] ok [213] more [] no [421, 450, 451, 500, 501, 502, 504, 530, 550]
        "Sets facts of a file.";
    Avbl "AVBL" [] "draft-peterson-streamlined-10" Optional("pathname"), LoggedIn Waits BUILT Some("AVBL"),
        pre [] after [] ok [213] more [] no [421, 451, 500, 501, 502, 530, 550]
        "Returns the number of bytes free for storing files.";
    Dsiz "DSIZ" [] "draft-peterson-streamlined-10" Optional("pathname"), LoggedIn Waits BUILT Some("DSIZ"),
        pre [] after [] ok [213] more [] no [421, 451, 500, 501, 502, 530, 550]
        "Returns the number of bytes in a directory tree.";
    Rmda "RMDA" [] "draft-peterson-streamlined-10" Required("pathname"), LoggedIn Waits BUILT Some("RMDA"),
        pre [] after [] ok [250] more [] no [421, 450, 451, 500, 501, 502, 530, 550]
        "Removes a directory and everything in it.";
    Thmb "THMB" [] "draft-peterson-streamlined-10" Required("format width height pathname"),
        LoggedIn Waits LATER None,
        pre [125, 150] after [226, 250, 425, 426, 451] ok [] more []
        no [421, 450, 451, 500, 501, 502, 530, 550]
        "Sends a thumbnail of an image file.";
    Csid "CSID" [] "draft-peterson-streamlined-10" Optional("facts"), LoggedIn Waits BUILT Some("CSID"),
        pre [] after [] ok [200] more [] no [421, 500, 501, 502, 530]
        "Exchanges the names and versions of client and server.";
    Md5 "MD5" [] "draft-twine-ftpmd5-00" Required("pathname"), LoggedIn Waits BUILT Some("MD5"),
        pre [] after [] ok [251] more [] no [421, 450, 451, 500, 501, 502, 504, 530, 550, 556]
        "Returns the MD5 hash of a file.";
    Mmd5 "MMD5" [] "draft-twine-ftpmd5-00" Required("pathname, ..."), LoggedIn Waits BUILT Some("MMD5"),
        pre [] after [] ok [251, 252] more [] no [421, 450, 451, 500, 501, 502, 504, 530, 550, 556]
        "Returns the MD5 hashes of several files.";
    Spsv "SPSV" [] "draft-rosenau-ftp-single-port-05" Nothing, LoggedIn Waits LATER None,
        pre [] after [] ok [227] more [] no [421, 500, 501, 502, 530]
        "Asks for a data connection on the control port.";
    Spdt "SPDT" [] "draft-rosenau-ftp-single-port-05" Required("identifier"), Always Waits LATER None,
        pre [] after [] ok [200] more [] no [421, 500, 501, 502, 504]
        "Turns a new connection into a data connection.";
    // De facto, without a specification
    Clnt "CLNT" [] "de facto" Required("text"), Always Waits BUILT None,
        pre [] after [] ok [200] more [] no [421, 500, 501, 502]
        "Tells the server the name of the client program.";
    Xcrc "XCRC" [] "de facto (GlobalSCAPE)" Required("\"pathname\" [start [end]]"),
        LoggedIn Waits BUILT Some("XCRC"),
        pre [] after [] ok [250] more [] no [421, 450, 451, 500, 501, 502, 530, 550, 556]
        "Returns the CRC-32 of a file.";
    Xmd5 "XMD5" [] "de facto" Required("\"pathname\" [start [end]]"), LoggedIn Waits BUILT Some("XMD5"),
        pre [] after [] ok [250] more [] no [421, 450, 451, 500, 501, 502, 530, 550, 556]
        "Returns the MD5 hash of a file.";
    Xsha1 "XSHA1" ["XSHA"] "de facto" Required("\"pathname\" [start [end]]"), LoggedIn Waits BUILT Some("XSHA1"),
        pre [] after [] ok [250] more [] no [421, 450, 451, 500, 501, 502, 530, 550, 556]
        "Returns the SHA-1 hash of a file.";
    Xsha256 "XSHA256" [] "de facto" Required("\"pathname\" [start [end]]"), LoggedIn Waits BUILT Some("XSHA256"),
        pre [] after [] ok [250] more [] no [421, 450, 451, 500, 501, 502, 530, 550, 556]
        "Returns the SHA-256 hash of a file.";
    Xsha512 "XSHA512" [] "de facto" Required("\"pathname\" [start [end]]"), LoggedIn Waits BUILT Some("XSHA512"),
        pre [] after [] ok [250] more [] no [421, 450, 451, 500, 501, 502, 530, 550, 556]
        "Returns the SHA-512 hash of a file.";
    Comb "COMB" [] "de facto (GlobalSCAPE)" Required("\"target\" \"part\" ..."), LoggedIn Waits BUILT Some("COMB"),
        pre [] after [] ok [250] more [] no [421, 450, 451, 452, 500, 501, 502, 530, 532, 550, 552, 553]
        "Joins parts into one file.";
    Pret "PRET" [] "de facto (drftpd)" Required("command [pathname]"), LoggedIn Waits LATER None,
        pre [] after [] ok [200] more [] no [421, 500, 501, 502, 504, 530, 550, 553]
        "Announces the transfer that the next PASV is for.";
    Cpsv "CPSV" [] "de facto (drftpd)" Nothing, LoggedIn Waits LATER None,
        pre [] after [] ok [227] more [] no [421, 500, 501, 502, 503, 530]
        "Like PASV, but with the server as the TLS client.";
    Sscn "SSCN" [] "de facto (RaidenFTPD)" Optional("ON | OFF"), LoggedIn Waits LATER None,
        pre [] after [] ok [200] more [] no [421, 500, 501, 502, 503, 504, 530, 550]
        "Sets which side of the data connection is the TLS client.";
}
