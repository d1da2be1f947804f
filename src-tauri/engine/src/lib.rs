//! The engine: everything about getting a video into a TwentyThree workspace that is true without a window.
//!
//! A front end makes an [`Engine`] with a [`Config`], hands it files ([`Engine::add`]), and listens
//! ([`Engine::subscribe`]). The engine promises that what it was handed is either in the workspace, once and whole, or
//! still in its queue with a reason; a crash at any instant changes nothing about that.
//!
//! A tour, from the outside in: [`engine`](Engine) owns the queue; `schedule` says what begins next; `transfer` plays
//! the protocol for one item and reads like it; `api` makes the calls; `store` remembers; [`item`] says what may follow
//! what; [`commit`] holds the tables about the one dangerous request. This crate knows nothing of windows, of
//! command lines, or of the sandbox that its tests run against.

mod access;
pub mod answer;
mod api;
mod categories;
pub mod commit;
mod companions;
mod control;
mod engine;
pub mod environment;
pub mod failure;
pub mod folder;
#[cfg(feature = "test-hooks")]
pub mod fuzz;
pub mod home;
mod hooks;
pub mod item;
mod library;
pub mod messages;
mod metered;
mod pace;
mod paths;
pub mod plan;
mod schedule;
pub mod settings;
mod shelf;
mod source;
mod store;
pub mod support;
mod survey;
pub mod timetable;
pub mod timing;
mod transfer;
mod vault;
mod view;
mod watch;
pub mod workspace;

pub use access::trial::Permission;
#[cfg(feature = "plain-get")]
pub use api::NotGot;
pub use api::{KeyPair, ListedCategory, Network, OAuthKeys, Proxy, ProxyChoice};
#[cfg(feature = "test-hooks")]
pub use api::{Pretended, PretendedNames};
pub use companions::{HandOver, is_address, sort_out};
pub use control::{Doorbell, WindowStart};
pub use engine::{
    Add, Added, Config, Edit, Elsewhere, Engine, Front, Handed, Outcomes, Replace, SetMoment, Settle, SignedIn,
    WorkspaceReport,
};
pub use library::{
    Edited, EditedField, LibraryPicture, LibraryVideo, Match, MatchedBy, PictureMatch, Publication, RefusedField, Show,
    VideoEdit, VideoPage, VideoQuery, match_pictures,
};
pub use metered::Metered;
pub use pace::{Caps, Clock, Hold, InForce, Throttle};
pub use paths::Absolute;
pub use shelf::Shelf;
pub use source::{kind_by_name, kind_of, open as open_regular};
pub use store::{Mark, Workspace};
pub use survey::{Found, Skipped, Survey};
pub use view::{
    FolderProspect, FolderState, FolderView, ItemView, LedgerLine, LedgerPart, LogLine, Part, Progress, ThrottleView,
    Update,
};
