//! A pretend TwentyThree workspace: everything an upload needs, over real HTTP on the loopback interface.
//!
//! It is written from the vendor's public pages and samples and from nothing of the client's, so that a mistake of one
//! is not repeated by the other. It owns its understanding of the protocol, the faults that a network can have, and the
//! record of what arrived. It never listens beyond the loopback interface and never prints.
//!
//! Read on in `visit.rs` (one request from arrival to answer), then `chunk.rs` (the vendor's chunk handler, step by
//! step), `assembly.rs` and `redeem.rs` (what completing a file does and says). `switches.rs` lists what the pages leave
//! open, `fault.rs` what can go wrong, `inspect.rs` what can be asked afterwards.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

mod assembly;
mod auth;
mod callback;
mod chunk;
mod clock;
mod envelope;
mod fault;
mod form;
mod inspect;
mod kind;
mod list;
mod metadata;
mod methods;
mod oauth;
mod page;
mod picture;
mod redeem;
mod replace;
mod reply;
mod routes;
mod server;
mod state;
mod stock;
mod subtitles;
mod switches;
mod tls;
mod token;
mod transcoding;
mod visit;
mod workspace;
mod world;

pub use fault::{Effect, Endpoint, Fault, Storm};
pub use inspect::{
    Exposed, Inspection, Kind, Overlap, Overlapping, Peaks, Refusal, RequestRecord, Subtitle, VideoRecord,
};
pub use oauth::keys::OauthCredentials;
pub use state::Level;
pub use switches::{CompletingBody, CountSpent, KindBy, Profile, ReplaceChunks, SizeCapAnswer, Switches, TokenChecked};

use server::Server;

/// How to start a [`Sandbox`].
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen; a loopback address. Port 0 picks a free one. Default `127.0.0.1:0`.
    pub listen: SocketAddr,
    /// The folder that holds the workspace; made if need be. `None`: a temporary one, removed at the end.
    pub dir: Option<PathBuf>,
    /// The set of switches to begin with.
    pub profile: Profile,
    /// Switches to begin with instead of the profile's.
    pub switches: Option<Switches>,
    /// The workspace's own bearer token, at level write. `None`: that of an earlier run in the same folder, or 40
    /// random characters.
    pub token: Option<String>,
    /// Serve https with a certificate of the sandbox's own authority.
    pub tls: bool,
    /// Count the bytes of files and keep none.
    pub sink: bool,
    /// Makes the draws of random faults repeatable.
    pub seed: Option<u64>,
    /// Random faults from the start.
    pub storm: Option<Storm>,
    /// Faults from the start.
    pub faults: Vec<Fault>,
    /// The workspace's name.
    pub name: String,
    /// Videos to find in a new workspace, to look through and not to play.
    pub videos: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            dir: None,
            profile: Profile::Documented,
            switches: None,
            token: None,
            tls: false,
            sink: false,
            seed: None,
            storm: None,
            faults: Vec::new(),
            name: "Sandbox".to_owned(),
            videos: 0,
        }
    }
}

/// Why a [`Sandbox`] could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Only this machine may reach a sandbox: it has no secrets worth the name and can be told to misbehave.
    #[error("{0} is not a loopback address; a sandbox listens on 127.0.0.1 or ::1 only")]
    NotLoopback(SocketAddr),
    /// The port is taken, or may not be used.
    #[error("could not listen on {address}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The folder could not be made, read or written.
    #[error("could not use the folder {}", dir.display())]
    Folder {
        /// The folder asked for.
        dir: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The certificate could not be made.
    #[error("could not make the sandbox's certificate")]
    Certificate(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A running pretend workspace. It stops when it is dropped.
pub struct Sandbox {
    server: Server,
}

impl Sandbox {
    /// Starts one; continues where an earlier one in the same folder stopped.
    pub async fn start(config: Config) -> Result<Sandbox, StartError> {
        Ok(Self { server: Server::start(config).await? })
    }

    /// `http://127.0.0.1:PORT`, or `https://…`. No trailing slash.
    pub fn url(&self) -> String {
        self.server.world().origin()
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.server.world().address
    }

    /// `127.0.0.1:PORT`, as the workspace's domain.
    pub fn domain(&self) -> String {
        self.server.world().domain()
    }

    /// The authority's certificate, with TLS.
    pub fn ca_pem(&self) -> Option<&str> {
        self.server.authority().map(|authority| authority.pem.as_str())
    }

    /// The file that holds the authority's certificate, with TLS.
    pub fn ca_file(&self) -> Option<PathBuf> {
        self.server.authority().map(|authority| authority.file.clone())
    }

    /// The folder that holds the workspace.
    pub fn dir(&self) -> PathBuf {
        self.server.world().dir.clone()
    }

    /// A bearer token of this workspace at level write, to be used directly.
    pub fn token(&self) -> &str {
        self.server.token()
    }

    /// A login token for `user/tokens` at this workspace's domain, which hands out tokens that expire. It is good for
    /// nothing else and nowhere else.
    pub fn login_token(&self) -> &str {
        self.server.login_token()
    }

    /// Makes the other workspace one of this login's owner: `user/tokens` here, asked with `cross_sites_p=1` and this
    /// one's login token, lists it too, with its own domain and a token that expires by its clock and is good there
    /// alone. One way only; as long as both run.
    pub fn join(&self, other: &Sandbox) {
        self.server.world().join(other.server.world());
    }

    /// Takes [`Sandbox::join`] back: the login's owner has lost the other workspace. Tokens that were handed out for it
    /// stay good; [`Sandbox::expire_bearers`] there ends them.
    pub fn leave(&self, other: &Sandbox) {
        self.server.world().leave(other.server.world());
    }

    /// A new bearer token at this level, for so long or for ever.
    pub fn mint_bearer(&self, level: Level, lifetime: Option<Duration>) -> String {
        auth::mint(self.server.world(), level, lifetime)
    }

    /// The workspace's own privileged credentials for OAuth 1.0a, at level write.
    pub fn oauth(&self) -> &OauthCredentials {
        self.server.oauth()
    }

    /// A new set of them at this level. Its consumer can ask for access tokens at that level too.
    pub fn mint_oauth(&self, level: Level) -> OauthCredentials {
        oauth::keys::mint(self.server.world(), level)
    }

    /// Revokes every OAuth access token, the workspace's own too. The consumers stay.
    pub fn revoke_oauth(&self) {
        oauth::keys::revoke_all(self.server.world());
    }

    /// Allows a request token, as the button at `/oauth/authorize` does, and answers the verifier; `None` for one that
    /// is unknown or was exchanged already.
    pub fn authorize(&self, request_token: &str) -> Option<String> {
        oauth::flow::authorize(self.server.world(), request_token).map(|(verifier, _)| verifier)
    }

    /// The switches as they stand.
    pub fn switches(&self) -> Switches {
        self.server.world().switches()
    }

    /// Changes switches from now on.
    pub fn change(&self, change: impl FnOnce(&mut Switches)) {
        self.server.world().change(change);
    }

    /// Adds a fault behind those that wait already.
    pub fn inject(&self, fault: Fault) {
        self.server.world().faults.add(fault);
    }

    /// Adds the faults of a storm.
    pub fn storm(&self, storm: &Storm) {
        for fault in storm.faults() {
            self.inject(fault);
        }
    }

    /// Forgets all faults and lets go of every request that one of them holds.
    pub fn clear_faults(&self) {
        self.server.world().faults.clear();
    }

    /// The faults that still wait.
    pub fn faults(&self) -> Vec<Fault> {
        self.server.world().faults.waiting()
    }

    /// Moves the server's clock forward, and with it every delay under way.
    pub fn advance_clock(&self, by: Duration) {
        self.server.world().advance(by);
    }

    /// The server's clock, in milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        self.server.world().clock.now_ms()
    }

    /// Expires every bearer token but the login token, the direct one too.
    pub fn expire_bearers(&self) {
        auth::expire_all(self.server.world());
    }

    /// Expires every upload and replace token.
    pub fn expire_upload_tokens(&self) {
        token::expire_all(self.server.world());
    }

    /// Removes every chunk that waits for its fellows.
    pub fn purge_chunks(&self) {
        self.server.world().pieces.purge(None);
    }

    /// Everything in the workspace, by id.
    pub fn videos(&self) -> Vec<VideoRecord> {
        self.server.world().store.read(|state| state.videos.values().cloned().collect())
    }

    /// Somebody deletes a video in the workspace.
    pub fn delete(&self, photo_id: u64) {
        self.server.world().store.put(state::Entry::Gone(photo_id));
    }

    /// The stored bytes of a video; `None` in sink mode or for an unknown id.
    pub fn video_file(&self, photo_id: u64) -> Option<PathBuf> {
        let path = self.server.world().video_path(photo_id);
        path.is_file().then_some(path)
    }

    /// Every request below `/api/` and `/oauth/` since the start, in order of arrival.
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.server.world().ledger.requests()
    }

    /// Every refusal since the start.
    pub fn refusals(&self) -> Vec<Refusal> {
        self.server.world().ledger.refusals()
    }

    /// The most that was handled at the same time.
    pub fn peaks(&self) -> Peaks {
        self.server.world().ledger.peaks()
    }

    /// Every pair of an assembling request and another one with the same identifier that ran beside it or began after
    /// it.
    pub fn beside_assembly(&self) -> Vec<Overlap> {
        self.server.world().ledger.overlaps()
    }

    /// Waits until this is true. Asked at once, and again whenever a request starts, goes on or ends.
    pub async fn until(&self, what: impl FnMut(&Inspection<'_>) -> bool + Send) {
        self.server.world().until(what).await;
    }

    /// Stops: no new connections, those under way are cut, what is being written is finished. When it returns, the
    /// address is free again.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}

/// A lock whose holder never panics half-way through a change worth fearing.
pub(crate) fn unpoisoned<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
