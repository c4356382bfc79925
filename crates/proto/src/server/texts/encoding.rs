//! Rows for data that does not match TYPE, STRU and MODE. Each row is part of a sentence: the
//! reason; what to do.

super::texts! {
    DATA_CUT_OFF {
        en: "the data ended before its end-of-file mark; send it again",
        de: "die Daten endeten vor ihrer Endmarke; senden Sie sie noch einmal",
        fr: "les données se sont arrêtées avant leur marque de fin ; envoyez-les de nouveau",
    }
    DATA_AFTER_END {
        en: "data followed the end of the file; check MODE and STRU and send it again",
        de: "hinter dem Dateiende kamen noch Daten; prüfen Sie MODE und STRU und senden Sie die Datei noch \
             einmal",
        fr: "des données suivaient la fin du fichier ; vérifiez MODE et STRU et envoyez-le de nouveau",
    }
    DATA_DESCRIPTOR {
        en: "descriptor {0} in the data has undefined bits set; check that the sender uses this MODE",
        de: "der Deskriptor {0} in den Daten hat Bits ohne Bedeutung; prüfen Sie, ob der Sender diesen MODE \
             verwendet",
        fr: "le descripteur {0} dans les données a des bits sans signification ; vérifiez que l'émetteur utilise \
             ce MODE",
    }
    DATA_PAGE_HEADER {
        en: "a page header of {0} bytes does not match its type of page; check that the sender uses STRU P, or \
             use STRU F",
        de: "ein Seitenkopf von {0} Byte passt nicht zur Art der Seite; prüfen Sie, ob der Sender STRU P \
             verwendet, oder verwenden Sie STRU F",
        fr: "un en-tête de page de {0} octets ne va pas avec le type de page ; vérifiez que l'émetteur utilise \
             STRU P, ou utilisez STRU F",
    }
    DATA_PAGE_LENGTH {
        en: "a page has {0} bytes, more than a page may hold (255, or 4096 from page 256 on); send smaller \
             pages, or use STRU F",
        de: "eine Seite hat {0} Byte, mehr als eine Seite fasst (255, und 4096 ab Seite 256); senden Sie kleinere \
             Seiten, oder verwenden Sie STRU F",
        fr: "une page a {0} octets, plus qu'une page n'en contient (255, et 4096 dès la page 256) ; envoyez des \
             pages plus petites, ou utilisez STRU F",
    }
    DATA_PAGE_INDEX {
        en: "page {0} lies past the end of any file; check that the sender uses STRU P, or use STRU F",
        de: "Seite {0} liegt hinter dem Ende jeder Datei; prüfen Sie, ob der Sender STRU P verwendet, oder \
             verwenden Sie STRU F",
        fr: "la page {0} est au-delà de la fin de tout fichier ; vérifiez que l'émetteur utilise STRU P, ou \
             utilisez STRU F",
    }
    DATA_BAD_ESCAPE {
        en: "byte 255 is followed by {0}, a code that STRU R does not define; check that the sender uses STRU \
             R",
        de: "auf Byte 255 folgt {0}, ein Code, den STRU R nicht hat; prüfen Sie, ob der Sender STRU R verwendet",
        fr: "l'octet 255 est suivi de {0}, un code que STRU R n'a pas ; vérifiez que l'émetteur utilise STRU R",
    }
    DATA_PAGE_TYPE {
        en: "a page has type {0}, but STRU P defines only 0 to 3; use STRU F",
        de: "eine Seite hat den Typ {0}, und STRU P kennt 0 bis 3; verwenden Sie STRU F",
        fr: "une page a le type {0}, et STRU P connaît 0 à 3 ; utilisez STRU F",
    }
    DATA_PAGE_ORDER {
        en: "page {0} is out of order; send pages in ascending order, or use STRU F",
        de: "Seite {0} kommt außer der Reihe; senden Sie Seiten in aufsteigender Reihe, oder verwenden Sie STRU F",
        fr: "la page {0} n'est pas à sa place ; envoyez les pages en ordre croissant, ou utilisez STRU F",
    }
    DATA_PAGE_SHORT {
        en: "page {0} is neither full nor the last; send full pages (255 bytes, or 4096 from page 256 on), or \
             use STRU F",
        de: "Seite {0} ist weder voll noch die letzte; senden Sie volle Seiten (255 Byte, und 4096 ab Seite 256), \
             oder verwenden Sie STRU F",
        fr: "la page {0} n'est ni pleine ni la dernière ; envoyez des pages pleines (255 octets, et 4096 dès la \
             page 256), ou utilisez STRU F",
    }
    DATA_MARKER_TOO_LONG {
        en: "a restart marker is too long; send at most {0} characters",
        de: "eine Wiederanlaufmarke ist zu lang; senden Sie höchstens {0} Zeichen",
        fr: "une marque de reprise est trop longue ; envoyez au plus {0} caractères",
    }
    DATA_BAD_MARKER {
        en: "a restart marker is empty or not printable; send characters from 33 to 126",
        de: "eine Wiederanlaufmarke ist leer oder nicht druckbar; senden Sie Zeichen von 33 bis 126",
        fr: "une marque de reprise est vide ou non imprimable ; envoyez des caractères de 33 à 126",
    }
    DATA_LINE_FEED {
        en: "a record contains a line feed, which would split it in the file; use STRU F",
        de: "ein Satz enthält einen Zeilenvorschub, der ihn in der Datei teilen würde; verwenden Sie STRU F",
        fr: "un enregistrement contient un saut de ligne, qui le couperait dans le fichier ; utilisez STRU F",
    }
    DATA_DEFLATE {
        en: "the data is not a valid zlib stream; send it again, or use MODE S",
        de: "die Daten sind kein gültiger zlib-Strom; senden Sie sie noch einmal, oder verwenden Sie MODE S",
        fr: "les données ne sont pas un flux zlib valide ; envoyez-les de nouveau, ou utilisez MODE S",
    }
}
