//! Rows of the login and of the session's beginning and end.

super::texts! {
    GOODBYE {
        en: "Goodbye.",
        de: "Auf Wiedersehen.",
        fr: "Au revoir.",
    }
    ALREADY_LOGGED_IN_AS {
        en: "{0} is logged in already; send REIN first to be another user.",
        de: "{0} ist schon angemeldet; senden Sie zuerst REIN, um ein anderer Benutzer zu sein.",
        fr: "{0} est déjà connecté ; envoyez d'abord REIN pour changer d'utilisateur.",
    }
    ALREADY_LOGGED_IN {
        en: "You are logged in already; go on.",
        de: "Sie sind schon angemeldet; fahren Sie fort.",
        fr: "Vous êtes déjà connecté ; continuez.",
    }
    ANONYMOUS_PASSWORD {
        en: "Anonymous login; send your e-mail address as the password.",
        de: "Anonyme Anmeldung; senden Sie Ihre E-Mail-Adresse als Passwort.",
        fr: "Connexion anonyme ; envoyez votre adresse e-mail comme mot de passe.",
    }
    PASSWORD_WANTED {
        en: "Send the password of {0} with PASS.",
        de: "Senden Sie das Passwort von {0} mit PASS.",
        fr: "Envoyez le mot de passe de {0} avec PASS.",
    }
    USER_FIRST {
        en: "No user is named; send USER first.",
        de: "Es ist kein Benutzer genannt; senden Sie zuerst USER.",
        fr: "Aucun utilisateur n'est indiqué ; envoyez d'abord USER.",
    }
    LOGGED_IN {
        en: "{0} is logged in.",
        de: "{0} ist angemeldet.",
        fr: "{0} est connecté.",
    }
    WRONG_PASSWORD {
        en: "User or password is wrong; send USER and PASS again with the right ones.",
        de: "Benutzer oder Passwort ist falsch; senden Sie USER und PASS noch einmal mit den richtigen.",
        fr: "Utilisateur ou mot de passe incorrect ; renvoyez USER et PASS avec les bons.",
    }
    ACCOUNT_FULL {
        en: "Your account has as many sessions as it may have at once ({0}); end one of them, then connect \
             again.",
        de: "Ihr Konto hat so viele Sitzungen, wie es gleichzeitig haben darf ({0}); beenden Sie eine davon \
             und verbinden Sie sich dann noch einmal.",
        fr: "Votre compte a autant de sessions qu'il peut en avoir à la fois ({0}) ; terminez-en une, puis \
             reconnectez-vous.",
    }
    LOGIN_UNAVAILABLE {
        en: "Logins cannot be checked right now; try again later, or tell the administrator.",
        de: "Anmeldungen können zurzeit nicht geprüft werden; versuchen Sie es später noch einmal oder \
             verständigen Sie den Administrator.",
        fr: "Les identifications ne peuvent pas être vérifiées actuellement ; réessayez plus tard ou \
             prévenez l'administrateur.",
    }
}
