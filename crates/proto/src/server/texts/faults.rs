//! Rows for faults: the reason and what to do, as they follow the path or stand within the reply to
//! a failed transfer.

super::texts! {
    NOT_FOUND {
        en: "no such file or directory; LIST its directory to see what is there",
        de: "es gibt keine Datei und kein Verzeichnis dieses Namens; LIST zeigt, was vorhanden ist",
        fr: "aucun fichier ni répertoire de ce nom ; LIST montre le contenu du répertoire",
    }
    PARENT_NOT_FOUND {
        en: "the directory it should be in does not exist; create that first with MKD",
        de: "das Verzeichnis dafür gibt es nicht; legen Sie es zuerst mit MKD an",
        fr: "le répertoire qui doit le contenir n'existe pas ; créez-le d'abord avec MKD",
    }
    ALREADY_EXISTS {
        en: "something with that name already exists; choose another name or delete it first",
        de: "es gibt schon etwas mit diesem Namen; wählen Sie einen anderen oder löschen Sie es zuerst",
        fr: "ce nom existe déjà ; choisissez-en un autre ou supprimez d'abord ce qui le porte",
    }
    IS_A_DIRECTORY {
        en: "it is a directory; name a file",
        de: "das ist ein Verzeichnis; nennen Sie eine Datei",
        fr: "c'est un répertoire ; indiquez un fichier",
    }
    NOT_A_DIRECTORY {
        en: "it, or part of its path, is not a directory; check the path",
        de: "das, oder etwas auf dem Weg dorthin, ist kein Verzeichnis; prüfen Sie den Pfad",
        fr: "cela, ou quelque chose sur le chemin, n'est pas un répertoire ; vérifiez le chemin",
    }
    DIRECTORY_NOT_EMPTY {
        en: "the directory is not empty; delete what is in it first",
        de: "das Verzeichnis ist nicht leer; löschen Sie zuerst seinen Inhalt",
        fr: "le répertoire n'est pas vide ; supprimez d'abord son contenu",
    }
    NOT_A_REGULAR_FILE {
        en: "it is neither a plain file nor a directory; only those can be used over FTP",
        de: "das ist weder eine gewöhnliche Datei noch ein Verzeichnis; nur diese sind über FTP nutzbar",
        fr: "ce n'est ni un fichier ordinaire ni un répertoire ; seuls ceux-ci sont utilisables par FTP",
    }
    PERMISSION_DENIED {
        en: "the server's operating system denies access; ask the administrator to change its permissions",
        de: "das Betriebssystem des Servers verweigert den Zugriff; bitten Sie den Administrator, die \
             Rechte zu ändern",
        fr: "le système d'exploitation du serveur refuse l'accès ; demandez à l'administrateur de \
             modifier les droits",
    }
    RIGHT_MISSING {
        en: "your account has no right to do this; log in as a user who has it, or ask for the right",
        de: "Ihr Konto hat dazu kein Recht; melden Sie sich als Benutzer an, der es hat, oder bitten \
             Sie darum",
        fr: "votre compte n'en a pas le droit ; connectez-vous avec un utilisateur qui l'a, ou \
             demandez ce droit",
    }
    RIGHT_NAMED {
        en: "your account has no right to do this (`{0}`); log in as a user who has it, or ask for it",
        de: "Ihr Konto hat dazu kein Recht, nämlich `{0}`; melden Sie sich als Benutzer an, der es hat, oder \
             bitten Sie darum",
        fr: "votre compte n'en a pas le droit, qui est `{0}` ; connectez-vous avec un utilisateur qui l'a, ou \
             demandez-le",
    }
    OUTSIDE_ROOT {
        en: "it leads outside the shared folder; use a path that stays inside",
        de: "es führt aus dem freigegebenen Ordner hinaus; verwenden Sie einen Pfad innerhalb",
        fr: "il mène hors du dossier partagé ; utilisez un chemin qui y reste",
    }
    LINK_LOOP {
        en: "its symbolic links form a loop; ask the administrator to fix them",
        de: "die symbolischen Links bilden eine Schleife; bitten Sie den Administrator, sie zu berichtigen",
        fr: "ses liens symboliques forment une boucle ; demandez à l'administrateur de les corriger",
    }
    NAME_NOT_ALLOWED {
        en: "the storage cannot hold such a name; choose a shorter or simpler one",
        de: "der Speicher lässt einen solchen Namen nicht zu; wählen Sie einen kürzeren oder einfacheren",
        fr: "le stockage n'admet pas un tel nom ; choisissez-en un plus court ou plus simple",
    }
    NAME_RESERVED {
        en: "the server reserves such names for unfinished uploads; choose another name",
        de: "solche Namen gibt der Server Dateien, die noch nicht ganz hochgeladen sind; wählen Sie einen anderen",
        fr: "le serveur donne de tels noms aux fichiers dont l'envoi n'est pas complet ; choisissez-en un autre",
    }
    BUSY {
        en: "it is in use by another session or the server's system; try again when it is free, or ask the \
             administrator",
        de: "eine andere Sitzung oder das System des Servers verwendet es; versuchen Sie es noch einmal, wenn das \
             vorbei ist, oder fragen Sie den Administrator",
        fr: "une autre session ou le système du serveur l'utilise ; réessayez quand ce sera fini, ou demandez à \
             l'administrateur",
    }
    BUSY_UNTIL_SILENT {
        en: "it is in use by another session or the server's system; if you lost that session, the server \
             releases it after {0} seconds without data, so try again then",
        de: "eine andere Sitzung oder das System des Servers verwendet es; eine verlorene Sitzung von Ihnen gibt es \
             nach {0} Sekunden ohne Daten frei, versuchen Sie es dann noch einmal",
        fr: "une autre session ou le système du serveur l'utilise ; une session à vous qui s'est perdue le libère \
             après {0} secondes sans données, réessayez à ce moment-là",
    }
    CHANGED_MEANWHILE {
        en: "it changed during the operation; try again",
        de: "es hat sich währenddessen geändert; versuchen Sie es noch einmal",
        fr: "il a changé pendant le travail ; réessayez",
    }
    FORM_MISMATCH {
        en: "the file does not end with a complete record, so no record can be appended; send STRU F, or use \
             STOR",
        de: "die Datei endet nicht mit einem ganzen Satz, also können keine Sätze folgen; senden Sie STRU F \
             oder STOR",
        fr: "le fichier ne se termine pas par un enregistrement complet, aucun ne peut donc suivre ; envoyez \
             STRU F, ou STOR",
    }
    NO_SPACE {
        en: "the server's storage is full, or has too little room for it; try again once space has been freed",
        de: "der Speicher des Servers ist voll oder hat dafür zu wenig Platz; versuchen Sie es noch einmal, \
             sobald Platz geschaffen ist",
        fr: "le stockage du serveur est plein, ou il y reste trop peu de place ; réessayez quand de la place \
             aura été libérée",
    }
    NO_SPACE_WITH_PARTS {
        en: "the server's storage is full, or has too little room for it; delete files (listings hide \
             unfinished uploads, but DELE removes them), or try again later",
        de: "der Speicher des Servers ist voll oder hat dafür zu wenig Platz; löschen Sie Dateien (auch unfertige \
             Uploads: keine Liste zeigt sie, DELE kennt sie), oder versuchen Sie es später noch einmal",
        fr: "le stockage du serveur est plein, ou il y reste trop peu de place ; supprimez des fichiers (aussi les \
             envois inachevés : aucune liste ne les montre, DELE les connaît), ou réessayez plus tard",
    }
    NO_SPACE_FOR_GOOD {
        en: "the server's storage is full, or has too little room for it, and your account may not delete; try again \
             once space has been freed",
        de: "der Speicher des Servers ist voll oder hat dafür zu wenig Platz, und Ihr Konto darf nicht löschen; \
             versuchen Sie es noch einmal, sobald Platz geschaffen ist",
        fr: "le stockage du serveur est plein, ou il y reste trop peu de place, et votre compte ne peut rien \
             supprimer ; réessayez quand de la place aura été libérée",
    }
    NO_SPACE_FREE {
        en: "the server's storage is full, or has too little room for it: {0} bytes are free; store less, or \
             try again once space has been freed",
        de: "der Speicher des Servers hat {0} Bytes frei, das ist weniger; speichern Sie weniger, oder versuchen Sie \
             es noch einmal, sobald Platz geschaffen ist",
        fr: "le stockage du serveur a {0} octets libres, ce qui est moins ; stockez moins, ou réessayez quand de la \
             place aura été libérée",
    }
    QUOTA_EXCEEDED {
        en: "the storage quota is used up; delete files to make room",
        de: "das Speicherkontingent ist aufgebraucht; löschen Sie Dateien, um Platz zu schaffen",
        fr: "le quota de stockage est épuisé ; supprimez des fichiers pour faire de la place",
    }
    QUOTA_EXCEEDED_AT {
        en: "that is more than your quota allows, with {0} stored; delete files to make room, or ask \
             for a larger quota",
        de: "das ist mehr, als Ihr Kontingent erlaubt, in dem {0} belegt sind; löschen Sie Dateien, um Platz zu \
             schaffen, oder bitten Sie um ein größeres",
        fr: "c'est plus que votre quota ne permet, avec {0} occupés ; supprimez des fichiers pour faire de la \
             place, ou demandez un quota plus grand",
    }
    QUOTA_FULL_AT {
        en: "that is more than your quota allows, with {0} stored; delete files (listings hide \
             unfinished uploads, but DELE removes them), or ask for a larger quota",
        de: "das ist mehr, als Ihr Kontingent erlaubt, in dem {0} belegt sind; löschen Sie Dateien (auch unfertige \
             Uploads: keine Liste zeigt sie, DELE kennt sie), oder bitten Sie um mehr",
        fr: "c'est plus que votre quota ne permet, avec {0} occupés ; supprimez des fichiers (aussi les envois \
             inachevés : aucune liste ne les montre, DELE les connaît), ou demandez plus",
    }
    QUOTA_FULL_FOR_GOOD {
        en: "that is more than your quota allows, with {0} stored, and your account may not delete; \
             try again once files have been removed, or ask for a larger quota",
        de: "das ist mehr, als Ihr Kontingent erlaubt, in dem {0} belegt sind, und Ihr Konto darf nicht löschen; \
             warten Sie, bis Dateien abgeholt sind, oder bitten Sie um mehr",
        fr: "c'est plus que votre quota ne permet, avec {0} occupés, et votre compte ne peut rien supprimer ; \
             réessayez quand des fichiers auront été retirés, ou demandez plus",
    }
    QUOTA_IN_DOUBT {
        en: "your quota seems to be used up; the server recounts your files as soon as nothing else of your \
             account is running, so try again in a moment",
        de: "Ihr Kontingent scheint aufgebraucht; was Sie gespeichert haben, wird neu gezählt, sobald sonst nichts \
             von Ihrem Konto im Gange ist, versuchen Sie es also gleich noch einmal",
        fr: "votre quota semble épuisé ; ce que vous avez stocké sera recompté dès que rien d'autre de votre compte \
             ne sera en cours, réessayez donc dans un instant",
    }
    QUOTA_USED {
        en: "{0} and {1}",
        de: "{0} und {1}",
        fr: "{0} et {1}",
    }
    BYTES_OF {
        en: "{0} of {1} bytes",
        de: "{0} von {1} Byte",
        fr: "{0} sur {1} octets",
    }
    BYTES_ALONE {
        en: "{0} bytes",
        de: "{0} Byte",
        fr: "{0} octets",
    }
    BYTE_ALONE {
        en: "1 byte",
        de: "1 Byte",
        fr: "1 octet",
    }
    FILES_OF {
        en: "{0} of {1} files",
        de: "{0} von {1} Dateien",
        fr: "{0} sur {1} fichiers",
    }
    FILES_ALONE {
        en: "{0} files",
        de: "{0} Dateien",
        fr: "{0} fichiers",
    }
    FILE_ALONE {
        en: "1 file",
        de: "1 Datei",
        fr: "1 fichier",
    }
    FILE_TOO_LARGE {
        en: "the file is larger than the storage allows; send it in smaller parts",
        de: "die Datei ist größer, als der Speicher erlaubt; senden Sie sie in kleineren Teilen",
        fr: "le fichier est plus grand que le stockage ne le permet ; envoyez-le en parties plus petites",
    }
    READ_ONLY_STORAGE {
        en: "the storage is read-only; store elsewhere, or ask the administrator",
        de: "der Speicher ist schreibgeschützt; speichern Sie anderswo oder fragen Sie den Administrator",
        fr: "le stockage est en lecture seule ; enregistrez ailleurs, ou demandez à l'administrateur",
    }
    BAD_OFFSET {
        en: "the file is shorter than the restart offset; send REST 0 to start over",
        de: "die Datei ist kürzer als die Startposition; senden Sie REST 0, um von vorn zu beginnen",
        fr: "le fichier ne va pas jusqu'à la position de reprise ; envoyez REST 0 pour repartir du début",
    }
    BAD_OFFSET_LENGTH {
        en: "the file is shorter than the restart offset; restart at {0} or less",
        de: "die Datei ist kürzer als die Startposition; beginnen Sie bei {0} oder davor",
        fr: "le fichier ne va pas jusqu'à la position de reprise ; reprenez à {0} ou avant",
    }
    NAME_REFUSED {
        en: "your account may not use names like {0}; choose another name",
        de: "Namen wie {0} sind Ihrem Konto nicht erlaubt; wählen Sie einen anderen",
        fr: "les noms comme {0} sont refusés à votre compte ; choisissez-en un autre",
    }
    NAME_NOT_AMONG_ALLOWED {
        en: "your account may use only names like {0}; choose one of those",
        de: "Ihr Konto darf nur Namen wie {0} vergeben; wählen Sie einen solchen",
        fr: "votre compte ne peut donner que des noms comme {0} ; choisissez-en un",
    }
    READ_ONLY_TIME {
        en: "your account may change nothing until {0}; try again then",
        de: "Ihr Konto darf bis {0} nichts ändern; versuchen Sie es dann noch einmal",
        fr: "votre compte ne peut rien modifier avant le {0} ; réessayez alors",
    }
    LINK_NOT_FOLLOWED {
        en: "it is a link or is reached through one, and your account follows none; name what the link points \
             to",
        de: "das ist ein Verweis oder liegt hinter einem, und Ihr Konto folgt keinem; nennen Sie, worauf er \
             zeigt",
        fr: "c'est un lien ou cela se trouve derrière un lien, et votre compte n'en suit aucun ; indiquez ce \
             que le lien désigne",
    }
    CROSS_DEVICE {
        en: "the new name is in another folder or file system of the server; copy the file (SITE CPFR, SITE \
             CPTO) and delete the old one",
        de: "der neue Name liegt in einem anderen Ordner oder Dateisystem des Servers; kopieren Sie die \
             Datei (SITE CPFR, SITE CPTO) und löschen Sie die alte",
        fr: "le nouveau nom se trouve dans un autre dossier ou système de fichiers du serveur ; copiez le \
             fichier (SITE CPFR, SITE CPTO) et supprimez l'ancien",
    }
    IO_FAILED {
        en: "the server's storage failed to read or write; try again, and tell the administrator",
        de: "der Speicher des Servers konnte nicht lesen oder schreiben; versuchen Sie es noch einmal \
             und verständigen Sie den Administrator",
        fr: "le stockage du serveur n'a pas pu lire ou écrire ; réessayez et prévenez l'administrateur",
    }
    OUT_OF_RESOURCES {
        en: "the server is short of sockets, ports or memory; try again in a moment",
        de: "dem Server fehlen Sockets, Ports oder Speicher; versuchen Sie es gleich noch einmal",
        fr: "le serveur manque de sockets, de ports ou de mémoire ; réessayez dans un instant",
    }
    UNSUPPORTED {
        en: "the storage does not support this; do without it on this server",
        de: "der Speicher kann das nicht; verzichten Sie auf diesem Server darauf",
        fr: "le stockage ne sait pas le faire ; passez-vous-en sur ce serveur",
    }
    CREATION_NOT_SET {
        en: "the creation time cannot be set here; set the modification time with MFMT",
        de: "die Zeit der Entstehung lässt sich hier nicht setzen; setzen Sie die der Änderung mit MFMT",
        fr: "la date de création ne peut pas être fixée ici ; fixez celle de modification avec MFMT",
    }
    NO_SUCH_GROUP {
        en: "the server has no such group; name another, or give its number",
        de: "der Server kennt keine solche Gruppe; nennen Sie eine andere oder ihre Nummer",
        fr: "le serveur ne connaît pas ce groupe ; indiquez-en un autre, ou son numéro",
    }
    ROOT_STAYS {
        en: "it is the root of what is shared and cannot be changed; name something inside it",
        de: "das ist das Oberste dessen, was hier freigegeben ist, und bleibt; nennen Sie etwas darin",
        fr: "c'est le sommet de ce qui est partagé ici, qui reste ; citez quelque chose dedans",
    }
    INTO_ITSELF {
        en: "a directory cannot be moved into itself; choose a place outside it",
        de: "ein Verzeichnis kann nicht in sich selbst verschoben werden; wählen Sie einen Ort außerhalb",
        fr: "un répertoire ne peut pas être déplacé dans lui-même ; choisissez un endroit en dehors",
    }
    SAME_FILE {
        en: "it is the same file under two names; name each file only once",
        de: "das ist eine Datei unter zwei Namen; nennen Sie jede Datei einmal",
        fr: "c'est un seul fichier sous deux noms ; citez chaque fichier une fois",
    }
    BAD_RANGE {
        en: "the range starts past the end of the file; send one that starts within the file",
        de: "der Bereich beginnt hinter dem Ende der Datei; nennen Sie einen, der in ihr beginnt",
        fr: "la plage commence après la fin du fichier ; indiquez-en une qui y commence",
    }
    POLICY_LIMIT {
        en: "that is more than this server is set to do in one request; ask for a smaller range",
        de: "das ist mehr, als dieser Server auf einmal tun soll; verlangen Sie einen kleineren Bereich",
        fr: "c'est plus que ce serveur n'accepte en une fois ; demandez une plage plus petite",
    }
    TOO_DEEP {
        en: "its directories are nested too deeply; name one further down",
        de: "die Verzeichnisse liegen zu tief ineinander; fragen Sie nach einem weiter unten",
        fr: "ses répertoires sont trop profondément imbriqués ; demandez-en un plus bas",
    }
    STOPPED {
        en: "it was stopped before it finished; send the command again to do it",
        de: "es wurde vor dem Ende angehalten; senden Sie den Befehl noch einmal, um es zu tun",
        fr: "l'opération a été arrêtée avant la fin ; renvoyez la commande pour la faire",
    }
}
