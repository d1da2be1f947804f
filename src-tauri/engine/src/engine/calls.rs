//! What a front end may ask, in one table: from a line here come the question that a guest sends, the owner's answer to
//! it, and the method of [`Front`] that does not care which side it is on.

use super::front::{Front, Reached, read};
use super::guests::written;
use super::{Edit, Engine, Handed, Outcomes, Settle, WorkspaceReport};
use crate::api::ListedCategory;
use crate::control::Answer;
use crate::failure::Failure;
use crate::folder::{FolderId, LedgerQuery, Preset, Wish};
use crate::item::{Intent, ItemId};
use crate::library::{Edited, LibraryPicture, LibraryVideo, PictureMatch, VideoEdit, VideoPage, VideoQuery};
use crate::paths::Absolute;
use crate::store::{Mark, Workspace};
use crate::view::{
    FolderProspect, FolderView, ItemView, LedgerLine, LedgerPart, LogLine, Part, Progress, ThrottleView,
};
use crate::workspace::Origin;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Whether saying it again is doing it again. A guest that got no answer to what `changes` something repeats it under its
/// id, and it is done once.
macro_rules! once {
    (reads) => {
        false
    };
    (changes) => {
        true
    };
}

macro_rules! calls {
    ($(
        $(#[$doc:meta])*
        $variant:ident $kind:ident $vis:vis $method:ident($($name:ident: $type:ty),*) -> $answer:ty
    ),+ $(,)?) => {
        /// A question or command on its way to the owner.
        #[derive(Debug, Serialize, Deserialize)]
        pub(super) enum Ask {
            $($variant { $($name: $type),* }),+
        }

        impl Engine {
            /// Does what a guest asks.
            pub(super) async fn answer(&self, ask: Ask) -> Answer {
                match ask {
                    $(Ask::$variant { $($name),* } => written(&self.$method($($name),*).await?)),+
                }
            }
        }

        impl Front {
            $(
                $(#[$doc])*
                $vis async fn $method(&self, $($name: $type),*) -> Result<$answer, Failure> {
                    let ask = || Ask::$variant { $($name: $name.clone()),* };
                    match self.reach(once!($kind), ask).await? {
                        Reached::Engine(engine) => engine.$method($($name),*).await,
                        Reached::Answer(answer) => read(&answer),
                    }
                }
            )+
        }
    };
}

calls! {
    /// As [`Engine::hand_over`].
    HandOver changes pub(super) hand_over(files: Vec<(Uuid, Handed)>) -> Outcomes,
    /// As [`Engine::page`].
    Page reads pub page(after: Option<i64>, count: usize) -> Vec<ItemView>,
    /// As [`Engine::items_called`].
    ItemsCalled reads pub items_called(ids: Vec<ItemId>) -> Vec<ItemView>,
    /// As [`Engine::part`].
    Part reads pub part(after: Option<Mark>, count: usize) -> Part,
    /// One item.
    Item reads pub item(id: ItemId) -> ItemView,
    /// How far the running items are.
    Progress reads pub progress() -> Vec<Progress>,
    /// As [`Engine::set_intent`].
    SetIntent changes pub set_intent(id: ItemId, intent: Intent) -> (),
    /// As [`Engine::set_intents`].
    SetIntents changes pub set_intents(ids: Vec<ItemId>, intent: Intent) -> (),
    /// As [`Engine::retry`].
    Retry changes pub retry(id: ItemId) -> (),
    /// As [`Engine::settle`].
    Settle changes pub settle(id: ItemId, settle: Settle) -> (),
    /// As [`Engine::edit`].
    Edit changes pub edit(id: ItemId, edit: Edit) -> (),
    /// As [`Engine::send_next`].
    SendNext changes pub send_next(id: ItemId) -> (),
    /// As [`Engine::move_before`].
    MoveBefore changes pub move_before(ids: Vec<ItemId>, before: Option<ItemId>) -> (),
    /// As [`Engine::clear`].
    Clear changes pub clear(id: ItemId) -> (),
    /// As [`Engine::clear_many`].
    ClearMany changes pub clear_many(ids: Vec<ItemId>) -> (),
    /// As [`Engine::set_in_flight`].
    SetInFlight changes pub set_in_flight(in_flight: usize) -> (),
    /// As [`Engine::throttle_changed`].
    ThrottleChanged changes pub throttle_changed() -> (),
    /// As [`Engine::throttle`].
    Throttle reads pub throttle() -> ThrottleView,
    /// As [`Engine::reported`].
    Reported changes pub reported(id: ItemId) -> (),
    /// As [`Engine::log`].
    Log reads pub log(id: ItemId) -> Vec<LogLine>,
    /// The workspaces that the person signed in to.
    Workspaces reads pub workspaces() -> Vec<Workspace>,
    /// As [`Engine::categories`].
    Categories reads pub categories(workspace: Origin) -> Vec<ListedCategory>,
    /// As [`Engine::videos`].
    Videos reads pub videos(workspace: Origin, query: VideoQuery) -> VideoPage,
    /// As [`Engine::video`].
    Video reads pub video(workspace: Origin, id: u64) -> LibraryVideo,
    /// As [`Engine::edit_videos`].
    EditVideos changes pub edit_videos(workspace: Origin, ids: Vec<u64>, edit: VideoEdit) -> Vec<Result<Edited, Failure>>,
    /// As [`Engine::match_pictures`].
    MatchPictures reads pub match_pictures(workspace: Origin, names: Vec<String>) -> Vec<PictureMatch>,
    /// As [`Engine::video_picture`].
    VideoPicture reads pub video_picture(workspace: Origin, id: u64, version: String) -> LibraryPicture,
    /// As [`Engine::frame`].
    Frame reads pub frame(workspace: Origin, id: u64, at_ms: u64) -> LibraryPicture,
    /// As [`Engine::folders`].
    Folders reads pub folders() -> Vec<FolderView>,
    /// As [`Engine::look_at_folder`].
    LookAtFolder reads pub look_at_folder(path: Absolute) -> FolderProspect,
    /// As [`Engine::watch_folder`].
    WatchFolder changes pub watch_folder(path: Absolute, preset: Preset, existing: bool) -> FolderView,
    /// As [`Engine::set_folder_wish`].
    SetFolderWish changes pub set_folder_wish(id: FolderId, wish: Wish) -> (),
    /// As [`Engine::set_folder_preset`].
    SetFolderPreset changes pub set_folder_preset(id: FolderId, preset: Preset) -> (),
    /// As [`Engine::forget_folder`].
    ForgetFolder changes pub forget_folder(id: FolderId) -> (),
    /// As [`Engine::ledger`].
    Ledger reads pub ledger(id: FolderId) -> Vec<LedgerLine>,
    /// As [`Engine::ledger_part`].
    LedgerPart reads pub ledger_part(id: FolderId, query: LedgerQuery) -> LedgerPart,
    /// As [`Engine::ledger_line`].
    LedgerLine reads pub ledger_line(id: FolderId, line: i64) -> (LedgerLine, Option<LedgerLine>),
    /// As [`Engine::send_files_again`].
    SendFilesAgain changes pub send_files_again(id: FolderId, lines: Vec<i64>) -> (),
    /// As [`Engine::look_at`].
    ReportOn reads pub(super) report_on(workspace: Workspace) -> WorkspaceReport,
    /// As [`Engine::check_keychain`].
    CheckKeychain reads pub check_keychain() -> (),
    /// As [`Engine::signed_in`].
    SignedIn changes pub(super) signed_in(workspaces: Vec<Workspace>) -> (),
    /// As [`Engine::sign_out`], with the owner's own keychain.
    SignOut changes pub(super) sign_out_there(origin: Origin) -> (),
    /// As [`Engine::signed_out`].
    SignedOut changes pub(super) signed_out(origin: Origin) -> (),
}
