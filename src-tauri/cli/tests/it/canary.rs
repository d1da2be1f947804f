//! Known credentials through every command and through failures, at the most talkative, and then a search for them: in
//! what was said, in the data folder, in the bundle for support, and in the addresses that the workspace saw.

use crate::bundle::unpacked;
use crate::keychain::{OPEN, Session};
use crate::keys::lines;
use crate::rig::{CHUNK, Rig, Slipway, Told};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use slipway_sandbox::{Effect, Endpoint, Fault, Level, OauthCredentials, Profile};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use tokio::io::AsyncWriteExt;

/// A token that nobody knows, of characters that are written differently wherever they stand.
const REFUSED: &str = "c4n4ry/0f+l45t=y34r&%7e";

/// Tokens of the workspace are at least as long; no other word in its notes is.
const LONG: usize = 38;

struct Canary {
    rig: Rig,
    session: Session,
    told: Vec<(String, Told)>,
    bundles: Vec<PathBuf>,
}

impl Canary {
    async fn new(profile: Profile) -> Self {
        let rig = Rig::new(profile).await;
        let session = Session::start(rig.folder(), OPEN);
        Self { rig, session, told: Vec::new(), bundles: Vec::new() }
    }

    fn command(&self, words: &[&str]) -> Slipway {
        self.session.slipway(&self.rig, words.iter().copied()).arg("--verbose").env("SLIPWAY_LOG", "trace")
    }

    /// Runs a command and keeps what it said.
    async fn run(&mut self, words: &[&str], input: &str, code: i32) -> &Told {
        let told = self.command(words).input(input).run().await;
        let case = words.join(" ");
        told.assert_code(code, &case);
        self.told.push((case, told));
        &self.told.last().unwrap().1
    }

    async fn login(&mut self, words: &[&str], input: &str, code: i32) {
        let url = self.rig.sandbox.url();
        self.run(&[&["login", &url], words].concat(), input, code).await;
    }

    async fn bundle(&mut self) {
        let file = self.rig.folder().join(format!("bundle-{}.zip", self.bundles.len()));
        self.run(&["bundle", "--out", &file.display().to_string()], "", 0).await;
        self.bundles.push(file);
    }

    /// Sends a file of this name, and answers its item.
    async fn upload(&mut self, name: &str, words: &[&str], code: i32) -> String {
        let file = self.rig.file(name, 5 * CHUNK).display().to_string();
        let told = self.run(&[&["upload", "--json", &file], words].concat(), "", code).await;
        told.events()[0]["item"].as_str().unwrap().to_owned()
    }

    /// Everything that must stand nowhere, with a name for the message.
    fn secrets(&self) -> Vec<(String, String)> {
        let sandbox = &self.rig.sandbox;
        let OauthCredentials { consumer_key, consumer_secret, token, token_secret } = sandbox.oauth();
        let mut all = vec![
            ("the refused token".to_owned(), REFUSED.to_owned()),
            ("the login token".to_owned(), sandbox.login_token().to_owned()),
            ("the workspace's token".to_owned(), sandbox.token().to_owned()),
            ("the consumer key".to_owned(), consumer_key.clone()),
            ("the consumer secret".to_owned(), consumer_secret.clone()),
            ("the token".to_owned(), token.clone()),
            ("the token secret".to_owned(), token_secret.clone()),
        ];
        let shown = sandbox.requests();
        let field =
            |name: &str| shown.iter().filter_map(|it| it.param(name)).map(str::to_owned).collect::<BTreeSet<_>>();
        for name in ["upload_token", "replace_token"] {
            let tokens = field(name);
            assert!(!tokens.is_empty(), "no {name} was ever sent");
            all.extend(tokens.into_iter().map(|token| (format!("an {name}"), token)));
        }
        // Whatever else the workspace has handed out stands in its own notes: bearers that a login was turned into,
        // request tokens, and what is under way.
        for file in files_below(&sandbox.dir()).iter().filter(|file| file.extension().is_some_and(|it| it == "jsonl")) {
            let notes = std::fs::read_to_string(file).unwrap();
            let long = notes.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.len() >= LONG);
            all.extend(long.map(|word| ("something the workspace keeps".to_owned(), word.to_owned())));
        }
        all.sort_by(|one, other| one.1.cmp(&other.1));
        all.dedup_by(|one, other| one.1 == other.1);
        all
    }

    /// Everything that was found, with the place where it stands.
    fn search(&self) -> Vec<String> {
        let said = self.told.iter().map(|(case, told)| (case.clone(), format!("{told:?}")));
        let kept = files_below(&self.rig.home()).into_iter().map(|file| {
            let bytes = std::fs::read(&file).unwrap();
            (file.display().to_string(), String::from_utf8_lossy(&bytes).into_owned())
        });
        let bundled = self.bundles.iter().flat_map(|file| unpacked(file));
        let places: Vec<_> = said.chain(kept).chain(bundled).collect();
        let mut found = Vec::new();
        for (name, secret) in self.secrets() {
            for form in forms(&secret) {
                let holding = places.iter().filter(|(_, text)| text.contains(&form));
                found.extend(holding.map(|(place, _)| format!("{place}: {name} as {form:?}")));
            }
        }
        let requests = self.rig.sandbox.requests();
        let shown = requests.iter().filter(|request| !request.exposed.is_empty());
        found.extend(shown.map(|request| format!("the address of {}: {:?}", request.api_method, request.exposed)));
        found
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

/// A secret as it is, as an address or a form has it, and in Base64 wherever it begins there.
fn forms(secret: &str) -> Vec<String> {
    let escape = |byte: u8| match byte {
        byte if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    let mut forms = vec![secret.to_owned(), secret.bytes().map(escape).collect()];
    for before in 0..3 {
        let encoded = STANDARD.encode([&vec![0; before], secret.as_bytes()].concat());
        // The characters at both ends depend on the neighbours, too.
        let (from, to) = ((before * 8).div_ceil(6), (before + secret.len()) * 8 / 6);
        forms.push(encoded[from..to].to_owned());
    }
    forms
}

#[tokio::test(flavor = "multi_thread")]
async fn no_credential_stands_anywhere_but_in_the_keychain() {
    through_everything(Profile::Documented).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_credential_stands_anywhere_at_a_hostile_workspace_either() {
    through_everything(Profile::Hostile).await;
}

async fn through_everything(profile: Profile) {
    let mut canary = Canary::new(profile).await;
    let url = canary.rig.sandbox.url();

    canary.login(&["--token-stdin"], REFUSED, 3).await;
    canary.login(&["--oauth-stdin"], &format!("{REFUSED}\n").repeat(4), 3).await;
    canary.login(&["--oauth-stdin"], &format!("{REFUSED}\n"), 2).await;

    // A login's token, and everything that can be done.
    let token = canary.rig.sandbox.login_token().to_owned();
    canary.login(&["--token-stdin"], &token, 0).await;
    canary.run(&["workspaces", "--json"], "", 0).await;
    canary.run(&["doctor"], "", 0).await;
    let first = canary.upload("first.mp4", &["--publish"], 0).await;
    canary.run(&["log", &first], "", 0).await;
    let video = canary.rig.arrived()[0].photo_id.to_string();
    let film = canary.rig.file("another.mp4", CHUNK).display().to_string();
    canary.run(&["replace", &video, &film, "--json"], "", 0).await;
    canary.run(&["replace", &video, "--moment", "0:01", "--json"], "", 0).await;
    canary.run(&["edit", &video, "--add-tags", "spring", "--json"], "", 0).await;
    canary.run(&["videos", "--json"], "", 0).await;
    // Failures, and what follows them.
    canary.rig.sandbox.inject(Fault::on(Endpoint::Commit).lose_answer_after_work());
    canary.upload("lost.mp4", &[], 0).await;
    canary.rig.sandbox.expire_bearers();
    canary.upload("expired.mp4", &[], 0).await;
    canary.rig.sandbox.inject(Fault::on(Endpoint::Chunk).chunk(3).always().with(Effect::BadToken));
    let refused = canary.upload("refused.mp4", &[], 1).await;
    canary.rig.sandbox.clear_faults();
    canary.bundle().await;
    // The search finds what is there: upload tokens stand in the database until their item is settled, and nowhere else.
    let found = canary.search();
    let held = |it: &String| it.contains("queue.db") && it.contains("an upload_token");
    assert!(!found.is_empty() && found.iter().all(held), "{found:#?}");
    canary.rig.sandbox.inject(Fault::on(Endpoint::Any).always().with(Effect::Portal));
    let held_up = canary.upload("held-up.mp4", &["--give-up-after", "1s"], 4).await;
    canary.rig.sandbox.clear_faults();
    canary.run(&["queue", "list", "--json"], "", 0).await;
    canary.run(&["queue", "pause", &held_up], "", 0).await;
    canary.run(&["queue", "resume", &held_up], "", 0).await;
    canary.run(&["log", &refused], "", 0).await;
    canary.run(&["queue", "retry", &refused], "", 0).await;
    canary.run(&["run", "--until-empty", "--json"], "", 0).await;
    canary.run(&["logout", &url], "", 0).await;

    // The workspace's own token, and the keys in both versions.
    let token = canary.rig.sandbox.mint_bearer(Level::Write, None);
    canary.login(&["--token-stdin"], &token, 0).await;
    canary.upload("by-token.mp4", &[], 0).await;
    canary.run(&["logout", &url], "", 0).await;
    let keys = lines(canary.rig.sandbox.oauth());
    for version in ["1", "2"] {
        canary.login(&["--oauth-stdin", "--api", version], &keys, 0).await;
        canary.rig.sandbox.inject(Fault::on(Endpoint::Commit).lose_answer_after_work());
        canary.upload(&format!("by-keys-{version}.mp4"), &[], 0).await;
        canary.run(&["logout", &url], "", 0).await;
    }

    // A person lets the program in.
    let OauthCredentials { consumer_key, consumer_secret, .. } = canary.rig.sandbox.oauth().clone();
    let (mut running, mut input) = canary.command(&["login", &url, "--oauth-stdin"]).start_talking();
    input.write_all(format!("{consumer_key}\n{consumer_secret}\n\n").as_bytes()).await.unwrap();
    running.line().await;
    let address = running.line().await;
    let verifier = canary.rig.sandbox.authorize(address.split_once("oauth_token=").unwrap().1).unwrap();
    input.write_all(format!("{verifier}\n").as_bytes()).await.unwrap();
    let told = running.end().await;
    told.assert_code(0, "let in");
    assert!(!format!("{told:?}").contains(&verifier), "{told:#?}");
    canary.told.push(("let in".to_owned(), told));

    // Without a keychain, by the environment.
    for (case, value) in [("token", token), ("keys", keys.replace('\n', " "))] {
        let file = canary.rig.file(&format!("by-environment-{case}.mp4"), CHUNK);
        let told = canary.command(&["upload", "--workspace", &url]).arg(&file).env("SLIPWAY_TOKEN", value).run().await;
        told.assert_code(0, case);
        canary.told.push((format!("by the environment: {case}"), told));
    }
    canary.bundle().await;
    canary.run(&["queue", "clear"], "", 0).await;
    let found = canary.search();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn a_secret_is_found_in_each_of_its_forms() {
    let found = |text: &str| forms(REFUSED).iter().any(|form| text.contains(form.as_str()));
    assert!(found(REFUSED) && found("token=c4n4ry%2F0f%2Bl45t%3Dy34r%26%257e&x"));
    for before in ["", "a", "ab", "abc:"] {
        assert!(found(&STANDARD.encode(format!("{before}{REFUSED} and more"))), "{before:?}");
    }
    assert!(!found("c4n4ry/0f"));
}
