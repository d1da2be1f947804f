//! What the vendor's pages leave open, as switches: each field is one question that no page answers,
//! and each value one answer that a client has to survive.
//!
//! Owns the two named sets ([`Profile`]). Never decides anything itself; `chunk.rs`, `redeem.rs` and
//! `list.rs` read it. Next: `fault.rs`, for what goes wrong on one request rather than always.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A named set of [`Switches`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// What the vendor's pages and tools say, where they say anything.
    #[default]
    Documented,
    /// The nastiest combination that the pages allow and that an upload can still survive.
    Hostile,
}

/// The body of the answer to the request that completes a file, when no `return_url` was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CompletingBody {
    /// The bare id, `4711`.
    Number,
    /// `{"status":"ok",…,"data":{"photo_id":…}}`, in the version's own form.
    Envelope,
    /// `{"photo_id":…,"tree_id":…,"token":…}`.
    FlatJson,
    /// The text `ok`, as for any other chunk.
    Ok,
    /// Nothing at all.
    Empty,
    /// `ok <domain> <tree_id> <photo_id> <token> <callback_url>`.
    BackgroundLine,
    /// `<response status="ok">…`.
    Xml,
}

/// When a chunked upload's token is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenChecked {
    /// On every chunk.
    PerChunk,
    /// Only by the request that completes the file, after it has assembled it.
    AtCommit,
}

/// When a chunked upload counts against the token's `max_uploads`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CountSpent {
    /// When the first chunk of an identifier arrives.
    AtFirstChunk,
    /// When the file is complete.
    AtCommit,
}

/// How a file above the size cap is turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SizeCapAnswer {
    /// 500 with the handler's own words, `The file is too large`.
    Text500,
    /// 413 with a proxy's page, judged by the size of the one request rather than of the file.
    Status413,
}

/// What becomes of a replacement that is sent in chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplaceChunks {
    /// They are joined, as those of an upload are.
    Joined,
    /// The chunk fields are overlooked: each piece is taken for the whole file. One that passes for a file of a known
    /// kind takes the video's place; every other is refused.
    EachIsWhole,
}

/// What tells of which kind a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KindBy {
    /// Its first bytes, and its name where they tell nothing.
    Content,
    /// The extension of its name alone.
    Extension,
}

/// Every open question about the live service, answered one way. Durations run on the server's clock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// The completing answer under `/api/2/`.
    pub completing_body: CompletingBody,
    /// The completing answer under `/api/`.
    pub completing_body_v1: CompletingBody,
    /// Status of the plain text that answers an invalid, consumed or expired upload token.
    pub bad_token_status: u16,
    /// That text; the pages give no wording and no way to tell the three cases apart.
    pub bad_token_text: String,
    /// When a chunked upload's token is looked at.
    pub token_checked: TokenChecked,
    /// When a chunked upload counts.
    pub count_spent: CountSpent,
    /// How long an assembly takes before the first piece is joined.
    #[serde(with = "millis")]
    pub assembly_delay: Duration,
    /// Of two assemblies of one identifier, the one that meets a deleted piece answers 500 (true), or carries on
    /// with whatever is there (false).
    pub race_loser_500: bool,
    /// The assembled `.final` stays behind, so that a later upload under the same identifier is glued onto it.
    pub final_survives: bool,
    /// How long a new video stays out of `photo/list`.
    #[serde(with = "millis")]
    pub list_lag: Duration,
    /// Pieces older than this disappear.
    #[serde(with = "maybe_millis")]
    pub chunk_purge_after: Option<Duration>,
    /// Largest file (or, with [`SizeCapAnswer::Status413`], largest request body's file part) in bytes.
    pub size_cap: Option<u64>,
    /// How the cap speaks.
    pub size_cap_answer: SizeCapAnswer,
    /// Status for an expired or unknown bearer token: 401 or 403.
    pub bearer_expiry_status: u16,
    /// Life of the tokens that `user/tokens` hands out.
    #[serde(with = "millis")]
    pub bearer_lifetime: Duration,
    /// Whether a GET probe is answered; otherwise 404 for all.
    pub probe: bool,
    /// Chunks without a bearer are refused.
    pub chunks_need_bearer: bool,
    /// Chunks with an expired or unknown bearer are refused, although none is needed.
    pub chunks_refuse_expired_bearer: bool,
    /// An unauthenticated caller is at level none rather than anonymous.
    pub closed_site: bool,
    /// A bearer counts under `/api/` too, where the pages speak of OAuth only.
    pub bearer_on_v1: bool,
    /// `raw` is overlooked under `/api/`: JSON comes as a script all the same.
    pub v1_ignores_raw: bool,
    /// `/api/` answers XML whatever format was asked for.
    pub v1_always_xml: bool,
    /// An OAuth signature counts under `/api/`.
    pub oauth_on_v1: bool,
    /// It counts under `/api/2/` too.
    pub oauth_on_v2: bool,
    /// How far a signature's timestamp may lie from the server's clock, to either side. Absent: however far.
    #[serde(with = "maybe_millis")]
    pub oauth_window: Option<Duration>,
    /// A nonce that came before with the same keys and timestamp is refused.
    pub oauth_unique_nonces: bool,
    /// `photo/list?upload_token=…` alone shows the token's unpublished videos, without a credential.
    pub unpublished_by_upload_token: bool,
    /// Numbers come as `"1"` and flags as `"t"` in `/api/2/` answers.
    pub loose_types: bool,
    /// Anonymous answers come from a cache up to 30 minutes old unless `time=` is sent.
    pub cache_anonymous: bool,
    /// `get-…-token` answers 405 to POST under `/api/2/`, where the specification lists GET only.
    pub get_token_refuses_post: bool,
    /// `valid_minutes` and `max_uploads` out of bounds are clamped (true) or refused (false).
    pub clamp_bounds: bool,
    /// `user/tokens` names its list `tokens` rather than `sites`.
    pub tokens_key: bool,
    /// Progress is found at `data.progress.all` rather than `data.all`.
    pub progress_nested: bool,
    /// A chunked upload's `original_filename` is its identifier.
    pub identifier_as_filename: bool,
    /// Status of the redirect to a `return_url`: 301 or 302.
    pub callback_status: u16,
    /// How long transcoding takes.
    #[serde(with = "millis")]
    pub transcoding: Duration,
    /// Extensions that the format check turns away on the first and the last chunk.
    pub refused_extensions: Vec<String>,
    /// Subtitles of a locale and type that is there already make a second track rather than take its place.
    pub same_locale_twice: bool,
    /// `photo/redeem-replace-token` exists under `/api/2/`.
    pub redeem_replace_in_v2: bool,
    /// A film replaces a film under `/api/` too. An older page says that only thumbnails and pictures can be.
    pub v1_replaces_videos: bool,
    /// What `photo/replace` and `photo/redeem-replace-token` make of chunks.
    pub replace_chunks: ReplaceChunks,
    /// How a file's kind is told, and with it whether a replacement is a thumbnail.
    pub kind_by: KindBy,
    /// `photo/list` tells an object's `revision`. The specification has the wish for it, and no name for the answer.
    pub list_revision: bool,
    /// A replacement gives the object a new `token`, and so new thumbnail paths.
    pub replace_changes_token: bool,
    /// How long after a replacement lists and transcoding go on telling of what was there before. Then transcoding begins.
    #[serde(with = "millis")]
    pub replacement_lag: Duration,
    /// `photo/frame` draws at all. A workspace, or a key, may have it switched off.
    pub frames: bool,
    /// How many frames it draws in a minute; the one call that the pages call limited. Absent: as many as are asked for.
    pub frames_per_minute: Option<u32>,
    /// Pictures are found at this origin: their paths here lead there.
    pub pictures_elsewhere: Option<String>,
    /// Pictures want a bearer of the level read, although their paths are hard to guess.
    pub pictures_need_bearer: bool,
    /// The SHA-256 of a stored file is computed. Off, a benchmark measures the client and not this.
    pub hash_stored: bool,
    /// In sink mode, the SHA-256 of each chunk is computed as it arrives.
    pub hash_sunk: bool,
}

impl Switches {
    /// The set that a profile stands for.
    pub fn of(profile: Profile) -> Self {
        match profile {
            Profile::Documented => Self::documented(),
            Profile::Hostile => Self::hostile(),
        }
    }

    /// What the vendor's pages and tools say, where they say anything.
    pub fn documented() -> Self {
        Self {
            completing_body: CompletingBody::Number,
            completing_body_v1: CompletingBody::Ok,
            bad_token_status: 400,
            bad_token_text: "The upload token is invalid, consumed or expired".to_owned(),
            token_checked: TokenChecked::PerChunk,
            count_spent: CountSpent::AtCommit,
            assembly_delay: Duration::ZERO,
            race_loser_500: true,
            final_survives: false,
            list_lag: Duration::ZERO,
            chunk_purge_after: None,
            size_cap: None,
            size_cap_answer: SizeCapAnswer::Text500,
            bearer_expiry_status: 401,
            bearer_lifetime: Duration::from_hours(1),
            probe: true,
            chunks_need_bearer: false,
            chunks_refuse_expired_bearer: false,
            closed_site: false,
            bearer_on_v1: true,
            v1_ignores_raw: false,
            v1_always_xml: false,
            oauth_on_v1: true,
            oauth_on_v2: true,
            oauth_window: None,
            oauth_unique_nonces: false,
            unpublished_by_upload_token: false,
            loose_types: false,
            cache_anonymous: true,
            get_token_refuses_post: false,
            clamp_bounds: true,
            tokens_key: false,
            progress_nested: false,
            identifier_as_filename: false,
            callback_status: 301,
            transcoding: Duration::from_secs(10),
            refused_extensions: vec!["exe".to_owned(), "txt".to_owned()],
            same_locale_twice: false,
            redeem_replace_in_v2: true,
            v1_replaces_videos: true,
            replace_chunks: ReplaceChunks::Joined,
            kind_by: KindBy::Content,
            list_revision: true,
            replace_changes_token: false,
            replacement_lag: Duration::ZERO,
            frames: true,
            frames_per_minute: Some(60),
            pictures_elsewhere: None,
            pictures_need_bearer: false,
            hash_stored: true,
            hash_sunk: false,
        }
    }

    /// The nastiest answers to the open questions under which an upload can still succeed.
    pub fn hostile() -> Self {
        Self {
            completing_body: CompletingBody::Ok,
            completing_body_v1: CompletingBody::Empty,
            bad_token_status: 200,
            bad_token_text: "Invalid token".to_owned(),
            token_checked: TokenChecked::AtCommit,
            assembly_delay: Duration::from_millis(300),
            final_survives: true,
            list_lag: Duration::from_millis(1500),
            bearer_expiry_status: 403,
            bearer_lifetime: Duration::from_mins(15),
            probe: false,
            chunks_refuse_expired_bearer: true,
            closed_site: true,
            oauth_window: Some(Duration::from_mins(5)),
            oauth_unique_nonces: true,
            loose_types: true,
            get_token_refuses_post: true,
            clamp_bounds: false,
            tokens_key: true,
            progress_nested: true,
            identifier_as_filename: true,
            replace_changes_token: true,
            list_revision: false,
            frames_per_minute: Some(12),
            callback_status: 302,
            ..Self::documented()
        }
    }
}

impl Default for Switches {
    fn default() -> Self {
        Self::documented()
    }
}

/// Durations as whole milliseconds on the wire.
pub(crate) mod millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(value: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(u64::try_from(value.as_millis()).unwrap_or(u64::MAX))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        u64::deserialize(from).map(Duration::from_millis)
    }
}

/// The same for a duration that may be absent.
pub(crate) mod maybe_millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(clippy::ref_option, reason = "serde's `with` hands the field over by reference")]
    pub(crate) fn serialize<S: Serializer>(value: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
        value.map(|duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<u64>::deserialize(from)?.map(Duration::from_millis))
    }
}
