//! Rows of data that is not what TYPE, STRU and MODE say. Each is a part of a sentence: reason; way out.

super::texts! {
    DATA_CUT_OFF {
        en: "the data ended before the mark of its end; send it again",
        de: "die Daten endeten vor ihrer Endmarke; senden Sie sie noch einmal",
        fr: "les données se sont arrêtées avant leur marque de fin ; envoyez-les de nouveau",
    }
    DATA_AFTER_END {
        en: "data came behind the end of the file; check MODE and STRU and send it again",
        de: "hinter dem Dateiende kamen noch Daten; prüfen Sie MODE und STRU und senden Sie die Datei noch \
             einmal",
        fr: "des données suivaient la fin du fichier ; vérifiez MODE et STRU et envoyez-le de nouveau",
    }
    DATA_BAD_HEADER {
        en: "a header in the data cannot be; check that the sender uses this MODE and STRU",
        de: "ein Kopf in den Daten ist unmöglich; prüfen Sie, ob der Sender MODE und STRU so verwendet",
        fr: "un en-tête dans les données est impossible ; vérifiez que l'émetteur utilise ces MODE et STRU",
    }
    DATA_BAD_ESCAPE {
        en: "byte 255 is followed by a code that STRU R does not have; check that the sender uses STRU R",
        de: "auf Byte 255 folgt ein Code, den STRU R nicht hat; prüfen Sie, ob der Sender STRU R verwendet",
        fr: "l'octet 255 est suivi d'un code que STRU R n'a pas ; vérifiez que l'émetteur utilise STRU R",
    }
    DATA_PAGE_TYPE {
        en: "a page has type {0}, and STRU P knows 0 to 3; use STRU F",
        de: "eine Seite hat den Typ {0}, und STRU P kennt 0 bis 3; verwenden Sie STRU F",
        fr: "une page a le type {0}, et STRU P connaît 0 à 3 ; utilisez STRU F",
    }
    DATA_PAGE_ORDER {
        en: "page {0} is out of order or not full; send full pages in ascending order, or use STRU F",
        de: "Seite {0} kommt außer der Reihe oder ist nicht voll; senden Sie volle Seiten in aufsteigender \
             Reihe, oder verwenden Sie STRU F",
        fr: "la page {0} n'est pas à sa place ou pas pleine ; envoyez des pages pleines en ordre croissant, \
             ou utilisez STRU F",
    }
    DATA_BAD_MARKER {
        en: "a restart marker is too long or not printable; send up to 255 characters from 33 to 126",
        de: "eine Wiederanlaufmarke ist zu lang oder nicht druckbar; senden Sie höchstens 255 Zeichen von 33 \
             bis 126",
        fr: "une marque de reprise est trop longue ou non imprimable ; envoyez au plus 255 caractères de 33 \
             à 126",
    }
    DATA_LINE_FEED {
        en: "a record holds a line feed, which would split it in the file; use STRU F",
        de: "ein Satz enthält einen Zeilenvorschub, der ihn in der Datei teilen würde; verwenden Sie STRU F",
        fr: "un enregistrement contient un saut de ligne, qui le couperait dans le fichier ; utilisez STRU F",
    }
    DATA_DEFLATE {
        en: "the data is not a sound zlib stream; send it again, or use MODE S",
        de: "die Daten sind kein gültiger zlib-Strom; senden Sie sie noch einmal, oder verwenden Sie MODE S",
        fr: "les données ne sont pas un flux zlib valide ; envoyez-les de nouveau, ou utilisez MODE S",
    }
}
