//! Rows for TLS: AUTH, PBSZ, PROT, CCC and related verbs, and data connections without the TLS they
//! need. Rows without a full stop are parts of a sentence that `answer` composes.

super::texts! {
    TLS_STARTS {
        en: "Start TLS now.",
        de: "Beginnen Sie jetzt mit TLS.",
        fr: "Commencez TLS maintenant.",
    }
    ALREADY_PROTECTED {
        en: "The connection already uses TLS; continue, or send REIN first to start over.",
        de: "Die Verbindung steht schon unter TLS; fahren Sie fort, oder senden Sie zuerst REIN, um neu \
             zu beginnen.",
        fr: "La connexion est déjà sous TLS ; continuez, ou envoyez d'abord REIN pour recommencer.",
    }
    MECHANISM_UNKNOWN {
        en: "{0} is not a mechanism of this server; send AUTH TLS.",
        de: "{0} ist kein Verfahren dieses Servers; senden Sie AUTH TLS.",
        fr: "{0} n'est pas un mécanisme de ce serveur ; envoyez AUTH TLS.",
    }
    TLS_OFF {
        en: "TLS is switched off on this server; continue without it, or ask the administrator to switch it \
             on.",
        de: "TLS ist auf diesem Server ausgeschaltet; fahren Sie ohne fort oder bitten Sie den \
             Administrator darum.",
        fr: "TLS est désactivé sur ce serveur ; continuez sans, ou demandez-le à l'administrateur.",
    }
    TLS_OFF_HERE {
        en: "TLS is switched off at {0}, the address you are connected to; continue without it, or ask the \
             administrator for an address that has it.",
        de: "TLS ist an {0}, womit Sie verbunden sind, ausgeschaltet; fahren Sie ohne fort oder bitten Sie den \
             Administrator um eine Adresse, die es hat.",
        fr: "TLS est désactivé sur {0}, où vous êtes connecté ; continuez sans, ou demandez à l'administrateur une \
             adresse qui l'offre.",
    }
    NO_CERTIFICATE {
        en: "TLS needs a certificate, and this server has none; continue without TLS, or ask the administrator \
             to add one.",
        de: "TLS braucht ein Zertifikat, und dieser Server hat keines; fahren Sie ohne fort oder bitten \
             Sie den Administrator darum.",
        fr: "TLS exige un certificat, et ce serveur n'en a pas ; continuez sans, ou demandez-en un à \
             l'administrateur.",
    }
    CLEAR_BEHIND_AUTH {
        en: "Data in the clear followed AUTH; connect again, and send nothing until you have received 234.",
        de: "Hinter AUTH kam etwas unverschlüsselt; verbinden Sie sich neu und senden Sie nichts, bis 234 \
             gekommen ist.",
        fr: "Quelque chose est arrivé en clair derrière AUTH ; reconnectez-vous, et n'envoyez rien avant \
             d'avoir reçu 234.",
    }
    NOT_TLS {
        en: "The data after AUTH was not TLS; connect again with a client that speaks TLS 1.2 or 1.3.",
        de: "Was nach AUTH kam, war kein TLS; verbinden Sie sich neu mit einem Programm, das TLS 1.2 oder \
             1.3 spricht.",
        fr: "Ce qui est venu après AUTH n'était pas du TLS ; reconnectez-vous avec un client qui parle \
             TLS 1.2 ou 1.3.",
    }
    TLS_TIME_OVER {
        en: "Nothing arrived within {0} seconds after AUTH; connect again with a client that speaks TLS 1.2 or \
             1.3.",
        de: "Nach AUTH kam {0} Sekunden lang nichts; verbinden Sie sich neu mit einem Programm, das TLS 1.2 oder \
             1.3 spricht.",
        fr: "Rien n'est venu en {0} secondes après AUTH ; reconnectez-vous avec un client qui parle TLS 1.2 ou 1.3.",
    }
    TLS_BEFORE_LOGIN {
        en: "This server accepts logins over TLS only; set the client to explicit TLS (FTPES, AUTH TLS) and \
             connect again.",
        de: "Anmeldungen werden nur über TLS angenommen; stellen Sie das Programm auf explizites TLS \
             (FTPES, AUTH TLS) und verbinden Sie sich neu.",
        fr: "Les connexions ne sont acceptées que sous TLS ; réglez le client sur TLS explicite (FTPES, \
             AUTH TLS) et reconnectez-vous.",
    }
    HOST_NOT_OF_TLS {
        en: "TLS was negotiated for {1}; log in without HOST, or connect again with TLS for {0}.",
        de: "TLS wurde für {1} ausgehandelt; melden Sie sich ohne HOST an oder verbinden Sie \
             sich mit TLS für {0} neu.",
        fr: "TLS a été négocié pour {1} ; identifiez-vous sans HOST, ou reconnectez-vous avec TLS pour {0}.",
    }
    AUTH_FIRST {
        en: "{0} applies only under TLS; send AUTH TLS first.",
        de: "{0} gilt nur unter TLS; senden Sie zuerst AUTH TLS.",
        fr: "{0} ne vaut que sous TLS ; envoyez d'abord AUTH TLS.",
    }
    ADAT_NOT_NEEDED {
        en: "TLS is up and does not use ADAT; continue with USER.",
        de: "TLS steht und tauscht nichts mit ADAT aus; fahren Sie mit USER fort.",
        fr: "TLS est établi et n'échange rien par ADAT ; continuez avec USER.",
    }
    NO_WRAPPED_COMMANDS {
        en: "TLS protects the whole connection and does not use {0}; send the command as it is.",
        de: "TLS schützt die ganze Verbindung und kennt kein {0}; senden Sie den Befehl, wie er ist.",
        fr: "TLS protège toute la connexion et ne connaît pas {0} ; envoyez la commande telle quelle.",
    }
    CCC_REFUSED {
        en: "The control connection stays under TLS on this server; continue without CCC.",
        de: "Die Steuerverbindung bleibt auf diesem Server unter TLS; fahren Sie ohne CCC fort.",
        fr: "La connexion de contrôle reste sous TLS sur ce serveur ; continuez sans CCC.",
    }
    CCC_WITHOUT_TLS {
        en: "There is no protection for CCC to end; continue without it, or send AUTH TLS.",
        de: "CCC beendet einen Schutz, den es nicht gibt; fahren Sie ohne fort oder senden Sie AUTH TLS.",
        fr: "CCC met fin à une protection qui n'existe pas ; continuez sans, ou envoyez AUTH TLS.",
    }
    CCC_IMPLICIT {
        en: "A connection that starts with TLS stays under TLS; continue without CCC, or connect to a port \
             that uses AUTH TLS.",
        de: "Eine Verbindung, die mit TLS begonnen hat, bleibt darunter; fahren Sie ohne CCC fort oder verbinden \
             Sie sich dort, wo AUTH TLS es beginnt.",
        fr: "Une connexion qui a commencé par TLS y reste ; continuez sans CCC, ou connectez-vous là où AUTH TLS le \
             commence.",
    }
    CCC_BEFORE_LOGIN {
        en: "CCC comes after the login, which stays under TLS; log in first, with ACCT where it is required.",
        de: "CCC kommt nach der Anmeldung, die unter TLS bleibt; melden Sie sich zuerst an, mit ACCT, wo es \
             verlangt wird.",
        fr: "CCC vient après la connexion de l'utilisateur, qui reste sous TLS ; connectez-vous d'abord, avec ACCT \
             là où il est demandé.",
    }
    ACCOUNT_CCC_REFUSED {
        en: "Your account keeps the control connection under TLS; continue without CCC.",
        de: "Ihr Konto lässt die Steuerverbindung unter TLS; fahren Sie ohne CCC fort.",
        fr: "Votre compte garde la connexion de contrôle sous TLS ; continuez sans CCC.",
    }
    CONTROL_CLEARED {
        en: "End TLS now; the control connection continues in the clear, and data connections follow PROT.",
        de: "Beenden Sie jetzt TLS; die Steuerverbindung geht unverschlüsselt weiter, Datenverbindungen so, wie \
             PROT es gesetzt hat.",
        fr: "Terminez TLS maintenant ; la connexion de contrôle continue en clair, celles de données comme PROT l'a \
             réglé.",
    }
    PBSZ_SYNTAX {
        en: "PBSZ takes a 32-bit number, which is always 0 under TLS; send PBSZ 0.",
        de: "PBSZ verlangt eine Zahl aus 32 Bit, unter TLS immer 0; senden Sie PBSZ 0.",
        fr: "PBSZ exige un nombre de 32 bits, toujours 0 sous TLS ; envoyez PBSZ 0.",
    }
    PBSZ_FIRST {
        en: "PROT comes after PBSZ; send PBSZ 0 first.",
        de: "PROT kommt nach PBSZ; senden Sie zuerst PBSZ 0.",
        fr: "PROT vient après PBSZ ; envoyez d'abord PBSZ 0.",
    }
    PROT_C_REFUSED {
        en: "This server transfers data under TLS only; send PROT P.",
        de: "Dieser Server überträgt Daten nur unter TLS; senden Sie PROT P.",
        fr: "Ce serveur ne transfère les données que sous TLS ; envoyez PROT P.",
    }
    ACCOUNT_PROT_C_REFUSED {
        en: "Your account transfers data under TLS only; send PROT P.",
        de: "Ihr Konto überträgt Daten nur unter TLS; senden Sie PROT P.",
        fr: "Votre compte ne transfère les données que sous TLS ; envoyez PROT P.",
    }
    ACCOUNT_PROT_P_FIRST {
        en: "{0} transfers data under TLS only for your account; send PBSZ 0 and PROT P first.",
        de: "{0} überträgt Daten für Ihr Konto nur unter TLS; senden Sie zuerst PBSZ 0 und PROT P.",
        fr: "{0} ne transfère les données de votre compte que sous TLS ; envoyez d'abord PBSZ 0 et PROT P.",
    }
    PROT_NOT_WITH_TLS {
        en: "PROT {0} does not exist under TLS; send PROT P or PROT C.",
        de: "PROT {0} gibt es unter TLS nicht; senden Sie PROT P oder PROT C.",
        fr: "PROT {0} n'existe pas sous TLS ; envoyez PROT P ou PROT C.",
    }
    PROT_UNKNOWN {
        en: "PROT takes C or P here; send PROT P.",
        de: "PROT verlangt hier C oder P; senden Sie PROT P.",
        fr: "PROT exige ici C ou P ; envoyez PROT P.",
    }
    DATA_PRIVATE {
        en: "From now on, data connections are under TLS.",
        de: "Datenverbindungen stehen von jetzt an unter TLS.",
        fr: "Les connexions de données sont désormais sous TLS.",
    }
    DATA_CLEAR {
        en: "From now on, data connections are in the clear.",
        de: "Datenverbindungen sind von jetzt an unverschlüsselt.",
        fr: "Les connexions de données sont désormais en clair.",
    }
    PROT_P_FIRST {
        en: "{0} transfers data under TLS only on this server; send PBSZ 0 and PROT P first.",
        de: "{0} überträgt Daten auf diesem Server nur unter TLS; senden Sie zuerst PBSZ 0 und PROT P.",
        fr: "{0} ne transfère les données que sous TLS sur ce serveur ; envoyez d'abord PBSZ 0 et PROT P.",
    }
    PROTECTED_NOT {
        en: "Without TLS",
        de: "Ohne TLS",
        fr: "Sans TLS",
    }
    PROTECTED_CONTROL {
        en: "Control connection under TLS, data in the clear",
        de: "Steuerverbindung unter TLS, Daten unverschlüsselt",
        fr: "Connexion de contrôle sous TLS, données en clair",
    }
    PROTECTED_DATA {
        en: "Control connection in the clear since CCC, data under TLS",
        de: "Steuerverbindung seit CCC unverschlüsselt, Daten unter TLS",
        fr: "Connexion de contrôle en clair depuis CCC, données sous TLS",
    }
    PROTECTED_BOTH {
        en: "Control connection and data under TLS",
        de: "Steuerverbindung und Daten unter TLS",
        fr: "Connexion de contrôle et données sous TLS",
    }
    DATA_UNPROTECTED {
        en: "{0} transferred nothing: {1}",
        de: "{0} hat nichts übertragen: {1}",
        fr: "{0} n'a rien transféré : {1}",
    }
    DATA_TLS_FAILED {
        en: "TLS failed on the data connection ({0}); check that the client speaks TLS 1.2 or 1.3 there too",
        de: "TLS ist auf der Datenverbindung gescheitert ({0}); prüfen Sie, ob das Programm auch dort TLS \
             1.2 oder 1.3 spricht",
        fr: "TLS a échoué sur la connexion de données ({0}) ; vérifiez que le client y parle aussi TLS 1.2 \
             ou 1.3",
    }
    DATA_TLS_MISSING {
        en: "no TLS was negotiated on the data connection within {0} seconds; set the client to protect \
             data too",
        de: "auf der Datenverbindung wurde innerhalb von {0} Sekunden kein TLS ausgehandelt; stellen Sie \
             das Programm so ein, dass es auch Daten schützt",
        fr: "aucun TLS n'a été négocié sur la connexion de données en {0} secondes ; réglez le client pour \
             protéger aussi les données",
    }
    DATA_TLS_NOT_RESUMED {
        en: "the data connection did not resume the TLS session of the control connection; turn on session \
             resumption in the client, or use a client that supports it",
        de: "die Datenverbindung hat die TLS-Sitzung der Steuerverbindung nicht wiederaufgenommen; \
             schalten Sie das im Programm ein, oder nehmen Sie eines, das es kann",
        fr: "la connexion de données n'a pas repris la session TLS de la connexion de contrôle ; activez \
             la reprise de session dans le client, ou prenez-en un qui la connaît",
    }
    DATA_TLS_OTHER_CERTIFICATE {
        en: "the data connection does not show the client certificate of the control connection; set the \
             client to use that certificate there too",
        de: "die Datenverbindung zeigt nicht das Client-Zertifikat der Steuerverbindung; stellen Sie das \
             Programm so ein, dass es dort dasselbe benutzt",
        fr: "la connexion de données ne montre pas le certificat client de la connexion de contrôle ; réglez le \
             client pour l'y utiliser aussi",
    }
    LOST_IN_HANDSHAKE {
        en: "{0}, before TLS was negotiated on it; check the network and repeat the transfer",
        de: "{0}, bevor darauf TLS ausgehandelt war; prüfen Sie das Netz und wiederholen Sie die Übertragung",
        fr: "{0}, avant que TLS y soit négocié ; vérifiez le réseau et recommencez",
    }
    LOST_CUT_OFF {
        en: "it was closed without the TLS message that ends it (close_notify), so the file may be cut off; \
             send it again, with another client if this happens again",
        de: "sie wurde ohne das Ende geschlossen, das TLS verlangt (close_notify), die Datei kann also \
             abgeschnitten sein; senden Sie sie noch einmal, bleibt es so, mit einem anderen Programm",
        fr: "elle a été fermée sans la fin que TLS exige (close_notify), le fichier est donc peut-être \
             tronqué ; renvoyez-le, avec un autre client si cela persiste",
    }
}
