//! Rows for the start and setup of a session: the greeting, ACCT, REIN, HOST, SMNT, LANG, CLNT,
//! ALGS, and waiting for a server that is not ready.

super::texts! {
    READY {
        en: "Packetboat {0} is ready.",
        de: "Packetboat {0} ist bereit.",
        fr: "Packetboat {0} est prêt.",
    }
    HOST_READY {
        en: "Packetboat {0} is ready for {1}.",
        de: "Packetboat {0} ist bereit für {1}.",
        fr: "Packetboat {0} est prêt pour {1}.",
    }
    ACCOUNT_WANTED {
        en: "The password is right, but an account is also required; send it with ACCT.",
        de: "Das Passwort stimmt, doch wird auch ein Abrechnungskonto verlangt; senden Sie es mit ACCT.",
        fr: "Le mot de passe est bon, mais un compte est aussi exigé ; envoyez-le avec ACCT.",
    }
    ACCOUNT_TO_STORE {
        en: "{0} requires an account; send it with ACCT, then send {0} again.",
        de: "{0} verlangt ein Abrechnungskonto; senden Sie es mit ACCT und dann noch einmal {0}.",
        fr: "{0} exige un compte ; envoyez-le avec ACCT, puis de nouveau {0}.",
    }
    ACCOUNT_ACCEPTED {
        en: "Account accepted; {0} may now store files.",
        de: "Das Abrechnungskonto ist angenommen, {0} darf jetzt speichern.",
        fr: "Le compte est accepté, {0} peut maintenant enregistrer.",
    }
    ACCOUNT_NOT_NEEDED {
        en: "{0} needs no account; continue without it.",
        de: "{0} braucht kein Abrechnungskonto; fahren Sie fort.",
        fr: "{0} n'a pas besoin de compte ; continuez.",
    }
    ACCOUNT_TOO_EARLY {
        en: "ACCT comes after USER and PASS; send those first.",
        de: "ACCT folgt auf USER und PASS; senden Sie diese zuerst.",
        fr: "ACCT vient après USER et PASS ; envoyez d'abord ceux-ci.",
    }
    ACCOUNT_WRONG_LOGIN {
        en: "The account is wrong; send USER, PASS and ACCT again with the right one.",
        de: "Das Abrechnungskonto ist falsch; senden Sie USER, PASS und ACCT noch einmal mit dem richtigen.",
        fr: "Le compte est incorrect ; renvoyez USER, PASS et ACCT avec le bon.",
    }
    ACCOUNT_WRONG_STORE {
        en: "The account is wrong, and you cannot store files without it; send ACCT again with the right one.",
        de: "Das Abrechnungskonto ist falsch, ohne das richtige ist Speichern nicht erlaubt; senden Sie es \
             mit ACCT.",
        fr: "Le compte est incorrect, enregistrer n'est pas permis sans le bon ; envoyez-le avec ACCT.",
    }
    NO_PASSWORD_NEEDED {
        en: "{0} needs no password and is already logged in.",
        de: "{0} braucht kein Passwort; Sie sind angemeldet, fahren Sie fort.",
        fr: "{0} n'a pas besoin de mot de passe ; vous êtes connecté, continuez.",
    }
    // Programs read the first number in a 120 as minutes, so no other number may come before it.
    WAIT_STARTING {
        en: "The server is starting and will be ready in {0}; stay connected and wait for 220.",
        de: "Der Server startet und ist in {0} bereit; bleiben Sie verbunden und warten Sie auf 220.",
        fr: "Le serveur démarre et sera prêt dans {0} ; restez connecté et attendez 220.",
    }
    WAIT_MAINTENANCE {
        en: "The server is under maintenance and will be ready in {0}; stay connected and wait for 220.",
        de: "Der Server wird gewartet und ist in {0} bereit; bleiben Sie verbunden und warten Sie auf 220.",
        fr: "Le serveur est en maintenance et sera prêt dans {0} ; restez connecté et attendez 220.",
    }
    WAIT_QUEUE {
        en: "All places are taken; one should be free in {1}, and you are number {0} in the queue; stay \
             connected and wait for 220.",
        de: "Alle Plätze sind belegt; Ihrer ist voraussichtlich in {1} frei, Sie sind Nummer {0} in der \
             Schlange; bleiben Sie verbunden und warten Sie auf 220.",
        fr: "Toutes les places sont prises ; la vôtre devrait être libre dans {1}, vous êtes au rang {0} \
             de la file ; restez connecté et attendez 220.",
    }
    LESS_THAN_A_MINUTE {
        en: "less than 1 minute",
        de: "weniger als 1 Minute",
        fr: "moins de 1 minute",
    }
    ONE_MINUTE {
        en: "1 minute",
        de: "1 Minute",
        fr: "1 minute",
    }
    MINUTES {
        en: "{0} minutes",
        de: "{0} Minuten",
        fr: "{0} minutes",
    }
    HOST_SYNTAX {
        en: "HOST takes a name or an address without a port; send HOST ftp.example.com or HOST [2001:db8::1].",
        de: "HOST erwartet einen Namen oder eine Adresse und keinen Port; senden Sie HOST ftp.example.com \
             oder HOST [2001:db8::1].",
        fr: "HOST accepte un nom ou une adresse, sans port ; envoyez HOST ftp.example.com ou \
             HOST [2001:db8::1].",
    }
    HOST_UNKNOWN {
        en: "{0} is not a host of this server; check the name, or log in without HOST.",
        de: "{0} ist kein Host dieses Servers; prüfen Sie den Namen oder melden Sie sich ohne HOST an.",
        fr: "{0} n'est pas un hôte de ce serveur ; vérifiez le nom, ou connectez-vous sans HOST.",
    }
    HOST_AFTER_LOGIN {
        en: "HOST must come before the login; send REIN to log out first.",
        de: "HOST kommt vor der Anmeldung; senden Sie zuerst REIN, um sich abzumelden.",
        fr: "HOST vient avant l'identification ; envoyez d'abord REIN pour vous déconnecter.",
    }
    MOUNTED {
        en: "{0} is mounted; its root is now the working directory.",
        de: "{0} ist eingehängt; das Arbeitsverzeichnis ist jetzt seine Wurzel.",
        fr: "{0} est monté ; sa racine est maintenant le répertoire courant.",
    }
    NO_MOUNTS {
        en: "This server has nothing to mount; continue without SMNT.",
        de: "Dieser Server hat nichts einzuhängen; fahren Sie ohne fort.",
        fr: "Ce serveur n'a rien à monter ; continuez sans.",
    }
    NO_SUCH_MOUNT {
        en: "{0} is not a file system of this server; ask the administrator for the names, or send SMNT / to \
             go back.",
        de: "{0} ist kein Dateisystem dieses Servers; fragen Sie den Administrator nach den Namen oder \
             senden Sie SMNT /, um zurückzukehren.",
        fr: "{0} n'est pas un système de fichiers de ce serveur ; demandez les noms à \
             l'administrateur, ou envoyez SMNT / pour revenir.",
    }
    LANGUAGE_CHOSEN {
        en: "From now on, replies are in English.",
        de: "Antworten kommen ab jetzt auf Deutsch.",
        fr: "Les réponses sont désormais en français.",
    }
    LANGUAGE_UNKNOWN {
        en: "{0} is not a language of this server; send LANG with one of {1}.",
        de: "{0} ist keine Sprache dieses Servers; senden Sie LANG mit einer von {1}.",
        fr: "{0} n'est pas une langue de ce serveur ; envoyez LANG avec l'une de {1}.",
    }
    LANGUAGE_SYNTAX {
        en: "LANG takes one language tag, such as LANG {0}; LANG alone restores the initial language.",
        de: "LANG erwartet ein Sprachkürzel, etwa LANG {0}; LANG allein führt zur ersten Sprache zurück.",
        fr: "LANG accepte un code de langue, par exemple LANG {0} ; LANG seul revient à la langue initiale.",
    }
    CLIENT_NOTED {
        en: "Noted.",
        de: "Zur Kenntnis genommen; fahren Sie fort.",
        fr: "C'est noté ; continuez.",
    }
    ALGS_NO_GATEWAY {
        en: "No gateway translates FTP here; continue without ALGS.",
        de: "Hier übersetzt kein Gateway FTP; fahren Sie ohne ALGS fort.",
        fr: "Aucune passerelle ne traduit FTP ici ; continuez sans ALGS.",
    }
    ALGS_UNKNOWN {
        en: "ALGS takes STATUS64, ENABLE64 or DISABLE64; send one of these, or continue without ALGS.",
        de: "ALGS erwartet STATUS64, ENABLE64 oder DISABLE64; senden Sie eines davon oder fahren Sie ohne fort.",
        fr: "ALGS accepte STATUS64, ENABLE64 ou DISABLE64 ; envoyez l'un d'eux, ou continuez sans.",
    }
}
