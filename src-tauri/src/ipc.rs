//! What the pages may ask: one list. From a line here come the answer to a request, and the entry in the TypeScript type
//! that the pages are checked against (`ipc/typescript.rs`), so neither side can know a command that the other does not.
//!
//! The method of [`Shell`] with the name of the line does the work. A failure crosses as [`Told`]: code, remedy and words.
//! Requests take no field that is not theirs, and none of them has a path in it.

#[cfg(test)]
mod tests;
#[cfg(test)]
mod typescript;

use crate::folders::choosing::{AddFolder, ChosenFolder, FolderOfOffer};
use crate::folders::ledger::{AskLedger, LedgerPart, OneLine, RevealFolder, SendAgain};
use crate::folders::{FolderRow, RemoveFolder, SetFolderPreset, SetFolderWatching};
use crate::library::editing::{EditVideos, EditedVideo};
use crate::library::pairing::{MatchOffer, Pair};
use crate::library::replacing::{ChooseReplacement, Compare, Comparison, ReplaceVideos, Replaced, SetThumbnailMoment};
use crate::library::{AskLibrary, LibraryPage, OneVideo, OpenLibraryVideo, Videos};
use crate::links::{OpenPage, OpenVideo};
use crate::offers::{AddOffered, Added, ForgetOffer, Offer};
use crate::queue::{EditItems, Items, LogLine, MoveBefore, OneItem, SetIntent, Settle};
use crate::settings::{ChangeSettings, SetStartAtLogin, Settings};
use crate::shell::{Behind, Shell, Snapshot};
use crate::sign_in::{
    AskPermission, Asked, ConnectKeys, ConnectToken, GiveVerifier, ListedCategory, OneWorkspace, SignedIn,
};
use crate::speed::{FullSpeed, SetSpeed, Speed};
use crate::support::BundlePart;
use crate::told::Told;
use crate::updates::More;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use serde_json::value::RawValue;
use slipway_engine::LibraryVideo;
use slipway_engine::failure::{Code, Failure};
use slipway_engine::item::ItemId;
use ts_rs::TS;

/// A request that says nothing more than its name.
#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(type = "Record<string, never>")]
pub(crate) struct Nothing {}

macro_rules! commands {
    ($($name:ident($request:ty) -> $reply:ty),+ $(,)?) => {
        /// Answers a request.
        pub(crate) async fn answer(shell: &Shell, name: &str, request: Value) -> Result<Box<RawValue>, Told> {
            let answer = match name {
                $(stringify!($name) => match read::<$request>(name, request) {
                    Ok(request) => Box::pin(shell.$name(request)).await.and_then(|reply| written::<$reply>(&reply)),
                    Err(failure) => Err(failure),
                },)+
                _ => Err(Failure::new(Code::RequestInvalid).detail(name)),
            };
            answer.map_err(|failure| {
                tracing::info!(name, code = failure.code.as_str(), "refused");
                shell.voice.tell(&failure)
            })
        }

        /// The names of all commands, with what writes down the types of each.
        #[cfg(test)]
        fn each(mut visit: impl typescript::Visit) {
            $(visit.command::<$request, $reply>(stringify!($name));)+
        }
    };
}

commands! {
    snapshot(Nothing) -> Snapshot,
    more(Behind) -> More,
    connect_token(ConnectToken) -> SignedIn,
    connect_keys(ConnectKeys) -> SignedIn,
    ask_permission(AskPermission) -> Asked,
    give_verifier(GiveVerifier) -> SignedIn,
    open_sandbox(Nothing) -> SignedIn,
    sign_out(OneWorkspace) -> (),
    check_workspace(OneWorkspace) -> Option<Told>,
    check_keychain(Nothing) -> Option<Told>,
    choose_files(Nothing) -> Option<Offer>,
    choose_folder(Nothing) -> Option<Offer>,
    paste(Nothing) -> Option<Offer>,
    add(AddOffered) -> Added,
    forget_offer(ForgetOffer) -> (),
    set_intent(SetIntent) -> (),
    retry(Items) -> (),
    clear(Items) -> (),
    send_next(Items) -> (),
    move_before(MoveBefore) -> (),
    edit(EditItems) -> (),
    settle(Settle) -> (),
    log(OneItem) -> Vec<LogLine>,
    categories(OneWorkspace) -> Vec<ListedCategory>,
    gather_bundle(Nothing) -> Vec<BundlePart>,
    save_bundle(Nothing) -> Option<String>,
    open_video(OpenVideo) -> (),
    open_page(OpenPage) -> (),
    copy_links(Items) -> usize,
    reveal(OneItem) -> (),
    library_page(AskLibrary) -> LibraryPage,
    library_video(OneVideo) -> LibraryVideo,
    library_open(OpenLibraryVideo) -> (),
    library_copy_link(Videos) -> usize,
    library_choose(ChooseReplacement) -> Option<Offer>,
    library_compare(Compare) -> Comparison,
    library_match(MatchOffer) -> Vec<Pair>,
    library_replace(ReplaceVideos) -> Replaced,
    library_set_moment(SetThumbnailMoment) -> ItemId,
    library_edit(EditVideos) -> Vec<EditedVideo>,
    folder_choose(Nothing) -> Option<ChosenFolder>,
    folder_of_offer(FolderOfOffer) -> ChosenFolder,
    folder_add(AddFolder) -> FolderRow,
    folder_set_preset(SetFolderPreset) -> FolderRow,
    folder_set_watching(SetFolderWatching) -> (),
    folder_remove(RemoveFolder) -> (),
    folder_ledger(AskLedger) -> LedgerPart,
    folder_send_again(SendAgain) -> (),
    folder_reveal(RevealFolder) -> (),
    folder_open_video(OneLine) -> (),
    change_settings(ChangeSettings) -> Settings,
    set_speed(SetSpeed) -> Speed,
    full_speed(FullSpeed) -> Speed,
    choose_ca_file(Nothing) -> Option<Settings>,
    set_start_at_login(SetStartAtLogin) -> bool,
    quit(Nothing) -> (),
    news_seen(Nothing) -> (),
}

/// What the pages hear without asking.
#[derive(TS)]
#[cfg(test)]
#[allow(dead_code, reason = "its fields are names of events and their types")]
struct Updates {
    changes: crate::updates::Changes,
    offer: Offer,
    hover: crate::hover::Hover,
    over: crate::hover::Place,
    newer: String,
}

/// A request, or a failure that repeats nothing of it: there may be a password in it.
fn read<T: DeserializeOwned>(name: &str, request: Value) -> Result<T, Failure> {
    serde_json::from_value(request).map_err(|_| Failure::new(Code::RequestInvalid).detail(name))
}

/// Written once, and handed on as it is.
fn written<T: Serialize>(reply: &T) -> Result<Box<RawValue>, Failure> {
    serde_json::value::to_raw_value(reply).map_err(|error| Failure::new(Code::RequestInvalid).caused_by(&error))
}
