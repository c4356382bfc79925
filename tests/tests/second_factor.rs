//! One-time codes (TOTP, RFC 6238): given with ACCT at login and before storing, or appended to the
//! password; each works once. Also how our own client handles them.

use std::time::{Duration, SystemTime};

use packetboat_accounts::TotpSecret;
use packetboat_tests::keeper::{KEPT_PASSWORD, Keeper};
use packetboat_tests::program::{client, run};
use packetboat_tests::{Dialogue, Server};

/// The length of a step in seconds.
const STEP: u64 = 30;

fn seconds() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a time after 1970");
    now.as_secs()
}

/// The authenticator app of an account's owner.
struct App(TotpSecret);

impl App {
    /// Reads the output of `user totp`.
    fn of(keeper: &Keeper, name: &str) -> Self {
        let uri = keeper.json(&["totp", name, "show"])["uri"].as_str().expect("a URI").to_owned();
        let start = format!("otpauth://totp/Packetboat:{name}?secret=");
        let secret = uri.strip_prefix(&start).and_then(|rest| rest.split('&').next());
        Self(TotpSecret::parse(secret.expect("a secret")).expect("base32"))
    }

    /// The code this many steps after the current one. Codes of the previous and the next step are
    /// accepted as well, so a test still succeeds if its step ends meanwhile.
    fn code(&self, steps: i64) -> String {
        let at = i64::try_from(seconds()).expect("a time") + steps * 30;
        self.0.code(at)
    }

    /// A code that is not accepted now, nor in the steps around this one.
    fn wrong_code(&self) -> String {
        let near: Vec<String> = (-4..=4).map(|steps| self.code(steps)).collect();
        let mut all = (0..100).map(|number| format!("{number:06}"));
        all.find(|code| !near.contains(code)).expect("a code")
    }

    /// Waits for a moment that leaves enough time before the step ends.
    fn begin_early_in_a_step() {
        while seconds() % STEP > 10 {
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

/// Sends USER and PASS, up to the request for the code.
fn password(server: &Server, name: &str, code: u16) -> Dialogue {
    let mut d = server.connect();
    d.expect(format!("USER {name}"), 331);
    d.expect(format!("PASS {KEPT_PASSWORD}"), code);
    d
}

#[test]
fn a_code_is_given_by_acct_and_counts_once_even_after_a_crash() {
    let keeper = Keeper::new();
    keeper.add(&["anna", "--rights", "all"]);
    keeper.user(&["totp", "anna", "on"]).ok();
    let app = App::of(&keeper, "anna");
    let server = keeper.serve();
    App::begin_early_in_a_step();
    let code = app.code(0);
    let mut d = password(&server, "anna", 332);
    d.expect("PWD", 530);
    d.expect(format!("ACCT {code}"), 230).says("anna is logged in");
    d.expect("MKD made", 257);
    // The code is tried a second time, also after the server was killed in the middle of
    // everything.
    let mut again = password(&server, "anna", 332);
    again.expect(format!("ACCT {code}"), 530).says("already used");
    server.wait_for_log("login of anna: refused: the one-time code was used before");
    again.expect("PWD", 530);
    // Dropping the server kills it.
    drop(server);
    let server = keeper.serve();
    let mut again = password(&server, "anna", 332);
    again.expect(format!("ACCT {code}"), 530);
    // The next code works.
    let mut d = password(&server, "anna", 332);
    d.expect(format!("ACCT {}", app.code(1)), 230);
    assert!(!server.log().contains(&code), "{}", server.log());
}

#[test]
fn a_wrong_code_is_refused_as_a_wrong_password_is_and_counts_as_one() {
    let keeper = Keeper::new();
    keeper.add(&["anna"]);
    keeper.user(&["totp", "anna", "on"]).ok();
    let app = App::of(&keeper, "anna");
    let server = keeper.serve();
    // Without the right password, nobody learns about the second factor.
    let mut d = server.connect();
    d.expect("USER anna", 331);
    d.expect("PASS wrong", 530);
    for _ in 0..3 {
        d.expect("USER anna", 331);
        d.expect(format!("PASS {KEPT_PASSWORD}"), 332);
        let began = std::time::Instant::now();
        d.expect(format!("ACCT {}", app.wrong_code()), 530).says("one-time code is wrong");
        assert!(began.elapsed() >= Duration::from_millis(900), "the refusal was not delayed");
    }
    d.expect("USER anna", 331);
    d.expect(format!("PASS {KEPT_PASSWORD}"), 332);
    d.expect(format!("ACCT {}", app.wrong_code()), 421).says("5");
    server.wait_for_log("login of anna: refused: the one-time code is wrong or too old");
    // After the fifth wrong code in a row, even the right one has to wait.
    let mut d = password(&server, "anna", 332);
    d.expect("ACCT 1", 530);
    let mut d = password(&server, "anna", 332);
    d.expect(format!("ACCT {}", app.code(0)), 530);
    server.wait_for_log("no code is checked for another");
    assert_eq!(keeper.json(&["show", "anna"])["totp"]["wrong"], 5);
    // A new second factor starts afresh.
    keeper.user(&["totp", "anna", "on"]).ok();
    let app = App::of(&keeper, "anna");
    password(&server, "anna", 332).expect(format!("ACCT {}", app.code(0)), 230);
}

#[test]
fn an_account_may_want_a_code_to_store_alone() {
    let keeper = Keeper::new();
    keeper.add(&["anna", "--rights", "all"]);
    keeper.user(&["totp", "anna", "on", "--to", "store"]).ok();
    let app = App::of(&keeper, "anna");
    let server = keeper.serve();
    server.write("there", "text");
    let mut d = password(&server, "anna", 230);
    d.expect("TYPE I", 200);
    assert_eq!(d.fetch("RETR there"), b"text");
    for verb in ["STOR", "APPE"] {
        d.epsv_address();
        d.expect(format!("{verb} new"), 532).says("one-time code");
    }
    d.epsv_address();
    d.expect("STOU", 532);
    d.expect("RNFR there", 350);
    d.expect("RNTO elsewhere", 532);
    d.expect(format!("ACCT {}", app.wrong_code()), 530).says("you cannot store files without one");
    d.expect(format!("ACCT {}", app.code(0)), 230).says("anna may now store files");
    d.expect("RNFR there", 350);
    d.expect("RNTO elsewhere", 250);
}

#[test]
fn a_code_may_stand_behind_the_password_where_the_account_allows_it() {
    let keeper = Keeper::new();
    for name in ["anna", "bert"] {
        keeper.add(&[name, "--rights", "all"]);
    }
    keeper.user(&["totp", "anna", "on", "--totp-append"]).ok();
    keeper.user(&["totp", "bert", "on"]).ok();
    let (anna, bert) = (App::of(&keeper, "anna"), App::of(&keeper, "bert"));
    let server = keeper.serve();
    let try_it = |name: &str, code: &str, answer: u16| {
        let mut d = server.connect();
        d.expect(format!("USER {name}"), 331);
        d.expect(format!("PASS {KEPT_PASSWORD}{code}"), answer);
        d
    };
    App::begin_early_in_a_step();
    let code = anna.code(0);
    try_it("anna", &anna.wrong_code(), 530);
    try_it("anna", &code, 230).expect("MKD made", 257);
    try_it("anna", &code, 530);
    server.wait_for_log("login of anna: refused: the one-time code was used before");
    // ACCT works as well.
    try_it("anna", "", 332).expect(format!("ACCT {}", anna.code(1)), 230);
    try_it("bert", &bert.code(0), 530);
    try_it("bert", "", 332).expect(format!("ACCT {}", bert.code(0)), 230);
}

#[test]
fn the_secret_is_told_to_its_owner_alone_and_acct_carries_one_thing() {
    let keeper = Keeper::new();
    keeper.add(&["anna"]);
    assert_eq!(keeper.user(&["totp", "anna", "show"]).code(), Some(1));
    let on = keeper.user(&["totp", "anna", "on"]).ok();
    assert!(on.stdout.contains("otpauth://totp/Packetboat:anna?secret="), "{on:?}");
    let secret = App::of(&keeper, "anna").0.expose();
    for words in [vec!["list"], vec!["list", "--json"], vec!["show", "anna"]] {
        let output = keeper.user(&words).ok();
        assert!(!output.stdout.contains(&secret), "{words:?}: {output:?}");
    }
    assert!(!keeper.json(&["show", "anna"]).to_string().contains(&secret));
    let both =
        run(keeper.command(&["set", "anna", "--acct", "login"]).env("PACKETBOAT_ACCOUNT", "7"));
    assert!(
        !both.status.success() && both.stderr.contains("ACCT can carry only one thing"),
        "{both:?}"
    );
    keeper.user(&["totp", "anna", "on", "--issuer", "Example"]).ok();
    let again = keeper.user(&["totp", "anna", "show"]).ok();
    assert!(again.stdout.contains("otpauth://totp/Example:anna?secret="), "{again:?}");
    keeper.user(&["totp", "anna", "off"]).ok();
    run(keeper.command(&["set", "anna", "--acct", "login"]).env("PACKETBOAT_ACCOUNT", "7")).ok();
    let both = keeper.user(&["totp", "anna", "on"]);
    assert!(
        !both.status.success() && both.stderr.contains("user set anna --acct none"),
        "{both:?}"
    );
    // The second factor is removed together with the account.
    keeper.user(&["set", "anna", "--acct", "none"]).ok();
    keeper.user(&["totp", "anna", "on"]).ok();
    keeper.user(&["rm", "anna"]).ok();
    keeper.add(&["anna"]);
    assert!(keeper.json(&["show", "anna"])["totp"].is_null());
}

#[test]
fn our_client_gives_the_code_once_and_goes_on_with_one_connection() {
    let keeper = Keeper::new();
    keeper.add(&["anna", "--rights", "all"]);
    keeper.user(&["totp", "anna", "on"]).ok();
    let app = App::of(&keeper, "anna");
    let server = keeper.serve();
    std::fs::create_dir(server.path("tree")).expect("a directory");
    for number in 0..12 {
        server.write(&format!("tree/{number}"), format!("file {number}"));
    }
    let copy = tempfile::tempdir().expect("a folder");
    let url = |path: &str| format!("ftp://anna@{}/{path}", server.address());
    let with_code = |words: &[&str], code: &str| {
        let mut command = client(words);
        command.env("PACKETBOAT_PASSWORD", KEPT_PASSWORD).env("PACKETBOAT_ACCOUNT", code);
        run(&mut command)
    };
    App::begin_early_in_a_step();
    let to = copy.path().join("copy").display().to_string();
    let got = with_code(&["get", "-r", "-j", "4", &url("tree"), "-o", &to], &app.code(0)).ok();
    assert_eq!(std::fs::read_dir(&to).expect("the copy").count(), 12, "{got:?}");
    // The same code is refused the second time, and the server's text is shown.
    let got = with_code(&["get", &url("tree/1"), "-o", &to], &app.code(0));
    assert!(!got.status.success() && got.stderr.contains("already used"), "{got:?}");
    // A tree is uploaded over one session as well.
    let put = with_code(&["put", "-r", "-j", "4", &to, &url("back/")], &app.code(1)).ok();
    assert_eq!(
        std::fs::read_dir(server.path("back/copy")).expect("the tree").count(),
        12,
        "{put:?}"
    );
}
