//! Translations of the lines that HELP and SITE HELP show for a verb. The English line is in the
//! row of the verb and is the key here, so that a test notices a changed line as one without a
//! translation.

use super::{Language, Say};

/// A line of HELP, in English as in the verb table.
pub(in crate::server) struct HelpLine(pub &'static str);

impl Say for HelpLine {
    fn say(&self, language: Language, out: &mut Vec<u8>) {
        let row = LINES.iter().find(|row| row[0] == self.0);
        let line = row.map_or(self.0, |row| row[language as usize]);
        out.extend_from_slice(line.as_bytes());
    }
}

/// Where a verb is defined. Replies spell out "section" instead of "§", since replies are ASCII
/// until a client chooses a language (RFC 2640 §4).
pub(in crate::server) struct Source(pub &'static str);

impl Say for Source {
    fn say(&self, language: Language, out: &mut Vec<u8>) {
        let section = match language {
            Language::En | Language::Fr => "section ",
            Language::De => "Abschnitt ",
        };
        out.extend_from_slice(self.0.replace('§', section).as_bytes());
    }
}

/// The lines in the order of [`Language::ALL`].
static LINES: &[[&str; Language::ALL.len()]] = &[
    [
        "Names the user to log in.",
        "Nennt den Benutzer, der sich anmelden will.",
        "Indique l'utilisateur qui veut se connecter.",
    ],
    [
        "Gives the password of the user named by USER.",
        "Gibt das Passwort des mit USER genannten Benutzers an.",
        "Donne le mot de passe de l'utilisateur indiqué par USER.",
    ],
    [
        "Names the account that a login or an upload is charged to.",
        "Gibt das Konto an, auf das eine Anmeldung oder ein Speichern geht.",
        "Donne le compte auquel imputer une connexion ou un enregistrement.",
    ],
    [
        "Changes the working directory.",
        "Wechselt das Arbeitsverzeichnis.",
        "Change de répertoire courant.",
    ],
    [
        "Changes to the parent of the working directory.",
        "Wechselt in das übergeordnete Verzeichnis.",
        "Passe au répertoire parent.",
    ],
    [
        "Mounts another file system.",
        "Hängt ein anderes Dateisystem ein.",
        "Monte un autre système de fichiers.",
    ],
    [
        "Logs out and resets the session.",
        "Meldet ab und beginnt die Sitzung neu.",
        "Déconnecte l'utilisateur et recommence la session.",
    ],
    [
        "Ends the session after any running transfer has finished.",
        "Beendet die Sitzung, sobald eine laufende Übertragung fertig ist.",
        "Termine la session une fois le transfert en cours achevé.",
    ],
    [
        "Names the IPv4 address and port the server connects to for data.",
        "Nennt IPv4-Adresse und Port, mit denen sich der Server für Daten verbindet.",
        "Indique l'adresse IPv4 et le port auxquels le serveur se connecte pour les données.",
    ],
    [
        "Asks the server to listen on an IPv4 port for the data connection.",
        "Bittet den Server, die Datenverbindung auf einem IPv4-Port anzunehmen.",
        "Demande au serveur d'attendre la connexion de données sur un port IPv4.",
    ],
    [
        "Sets the representation type: A text, E EBCDIC text, I image (bytes unchanged).",
        "Setzt den Typ der Darstellung: A Text, E EBCDIC-Text, I unveränderte Bytes.",
        "Fixe le type de représentation : A texte, E texte EBCDIC, I octets inchangés.",
    ],
    [
        "Sets the file structure: F file, R records, P pages.",
        "Setzt die Dateistruktur: F Datei, R Sätze, P Seiten.",
        "Fixe la structure de fichier : F fichier, R enregistrements, P pages.",
    ],
    [
        "Sets the transmission mode: S stream, B block, C compressed, Z deflate.",
        "Setzt den Übertragungsmodus: S Strom, B Blöcke, C verdichtet, Z Deflate.",
        "Fixe le mode de transmission : S flux, B blocs, C compressé, Z deflate.",
    ],
    [
        "Sends a file to the client.",
        "Sendet eine Datei an den Client.",
        "Envoie un fichier au client.",
    ],
    [
        "Stores a file; one of the same name is replaced once the upload is complete.",
        "Speichert eine Datei und ersetzt eine gleichen Namens, sobald sie ganz angekommen ist.",
        "Enregistre un fichier et remplace celui de ce nom une fois qu'il est arrivé en entier.",
    ],
    [
        "Stores a file under a new name chosen by the server.",
        "Speichert eine Datei unter einem neuen Namen, den der Server wählt.",
        "Enregistre un fichier sous un nouveau nom choisi par le serveur.",
    ],
    [
        "Appends to a file, creating it if it does not exist.",
        "Hängt an eine Datei an oder speichert sie, wo es keine gibt.",
        "Ajoute à la fin d'un fichier, ou l'enregistre s'il n'existe pas.",
    ],
    [
        "Announces how many bytes the next upload will have.",
        "Kündigt an, wie viele Bytes das nächste Speichern bringt.",
        "Annonce combien d'octets apportera le prochain enregistrement.",
    ],
    [
        "Sets the byte offset at which the next transfer starts.",
        "Setzt die Position in Byte, an der die nächste Übertragung beginnt.",
        "Fixe la position en octets où commence le prochain transfert.",
    ],
    [
        "Names the file to rename; RNTO must follow.",
        "Nennt die Datei, die umbenannt werden soll; RNTO muss folgen.",
        "Indique le fichier à renommer ; RNTO doit suivre.",
    ],
    [
        "Gives the new name of the file named by RNFR.",
        "Gibt der mit RNFR genannten Datei ihren neuen Namen.",
        "Donne le nouveau nom du fichier indiqué par RNFR.",
    ],
    [
        "Stops the running transfer and closes its data connection.",
        "Hält die laufende Übertragung an und schließt ihre Datenverbindung.",
        "Arrête le transfert en cours et ferme sa connexion de données.",
    ],
    ["Deletes a file.", "Löscht eine Datei.", "Supprime un fichier."],
    [
        "Removes an empty directory.",
        "Entfernt ein leeres Verzeichnis.",
        "Retire un répertoire vide.",
    ],
    ["Creates a directory.", "Legt ein Verzeichnis an.", "Crée un répertoire."],
    [
        "Prints the working directory.",
        "Zeigt das Arbeitsverzeichnis.",
        "Affiche le répertoire courant.",
    ],
    [
        "Sends a listing for people to read, one line per entry.",
        "Sendet eine Liste für Menschen, eine Zeile für jeden Eintrag.",
        "Envoie une liste lisible, une ligne par entrée.",
    ],
    [
        "Sends the names in a directory, one per line.",
        "Sendet die Namen in einem Verzeichnis, einen in jeder Zeile.",
        "Envoie les noms d'un répertoire, un par ligne.",
    ],
    [
        "Runs a command specific to this server; SITE HELP lists them.",
        "Führt einen eigenen Befehl dieses Servers aus; SITE HELP zeigt sie.",
        "Exécute une commande propre à ce serveur ; SITE HELP en donne la liste.",
    ],
    [
        "Names the kind of system whose listing format this server uses.",
        "Nennt die Art von System, nach der die Listen aussehen.",
        "Indique le type de système dont les listes ont la forme.",
    ],
    [
        "Shows the state of the session and its transfer, or of a file.",
        "Zeigt den Stand der Sitzung und ihrer Übertragung oder den einer Datei.",
        "Montre l'état de la session et de son transfert, ou d'un fichier.",
    ],
    [
        "Lists the verbs of this server, or explains one.",
        "Zeigt die Befehle dieses Servers oder erklärt einen.",
        "Donne la liste des commandes de ce serveur, ou en explique une.",
    ],
    [
        "Does nothing; the reply shows that the session is alive.",
        "Tut nichts, als zu zeigen, dass die Sitzung besteht.",
        "Ne fait que montrer que la session est active.",
    ],
    [
        "Lists the features beyond RFC 959.",
        "Zeigt die Funktionen über RFC 959 hinaus.",
        "Donne la liste des fonctions au-delà de la RFC 959.",
    ],
    [
        "Sets an option of another command: OPTS UTF8 ON, OPTS MLST facts.",
        "Setzt eine Option eines anderen Befehls: OPTS UTF8 ON, OPTS MLST mit Angaben.",
        "Fixe une option d'une autre commande : OPTS UTF8 ON, OPTS MLST suivi d'informations.",
    ],
    [
        "Returns the number of bytes that RETR would send.",
        "Gibt an, wie viele Bytes RETR senden würde.",
        "Donne le nombre d'octets que RETR enverrait.",
    ],
    [
        "Returns the modification time of a file, in UTC.",
        "Gibt die Zeit der letzten Änderung in UTC an.",
        "Donne la date de dernière modification, en UTC.",
    ],
    [
        "Returns the facts of one file or directory, for programs to read.",
        "Gibt die Angaben zu einer Datei oder einem Verzeichnis für Programme.",
        "Donne les informations d'un fichier ou d'un répertoire, pour les programmes.",
    ],
    [
        "Sends the facts of every entry of a directory, for programs to read.",
        "Sendet die Angaben zu jedem Eintrag eines Verzeichnisses für Programme.",
        "Envoie les informations de chaque entrée d'un répertoire, pour les programmes.",
    ],
    [
        "Names the IPv4 or IPv6 address and port the server connects to for data.",
        "Nennt IPv4- oder IPv6-Adresse und Port, mit denen sich der Server für Daten verbindet.",
        "Indique l'adresse IPv4 ou IPv6 et le port auxquels le serveur se connecte pour les données.",
    ],
    [
        "Asks the server to listen on a port for the data connection.",
        "Bittet den Server, die Datenverbindung auf einem Port anzunehmen.",
        "Demande au serveur d'attendre la connexion de données sur un port.",
    ],
    [
        "Starts the protection of the control connection.",
        "Sichert die Steuerverbindung.",
        "Sécurise la connexion de contrôle.",
    ],
    [
        "Carries data of the security exchange.",
        "Befördert Daten des Sicherheitsaustauschs.",
        "Transporte les données de l'échange de sécurité.",
    ],
    [
        "Sets the protection buffer size.",
        "Setzt die Größe des Schutzpuffers.",
        "Fixe la taille du tampon de protection.",
    ],
    [
        "Sets the protection of the data connection.",
        "Setzt den Schutz der Datenverbindung.",
        "Fixe la protection de la connexion de données.",
    ],
    [
        "Ends the protection of the control connection.",
        "Beendet den Schutz der Steuerverbindung.",
        "Met fin à la protection de la connexion de contrôle.",
    ],
    [
        "Carries an integrity-protected command.",
        "Befördert einen Befehl, vor Veränderung geschützt.",
        "Transporte une commande dont l'intégrité est protégée.",
    ],
    [
        "Carries a confidentiality-protected command.",
        "Befördert einen Befehl, vor Mitlesen geschützt.",
        "Transporte une commande dont la confidentialité est protégée.",
    ],
    [
        "Carries a privacy-protected command.",
        "Befördert einen Befehl, vor Veränderung und Mitlesen geschützt.",
        "Transporte une commande en privé.",
    ],
    [
        "Chooses the language of reply texts.",
        "Wählt die Sprache der Antworten.",
        "Choisit la langue des réponses.",
    ],
    ["Chooses a virtual host.", "Wählt einen virtuellen Host.", "Choisit un hôte virtuel."],
    [
        "Names the address and port, in long form, that the server connects to for data.",
        "Nennt eine lange Adresse und den Port, mit denen sich der Server für Daten verbindet.",
        "Indique une adresse longue et le port auxquels le serveur se connecte pour les données.",
    ],
    [
        "Asks the server to listen for the data connection, and for its address in long form.",
        "Bittet den Server, die Datenverbindung anzunehmen, und um die lange Form seiner Adresse.",
        "Demande au serveur d'attendre la connexion de données et la forme longue de son adresse.",
    ],
    [
        "Controls a gateway that translates FTP; a server has nothing to add.",
        "Spricht zu einem Gateway, das FTP übersetzt; ein Server hat dazu nichts zu sagen.",
        "S'adresse à une passerelle qui traduit FTP ; un serveur n'a rien à en dire.",
    ],
    [
        "Asks for passive mode for all transfers; proposed, but never adopted.",
        "Bittet um passiven Modus für alle Übertragungen; blieb stets nur ein Gedanke.",
        "Demande le mode passif pour tous les transferts ; n'est jamais resté qu'une idée.",
    ],
    [
        "Returns a hash of a file.",
        "Gibt eine Prüfsumme einer Datei an.",
        "Donne une empreinte d'un fichier.",
    ],
    [
        "Sets the byte range of the next transfer.",
        "Setzt den Bereich von Bytes der nächsten Übertragung.",
        "Fixe l'intervalle d'octets du prochain transfert.",
    ],
    [
        "Sends data over the control connection.",
        "Sendet Daten über die Steuerverbindung.",
        "Envoie les données par la connexion de contrôle.",
    ],
    [
        "Sets the modification time of a file.",
        "Setzt die Zeit der letzten Änderung.",
        "Fixe la date de dernière modification.",
    ],
    [
        "Sets the creation time of a file.",
        "Setzt die Zeit der Entstehung.",
        "Fixe la date de création.",
    ],
    [
        "Sets facts of a file.",
        "Setzt Angaben zu einer Datei.",
        "Fixe des informations d'un fichier.",
    ],
    [
        "Returns the number of bytes free for storing files.",
        "Gibt an, wie viele Bytes zum Speichern frei sind.",
        "Donne le nombre d'octets libres pour enregistrer.",
    ],
    [
        "Returns the number of bytes in a directory tree.",
        "Gibt an, wie viele Bytes ein Verzeichnisbaum enthält.",
        "Donne le nombre d'octets d'une arborescence.",
    ],
    [
        "Removes a directory and everything in it.",
        "Entfernt ein Verzeichnis mit allem, was darin ist.",
        "Retire un répertoire et tout ce qu'il contient.",
    ],
    [
        "Sends a thumbnail of an image file.",
        "Sendet ein kleines Abbild einer Bilddatei.",
        "Envoie une vignette d'un fichier image.",
    ],
    [
        "Exchanges the names and versions of client and server.",
        "Tauscht Namen und Versionen von Client und Server aus.",
        "Échange les noms et versions du client et du serveur.",
    ],
    [
        "Returns the MD5 hash of a file.",
        "Gibt die MD5-Prüfsumme einer Datei an.",
        "Donne l'empreinte MD5 d'un fichier.",
    ],
    [
        "Returns the MD5 hashes of several files.",
        "Gibt die MD5-Prüfsummen mehrerer Dateien an.",
        "Donne les empreintes MD5 de plusieurs fichiers.",
    ],
    [
        "Asks for a data connection on the control port.",
        "Bittet um eine Datenverbindung auf dem Steuerport.",
        "Demande une connexion de données sur le port de contrôle.",
    ],
    [
        "Turns a new connection into a data connection.",
        "Macht eine neue Verbindung zur Datenverbindung.",
        "Fait d'une nouvelle connexion une connexion de données.",
    ],
    [
        "Tells the server the name of the client program.",
        "Sagt dem Server, welches Programm der Client ist.",
        "Dit au serveur quel programme est le client.",
    ],
    [
        "Returns the CRC-32 of a file.",
        "Gibt die CRC-32 einer Datei an.",
        "Donne le CRC-32 d'un fichier.",
    ],
    [
        "Returns the SHA-1 hash of a file.",
        "Gibt die SHA-1-Prüfsumme einer Datei an.",
        "Donne l'empreinte SHA-1 d'un fichier.",
    ],
    [
        "Returns the SHA-256 hash of a file.",
        "Gibt die SHA-256-Prüfsumme einer Datei an.",
        "Donne l'empreinte SHA-256 d'un fichier.",
    ],
    [
        "Returns the SHA-512 hash of a file.",
        "Gibt die SHA-512-Prüfsumme einer Datei an.",
        "Donne l'empreinte SHA-512 d'un fichier.",
    ],
    [
        "Joins parts into one file.",
        "Fügt Teile zu einer Datei zusammen.",
        "Réunit des parties en un fichier.",
    ],
    [
        "Announces the transfer that the next PASV is for.",
        "Kündigt die Übertragung an, für die das nächste PASV ist.",
        "Annonce le transfert auquel servira le prochain PASV.",
    ],
    [
        "Like PASV, but with the server as the TLS client.",
        "Wie PASV, mit dem Server als TLS-Client.",
        "Comme PASV, avec le serveur comme client TLS.",
    ],
    [
        "Sets which side of the data connection is the TLS client.",
        "Setzt, welche Seite der Datenverbindung der TLS-Client ist.",
        "Fixe quel côté de la connexion de données est le client TLS.",
    ],
    [
        "Lists the SITE commands of this server, or explains one.",
        "Zeigt die SITE-Befehle dieses Servers oder erklärt einen.",
        "Donne la liste des commandes SITE de ce serveur, ou en explique une.",
    ],
    [
        "Sets the permission bits of a file or directory.",
        "Setzt die Rechte einer Datei oder eines Verzeichnisses.",
        "Fixe les droits d'un fichier ou d'un répertoire.",
    ],
    [
        "Sets the group of a file or directory, by name or number.",
        "Setzt die Gruppe einer Datei oder eines Verzeichnisses, nach Name oder Nummer.",
        "Fixe le groupe d'un fichier ou d'un répertoire, par nom ou par numéro.",
    ],
    [
        "Sets the times of access and modification, in UTC.",
        "Setzt die Zeiten des Zugriffs und der Änderung, in UTC.",
        "Fixe les dates d'accès et de modification, en UTC.",
    ],
    [
        "Creates a symbolic link to a file or directory of this server.",
        "Legt einen symbolischen Link auf eine Datei oder ein Verzeichnis dieses Servers an.",
        "Crée un lien symbolique vers un fichier ou un répertoire de ce serveur.",
    ],
    [
        "Names the file to copy; SITE CPTO must follow.",
        "Nennt die Datei, die kopiert werden soll; SITE CPTO muss folgen.",
        "Indique le fichier à copier ; SITE CPTO doit suivre.",
    ],
    [
        "Copies the file named by SITE CPFR to this name.",
        "Kopiert die mit SITE CPFR genannte Datei unter diesen Namen.",
        "Copie sous ce nom le fichier indiqué par SITE CPFR.",
    ],
    [
        "Shows how much you have stored, and how much you may store.",
        "Sagt, wie viel Sie gespeichert haben und wie viel Sie dürfen.",
        "Dit combien vous avez enregistré, et combien vous pouvez enregistrer.",
    ],
    [
        "Shows how many sessions there are and, if you may store files, lists them; by default only those of your account.",
        "Sagt, wie viele Sitzungen es gibt, und denen, die speichern dürfen, auch welche; ohne Weiteres die ihres Kontos.",
        "Indique le nombre de sessions et, à qui peut enregistrer, lesquelles ; par défaut, celles de son compte.",
    ],
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verbs::{SITE_VERBS, VERBS};

    #[test]
    fn every_line_of_help_is_in_every_language() {
        let lines = VERBS.iter().map(|row| row.help).chain(SITE_VERBS.iter().map(|row| row.help));
        for line in lines {
            let row = LINES.iter().find(|row| row[0] == line);
            let row = row.unwrap_or_else(|| panic!("{line:?} is not in LINES; translate it there"));
            assert!(row.iter().all(|line| line.ends_with('.')), "{row:?}");
            assert!(row[1] != line && row[2] != line && row[1] != row[2], "{row:?}");
        }
    }
}
