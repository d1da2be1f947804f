//! What went wrong, for everyone who asks: a code for programs, a remedy for buttons, a message and a hint for people,
//! a cause chain for the log. Cancelling is not here: it is an outcome, not an error.
//!
//! A code exists when something branches on it or words it; its texts are in `messages/{en,da}.json` under
//! `failure.<code>.message` and `.hint`, and `messages.rs` holds both languages to the list below. A text may name
//! facts of the failure in braces, such as `{host}`. A hint that names a command or a variable of the environment has a
//! second form under `window.failure.<code>.hint`, beside which `.command` is what can be copied. What stands above a code in the list is the text of its page in
//! `docs/failures/` (`cargo xtask pages`): first what it means, then, after an empty line, what was done and not done.

mod one;

pub use one::Failure;

use serde::{Deserialize, Serialize};

/// What a person or the engine can do about a failure. The front ends choose their button by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum Remedy {
    /// Trying again may simply work.
    RetryNow,
    /// Trying again helps after a while.
    RetryAfter,
    /// Nothing to do but have a network.
    WaitForNetwork,
    /// The source must come back, or be readable.
    WaitForFile,
    /// A credential is missing, refused or locked away.
    SignIn,
    /// Something in the settings or the request must change.
    FixSettings,
    /// Only a person can tell what happened on the server: arrived, send again, or keep looking.
    Settle,
    /// Nothing will help; the item can only be removed.
    GiveUp,
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal => $remedy:ident),+ $(,)?) => {
        /// Every way in which something can fail, as a stable word for programs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Code { $($(#[doc = $doc])+ #[serde(rename = $name)] $variant),+ }

        impl Code {
            /// All codes, for tables, documentation and tests.
            pub const ALL: &[Code] = &[$(Code::$variant),+];

            /// The stable word.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $name),+ }
            }

            /// What helps.
            #[must_use]
            pub fn remedy(self) -> Remedy {
                match self { $(Code::$variant => Remedy::$remedy),+ }
            }

            /// What the list says about it, for its page: one paragraph or more.
            #[must_use]
            pub fn about(self) -> &'static str {
                match self { $(Code::$variant => concat!($($doc, "\n"),+)),+ }
            }
        }
    };
}

codes! {
    /// The source is not where it was.
    ///
    /// A file that is not there at intake is not taken in. One that goes missing later stays in the queue with what the
    /// server acknowledged; once it is back, a retry goes on from there. While the whole folder or drive is gone, this is
    /// `source_away` instead.
    SourceMissing = "source_missing" => WaitForFile,
    /// The folder or the drive that holds the source is gone, or does not answer.
    ///
    /// The item waits and goes on by itself when the drive is back, with the next chunk that is missing: what the server
    /// acknowledged is not sent again, as long as the bytes are the same. The drive is looked for every few seconds.
    SourceAway = "source_away" => WaitForFile,
    /// The source has no bytes; the server would take a request without a size for a whole file.
    ///
    /// It was not taken in, and nothing was asked of the workspace.
    SourceEmpty = "source_empty" => GiveUp,
    /// The source cannot be opened or read.
    ///
    /// Nothing of it was sent since. What the server acknowledged before is kept and not sent again.
    SourceUnreadable = "source_unreadable" => WaitForFile,
    /// The source is a directory or a device.
    ///
    /// It was not opened, so that a pipe or a device can neither block nor be drained by it, and not taken in.
    SourceNotAFile = "source_not_a_file" => GiveUp,
    /// A file's bytes and its name say different things, or neither says what it is; where the server decides by that
    /// what is replaced, it is not sent.
    ///
    /// Nothing was sent. What is in the workspace is as it was.
    FileKindUnclear = "file_kind_unclear" => GiveUp,
    /// The file is of another kind than what it is to replace.
    ///
    /// The object was looked at before anything was sent, and is as it was.
    FileKindMismatch = "file_kind_mismatch" => GiveUp,
    /// The video that is to be changed is not in the workspace.
    ///
    /// It was looked for before anything was sent. No other video was touched.
    VideoUnknown = "video_unknown" => FixSettings,
    /// The source is not the file that was taken in.
    ///
    /// The request under way was cut before its last piece, so no video was made of two versions. A retry sends the file as
    /// it is then, from its first byte. A file that is still being written ends here as well: add it when it is finished.
    SourceChanged = "source_changed" => RetryNow,
    /// The server does not take this kind of file; its words are the detail.
    ///
    /// No video was made of it.
    FileRefused = "file_refused" => GiveUp,
    /// The server does not take a file, or a chunk, of this size.
    ///
    /// Smaller chunks were tried first, where the refusal was about a chunk. No video was made of it.
    FileTooLarge = "file_too_large" => GiveUp,
    /// The server refused a fresh upload token, or something in the request that we do not recognise.
    ///
    /// A fresh token was tried once. What was acknowledged is kept for the retry.
    RequestRefused = "request_refused" => RetryNow,
    /// The workspace did not do what was asked about a video that is there: draw a frame, change a word, set a moment.
    ///
    /// The video is as the workspace shows it; nothing else was asked in its place.
    LibraryRefused = "library_refused" => RetryNow,
    /// The credential is valid and not allowed to do this.
    ///
    /// Nothing was sent that needs the permission.
    PermissionDenied = "permission_denied" => SignIn,
    /// No credential, or one that the server refuses.
    ///
    /// The item waits, and goes on by itself after a sign-in. Nothing is sent without a credential.
    SignInNeeded = "sign_in_needed" => SignIn,
    /// The login that opened the workspace is good, and does not open it any more.
    ///
    /// The item waits, and goes on by itself when the login opens the workspace again, or a sign-in of its own does.
    WorkspaceWithdrawn = "workspace_withdrawn" => SignIn,
    /// What was asked for is beyond version 1 of the API, which this workspace is spoken to in.
    ///
    /// Nothing was sent. Where the video was there already, it is as it was.
    NotWithApi1 = "not_with_api_1" => FixSettings,
    /// The keychain is there and locked.
    ///
    /// The item waits, and goes on by itself once the keychain is open. Credentials are kept nowhere else.
    KeychainLocked = "keychain_locked" => SignIn,
    /// There is no keychain service.
    ///
    /// The item waits. Credentials are kept nowhere else, so nothing was written to a file instead.
    KeychainMissing = "keychain_missing" => SignIn,
    /// The keychain is there and open, and failed all the same.
    ///
    /// The item waits, and asks the keychain again by itself. Credentials are kept nowhere else.
    KeychainFailed = "keychain_failed" => SignIn,
    /// The server failed several times in a row in a way that is not a matter of waiting.
    ///
    /// It was tried again several times, with growing waits. What was acknowledged is kept for the retry.
    ServerFailed = "server_failed" => RetryAfter,
    /// The server's answer makes no sense as an answer of this API.
    ///
    /// The call was made again several times. Nothing was taken for a success that does not say so.
    AnswerUnreadable = "answer_unreadable" => RetryAfter,
    /// The workspace cannot be asked whether a video arrived, so nothing may be sent.
    ///
    /// Everything but the last piece may have been sent; the last piece was not, so there is no video yet. It goes only
    /// after a valid look that shows that the video is not there.
    LookupImpossible = "lookup_impossible" => SignIn,
    /// The server took one chunk for the whole file and made a video of it.
    ///
    /// Sending stopped at once. The video that came of the piece is left alone: Slipway deletes nothing in a workspace.
    PieceTakenAsWhole = "piece_taken_as_whole" => Settle,
    /// The video changed while one chunk of its new file was there: the server probably took it for the whole file.
    ///
    /// Sending stopped at once. It may also be somebody's change of the same moment: nothing on the server tells the two
    /// apart. Sent again, the file goes in one piece.
    PieceReplacedFile = "piece_replaced_file" => Settle,
    /// A replacement's answer was lost, and the video is not as it was: probably by it, and only a person can tell.
    ///
    /// The video was compared with how it looked just before the last piece. Nothing more was sent, and what somebody else
    /// may have changed is left alone.
    ProbablyReplaced = "probably_replaced" => Settle,
    /// Another replacement of the same video is in doubt, and this one may not go before a person has settled it.
    BehindQuestion = "behind_question" => Settle,
    /// The last piece was sent and what became of it cannot be found out.
    ///
    /// The workspace was asked about every upload token that the item ever had, until the time for it was up. The last piece
    /// was not sent again, because that could make a second video. The item cannot be cleared before the question is answered.
    OutcomeUnknown = "outcome_unknown" => Settle,
    /// No category of the workspace is the one that was named.
    ///
    /// Nothing was sent before it was asked; what was accepted since is kept, and no video is published without its
    /// category.
    CategoryUnknown = "category_unknown" => FixSettings,
    /// Several categories of the workspace could be the one that was named.
    ///
    /// Nothing was sent before it was asked; none of them was chosen.
    CategoryAmbiguous = "category_ambiguous" => FixSettings,
    /// Something that was said about a video cannot be: a date that is past, a variable with a name of the API's.
    ///
    /// Nothing was taken in, or changed.
    DetailsInvalid = "details_invalid" => FixSettings,
    /// The file with a video's details cannot be used as it is.
    ///
    /// The video stands in the queue. Nothing of it was sent.
    MetadataInvalid = "metadata_invalid" => FixSettings,
    /// A thumbnail or subtitles cannot be used as they are.
    ///
    /// The video stands in the queue, or is stored and not published; the file was not sent.
    CompanionInvalid = "companion_invalid" => FixSettings,
    /// A file that goes with a video is not there or cannot be read.
    ///
    /// The video stands in the queue, or is stored and not published; the file was not sent.
    CompanionMissing = "companion_missing" => WaitForFile,
    /// A file that goes with a video is not the one that was taken in.
    ///
    /// The video is stored and not published; the file was not sent.
    CompanionChanged = "companion_changed" => RetryNow,
    /// A follow-up (publishing, details) was refused; the video itself is stored.
    ///
    /// The video is in the workspace, whole. What was refused was not done; it is tried again with the retry.
    FollowUpRefused = "follow_up_refused" => RetryNow,
    /// The workspace address is not one.
    ///
    /// Nothing was asked of any server.
    WorkspaceInvalid = "workspace_invalid" => FixSettings,
    /// Plain HTTP to another machine.
    ///
    /// Nothing was sent: a credential over plain HTTP can be read by everybody on the way.
    WorkspaceNotEncrypted = "workspace_not_encrypted" => FixSettings,
    /// The workspace is not known here.
    ///
    /// Nothing was asked of the workspace.
    WorkspaceUnknown = "workspace_unknown" => SignIn,
    /// The workspace cannot be reached right now.
    ///
    /// One question in growing intervals finds out when the workspace is back. Acknowledged chunks are not sent again.
    WorkspaceUnreachable = "workspace_unreachable" => WaitForNetwork,
    /// There is no such name. Perhaps mistyped, perhaps a name service that knows only its own network.
    ///
    /// The name is asked for again in growing intervals. Nothing left this machine but that question.
    WorkspaceNameUnknown = "workspace_name_unknown" => WaitForNetwork,
    /// The proxy on the way cannot be reached, or says nothing.
    ///
    /// Slipway did not go around the proxy: nothing is sent on a way that nobody chose.
    ProxyUnreachable = "proxy_unreachable" => WaitForNetwork,
    /// The proxy wants a name and a password, or others than those that it was given.
    ///
    /// Slipway did not go around the proxy. Nothing of the workspace's credential was shown to it.
    ProxySignInNeeded = "proxy_sign_in_needed" => FixSettings,
    /// The proxy does not let us through, or does not get through itself.
    ///
    /// Slipway did not go around the proxy. Acknowledged chunks are not sent again.
    ProxyRefused = "proxy_refused" => WaitForNetwork,
    /// What was given as a proxy is no address of one.
    ///
    /// Nothing was started, rather than without the proxy that was asked for.
    ProxyInvalid = "proxy_invalid" => FixSettings,
    /// The workspace asks for time, or is failing at its gate.
    ///
    /// All items of the workspace keep to the time that it asks for. Acknowledged chunks are not sent again.
    WorkspaceBusy = "workspace_busy" => RetryAfter,
    /// The timetable has an hour in which nothing is sent.
    ///
    /// What was on its way went to its end; the next piece goes with the next hour that lets it. Nothing is sent twice.
    TimetableHolds = "timetable_holds" => RetryAfter,
    /// The connection costs, and what watched folders bring waits for one that does not.
    ///
    /// What a person hands over is sent all the same. What was on its way went to its end; nothing is sent twice.
    ConnectionMetered = "connection_metered" => WaitForNetwork,
    /// Something between here and the workspace answers in its place.
    ///
    /// Nothing was taken for an answer of the workspace, and no redirect was followed.
    NetworkPortal = "network_portal" => WaitForNetwork,
    /// A certificate on the way to the workspace is past its end.
    ///
    /// The connection was given up before anything of the request was sent.
    CertificateExpired = "certificate_expired" => WaitForNetwork,
    /// A certificate on the way to the workspace is not valid yet; a wrong clock looks the same.
    ///
    /// The connection was given up before anything of the request was sent.
    CertificateNotYetValid = "certificate_not_yet_valid" => WaitForNetwork,
    /// The certificate is for other names: a portal, or a mistyped address.
    ///
    /// The connection was given up before anything of the request was sent.
    CertificateWrongHost = "certificate_wrong_host" => WaitForNetwork,
    /// No authority that is trusted here vouches for the certificate.
    ///
    /// The connection was given up before anything of the request was sent. The machine's authorities and the extra file are
    /// read again with each try.
    CertificateUnknownIssuer = "certificate_unknown_issuer" => FixSettings,
    /// The certificate is revoked, or broken in some other way.
    ///
    /// The connection was given up before anything of the request was sent.
    CertificateRefused = "certificate_refused" => WaitForNetwork,
    /// The extra certificate authority cannot be used.
    ///
    /// Nothing was started, rather than without the authority that was asked for.
    CertificateFileInvalid = "certificate_file_invalid" => FixSettings,
    /// Another Slipway owns the data folder and cannot be reached.
    ///
    /// The folder was not touched and nothing was handed over. One process owns a data folder at a time: two would send
    /// everything twice.
    DataFolderBusy = "data_folder_busy" => FixSettings,
    /// Another Slipway owns the data folder, and it is of another version.
    ///
    /// Nothing was handed over: each could leave out what it does not know of the other.
    OwnerOtherVersion = "owner_other_version" => FixSettings,
    /// Another Slipway owns the data folder and has no credential for the workspace; this one's token stays here.
    ///
    /// The files stand in the other's queue. No credential goes from one process to another.
    OwnerNotSignedIn = "owner_not_signed_in" => SignIn,
    /// The data folder was written by a newer Slipway.
    ///
    /// The folder was not touched: an older version could lose what a newer one wrote.
    DataFolderNewer = "data_folder_newer" => FixSettings,
    /// The queue's database is damaged; it was set aside.
    ///
    /// The database and what belongs to it were renamed and are kept, byte for byte; nothing was deleted or repaired. The next
    /// start begins an empty queue. What was uploaded before is in the workspace: look there before sending anything again.
    DataFolderDamaged = "data_folder_damaged" => FixSettings,
    /// The data folder cannot be written: full, read-only, or gone.
    ///
    /// Everything stopped before the next step, since a step that cannot be recorded is not taken. What was recorded is kept.
    /// A running engine goes on by itself when the folder can be written again; otherwise the next start does.
    DataFolderUnwritable = "data_folder_unwritable" => FixSettings,
    /// The journal of an item contradicts itself.
    ///
    /// Nothing was sent for this item since, and its journal is left as it is. The other items go on.
    JournalInconsistent = "journal_inconsistent" => Settle,
    /// The support bundle cannot be written where it was wanted, or there is a file of that name already.
    ///
    /// Nothing was overwritten, and nothing in the queue was touched.
    BundleNotSaved = "bundle_not_saved" => FixSettings,
    /// No such item in the queue.
    ///
    /// Nothing was changed.
    ItemUnknown = "item_unknown" => FixSettings,
    /// The item is not in a state in which this can be done.
    ///
    /// Nothing was changed.
    NotPossibleNow = "not_possible_now" => FixSettings,
    /// The window asked for something that this version does not know, or not in this form.
    ///
    /// Nothing was done. Either the pages and the program are of two versions, or it is a mistake of ours.
    RequestInvalid = "request_invalid" => GiveUp,
    /// The files that were dropped, chosen or pasted are not held any more.
    ///
    /// Nothing was taken in, and the files are as they were. Slipway holds what was handed over until it is added or put
    /// aside, or much else has been handed over since.
    OfferGone = "offer_gone" => FixSettings,
    /// The desktop has nothing that shows a dialog for files.
    ///
    /// Nothing was opened. Files can still be dropped on the window, pasted, or named when Slipway is started.
    DialogMissing = "dialog_missing" => FixSettings,
    /// The desktop did not do what it was asked to: open a page, show a file, copy or paste.
    ///
    /// The queue has nothing to do with it, and goes on.
    DesktopFailed = "desktop_failed" => RetryNow,
    /// The pretend workspace on this machine did not start.
    ///
    /// What is queued for it waits, and goes on when it is up. Slipway keeps trying: it has one address for good, since
    /// what is queued is queued for that address.
    SandboxNotStarted = "sandbox_not_started" => RetryNow,
    /// The folder is not among those that are watched.
    ///
    /// Nothing was changed.
    FolderUnknown = "folder_unknown" => FixSettings,
    /// The folder cannot be watched like this: it is none, or a pattern is none.
    ///
    /// Nothing was changed, and nothing in the folder was touched.
    FolderInvalid = "folder_invalid" => FixSettings,
    /// The folder is watched already, or lies in one that is, or one that is lies in it.
    ///
    /// Nothing was changed: a file in both would be sent twice.
    FolderOverlaps = "folder_overlaps" => FixSettings,
    /// The system watches no more folders for this user.
    ///
    /// The folder is looked through again and again instead, which finds the same files a little later. Nothing is missed.
    WatchLimitReached = "watch_limit_reached" => FixSettings,
    /// A file whose video is in the workspace could not be moved, or put into the trash.
    ///
    /// It lies where it was, and is not sent again. It is tried again every half minute.
    NotPutAway = "not_put_away" => RetryAfter,
    /// A setting is not one that it can be.
    ///
    /// What stands in the file of settings is left as it is. Until it is mended, that setting has its usual value.
    SettingsInvalid = "settings_invalid" => FixSettings,
}

impl Code {
    /// Whether a file that goes with a video is in the way.
    #[must_use]
    pub fn is_about_companions(self) -> bool {
        matches!(self, Self::MetadataInvalid | Self::CompanionInvalid | Self::CompanionMissing | Self::CompanionChanged)
    }
}
