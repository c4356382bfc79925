//! Rows for the login and the end of a login or session.

super::texts! {
    GOODBYE {
        en: "Goodbye.",
        de: "Auf Wiedersehen.",
        fr: "Au revoir.",
    }
    ALREADY_LOGGED_IN_AS {
        en: "{0} is already logged in; send REIN first to log in as another user.",
        de: "{0} ist schon angemeldet; senden Sie zuerst REIN, um ein anderer Benutzer zu sein.",
        fr: "{0} est déjà connecté ; envoyez d'abord REIN pour changer d'utilisateur.",
    }
    ALREADY_LOGGED_IN {
        en: "You are already logged in; no password is needed.",
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
        en: "No user has been named; send USER first.",
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
        en: "Your account has reached its session limit ({0}); end one of its sessions, then connect again.",
        de: "Ihr Konto hat so viele Sitzungen, wie es gleichzeitig haben darf ({0}); beenden Sie eine davon \
             und verbinden Sie sich dann noch einmal.",
        fr: "Votre compte a autant de sessions qu'il peut en avoir à la fois ({0}) ; terminez-en une, puis \
             reconnectez-vous.",
    }
    ACCOUNT_NEEDS_TLS {
        en: "Your account requires TLS, and your password has just been sent in the clear; send AUTH TLS \
             before USER and PASS, and change the password.",
        de: "Ihr Konto ist nur unter TLS nutzbar, und Ihr Passwort ging eben unverschlüsselt über das Netz; \
             senden Sie AUTH TLS vor USER und PASS und ändern Sie das Passwort.",
        fr: "Votre compte n'est utilisable que sous TLS, et votre mot de passe vient de passer en clair ; \
             envoyez AUTH TLS avant USER et PASS, et changez le mot de passe.",
    }
    ACCOUNT_FOLDER_MISSING {
        en: "User and password are right, but the folder of your account cannot be opened; ask the \
             administrator of this server, whose log names it.",
        de: "Benutzer und Passwort stimmen, aber der Ordner Ihres Kontos lässt sich nicht öffnen; sagen Sie es \
             dem Administrator dieses Servers, dessen Protokoll ihn nennt.",
        fr: "L'utilisateur et le mot de passe sont justes, mais le dossier de votre compte ne peut pas être \
             ouvert ; prévenez l'administrateur de ce serveur, dont le journal le nomme.",
    }
    ACCOUNT_LOCKED {
        en: "The administrator has locked your account; ask for it to be unlocked, then connect again.",
        de: "Ihr Konto wurde vom Administrator gesperrt; fragen Sie dort nach und verbinden Sie sich dann neu.",
        fr: "Votre compte a été bloqué par l'administrateur ; renseignez-vous auprès de lui, puis \
             reconnectez-vous.",
    }
    ACCOUNT_REMOVED {
        en: "Your account no longer exists; ask the administrator for a new one, then connect again.",
        de: "Ihr Konto gibt es nicht mehr; bitten Sie den Administrator um ein neues und verbinden Sie sich \
             dann neu.",
        fr: "Votre compte n'existe plus ; demandez-en un autre à l'administrateur, puis reconnectez-vous.",
    }
    ACCOUNT_EXPIRED {
        en: "Your account has expired; ask the administrator to extend it, then connect again.",
        de: "Ihr Konto ist abgelaufen; bitten Sie den Administrator, es zu verlängern, und verbinden Sie sich \
             dann neu.",
        fr: "Votre compte a expiré ; demandez à l'administrateur de le prolonger, puis reconnectez-vous.",
    }
    ACCOUNT_ELSEWHERE {
        en: "Your account may no longer be used from your address; connect again from one that is allowed.",
        de: "Ihr Konto ist von Ihrer Adresse aus nicht mehr nutzbar; verbinden Sie sich neu von einer, die \
             erlaubt ist.",
        fr: "Votre compte n'est plus utilisable depuis votre adresse ; reconnectez-vous depuis une adresse \
             autorisée.",
    }
    ACCOUNT_HOURS {
        en: "The hours during which your account may be used are over; connect again when they next begin.",
        de: "Die Zeit, in der Ihr Konto nutzbar ist, ist vorbei; verbinden Sie sich neu, wenn sie beginnt.",
        fr: "Les heures d'utilisation de votre compte sont passées ; reconnectez-vous quand elles commencent.",
    }
    LOGIN_UNAVAILABLE {
        en: "Logins cannot be checked right now; connect again later, or tell the administrator.",
        de: "Anmeldungen können zurzeit nicht geprüft werden; verbinden Sie sich später noch einmal oder \
             verständigen Sie den Administrator.",
        fr: "Les identifications ne peuvent pas être vérifiées actuellement ; reconnectez-vous plus tard ou \
             prévenez l'administrateur.",
    }
    LOGGED_IN_BY_CERTIFICATE {
        en: "{0} is logged in by certificate; no password is needed.",
        de: "{0} ist durch das Zertifikat angemeldet; ein Passwort ist nicht nötig.",
        fr: "{0} est connecté par son certificat ; aucun mot de passe n'est nécessaire.",
    }
    CERTIFICATE_REFUSED {
        en: "The certificate belongs to this account, but the account may not log in now or from your address; \
             ask the administrator.",
        de: "Das Zertifikat gehört zum Konto, doch darf es sich jetzt oder von hier aus nicht anmelden; fragen \
             Sie den Administrator.",
        fr: "Le certificat est celui du compte, mais il ne peut pas se connecter maintenant ou d'ici ; demandez à \
             l'administrateur.",
    }
    CODE_WANTED {
        en: "A one-time code is also required; send ACCT with the code that your app shows now.",
        de: "Es wird auch ein Einmalcode verlangt; senden Sie mit ACCT den, den Ihre App jetzt zeigt.",
        fr: "Un code à usage unique est aussi exigé ; envoyez avec ACCT celui que votre application affiche.",
    }
    CODE_TO_STORE {
        en: "{0} requires a one-time code; send ACCT with the code that your app shows now, then {0} again.",
        de: "{0} verlangt einen Einmalcode; senden Sie mit ACCT den, den Ihre App jetzt zeigt, und dann noch \
             einmal {0}.",
        fr: "{0} exige un code à usage unique ; envoyez avec ACCT celui que votre application affiche, puis de \
             nouveau {0}.",
    }
    CODE_WRONG_LOGIN {
        en: "The one-time code is wrong, expired or already used; wait for the next one, then send USER, PASS \
             and ACCT again.",
        de: "Der Einmalcode ist falsch, zu alt oder schon benutzt; warten Sie auf den nächsten und senden Sie \
             dann USER, PASS und ACCT noch einmal.",
        fr: "Le code à usage unique est faux, trop vieux ou déjà utilisé ; attendez le suivant, puis renvoyez \
             USER, PASS et ACCT.",
    }
    CODE_WRONG_STORE {
        en: "The one-time code is wrong, expired or already used, and you cannot store files without one; wait \
             for the next one and send it with ACCT.",
        de: "Der Einmalcode ist falsch, zu alt oder schon benutzt, ohne ihn ist Speichern nicht erlaubt; warten \
             Sie auf den nächsten und senden Sie ihn mit ACCT.",
        fr: "Le code à usage unique est faux, trop vieux ou déjà utilisé, enregistrer n'est pas permis sans lui ; \
             attendez le suivant et envoyez-le avec ACCT.",
    }
}
