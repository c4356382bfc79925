//! Rows for the session as a whole: lines that are not commands, commands that are not allowed now,
//! and the reasons why the server closes the session.

super::texts! {
    NOT_BUILT {
        en: "{0} is not implemented here; HELP lists the verbs that are.",
        de: "{0} gibt es hier nicht; HELP zeigt, was es gibt.",
        fr: "{0} n'existe pas ici ; HELP indique ce qui existe.",
    }
    NO_HANDLER {
        en: "{0} has no handler.",
        de: "{0} wird hier nicht ausgeführt.",
        fr: "{0} n'est pas exécuté ici.",
    }
    LOGIN_FIRST {
        en: "{0} needs a login; send USER and PASS first.",
        de: "{0} setzt eine Anmeldung voraus; senden Sie zuerst USER und PASS.",
        fr: "{0} exige une identification ; envoyez d'abord USER et PASS.",
    }
    LINE_TOO_LONG {
        en: "The line is too long; commands may have at most {0} bytes.",
        de: "Die Zeile ist zu lang; Befehle haben höchstens {0} Byte.",
        fr: "La ligne est trop longue ; une commande a au plus {0} octets.",
    }
    LINE_EMPTY {
        en: "The line contains no command; HELP lists the verbs.",
        de: "Die Zeile enthält keinen Befehl; HELP zeigt die Befehle.",
        fr: "La ligne ne contient aucune commande ; HELP en donne la liste.",
    }
    UNKNOWN_VERB {
        en: "{0} is not a command; HELP lists the verbs of this server.",
        de: "{0} ist kein Befehl; HELP zeigt die Befehle dieses Servers.",
        fr: "{0} n'est pas une commande ; HELP donne la liste de celles de ce serveur.",
    }
    LINE_BREAK {
        en: "The line contains NUL or CR; send it without them.",
        de: "In der Zeile steht NUL oder CR; senden Sie sie ohne dieses Zeichen.",
        fr: "La ligne contient NUL ou CR ; envoyez-la sans ce caractère.",
    }
    ARGUMENT_MISSING {
        en: "{0} needs an argument; send {1}.",
        de: "{0} braucht ein Argument; senden Sie {1}.",
        fr: "{0} exige un argument ; envoyez {1}.",
    }
    ARGUMENT_SURPLUS {
        en: "{0} takes no argument; send it alone.",
        de: "{0} hat kein Argument; senden Sie es allein.",
        fr: "{0} n'accepte pas d'argument ; envoyez-le seul.",
    }
    IDLE {
        en: "No command for {0} seconds; connect again to continue.",
        de: "Seit {0} Sekunden kam kein Befehl; verbinden Sie sich neu, um fortzufahren.",
        fr: "Aucune commande depuis {0} secondes ; reconnectez-vous pour continuer.",
    }
    LOGIN_TIME_OVER {
        en: "No login within {0} seconds; connect again and send USER and PASS.",
        de: "Keine Anmeldung innerhalb von {0} Sekunden; verbinden Sie sich neu und senden Sie USER \
             und PASS.",
        fr: "Aucune identification en {0} secondes ; reconnectez-vous et envoyez USER et PASS.",
    }
    ADDRESS_FULL {
        en: "Your address has reached its session limit ({0}); end one of its sessions, then connect again.",
        de: "Ihre Adresse hat so viele Sitzungen, wie sie gleichzeitig haben darf ({0}); beenden Sie eine \
             davon und verbinden Sie sich dann noch einmal.",
        fr: "Votre adresse a autant de sessions qu'elle peut en avoir à la fois ({0}) ; terminez-en une, puis \
             reconnectez-vous.",
    }
    CONNECTS_TOO_OFTEN {
        en: "Your address connects too often; connect again in {0} seconds.",
        de: "Ihre Adresse verbindet sich zu oft; verbinden Sie sich in {0} Sekunden noch einmal.",
        fr: "Votre adresse se connecte trop souvent ; reconnectez-vous dans {0} secondes.",
    }
    LOGS_IN_TOO_OFTEN {
        en: "Your address tries to log in too often; connect again in {0} seconds.",
        de: "Ihre Adresse versucht zu oft, sich anzumelden; verbinden Sie sich in {0} Sekunden noch einmal.",
        fr: "Votre adresse tente trop souvent de s'identifier ; reconnectez-vous dans {0} secondes.",
    }
    BANNED {
        en: "Your address is banned from this server; ask the administrator to lift the ban.",
        de: "Ihre Adresse ist auf diesem Server gesperrt; bitten Sie den Administrator, die Sperre aufzuheben.",
        fr: "Votre adresse est bannie de ce serveur ; demandez à l'administrateur de lever cette mesure.",
    }
    BANNED_UNTIL {
        en: "Your address is banned until {0}; connect again after that, or ask the administrator to lift \
             the ban.",
        de: "Ihre Adresse ist bis {0} gesperrt; verbinden Sie sich danach neu, oder bitten Sie den \
             Administrator, die Sperre aufzuheben.",
        fr: "Votre adresse est bannie jusqu'au {0} ; reconnectez-vous ensuite, ou demandez à \
             l'administrateur de lever cette mesure.",
    }
    LINE_TIME_OVER {
        en: "A command line did not end within {0} seconds; connect again and send whole lines.",
        de: "Eine Befehlszeile endete nicht innerhalb von {0} Sekunden; verbinden Sie sich neu und senden \
             Sie ganze Zeilen.",
        fr: "Une ligne de commande ne s'est pas terminée en {0} secondes ; reconnectez-vous et envoyez \
             des lignes entières.",
    }
    SPEAKS_HTTP {
        en: "This is an FTP server, but the client speaks HTTP; use an FTP client.",
        de: "Dies ist ein FTP-Server, und das Programm spricht HTTP; verwenden Sie ein FTP-Programm.",
        fr: "Ceci est un serveur FTP, et le client parle HTTP ; utilisez un client FTP.",
    }
    UNTRUSTED_PROXY {
        en: "A PROXY header came from {0}, which is not a trusted proxy of this server; ask the administrator \
             to trust it.",
        de: "Von {0} kam ein PROXY-Kopf, doch ist das kein vertrauter Proxy dieses Servers; bitten Sie den \
             Administrator, ihm zu vertrauen.",
        fr: "Un en-tête PROXY est venu de {0}, qui n'est pas un proxy de confiance de ce serveur ; demandez à \
             l'administrateur de lui faire confiance.",
    }
    BEGINS_WITH_TLS {
        en: "The client starts with TLS, but this port starts in the clear; set the client to explicit TLS \
             (FTPES, AUTH TLS), or use the port for implicit TLS.",
        de: "Das Programm spricht von Anfang an TLS, und dieser Port beginnt unverschlüsselt; stellen Sie \
             das Programm auf explizites TLS (FTPES, AUTH TLS), oder nehmen Sie den Port für implizites \
             TLS.",
        fr: "Le client parle TLS dès le début, et ce port commence en clair ; réglez le client sur TLS \
             explicite (FTPES, AUTH TLS), ou utilisez le port pour TLS implicite.",
    }
    LOGIN_ATTEMPTS_OVER {
        en: "{0} logins were refused; check the user and the password, then connect again.",
        de: "{0} Anmeldungen wurden abgelehnt; prüfen Sie Benutzer und Passwort und verbinden Sie \
             sich dann neu.",
        fr: "{0} identifications ont été refusées ; vérifiez l'utilisateur et le mot de passe, puis \
             reconnectez-vous.",
    }
    SHUTDOWN {
        en: "The server is shutting down; connect again later.",
        de: "Der Server wird beendet; verbinden Sie sich später neu.",
        fr: "Le serveur s'arrête ; reconnectez-vous plus tard.",
    }
    FULL {
        en: "The server has reached its session limit; try again later.",
        de: "Der Server hat so viele Sitzungen, wie er haben darf; versuchen Sie es später noch einmal.",
        fr: "Le serveur a atteint son nombre maximal de sessions ; réessayez plus tard.",
    }
    NO_DESCRIPTORS {
        en: "The server has as many connections open as its system allows; try again later.",
        de: "Der Server hat so viele Verbindungen offen, wie sein System erlaubt; versuchen Sie es später noch einmal.",
        fr: "Le serveur a autant de connexions ouvertes que son système le permet ; réessayez plus tard.",
    }
}
