//! What went wrong, for everyone who asks: a code for programs, a remedy for buttons, a message and a hint for people,
//! a cause chain for the log. Cancelling is not here: it is an outcome, not an error.
//!
//! A code exists when something branches on it or words it; its texts are in `messages/{en,da}.json` under
//! `failure.<code>.message` and `.hint`, and `messages.rs` holds both languages to the list below. A text may name
//! facts of the failure in braces, such as `{host}`.

use crate::messages::{self, Language};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// What a person or the engine can do about a failure. The front ends choose their button by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
    ($($(#[$doc:meta])* $variant:ident = $name:literal => $remedy:ident),+ $(,)?) => {
        /// Every way in which something can fail, as a stable word for programs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Code { $($(#[$doc])* #[serde(rename = $name)] $variant),+ }

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
        }
    };
}

codes! {
    /// The source is not where it was.
    SourceMissing = "source_missing" => WaitForFile,
    /// The source has no bytes; the server would take a request without a size for a whole file.
    SourceEmpty = "source_empty" => GiveUp,
    /// The source cannot be opened or read.
    SourceUnreadable = "source_unreadable" => WaitForFile,
    /// The source is a directory or a device.
    SourceNotAFile = "source_not_a_file" => GiveUp,
    /// A file's bytes and its name say different things, or neither says what it is; where the server decides by that
    /// what is replaced, it is not sent.
    FileKindUnclear = "file_kind_unclear" => GiveUp,
    /// The file is of another kind than what it is to replace.
    FileKindMismatch = "file_kind_mismatch" => GiveUp,
    /// The video that is to be changed is not in the workspace.
    VideoUnknown = "video_unknown" => FixSettings,
    /// The source is not the file that was taken in.
    SourceChanged = "source_changed" => RetryNow,
    /// The server does not take this kind of file; its words are the detail.
    FileRefused = "file_refused" => GiveUp,
    /// The server does not take a file, or a chunk, of this size.
    FileTooLarge = "file_too_large" => GiveUp,
    /// The server refused a fresh upload token, or something in the request that we do not recognise.
    RequestRefused = "request_refused" => RetryNow,
    /// The credential is valid and not allowed to do this.
    PermissionDenied = "permission_denied" => SignIn,
    /// No credential, or one that the server refuses.
    SignInNeeded = "sign_in_needed" => SignIn,
    /// The keychain is there and locked.
    KeychainLocked = "keychain_locked" => SignIn,
    /// There is no keychain service.
    KeychainMissing = "keychain_missing" => SignIn,
    /// The server failed several times in a row in a way that is not a matter of waiting.
    ServerFailed = "server_failed" => RetryAfter,
    /// The server's answer makes no sense as an answer of this API.
    AnswerUnreadable = "answer_unreadable" => RetryAfter,
    /// The workspace cannot be asked whether a video arrived, so nothing may be sent.
    LookupImpossible = "lookup_impossible" => SignIn,
    /// The server took one chunk for the whole file and made a video of it.
    PieceTakenAsWhole = "piece_taken_as_whole" => Settle,
    /// The server took one chunk for the whole file, and put it in the place of the video's.
    PieceReplacedFile = "piece_replaced_file" => Settle,
    /// A replacement's answer was lost, and the video is not as it was: probably by it, and only a person can tell.
    ProbablyReplaced = "probably_replaced" => Settle,
    /// The last piece was sent and what became of it cannot be found out.
    OutcomeUnknown = "outcome_unknown" => Settle,
    /// A follow-up (publishing, details) was refused; the video itself is stored.
    FollowUpRefused = "follow_up_refused" => RetryNow,
    /// The workspace address is not one.
    WorkspaceInvalid = "workspace_invalid" => FixSettings,
    /// Plain HTTP to another machine.
    WorkspaceNotEncrypted = "workspace_not_encrypted" => FixSettings,
    /// The workspace is not known here.
    WorkspaceUnknown = "workspace_unknown" => SignIn,
    /// The workspace cannot be reached right now.
    WorkspaceUnreachable = "workspace_unreachable" => WaitForNetwork,
    /// There is no such name. Perhaps mistyped, perhaps a name service that knows only its own network.
    WorkspaceNameUnknown = "workspace_name_unknown" => WaitForNetwork,
    /// The proxy on the way cannot be reached, or says nothing.
    ProxyUnreachable = "proxy_unreachable" => WaitForNetwork,
    /// The proxy wants a name and a password, or others than those that it was given.
    ProxySignInNeeded = "proxy_sign_in_needed" => FixSettings,
    /// The proxy does not let us through, or does not get through itself.
    ProxyRefused = "proxy_refused" => WaitForNetwork,
    /// What was given as a proxy is no address of one.
    ProxyInvalid = "proxy_invalid" => FixSettings,
    /// The workspace asks for time, or is failing at its gate.
    WorkspaceBusy = "workspace_busy" => RetryAfter,
    /// Something between here and the workspace answers in its place.
    NetworkPortal = "network_portal" => WaitForNetwork,
    /// A certificate on the way to the workspace is past its end.
    CertificateExpired = "certificate_expired" => WaitForNetwork,
    /// A certificate on the way to the workspace is not valid yet; a wrong clock looks the same.
    CertificateNotYetValid = "certificate_not_yet_valid" => WaitForNetwork,
    /// The certificate is for other names: a portal, or a mistyped address.
    CertificateWrongHost = "certificate_wrong_host" => WaitForNetwork,
    /// No authority that is trusted here vouches for the certificate.
    CertificateUnknownIssuer = "certificate_unknown_issuer" => FixSettings,
    /// The certificate is revoked, or broken in some other way.
    CertificateRefused = "certificate_refused" => WaitForNetwork,
    /// The extra certificate authority cannot be used.
    CertificateFileInvalid = "certificate_file_invalid" => FixSettings,
    /// Another Slipway owns the data folder.
    DataFolderBusy = "data_folder_busy" => FixSettings,
    /// The data folder was written by a newer Slipway.
    DataFolderNewer = "data_folder_newer" => FixSettings,
    /// The queue's database is damaged; it was set aside.
    DataFolderDamaged = "data_folder_damaged" => FixSettings,
    /// The data folder cannot be written: full, read-only, or gone.
    DataFolderUnwritable = "data_folder_unwritable" => FixSettings,
    /// The journal of an item contradicts itself.
    JournalInconsistent = "journal_inconsistent" => Settle,
    /// No such item in the queue.
    ItemUnknown = "item_unknown" => FixSettings,
    /// The item is not in a state in which this can be done.
    NotPossibleNow = "not_possible_now" => FixSettings,
}

/// One failure, ready to be stored, shown and branched on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What went wrong.
    pub code: Code,
    /// The particular: a path, the server's own words, a name. Masked before it gets here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What the texts name in braces. Made fit for a screen before it gets here.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, String>,
    /// The technical causes, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
}

impl Failure {
    /// A failure without particulars.
    #[must_use]
    pub fn new(code: Code) -> Self {
        Self { code, detail: None, facts: BTreeMap::new(), causes: Vec::new() }
    }

    /// Adds the particular.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds what the texts name `{name}`.
    #[must_use]
    pub fn fact(mut self, name: &str, value: impl Into<String>) -> Self {
        self.facts.insert(name.to_owned(), value.into());
        self
    }

    /// Adds an error and everything that it says caused it.
    #[must_use]
    pub fn caused_by(mut self, error: &dyn std::error::Error) -> Self {
        let mut next = Some(error);
        while let Some(cause) = next {
            self.causes.push(cause.to_string());
            next = cause.source();
        }
        self
    }

    /// What helps.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        self.code.remedy()
    }

    /// What happened, for people.
    #[must_use]
    pub fn message(&self, language: Language) -> String {
        let text = self.text(language, "message");
        match &self.detail {
            Some(detail) => format!("{text} ({detail})"),
            None => text,
        }
    }

    /// What happens next and what a person can do.
    #[must_use]
    pub fn hint(&self, language: Language) -> String {
        self.text(language, "hint")
    }

    fn text(&self, language: Language, part: &str) -> String {
        let key = format!("failure.{}.{part}", self.code.as_str());
        let mut text = messages::text(language, &key).to_owned();
        for (name, value) in &self.facts {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        text
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Language::En))
    }
}

impl std::error::Error for Failure {}
