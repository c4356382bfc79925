//! Rows of the transfer parameters: TYPE, STRU, MODE, REST, and the ways to a data connection.

super::texts! {
    TYPE_ASCII {
        en: "Type is A N (text, CRLF line ends).",
        de: "Der Typ ist A N (Text, Zeilenenden CRLF).",
        fr: "Le type est A N (texte, fins de ligne CRLF).",
    }
    TYPE_IMAGE {
        en: "Type is I (bytes as they are).",
        de: "Der Typ ist I (unveränderte Bytes).",
        fr: "Le type est I (octets inchangés).",
    }
    TYPE_LOCAL {
        en: "Type is L 8 (bytes as they are).",
        de: "Der Typ ist L 8 (unveränderte Bytes).",
        fr: "Le type est L 8 (octets inchangés).",
    }
    TYPE_NOT_BUILT {
        en: "That type is not built here; use A, I or L 8.",
        de: "Diesen Typ gibt es hier nicht; verwenden Sie A, I oder L 8.",
        fr: "Ce type n'existe pas ici ; utilisez A, I ou L 8.",
    }
    TYPE_BYTE_SIZE {
        en: "Bytes here have 8 bits; use TYPE L 8 or TYPE I.",
        de: "Ein Byte hat hier 8 Bit; verwenden Sie TYPE L 8 oder TYPE I.",
        fr: "Un octet a ici 8 bits ; utilisez TYPE L 8 ou TYPE I.",
    }
    TYPE_SYNTAX {
        en: "TYPE takes A, A N, I or L 8; send one of these.",
        de: "TYPE nimmt A, A N, I oder L 8; senden Sie eines davon.",
        fr: "TYPE accepte A, A N, I ou L 8 ; envoyez l'un d'eux.",
    }
    STRU_FILE {
        en: "File structure is F (file).",
        de: "Die Dateistruktur ist F (Datei).",
        fr: "La structure de fichier est F (fichier).",
    }
    MODE_STREAM {
        en: "Transmission mode is S (stream).",
        de: "Der Übertragungsmodus ist S (Strom).",
        fr: "Le mode de transmission est S (flux).",
    }
    LETTER_NOT_BUILT {
        en: "{0} {1} is not built here; use {0} {2}.",
        de: "{0} {1} gibt es hier nicht; verwenden Sie {0} {2}.",
        fr: "{0} {1} n'existe pas ici ; utilisez {0} {2}.",
    }
    LETTER_SYNTAX {
        en: "{0} takes one letter; send {0} {1}.",
        de: "{0} nimmt einen Buchstaben; senden Sie {0} {1}.",
        fr: "{0} accepte une seule lettre ; envoyez {0} {1}.",
    }
    REST_SYNTAX {
        en: "REST takes a byte offset; send decimal digits such as REST 1024.",
        de: "REST nimmt eine Position in Byte; senden Sie Dezimalziffern wie REST 1024.",
        fr: "REST accepte une position en octets ; envoyez des chiffres décimaux, comme REST 1024.",
    }
    REST_SET {
        en: "The next transfer starts at byte {0}; send RETR, STOR or APPE.",
        de: "Die nächste Übertragung beginnt bei Byte {0}; senden Sie RETR, STOR oder APPE.",
        fr: "Le prochain transfert commencera à l'octet {0} ; envoyez RETR, STOR ou APPE.",
    }
    EPSV_ALL_GIVEN {
        en: "{0} is out after EPSV ALL; use EPSV.",
        de: "{0} entfällt nach EPSV ALL; verwenden Sie EPSV.",
        fr: "{0} est exclu après EPSV ALL ; utilisez EPSV.",
    }
    EPSV_ALL_SET {
        en: "From now on only EPSV sets up data connections.",
        de: "Von nun an richtet nur EPSV Datenverbindungen ein.",
        fr: "Désormais, seul EPSV établit les connexions de données.",
    }
    EPSV_SYNTAX {
        en: "EPSV takes 1, 2, ALL or nothing.",
        de: "EPSV nimmt 1, 2, ALL oder nichts.",
        fr: "EPSV accepte 1, 2, ALL ou rien.",
    }
    // RFC 2428 §2: the numbers in parentheses are for programs.
    PROTOCOL_UNKNOWN {
        en: "Network protocol not supported, use (1,2).",
        de: "Dieses Netzprotokoll wird nicht unterstützt, verwenden Sie (1,2).",
        fr: "Ce protocole réseau n'est pas pris en charge, utilisez (1,2).",
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
        en: "{0} is not your address; name {1} or use EPSV.",
        de: "{0} ist nicht Ihre Adresse; nennen Sie {1} oder verwenden Sie EPSV.",
        fr: "{0} n'est pas votre adresse ; indiquez {1} ou utilisez EPSV.",
    }
    PORT_TOO_LOW {
        en: "Port {0} is below 1024; name a higher one or use EPSV.",
        de: "Port {0} liegt unter 1024; nennen Sie einen höheren oder verwenden Sie EPSV.",
        fr: "Le port {0} est inférieur à 1024 ; indiquez-en un plus élevé ou utilisez EPSV.",
    }
    ADDRESS_ACCEPTED {
        en: "{0} accepted; data goes to {1}.",
        de: "{0} ist angenommen; Daten gehen an {1}.",
        fr: "{0} est accepté ; les données iront à {1}.",
    }
    PASV_IPV6 {
        en: "PASV cannot name an IPv6 address, use EPSV (2).",
        de: "PASV kann keine IPv6-Adresse nennen, verwenden Sie EPSV (2).",
        fr: "PASV ne peut pas indiquer d'adresse IPv6, utilisez EPSV (2).",
    }
    PASV_IPV6_SERVER {
        en: "PASV cannot name the server's IPv6 address, use EPSV (2).",
        de: "PASV kann die IPv6-Adresse des Servers nicht nennen, verwenden Sie EPSV (2).",
        fr: "PASV ne peut pas indiquer l'adresse IPv6 du serveur, utilisez EPSV (2).",
    }
    // Clients look for the first digit (RFC 1123 §4.1.2.6): none may stand before the address.
    PASSIVE {
        en: "Entering Passive Mode ({0}).",
        de: "Passiver Modus ({0}).",
        fr: "Passage en mode passif ({0}).",
    }
    EXTENDED_PASSIVE {
        en: "Entering Extended Passive Mode (|||{0}|)",
        de: "Erweiterter passiver Modus (|||{0}|)",
        fr: "Passage en mode passif étendu (|||{0}|)",
    }
}
