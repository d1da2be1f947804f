//! A session: the tokens, the identifier, the plan and what the server has acknowledged. Its own transitions are here;
//! those between stages are in `item.rs`.

use super::{Baseline, Event, Proof};
use crate::plan::Plan;
use crate::workspace::ApiVersion;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The row under which an upload token's text is kept; the text itself stays out of events and is wiped when the item
/// is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TokenId(pub i64);

/// An upload token, as far as it may be written down anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantedToken {
    /// Where its text is.
    pub id: TokenId,
    /// Its end by the server's clock, in epoch seconds.
    pub valid_until: i64,
    /// The version of the details that it was asked for with.
    pub details_version: u32,
}

/// 128 random bits in hexadecimal: what the server files the chunks under, for every workspace at once. Never derived
/// from a name, and never used for a second plan.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Identifier(String);

impl Identifier {
    /// A fresh identifier.
    ///
    /// # Panics
    /// When the operating system has no randomness to give.
    #[must_use]
    pub fn random() -> Self {
        let mut bits = [0u8; 16];
        getrandom::fill(&mut bits).expect("the operating system's random source works");
        Self(format!("{:032x}", u128::from_be_bytes(bits)))
    }

    /// The 32 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// BLAKE3 of a chunk's bytes, in hexadecimal: re-sent bytes must match it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChunkHash(pub String);

/// Where the chunks go. One for a whole session: chunks are filed under what the call is called, for all that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// `/api/2/photo/redeem-upload-token`.
    RedeemUploadV2,
    /// `/api/photo/redeem-upload-token`.
    RedeemUploadV1,
    /// `/api/2/photo/replace`, which is what the vendor's own tool calls.
    ReplaceV2,
    /// `/api/2/photo/redeem-replace-token`: not in the published specification, used by the vendor's notes.
    RedeemReplaceV2,
    /// `/api/photo/redeem-replace-token`.
    RedeemReplaceV1,
}

impl Endpoint {
    /// Where new files go.
    #[must_use]
    pub fn of_uploads(version: ApiVersion) -> Self {
        match version {
            ApiVersion::V1 => Self::RedeemUploadV1,
            ApiVersion::V2 => Self::RedeemUploadV2,
        }
    }

    /// Where replacements go.
    #[must_use]
    pub fn of_replacements(version: ApiVersion) -> Self {
        match version {
            ApiVersion::V1 => Self::RedeemReplaceV1,
            ApiVersion::V2 => Self::ReplaceV2,
        }
    }

    /// Its path below the workspace's origin.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::RedeemUploadV2 => "/api/2/photo/redeem-upload-token",
            Self::RedeemUploadV1 => "/api/photo/redeem-upload-token",
            Self::ReplaceV2 => "/api/2/photo/replace",
            Self::RedeemReplaceV2 => "/api/2/photo/redeem-replace-token",
            Self::RedeemReplaceV1 => "/api/photo/redeem-replace-token",
        }
    }

    /// The field that carries the token.
    #[must_use]
    pub fn token_field(self) -> &'static str {
        match self {
            Self::RedeemUploadV2 | Self::RedeemUploadV1 => "upload_token",
            Self::ReplaceV2 | Self::RedeemReplaceV2 | Self::RedeemReplaceV1 => "replace_token",
        }
    }

    /// Whether it puts something in place of what is there.
    #[must_use]
    pub fn replaces(self) -> bool {
        self.token_field() == "replace_token"
    }

    /// Where else to try when the server says that there is no such call.
    #[must_use]
    pub fn instead(self) -> Option<Self> {
        match self {
            Self::ReplaceV2 => Some(Self::RedeemReplaceV2),
            _ => None,
        }
    }
}

/// Why an identifier may not be used any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spent {
    /// A person said that nothing arrived: sending again needs no further proof.
    PersonSaysSendAgain,
    /// The file is another one now. Whether the old one arrived is as open as it was.
    SourceChanged,
}

/// One attempt to bring a file to the server: what is true about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Every token that the item ever had; the last is the one in use. Never empty.
    tokens: Vec<GrantedToken>,
    identifier: Identifier,
    plan: Plan,
    endpoint: Endpoint,
    acknowledged: BTreeMap<u32, ChunkHash>,
    details_version: u32,
    /// Server time of the first commit under any identifier.
    committed_at: Option<i64>,
    /// How many times everything was sent again by itself, after a commit.
    restarts: u32,
    /// Why this identifier may not be used any more, if so.
    spent: Option<Spent>,
    /// So many of the first tokens stand for nothing any more: a person looked, and said to send again.
    dismissed: usize,
    /// So many of the first tokens were used for the file as it was before it changed.
    earlier_cut: usize,
    /// Of a replacement: how the video looked before the first piece, and then before the commit.
    baseline: Option<Baseline>,
    in_one_piece: bool,
}

impl Session {
    /// A fresh session.
    #[must_use]
    pub fn open(token: GrantedToken, identifier: Identifier, plan: Plan, endpoint: Endpoint) -> Self {
        Self {
            tokens: vec![token],
            identifier,
            plan,
            endpoint,
            acknowledged: BTreeMap::new(),
            details_version: token.details_version,
            committed_at: None,
            restarts: 0,
            spent: None,
            dismissed: 0,
            earlier_cut: 0,
            baseline: None,
            in_one_piece: false,
        }
    }

    /// Every token, oldest first.
    #[must_use]
    pub fn tokens(&self) -> &[GrantedToken] {
        &self.tokens
    }

    /// The tokens under which a video can be the file as it is now.
    #[must_use]
    pub fn own_tokens(&self) -> &[GrantedToken] {
        &self.tokens[self.dismissed.max(self.earlier_cut)..]
    }

    /// The tokens under which an earlier cut of the file may have arrived.
    #[must_use]
    pub fn earlier_tokens(&self) -> &[GrantedToken] {
        &self.tokens[self.dismissed..self.earlier_cut.max(self.dismissed)]
    }

    /// The token in use.
    ///
    /// # Panics
    /// Never: a session is opened with a token and none is taken away.
    #[must_use]
    pub fn token(&self) -> GrantedToken {
        *self.tokens.last().expect("a session is opened with a token and none is ever taken away")
    }

    /// What the chunks are filed under.
    #[must_use]
    pub fn identifier(&self) -> &Identifier {
        &self.identifier
    }

    /// How the file is cut.
    #[must_use]
    pub fn plan(&self) -> Plan {
        self.plan
    }

    /// Where the chunks go.
    #[must_use]
    pub fn endpoint(&self) -> Endpoint {
        self.endpoint
    }

    /// The acknowledged chunks with their hashes.
    #[must_use]
    pub fn acknowledged(&self) -> &BTreeMap<u32, ChunkHash> {
        &self.acknowledged
    }

    /// Acknowledged bytes.
    #[must_use]
    pub fn acknowledged_bytes(&self) -> u64 {
        self.acknowledged.keys().map(|number| self.plan.span(*number).len).sum()
    }

    /// Ordinary chunks that are still to be sent, in order.
    #[must_use]
    pub fn missing(&self) -> Vec<u32> {
        self.plan.ordinary_chunks().filter(|number| !self.acknowledged.contains_key(number)).collect()
    }

    /// The chunk that goes alone before all others. Of an upload the first, on which the format is checked: a refused
    /// file costs one chunk. Of a replacement one from the middle: a server that takes a piece for the whole file, which
    /// nobody has ruled out, finds no video in it.
    #[must_use]
    pub fn scout(&self) -> u32 {
        if self.endpoint.replaces() { self.plan.middle_chunk() } else { 1 }
    }

    /// How the video looked that is being replaced, at the last time that mattered.
    #[must_use]
    pub fn baseline(&self) -> Option<&Baseline> {
        self.baseline.as_ref()
    }

    /// Whether the server has shown that it does not take this in pieces.
    #[must_use]
    pub fn goes_in_one_piece(&self) -> bool {
        self.in_one_piece
    }

    /// The version of the details that the server has.
    #[must_use]
    pub fn details_version(&self) -> u32 {
        self.details_version
    }

    /// Server time of the first commit, in epoch seconds.
    #[must_use]
    pub fn committed_at(&self) -> Option<i64> {
        self.committed_at
    }

    /// How many times everything was sent again.
    #[must_use]
    pub fn restarts(&self) -> u32 {
        self.restarts
    }

    /// Whether this identifier may not be used any more.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.spent.is_some()
    }

    /// As [`Self::open`] makes it, with nothing done yet.
    pub(super) fn is_fresh(&self) -> bool {
        matches!(self.tokens[..], [token]
            if *self == Self::open(token, self.identifier.clone(), self.plan, self.endpoint))
    }

    /// Why, if so.
    #[must_use]
    pub fn spent_by(&self) -> Option<Spent> {
        self.spent
    }

    pub(super) fn spent(mut self, why: Spent) -> Self {
        self.spent = Some(why);
        match why {
            Spent::PersonSaysSendAgain => self.dismissed = self.tokens.len(),
            Spent::SourceChanged => self.earlier_cut = self.tokens.len(),
        }
        self
    }

    /// From now on everything goes as one piece, whatever its size.
    pub(super) fn in_one_piece(mut self) -> Self {
        self.in_one_piece = true;
        self
    }

    /// The commit may be sent only when all other chunks are acknowledged, and what it will do can be noticed.
    pub(super) fn committing(mut self, proof: Proof, at: i64) -> Option<Self> {
        if self.is_spent() || !self.missing().is_empty() {
            return None;
        }
        match proof {
            Proof::Zero { .. } if !self.endpoint.replaces() => {}
            Proof::Baseline(baseline) if self.endpoint.replaces() => self.baseline = Some(baseline),
            Proof::Zero { .. } | Proof::Baseline(_) => return None,
        }
        self.committed_at.get_or_insert(at);
        Some(self)
    }

    pub(super) fn next(mut self, event: Event) -> Option<Self> {
        match event {
            Event::ChunkAcknowledged { number, hash } => {
                let ordinary = (1..=self.plan.count()).contains(&number) && number != self.plan.commit_chunk();
                if !ordinary || self.is_spent() || self.acknowledged.insert(number, hash).is_some() {
                    return None;
                }
            }
            Event::ChunkWithdrawn { number } => {
                self.acknowledged.remove(&number)?;
            }
            Event::BaselineTaken(baseline) if self.endpoint.replaces() => self.baseline = Some(baseline),
            Event::DetailsAcknowledged { version } => self.details_version = version,
            Event::TokenReplaced(token) => {
                self.details_version = token.details_version;
                self.tokens.push(token);
            }
            Event::StartedOver { token, identifier, plan, endpoint } => {
                if identifier == self.identifier || endpoint.replaces() != self.endpoint.replaces() {
                    return None;
                }
                // The same file in one piece that had several: they were not taken.
                self.in_one_piece |= endpoint.replaces()
                    && self.plan.count() > 1
                    && plan.count() == 1
                    && plan.total() == self.plan.total();
                self.endpoint = endpoint;
                if let Some(token) = token {
                    self.details_version = token.details_version;
                    self.tokens.push(token);
                }
                self.identifier = identifier;
                self.plan = plan;
                self.acknowledged.clear();
                self.restarts = match self.spent {
                    // Counted anew: this time it was not by itself.
                    Some(Spent::PersonSaysSendAgain) => 0,
                    // Cutting a file differently before anything was committed is no swallowed file.
                    _ if self.committed_at.is_none() => self.restarts,
                    _ => self.restarts + 1,
                };
                self.spent = None;
            }
            _ => return None,
        }
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::{Code, Failure};
    use crate::item::{SettleAnswer, Stage};
    use crate::plan::ChunkLimits;

    fn token(id: i64) -> GrantedToken {
        GrantedToken { id: TokenId(id), valid_until: 2_000_000_000, details_version: 1 }
    }

    fn sent_again_after(word: Event) -> Session {
        let plan = Plan::for_size(100, ChunkLimits::default()).unwrap();
        let first = Session::open(token(1), Identifier::random(), plan, Endpoint::RedeemUploadV2);
        let again = Event::StartedOver {
            token: None,
            identifier: Identifier::random(),
            plan,
            endpoint: Endpoint::RedeemUploadV2,
        };
        let with_another_token = Event::StartedOver {
            token: Some(token(2)),
            identifier: Identifier::random(),
            plan,
            endpoint: Endpoint::RedeemUploadV2,
        };
        let story = [
            Event::SessionOpened(first),
            Event::CommitSent { proof: Proof::Zero { seen_at: 1 }, sent_at: 2 },
            again,
            Event::Failed(Failure::new(Code::SourceChanged)),
            word,
            with_another_token,
        ];
        Stage::replay(story).unwrap().session().unwrap().clone()
    }

    #[test]
    fn what_arrives_under_the_token_of_an_earlier_cut_is_not_the_file_as_it_is_now() {
        let session = sent_again_after(Event::SourceRenewed);
        assert_eq!((session.earlier_tokens(), session.own_tokens()), ([token(1)].as_slice(), [token(2)].as_slice()));
    }

    #[test]
    fn a_token_that_a_person_has_done_with_is_asked_no_more() {
        let session = sent_again_after(Event::Settled(SettleAnswer::SendAgain));
        assert_eq!((session.earlier_tokens(), session.own_tokens()), ([].as_slice(), [token(2)].as_slice()));
    }
}
