//! Rows for the verbs beyond RFC 959 and for SITE: hashes, ranges, facts, trees, copies.

super::texts! {
    NEEDS_IMAGE {
        en: "{0} works on the bytes as stored; send TYPE I, STRU F and MODE S first.",
        de: "{0} zählt Bytes, wie sie sind; senden Sie zuerst TYPE I, STRU F und MODE S.",
        fr: "{0} compte les octets tels quels ; envoyez d'abord TYPE I, STRU F et MODE S.",
    }
    HASH_UNKNOWN {
        en: "{0} is not a hash function of this server; OPTS HASH takes one of {1}.",
        de: "{0} ist keine Hashfunktion dieses Servers; OPTS HASH nimmt eine von {1}.",
        fr: "{0} n'est pas une fonction de hachage de ce serveur ; OPTS HASH accepte l'une de {1}.",
    }
    HASH_SYNTAX {
        en: "The argument is malformed; send {0}, with the pathname in double quotes if offsets follow.",
        de: "Das Argument ist fehlerhaft; senden Sie {0}, den Pfadnamen in Anführungszeichen, wenn \
             Positionen folgen.",
        fr: "L'argument est mal formé ; envoyez {0}, le chemin entre guillemets si des positions suivent.",
    }
    MMD5_SYNTAX {
        en: "MMD5 takes at most {0} pathnames, separated by commas.",
        de: "MMD5 nimmt Pfadnamen, durch Kommas getrennt, höchstens {0}.",
        fr: "MMD5 accepte des chemins séparés par des virgules, {0} au plus.",
    }
    RANG_SYNTAX {
        en: "RANG takes the first and the last byte, such as RANG 0 1023; RANG 1 0 cancels the range.",
        de: "RANG nimmt das erste und das letzte Byte, etwa RANG 0 1023; RANG 1 0 hebt es auf.",
        fr: "RANG accepte le premier et le dernier octet, par exemple RANG 0 1023 ; RANG 1 0 l'annule.",
    }
    RANG_SET {
        en: "The next RETR or HASH covers bytes {0} to {1}.",
        de: "Das nächste RETR oder HASH nimmt die Bytes {0} bis {1}.",
        fr: "Le prochain RETR ou HASH prend les octets {0} à {1}.",
    }
    RANG_DROPPED {
        en: "The next RETR or HASH covers the whole file.",
        de: "Das nächste RETR oder HASH nimmt die ganze Datei.",
        fr: "Le prochain RETR ou HASH prend le fichier entier.",
    }
    STOU_FROM_START {
        en: "STOU creates a new file, which starts at byte 0; send STOU without REST, or use STOR to resume a \
             file.",
        de: "STOU legt eine neue Datei an, die bei Byte 0 beginnt; senden Sie es ohne REST, oder STOR, um eine \
             Datei fortzusetzen.",
        fr: "STOU crée un nouveau fichier, qui commence à l'octet 0 ; envoyez-le sans REST, ou STOR pour reprendre \
             un fichier.",
    }
    RANG_NOT_STORED {
        en: "RANG does not apply to uploads; send the command again, with REST if it resumes a file.",
        de: "Bereiche werden gesendet, nicht gespeichert; senden Sie es noch einmal, mit REST, wenn es eine \
             Datei fortsetzt.",
        fr: "Les plages sont envoyées, pas enregistrées ; renvoyez la commande, avec REST si elle reprend \
             un fichier.",
    }
    TIME_SYNTAX {
        en: "{0} takes a valid time, as YYYYMMDDHHMMSS in UTC, and a pathname.",
        de: "{0} nimmt eine Zeit, die es gibt, als JJJJMMTTHHMMSS in UTC, und einen Pfadnamen.",
        fr: "{0} accepte une date qui existe, AAAAMMJJHHMMSS en UTC, et un chemin.",
    }
    FACTS_SYNTAX {
        en: "MFF takes facts such as Modify=20260131120000;UNIX.mode=0644; followed by a space and a pathname.",
        de: "MFF nimmt Angaben, etwa Modify=20260131120000;UNIX.mode=0644; dann ein Leerzeichen und einen \
             Pfadnamen.",
        fr: "MFF accepte des informations, par exemple Modify=20260131120000;UNIX.mode=0644; puis une \
             espace et un chemin.",
    }
    FACT_UNKNOWN {
        en: "The fact {0} cannot be set here; only Modify, UNIX.group and UNIX.mode can.",
        de: "Die Angabe {0} lässt sich hier nicht setzen; Modify, UNIX.group und UNIX.mode schon.",
        fr: "L'information {0} ne peut pas être fixée ici ; Modify, UNIX.group et UNIX.mode le peuvent.",
    }
    COMB_SYNTAX {
        en: "COMB takes a target and one or more parts, each in double quotes and named only once.",
        de: "COMB nimmt ein Ziel und einen oder mehrere Teile, jeden in Anführungszeichen und einmal genannt.",
        fr: "COMB accepte une cible et une ou plusieurs parties, chacune entre guillemets et citée une fois.",
    }
    COMBINED {
        en: "{0} now holds all the parts.",
        de: "{0} enthält jetzt alle Teile.",
        fr: "{0} contient maintenant toutes les parties.",
    }
    TREE_REMOVED {
        en: "{0} removed, with everything in it.",
        de: "{0} ist mit allem Inhalt entfernt.",
        fr: "{0} est retiré avec tout son contenu.",
    }
    RUNNING_ENTRIES {
        en: "{0} {1} is running, {2} entries so far.",
        de: "{0} {1} läuft, bisher {2} Einträge.",
        fr: "{0} {1} est en cours, {2} entrées jusqu'ici.",
    }
    SITE_SYNTAX {
        en: "The argument is malformed; send SITE {0} {1}.",
        de: "Das Argument ist fehlerhaft; senden Sie SITE {0} {1}.",
        fr: "L'argument est mal formé ; envoyez SITE {0} {1}.",
    }
    CPFR_FIRST {
        en: "No file to copy has been named; send SITE CPFR first.",
        de: "Es ist nichts zum Kopieren genannt; senden Sie zuerst SITE CPFR.",
        fr: "Rien à copier n'est indiqué ; envoyez d'abord SITE CPFR.",
    }
    MAY_BE_COPIED {
        en: "{0} can be copied; send SITE CPTO with the name of the copy.",
        de: "{0} kann kopiert werden; senden Sie SITE CPTO mit dem Namen der Kopie.",
        fr: "{0} peut être copié ; envoyez SITE CPTO avec le nom de la copie.",
    }
    COPIED {
        en: "{0} is the copy.",
        de: "{0} ist die Kopie.",
        fr: "{0} est la copie.",
    }
    LINK_MADE {
        en: "{0} is now a link.",
        de: "{0} ist jetzt ein Link.",
        fr: "{0} est maintenant un lien.",
    }
    SESSIONS {
        en: "Sessions on this server: {0}.",
        de: "Sitzungen an diesem Server: {0}.",
        fr: "Sessions sur ce serveur : {0}.",
    }
}
