//! Rows for the verbs that give information about the server: STAT, HELP, FEAT, OPTS, NOOP.

super::texts! {
    ALIVE {
        en: "The session is alive.",
        de: "Die Sitzung ist aktiv.",
        fr: "La session est active.",
    }
    FEATURES_HEAD {
        en: "Features beyond RFC 959:",
        de: "Funktionen über RFC 959 hinaus:",
        fr: "Fonctions au-delà de la RFC 959 :",
    }
    UTF8_ALWAYS {
        en: "Names are always in UTF-8.",
        de: "Namen sind immer UTF-8.",
        fr: "Les noms sont toujours en UTF-8.",
    }
    UTF8_NOT_OFF {
        en: "Names are always in UTF-8; do without OPTS UTF8 OFF.",
        de: "Namen sind immer UTF-8; verzichten Sie auf OPTS UTF8 OFF.",
        fr: "Les noms sont toujours en UTF-8 ; renoncez à OPTS UTF8 OFF.",
    }
    NO_OPTIONS {
        en: "{0} has no options here; do without OPTS {0}.",
        de: "{0} hat hier keine Optionen; senden Sie es ohne.",
        fr: "{0} n'a pas d'options ici ; envoyez-le sans.",
    }
    OPTS_UNKNOWN {
        en: "OPTS takes HASH, MLST, MODE, STOR or UTF8; send one of these.",
        de: "OPTS kennt HASH, MLST, MODE, STOR und UTF8; senden Sie eines davon.",
        fr: "OPTS connaît HASH, MLST, MODE, STOR et UTF8 ; envoyez l'un d'eux.",
    }
    VERBS_HEAD {
        en: "Verbs of this server:",
        de: "Befehle dieses Servers:",
        fr: "Commandes de ce serveur :",
    }
    VERBS_END {
        en: "HELP followed by a verb explains that verb.",
        de: "HELP und ein Befehl erklärt ihn.",
        fr: "HELP suivi d'une commande l'explique.",
    }
    VERB_HELP {
        en: "{0}: {1} ({2})",
        de: "{0}: {1} ({2})",
        fr: "{0} : {1} ({2})",
    }
    SESSION_HEAD {
        en: "Status of this session:",
        de: "Status dieser Sitzung:",
        fr: "État de cette session :",
    }
    CONNECTED_FROM {
        en: "Connected from {0}.",
        de: "Verbunden von {0}.",
        fr: "Connecté depuis {0}.",
    }
    USER_IS {
        en: "Logged in as {0}.",
        de: "Angemeldet als {0}.",
        fr: "Utilisateur : {0}.",
    }
    NO_USER {
        en: "Not logged in.",
        de: "Nicht angemeldet.",
        fr: "Aucun utilisateur.",
    }
    QUOTA_IS {
        en: "Your quota: {0} stored.",
        de: "Ihr Kontingent: {0} belegt.",
        fr: "Votre quota : {0} occupés.",
    }
    NO_QUOTA {
        en: "Your account has no quota.",
        de: "Ihr Konto hat kein Kontingent.",
        fr: "Votre compte n'a pas de quota.",
    }
    PARAMETERS_ARE {
        en: "TYPE {0}, STRU {1}, MODE {2}; data connection: {3}.",
        de: "TYPE {0}, STRU {1}, MODE {2}; Datenverbindung: {3}.",
        fr: "TYPE {0}, STRU {1}, MODE {2} ; connexion de données : {3}.",
    }
    DATA_IN_USE {
        en: "in use",
        de: "in Gebrauch",
        fr: "en cours d'utilisation",
    }
    DATA_KEPT {
        en: "open since the previous transfer",
        de: "seit der letzten Übertragung offen",
        fr: "ouverte depuis le transfert précédent",
    }
    DATA_NONE {
        en: "none set up",
        de: "keine vereinbart",
        fr: "aucune convenue",
    }
    DATA_PASSIVE {
        en: "passive, waiting for you",
        de: "passiv, wartet auf Sie",
        fr: "passive, en attente de votre part",
    }
    DATA_ACTIVE {
        en: "active, to {0}",
        de: "aktiv, an {0}",
        fr: "active, vers {0}",
    }
    RUNNING {
        en: "{0} {1} is running, {2} bytes so far.",
        de: "{0} {1} läuft, bisher {2} Byte.",
        fr: "{0} {1} est en cours, {2} octets jusqu'ici.",
    }
}
