//! Rows for transfers: before the start, at the start, at the end, and for failures. Rows without a
//! full stop are parts of a sentence that `answer` composes.

super::texts! {
    DATA_CONNECTION_FIRST {
        en: "{0} needs a data connection; send EPSV, PASV, EPRT or PORT first.",
        de: "{0} braucht eine Datenverbindung; senden Sie zuerst EPSV, PASV, EPRT oder PORT.",
        fr: "{0} exige une connexion de données ; envoyez d'abord EPSV, PASV, EPRT ou PORT.",
    }
    OFFSET_WITHOUT_PLACE {
        en: "There are no byte offsets in TYPE {0}, STRU {1}, MODE {2}; send TYPE I and STRU F, or MODE B, \
             then REST again.",
        de: "In TYPE {0}, STRU {1}, MODE {2} ist keine Position zu finden; senden Sie TYPE I, STRU F oder \
             MODE B und dann noch einmal REST.",
        fr: "Une position est introuvable en TYPE {0}, STRU {1}, MODE {2} ; envoyez TYPE I, STRU F ou MODE \
             B, puis de nouveau REST.",
    }
    RANGE_WITHOUT_PLACE {
        en: "There are no byte ranges in TYPE {0}, STRU {1}, MODE {2}; send TYPE I, STRU F and MODE S, then \
             RANG again.",
        de: "In TYPE {0}, STRU {1}, MODE {2} ist kein Bereich zu finden; senden Sie TYPE I, STRU F und MODE S und \
             dann noch einmal RANG.",
        fr: "Une plage est introuvable en TYPE {0}, STRU {1}, MODE {2} ; envoyez TYPE I, STRU F et MODE S, puis \
             de nouveau RANG.",
    }
    NOT_TOGETHER {
        en: "TYPE {0} and STRU {1} cannot be combined; send TYPE I or STRU F.",
        de: "TYPE {0} und STRU {1} passen nicht zusammen; senden Sie TYPE I oder STRU F.",
        fr: "TYPE {0} et STRU {1} ne vont pas ensemble ; envoyez TYPE I ou STRU F.",
    }
    PAGES_NOT_APPENDED {
        en: "Pages have fixed places in a file and cannot be appended; send STRU F, or use STOR.",
        de: "Seiten haben ihren Platz in einer Datei und lassen sich nicht anhängen; senden Sie STRU F oder \
             STOR.",
        fr: "Les pages ont leur place dans un fichier et ne peuvent pas être ajoutées à la fin ; envoyez \
             STRU F, ou STOR.",
    }
    FILE_FOLLOWS_SIZED {
        en: "{0} ({1} bytes) follows.",
        de: "{0} ({1} Byte) folgt.",
        fr: "{0} ({1} octets) suit.",
    }
    FILE_FOLLOWS {
        en: "{0} follows.",
        de: "{0} folgt.",
        fr: "{0} suit.",
    }
    LISTING_FOLLOWS {
        en: "Listing of {0} follows.",
        de: "Die Liste von {0} folgt.",
        fr: "La liste de {0} suit.",
    }
    SEND_NOW {
        en: "Send {0} now.",
        de: "Senden Sie jetzt {0}.",
        fr: "Envoyez maintenant {0}.",
    }
    SENT {
        en: "{0} sent, {1} bytes.",
        de: "{0} ist gesendet, {1} Byte.",
        fr: "{0} est envoyé, {1} octets.",
    }
    STORED {
        en: "{0} stored, {1} bytes.",
        de: "{0} ist gespeichert, {1} Byte.",
        fr: "{0} est enregistré, {1} octets.",
    }
    APPENDED {
        en: "{0}: {1} bytes appended.",
        de: "{0} ist ergänzt, {1} Byte.",
        fr: "{0} est complété, {1} octets.",
    }
    LISTED {
        en: "{0} listed, {1} bytes.",
        de: "{0} ist aufgelistet, {1} Byte.",
        fr: "{0} est listé, {1} octets.",
    }
    NOTHING_TRANSFERRED {
        en: "No transfer is running; the data connection is closed.",
        de: "Es wird gerade nichts übertragen; die Datenverbindung ist geschlossen.",
        fr: "Rien n'est en cours de transfert ; la connexion de données est fermée.",
    }
    NOTHING_TRANSFERRED_OPEN {
        en: "No transfer is running; the data connection stays open.",
        de: "Es wird gerade nichts übertragen; die Datenverbindung bleibt offen.",
        fr: "Rien n'est en cours de transfert ; la connexion de données reste ouverte.",
    }
    NOT_OPENED {
        en: "No data connection for {0}: {1}",
        de: "Keine Datenverbindung für {0}: {1}",
        fr: "Pas de connexion de données pour {0} : {1}",
    }
    NONE_AGREED {
        en: "none was set up; send EPSV or PASV before the transfer",
        de: "es ist keine vereinbart; senden Sie vor der Übertragung EPSV oder PASV",
        fr: "aucune n'a été convenue ; envoyez EPSV ou PASV avant le transfert",
    }
    KEPT_CLOSED {
        en: "the one kept open has since been closed; send EPSV or PASV before the transfer",
        de: "die offen gehaltene ist inzwischen geschlossen; senden Sie vor der Übertragung EPSV oder PASV",
        fr: "celle qui restait ouverte est fermée à présent ; envoyez EPSV ou PASV avant le transfert",
    }
    CONNECT_REFUSED {
        en: "{0} refused it; listen there before you send the command, or use EPSV",
        de: "{0} hat sie abgelehnt; nehmen Sie dort Verbindungen an, bevor Sie den Befehl senden, oder \
             verwenden Sie EPSV",
        fr: "{0} l'a refusée ; écoutez à cette adresse avant d'envoyer la commande, ou utilisez EPSV",
    }
    CONNECT_FAILED {
        en: "{0} cannot be reached ({1}); use EPSV or PASV",
        de: "{0} ist nicht zu erreichen ({1}); verwenden Sie EPSV oder PASV",
        fr: "{0} est injoignable ({1}) ; utilisez EPSV ou PASV",
    }
    CONNECT_TIMED_OUT {
        en: "{0} did not answer within {1} seconds; a firewall on your side may block it, so use EPSV or PASV",
        de: "{0} hat innerhalb von {1} Sekunden nicht geantwortet; vielleicht blockiert eine Firewall auf \
             Ihrer Seite, verwenden Sie EPSV oder PASV",
        fr: "{0} n'a pas répondu en {1} secondes ; un pare-feu de votre côté la bloque peut-être, \
             utilisez EPSV ou PASV",
    }
    NOBODY_CONNECTED {
        en: "you did not connect to the passive port within {0} seconds; a firewall may block it, so try again \
             or ask the administrator to open the passive ports",
        de: "Sie haben den passiven Port nicht in {0} Sekunden erreicht; vielleicht blockiert ihn eine Firewall, \
             versuchen Sie es noch einmal oder bitten Sie den Administrator, ihn zu öffnen",
        fr: "vous ne vous êtes pas connecté au port passif en {0} secondes ; un pare-feu le bloque \
             peut-être, réessayez ou demandez à l'administrateur d'ouvrir les ports passifs",
    }
    NOT_ACCEPTED {
        en: "it could not be accepted ({0}); try again",
        de: "sie konnte nicht angenommen werden ({0}); versuchen Sie es noch einmal",
        fr: "elle n'a pas pu être acceptée ({0}) ; réessayez",
    }
    CONNECTION_LOST {
        en: "Data connection lost after {0} bytes: {1}",
        de: "Datenverbindung nach {0} Byte verloren: {1}",
        fr: "Connexion de données perdue après {0} octets : {1}",
    }
    LOST_BROKEN {
        en: "{0}; connect again and repeat the transfer",
        de: "{0}; verbinden Sie sich neu, um sie zu wiederholen",
        fr: "{0} ; reconnectez-vous pour recommencer",
    }
    LOST_STALLED {
        en: "nothing moved for {0} seconds; check the network and repeat the transfer",
        de: "{0} Sekunden lang kam nichts voran; prüfen Sie das Netz und wiederholen Sie die Übertragung",
        fr: "rien n'a avancé pendant {0} secondes ; vérifiez le réseau et recommencez",
    }
    LOST_EARLY {
        en: "{0} were announced, so something in between ended it early; repeat the transfer, with TLS if this \
             happens again",
        de: "{0} waren angekündigt, also hat etwas unterwegs sie vorzeitig beendet; wiederholen Sie die Übertragung, \
             bleibt es so, unter TLS",
        fr: "{0} étaient annoncés, quelque chose l'a donc fermée trop tôt en chemin ; recommencez, sous TLS si cela \
             persiste",
    }
    LOST_MARKERS_UNREAD {
        en: "replies to its restart markers are not being read; read them, and repeat the transfer",
        de: "die Antworten auf ihre Wiederanlaufmarken werden nicht gelesen; lesen Sie sie und wiederholen \
             Sie die Übertragung",
        fr: "les réponses à ses marques de reprise ne sont pas lues ; lisez-les et recommencez",
    }
    SUSPECT {
        en: "Transfer failed after {0} bytes: a block is marked as damaged; send the file again",
        de: "Übertragung nach {0} Byte abgebrochen: ein Block ist als beschädigt gekennzeichnet; senden Sie \
             die Datei noch einmal",
        fr: "Transfert interrompu après {0} octets : un bloc est marqué comme endommagé ; envoyez de \
             nouveau le fichier",
    }
    TRANSFER_STOPPED {
        en: "Transfer stopped after {0} bytes",
        de: "Übertragung nach {0} Byte angehalten",
        fr: "Transfert arrêté après {0} octets",
    }
    STOPPED_BY_SHUTDOWN {
        en: ", because the server is shutting down",
        de: ", da der Server beendet wird",
        fr: ", car le serveur s'arrête",
    }
    STOPPED_BY_LOCK {
        en: ", because the administrator has locked your account",
        de: ", da der Verwalter Ihr Konto gesperrt hat",
        fr: ", car l'administrateur a verrouillé votre compte",
    }
    STOPPED_BY_ACCOUNT {
        en: ", because your account may no longer be used",
        de: ", da Ihr Konto nicht mehr benutzt werden darf",
        fr: ", car votre compte ne peut plus être utilisé",
    }
    TRANSFER_BROKEN_OFF {
        en: "Transfer failed after {0} bytes: {1}",
        de: "Übertragung nach {0} Byte abgebrochen: {1}",
        fr: "Transfert interrompu après {0} octets : {1}",
    }
    PART_KEPT {
        en: "; {0} bytes are kept, so send REST {0} and STOR again to resume",
        de: "; {0} Byte sind aufgehoben, senden Sie REST {0} und noch einmal STOR, um fortzusetzen",
        fr: " ; {0} octets sont conservés, envoyez REST {0} et de nouveau STOR pour reprendre",
    }
    PART_KEPT_BEHIND {
        en: "; {0} bytes are kept, including those stored before, so send the rest after them with REST {0} \
             and STOR",
        de: "; mit dem, was schon da war, sind {0} Byte aufgehoben, senden Sie, was dahinter fehlt, mit REST {0} und STOR",
        fr: " ; avec ce qui était déjà là, {0} octets sont conservés, envoyez ce qui manque derrière avec REST {0} et STOR",
    }
    PART_KEPT_COUNTS {
        en: "; {0} bytes are kept and count against the quota, so send REST {0} and STOR again to resume, or \
             DELE to free them",
        de: "; {0} Byte sind aufgehoben und zählen mit, senden Sie REST {0} und noch einmal STOR, um fortzusetzen, \
             oder DELE, um sie freizugeben",
        fr: " ; {0} octets sont conservés et comptent, envoyez REST {0} et de nouveau STOR pour reprendre, ou DELE \
             pour les libérer",
    }
}
