//! Rows for the transfer parameters TYPE, STRU, MODE and REST, and for setting up data connections.

super::texts! {
    TYPE_ASCII {
        en: "Type is A N (text, CRLF line endings).",
        de: "Der Typ ist A N (Text, Zeilenenden CRLF).",
        fr: "Le type est A N (texte, fins de ligne CRLF).",
    }
    TYPE_IMAGE {
        en: "Type is I (bytes unchanged).",
        de: "Der Typ ist I (unveränderte Bytes).",
        fr: "Le type est I (octets inchangés).",
    }
    TYPE_LOCAL {
        en: "Type is L 8 (bytes unchanged).",
        de: "Der Typ ist L 8 (unveränderte Bytes).",
        fr: "Le type est L 8 (octets inchangés).",
    }
    TYPE_ASCII_TELNET {
        en: "Type is A T (text, CRLF line endings); format controls are kept.",
        de: "Der Typ ist A T (Text, Zeilenenden CRLF); Steuerzeichen bleiben, wie sie sind.",
        fr: "Le type est A T (texte, fins de ligne CRLF) ; les caractères de contrôle restent tels quels.",
    }
    TYPE_ASCII_CARRIAGE {
        en: "Type is A C (text, CRLF line endings); carriage controls are kept.",
        de: "Der Typ ist A C (Text, Zeilenenden CRLF); Vorschubzeichen bleiben, wie sie sind.",
        fr: "Le type est A C (texte, fins de ligne CRLF) ; les commandes de chariot restent telles quelles.",
    }
    TYPE_EBCDIC {
        en: "Type is E N (EBCDIC text, NL line endings).",
        de: "Der Typ ist E N (EBCDIC-Text, Zeilenenden NL).",
        fr: "Le type est E N (texte EBCDIC, fins de ligne NL).",
    }
    TYPE_EBCDIC_TELNET {
        en: "Type is E T (EBCDIC text, NL line endings); format controls are kept.",
        de: "Der Typ ist E T (EBCDIC-Text, Zeilenenden NL); Steuerzeichen bleiben, wie sie sind.",
        fr: "Le type est E T (texte EBCDIC, fins de ligne NL) ; les caractères de contrôle restent tels quels.",
    }
    TYPE_EBCDIC_CARRIAGE {
        en: "Type is E C (EBCDIC text, NL line endings); carriage controls are kept.",
        de: "Der Typ ist E C (EBCDIC-Text, Zeilenenden NL); Vorschubzeichen bleiben, wie sie sind.",
        fr: "Le type est E C (texte EBCDIC, fins de ligne NL) ; les commandes de chariot restent telles quelles.",
    }
    TYPE_BYTE_SIZE {
        en: "Bytes have 8 bits here; use TYPE L 8 or TYPE I.",
        de: "Ein Byte hat hier 8 Bit; verwenden Sie TYPE L 8 oder TYPE I.",
        fr: "Un octet a ici 8 bits ; utilisez TYPE L 8 ou TYPE I.",
    }
    TYPE_SYNTAX {
        en: "TYPE takes A or E, optionally followed by N, T or C, or I, or L 8; send one of these.",
        de: "TYPE erwartet A oder E, mit N, T, C oder nichts dahinter, I oder L 8; senden Sie eines davon.",
        fr: "TYPE accepte A ou E, suivis de N, T, C ou de rien, I ou L 8 ; envoyez l'un d'eux.",
    }
    STRU_FILE {
        en: "File structure is F (file).",
        de: "Die Dateistruktur ist F (Datei).",
        fr: "La structure de fichier est F (fichier).",
    }
    STRU_RECORD {
        en: "File structure is R (records; each line of a file is a record).",
        de: "Die Dateistruktur ist R (Sätze; eine Zeile einer Datei ist einer).",
        fr: "La structure de fichier est R (enregistrements ; chaque ligne d'un fichier en est un).",
    }
    STRU_PAGE {
        en: "File structure is P (pages; missing pages are holes).",
        de: "Die Dateistruktur ist P (Seiten; die fehlenden sind Lücken).",
        fr: "La structure de fichier est P (pages ; celles qui manquent sont des trous).",
    }
    MODE_STREAM {
        en: "Transmission mode is S (stream).",
        de: "Der Übertragungsmodus ist S (Strom).",
        fr: "Le mode de transmission est S (flux).",
    }
    MODE_BLOCK {
        en: "Transmission mode is B (block); the data connection stays open between transfers.",
        de: "Der Übertragungsmodus ist B (Block); die Datenverbindung bleibt zwischen Übertragungen offen.",
        fr: "Le mode de transmission est B (bloc) ; la connexion de données reste ouverte entre les transferts.",
    }
    MODE_COMPRESSED {
        en: "Transmission mode is C (compressed); the data connection stays open between transfers.",
        de: "Der Übertragungsmodus ist C (komprimiert); die Datenverbindung bleibt zwischen Übertragungen \
             offen.",
        fr: "Le mode de transmission est C (compressé) ; la connexion de données reste ouverte entre les \
             transferts.",
    }
    MODE_DEFLATE {
        en: "Transmission mode is Z (deflate).",
        de: "Der Übertragungsmodus ist Z (Deflate).",
        fr: "Le mode de transmission est Z (deflate).",
    }
    MODE_Z_LEVEL {
        en: "MODE Z compresses with ENGINE ZLIB, METHOD 8, LEVEL {0}.",
        de: "MODE Z komprimiert mit ENGINE ZLIB, METHOD 8, LEVEL {0}.",
        fr: "MODE Z compresse avec ENGINE ZLIB, METHOD 8, LEVEL {0}.",
    }
    MODE_Z_VALUE {
        en: "{0} of MODE Z is {1} here; send OPTS MODE Z {0} {2}.",
        de: "{0} von MODE Z ist hier {1}; senden Sie OPTS MODE Z {0} {2}.",
        fr: "{0} de MODE Z vaut ici {1} ; envoyez OPTS MODE Z {0} {2}.",
    }
    MODE_Z_SYNTAX {
        en: "OPTS MODE takes the options of MODE Z: ENGINE ZLIB, METHOD 8, LEVEL 0-9; send OPTS MODE Z LEVEL \
             6.",
        de: "Die Optionen von MODE sind die von MODE Z: ENGINE ZLIB, METHOD 8, LEVEL 0-9; senden Sie OPTS MODE Z \
             LEVEL 6.",
        fr: "Les options de MODE sont celles de MODE Z : ENGINE ZLIB, METHOD 8, LEVEL 0-9 ; envoyez OPTS MODE Z \
             LEVEL 6.",
    }
    LETTER_SYNTAX {
        en: "{0} takes one of the letters {1}; send one of these.",
        de: "{0} erwartet einen Buchstaben von {1}; senden Sie einen davon.",
        fr: "{0} accepte une lettre parmi {1} ; envoyez l'une d'elles.",
    }
    REST_SYNTAX {
        en: "REST takes a byte offset in decimal digits, such as REST 1024.",
        de: "REST erwartet eine Position in Byte; senden Sie Dezimalziffern wie REST 1024.",
        fr: "REST accepte une position en octets ; envoyez des chiffres décimaux, comme REST 1024.",
    }
    REST_SET {
        en: "The next transfer starts at byte {0}; send RETR, STOR or APPE.",
        de: "Die nächste Übertragung beginnt bei Byte {0}; senden Sie RETR, STOR oder APPE.",
        fr: "Le prochain transfert commencera à l'octet {0} ; envoyez RETR, STOR ou APPE.",
    }
    LENGTH_SYNTAX {
        en: "OPTS STOR takes LENGTH and a number of bytes, such as OPTS STOR LENGTH 1024.",
        de: "Die Option von STOR ist LENGTH und eine Zahl von Byte; senden Sie sie wie OPTS STOR LENGTH 1024.",
        fr: "L'option de STOR est LENGTH suivi d'un nombre d'octets ; envoyez-la comme OPTS STOR LENGTH 1024.",
    }
    LENGTH_SET {
        en: "The next upload is complete only if it has at least {0} bytes; send STOR, STOU or APPE.",
        de: "Der nächste Empfang ist ab {0} Byte vollständig; senden Sie STOR, STOU oder APPE.",
        fr: "Le prochain envoi sera complet à partir de {0} octets ; envoyez STOR, STOU ou APPE.",
    }
    EPSV_ALL_GIVEN {
        en: "{0} is refused after EPSV ALL; use EPSV.",
        de: "{0} wird nach EPSV ALL abgelehnt; verwenden Sie EPSV.",
        fr: "{0} est refusé après EPSV ALL ; utilisez EPSV.",
    }
    EPSV_ALL_SET {
        en: "From now on, only EPSV sets up data connections.",
        de: "Von nun an richtet nur EPSV Datenverbindungen ein.",
        fr: "Désormais, seul EPSV établit les connexions de données.",
    }
    EPSV_SYNTAX {
        en: "EPSV takes 1, 2, ALL or no argument.",
        de: "EPSV erwartet 1, 2, ALL oder nichts.",
        fr: "EPSV accepte 1, 2, ALL ou rien.",
    }
    // RFC 2428 §2: the numbers in parentheses are for programs.
    PROTOCOL_UNKNOWN {
        en: "Network protocol not supported, use (1,2).",
        de: "Dieses Netzprotokoll wird nicht unterstützt, verwenden Sie (1,2).",
        fr: "Ce protocole réseau n'est pas pris en charge, utilisez (1,2).",
    }
    // RFC 1639 §3.
    FAMILY_UNKNOWN {
        en: "Supported address families are (4,6); use one of these.",
        de: "Unterstützte Adressfamilien sind (4,6); verwenden Sie eine davon.",
        fr: "Les familles d'adresses prises en charge sont (4,6) ; utilisez l'une d'elles.",
    }
    PROTOCOL_ELSEWHERE {
        en: "Network protocol not supported here, use ({0}).",
        de: "Dieses Netzprotokoll wird hier nicht unterstützt, verwenden Sie ({0}).",
        fr: "Ce protocole réseau n'est pas pris en charge ici, utilisez ({0}).",
    }
    ADDRESS_SYNTAX {
        en: "The address is malformed; send {0}.",
        de: "Die Adresse ist falsch geschrieben; senden Sie {0}.",
        fr: "L'adresse est mal formée ; envoyez {0}.",
    }
    ADDRESS_OF_ANOTHER {
        en: "{0} is not your address; send {1}, or use EPSV.",
        de: "{0} ist nicht Ihre Adresse; nennen Sie {1} oder verwenden Sie EPSV.",
        fr: "{0} n'est pas votre adresse ; indiquez {1} ou utilisez EPSV.",
    }
    PORT_TOO_LOW {
        en: "Port {0} is below 1024; send a higher one, or use EPSV.",
        de: "Port {0} liegt unter 1024; nennen Sie einen höheren oder verwenden Sie EPSV.",
        fr: "Le port {0} est inférieur à 1024 ; indiquez-en un plus élevé ou utilisez EPSV.",
    }
    ADDRESS_ACCEPTED {
        en: "{0} accepted; data goes to {1}.",
        de: "{0} ist angenommen; Daten gehen an {1}.",
        fr: "{0} est accepté ; les données iront à {1}.",
    }
    PASV_IPV6 {
        en: "PASV cannot carry an IPv6 address; use EPSV (2).",
        de: "PASV kann keine IPv6-Adresse nennen, verwenden Sie EPSV (2).",
        fr: "PASV ne peut pas indiquer d'adresse IPv6, utilisez EPSV (2).",
    }
    PASV_IPV6_SERVER {
        en: "PASV cannot carry the server's IPv6 address; use EPSV (2).",
        de: "PASV kann die IPv6-Adresse des Servers nicht nennen, verwenden Sie EPSV (2).",
        fr: "PASV ne peut pas indiquer l'adresse IPv6 du serveur, utilisez EPSV (2).",
    }
    // Clients look for the first digit (RFC 1123 §4.1.2.6), so none may come before the address.
    PASSIVE {
        en: "Entering Passive Mode ({0}).",
        de: "Passiver Modus ({0}).",
        fr: "Passage en mode passif ({0}).",
    }
    LONG_PASSIVE {
        en: "Entering Long Passive Mode ({0}).",
        de: "Langer passiver Modus ({0}).",
        fr: "Passage en mode passif long ({0}).",
    }
    EXTENDED_PASSIVE {
        en: "Entering Extended Passive Mode (|||{0}|)",
        de: "Erweiterter passiver Modus (|||{0}|)",
        fr: "Passage en mode passif étendu (|||{0}|)",
    }
}
