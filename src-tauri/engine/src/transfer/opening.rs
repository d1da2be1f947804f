//! Before the first byte: the token and the plan; and, for a session that was begun before, what of it still stands.

use super::{Stop, Transfer};
use crate::failure::{Code, Failure};
use crate::hooks::{CrashPoint, reach};
use crate::item::{
    ChunkHash, Endpoint, Event, GrantedToken, Identifier, Replacement, Session, Spent, Stage, Stamp, TokenId,
};
use crate::plan::{ChunkLimits, Plan};
use crate::source::{self, Sameness};
use crate::store::NewToken;
use crate::workspace::ApiVersion;
use std::collections::BTreeMap;
use tokio::task::JoinSet;

/// Probes on the way at once: they are empty questions.
const PROBES: usize = 8;

impl Transfer {
    /// Token and plan: the session.
    pub(super) async fn open(&mut self) -> Result<(), Stop> {
        self.check_that_it_can_be_recorded().await?;
        self.check_source().await?;
        let version = self.version().await?;
        if version == ApiVersion::V1
            && let Some(what) = self.item.beyond_version_1()
        {
            return Err(Stop::Failed(Failure::new(Code::NotWithApi1).detail(what)));
        }
        let mut endpoint = Endpoint::of_uploads(version);
        if let Some(replacement) = self.item.replaces {
            self.check_target(replacement).await?;
            endpoint = Endpoint::of_replacements(version);
        }
        let plan = self.plan(self.yard.limits)?;
        reach(CrashPoint::BeforeToken);
        let (granted, token) = self.grant().await?;
        let session = Session::open(granted, Identifier::random(), plan, endpoint);
        self.note(format!("{} bytes in {} chunk(s)", plan.total(), plan.count()));
        self.record_with_token(Event::SessionOpened(session), token).await?;
        reach(CrashPoint::AfterToken);
        self.resumed = false;
        self.quiet_from = None;
        Ok(())
    }

    /// How the file is to be cut.
    pub(super) fn plan(&self, limits: ChunkLimits) -> Result<Plan, Stop> {
        let plan = match self.item.replaces {
            Some(_) => self.plan_of_replacement(limits),
            None => Plan::for_size(self.item.stamp.size, self.limits_of_the_line(limits)),
        };
        plan.ok_or_else(|| Stop::Failed(Failure::new(Code::SourceEmpty)))
    }

    /// Limits as they are right for the line of late.
    fn limits_of_the_line(&self, limits: ChunkLimits) -> ChunkLimits {
        self.yard.line.gauge.each().map_or(limits, |speed| limits.at_speed(speed))
    }

    /// Asks for a token: for a new video with the newest details, or to replace one that is there.
    pub(super) async fn grant(&mut self) -> Result<(GrantedToken, NewToken), Stop> {
        let granted = if let Some(Replacement { video, .. }) = self.item.replaces {
            self.exchange("replace token", |api, pass| async move { api.get_replace_token(video, &pass).await }).await?
        } else {
            let worded = self.wording().await?;
            let wording = worded.as_sent();
            self.exchange("upload token", |api, pass| async move { api.get_upload_token(wording, &pass).await }).await?
        };
        let mut bits = [0u8; 8];
        getrandom::fill(&mut bits)
            .map_err(|error| Stop::Unrecordable(Failure::new(Code::DataFolderUnwritable).detail(error.to_string())))?;
        let id = TokenId(i64::from_le_bytes(bits) & i64::MAX);
        let token = GrantedToken { id, valid_until: granted.valid_until, details_version: self.item.details_version };
        Ok((token, NewToken { id, text: granted.text }))
    }

    /// The item's details may have been edited since it was loaded.
    pub(super) async fn refresh_details(&mut self) -> Result<(), Stop> {
        if let Some(now) = self.yard.store.item(self.item.id).await? {
            self.item.details = now.details;
            self.item.details_version = now.details_version;
            self.item.publish = now.publish;
            self.item.companions = now.companions;
        }
        Ok(())
    }

    /// The source against its stamp, before anything of it is sent. A file that lies elsewhere now (a remounted drive, a
    /// copy with its times kept) must have the very bytes that were acknowledged.
    pub(super) async fn check_source(&self) -> Result<(), Stop> {
        let sameness =
            source::compare_off_thread(&self.item.source, &self.item.stamp).await.map_err(Stop::for_source)?;
        let acknowledged = match self.stage.session() {
            Some(session) if sameness == Sameness::Elsewhere => session.acknowledged().clone(),
            _ => return Ok(()),
        };
        let plan = self.stage.session().map(Session::plan);
        let (path, stamp) = (self.item.source.clone(), self.item.stamp.clone());
        let compare = move || compare_hashes(&path, &stamp, plan, &acknowledged);
        source::off_thread(compare).await.map_err(Stop::for_source)
    }

    /// Makes a session fit to go on with: one that may not be used any more is started over, a resumed one is looked up
    /// and probed, a token near its end is replaced.
    pub(super) async fn reconcile(&mut self) -> Result<(), Stop> {
        let Stage::Uploading(session) = &self.stage else { return Ok(()) };
        if let Some(why) = session.spent_by() {
            return match (why, session.committed_at()) {
                (Spent::SourceChanged, Some(_)) if self.item.replaces.is_none() => {
                    self.token_refused_after_commit("the file changed after a commit".to_owned()).await
                }
                _ => self.start_over_with_new_token().await,
            };
        }
        if std::mem::take(&mut self.resumed) {
            self.note("resuming".to_owned());
            if self.item.replaces.is_some() {
                self.check_that_nothing_changed().await?;
                return self.replace_ending_token().await;
            }
            if self.look_before_sending().await? {
                return Ok(());
            }
            self.withdraw_lost_chunks().await?;
        }
        self.replace_ending_token().await
    }

    /// Everything again under a new identifier, with the token at hand and at the same place unless told otherwise.
    pub(super) async fn start_over(
        &mut self,
        plan: Plan,
        token: Option<(GrantedToken, NewToken)>,
        endpoint: Option<Endpoint>,
    ) -> Result<(), Stop> {
        let Some(session) = self.stage.session() else { return Ok(()) };
        let endpoint = endpoint.unwrap_or(session.endpoint());
        let identifier = Identifier::random();
        match token {
            Some((granted, token)) => {
                let event = Event::StartedOver { token: Some(granted), identifier, plan, endpoint };
                self.record_with_token(event, token).await?;
            }
            None => self.record(Event::StartedOver { token: None, identifier, plan, endpoint }).await?,
        }
        self.quiet_from = None;
        Ok(())
    }

    /// Everything again under a new identifier and a new token. Only where a person asked for it, or nothing was ever
    /// committed.
    pub(super) async fn start_over_with_new_token(&mut self) -> Result<(), Stop> {
        let plan = self.plan_again()?;
        let granted = self.grant().await?;
        self.start_over(plan, Some(granted), None).await
    }

    /// A token that ends soon is replaced while that is safe: before any commit. The chunks are filed under the
    /// identifier, so the new token continues them.
    pub(super) async fn replace_ending_token(&mut self) -> Result<(), Stop> {
        let Stage::Uploading(session) = &self.stage else { return Ok(()) };
        let timing = &self.yard.timing;
        let margin = timing.token_margin.max(timing.commit_wait(self.item.stamp.size)).as_secs() as i64;
        if session.committed_at().is_none() && session.token().valid_until - self.site.api.server_now() < margin {
            self.note("the upload token ends soon: asking for another".to_owned());
            self.replace_token().await?;
        }
        Ok(())
    }

    /// Another token for the same identifier.
    pub(super) async fn replace_token(&mut self) -> Result<(), Stop> {
        let (granted, token) = self.grant().await?;
        self.record_with_token(Event::TokenReplaced(granted), token).await
    }

    /// Takes back acknowledgements of chunks that the server does not have any more. The journal leads: a probe's "no"
    /// means something only where probing has said "yes" in this very session.
    async fn withdraw_lost_chunks(&mut self) -> Result<(), Stop> {
        let Stage::Uploading(session) = &self.stage else { return Ok(()) };
        let (plan, endpoint) = (session.plan(), session.endpoint());
        let numbers: Vec<u32> = session.acknowledged().keys().copied().filter(|it| plan.probe_can_tell(*it)).collect();
        let identifier = session.identifier().clone();
        let mut probes = JoinSet::new();
        let mut waiting = numbers.into_iter();
        let mut present = 0;
        let mut absent = Vec::new();
        loop {
            while probes.len() < PROBES
                && let Some(number) = waiting.next()
            {
                let (site, identifier) = (std::sync::Arc::clone(&self.site), identifier.clone());
                probes.spawn(async move { (number, site.api.probe_chunk(endpoint, &identifier, plan, number).await) });
            }
            match probes.join_next().await {
                Some(Ok((_, Some(true)))) => present += 1,
                Some(Ok((number, Some(false)))) => absent.push(number),
                Some(_) => {}
                None => break,
            }
        }
        if present > 0 {
            for number in absent {
                self.note(format!("chunk {number} is gone from the server: sending it again"));
                self.record(Event::ChunkWithdrawn { number }).await?;
            }
        }
        Ok(())
    }
}

fn compare_hashes(
    path: &std::path::Path,
    stamp: &Stamp,
    plan: Option<Plan>,
    acknowledged: &BTreeMap<u32, ChunkHash>,
) -> Result<(), Failure> {
    let Some(plan) = plan else { return Ok(()) };
    for (number, hash) in acknowledged {
        if source::hash_span(path, stamp, plan.span(*number))? != *hash {
            return Err(Failure::new(Code::SourceChanged).detail(path.display().to_string()));
        }
    }
    Ok(())
}
