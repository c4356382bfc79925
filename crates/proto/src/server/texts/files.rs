//! Rows for the verbs that work on files without a data connection.

super::texts! {
    SIZE_NOT_KNOWN {
        en: "The size in TYPE {0}, STRU {1} cannot be known without sending the file; send TYPE I and STRU F \
             first.",
        de: "Die Größe in TYPE {0}, STRU {1} ist erst bekannt, wenn die Datei gesendet ist; senden Sie zuerst \
             TYPE I und STRU F.",
        fr: "La taille en TYPE {0}, STRU {1} n'est pas connue sans envoyer le fichier ; envoyez d'abord TYPE I \
             et STRU F.",
    }
    PATHNAME_EMPTY {
        en: "The pathname is empty; send {0}.",
        de: "Der Pfadname ist leer; senden Sie {0}.",
        fr: "Le chemin est vide ; envoyez {0}.",
    }
    PATHNAME_LINE_BREAK {
        en: "The pathname contains NUL, CR or LF, which FTP cannot carry; send {0}.",
        de: "Der Pfadname enthält NUL, CR oder LF, was FTP nicht befördern kann; senden Sie {0}.",
        fr: "Le chemin contient NUL, CR ou LF, que FTP ne peut pas transmettre ; envoyez {0}.",
    }
    RNFR_FIRST {
        en: "No file to rename has been named; send RNFR first.",
        de: "Es ist nichts zum Umbenennen genannt; senden Sie zuerst RNFR.",
        fr: "Rien à renommer n'est indiqué ; envoyez d'abord RNFR.",
    }
    ALLO_SYNTAX {
        en: "ALLO takes a number of bytes, such as ALLO 1048576.",
        de: "ALLO erwartet eine Anzahl von Bytes, etwa ALLO 1048576.",
        fr: "ALLO accepte un nombre d'octets, par exemple ALLO 1048576.",
    }
    ROOM {
        en: "There is enough space; go ahead.",
        de: "Dafür ist Platz; fahren Sie fort.",
        fr: "Il y a assez de place ; continuez.",
    }
    SITE_VERBS_HEAD {
        en: "SITE commands of this server:",
        de: "SITE-Befehle dieses Servers:",
        fr: "Commandes SITE de ce serveur :",
    }
    SITE_HELP_LINE {
        en: "{0}: {1}",
        de: "{0}: {1}",
        fr: "{0} : {1}",
    }
    HELP_END {
        en: "End of help.",
        de: "Ende der Hilfe.",
        fr: "Fin de l'aide.",
    }
    SITE_UNKNOWN {
        en: "SITE {0} is not a command of this server; SITE HELP lists the commands.",
        de: "SITE {0} ist kein Befehl dieses Servers; SITE HELP zeigt, welche es gibt.",
        fr: "SITE {0} n'est pas une commande de ce serveur ; SITE HELP indique celles qui le sont.",
    }
    FACTS_HEAD {
        en: "Facts follow",
        de: "Die Angaben folgen",
        fr: "Les informations suivent",
    }
    FACTS_END {
        en: "End",
        de: "Ende",
        fr: "Fin",
    }
    WORKING_DIRECTORY {
        en: "{0} is the working directory.",
        de: "{0} ist das Arbeitsverzeichnis.",
        fr: "{0} est le répertoire courant.",
    }
    DIRECTORY_MADE {
        en: "{0} created.",
        de: "{0} ist angelegt.",
        fr: "{0} est créé.",
    }
    DIRECTORY_CHANGED {
        en: "{0} is now the working directory.",
        de: "{0} ist jetzt das Arbeitsverzeichnis.",
        fr: "{0} est maintenant le répertoire courant.",
    }
    DIRECTORY_REMOVED {
        en: "{0} removed.",
        de: "{0} ist entfernt.",
        fr: "{0} est supprimé.",
    }
    FILE_DELETED {
        en: "{0} deleted.",
        de: "{0} ist gelöscht.",
        fr: "{0} est supprimé.",
    }
    MAY_BE_RENAMED {
        en: "{0} can be renamed; send RNTO with the new name.",
        de: "{0} kann umbenannt werden; senden Sie RNTO mit dem neuen Namen.",
        fr: "{0} peut être renommé ; envoyez RNTO avec le nouveau nom.",
    }
    RENAMED {
        en: "{0} is the new name.",
        de: "{0} ist der neue Name.",
        fr: "{0} est le nouveau nom.",
    }
    CHANGED {
        en: "{0} changed.",
        de: "{0} ist geändert.",
        fr: "{0} est modifié.",
    }
    CONTENTS_OF {
        en: "Contents of {0}:",
        de: "Inhalt von {0}:",
        fr: "Contenu de {0} :",
    }
    STATUS_OF {
        en: "Status of {0}:",
        de: "Status von {0}:",
        fr: "État de {0} :",
    }
    STATUS_CUT {
        en: "There is more; use LIST to see all of it.",
        de: "Es gibt noch mehr; LIST sendet alles.",
        fr: "Il y en a davantage ; LIST envoie tout.",
    }
    STATUS_END {
        en: "End of status.",
        de: "Ende des Status.",
        fr: "Fin de l'état.",
    }
}
