//! The library: what a workspace has, page by page, as it is now or as it was last seen. Its pictures are in
//! `library/pictures.rs`, edits in `library/editing.rs`, and which pictures are for which videos in `library/matching.rs`.

mod editing;
mod matching;
mod pictures;

use crate::rig::{Making, PROFILES, Rig, SMALL, VERSIONS, play};
use slipway_engine::failure::Code;
use slipway_engine::item::FileKind;
use slipway_engine::workspace::ApiVersion;
use slipway_engine::{LibraryVideo, Show, VideoPage, VideoQuery};
use slipway_sandbox::{Kind, Profile, Switches, VideoRecord};

/// In the workspace from the start.
const STOCK: u32 = 60;

impl Rig {
    async fn stocked(version: ApiVersion, profile: Profile) -> Self {
        Making::of(Switches::of(profile)).speaking(version).stocked(STOCK).start().await
    }

    async fn page(&self, query: VideoQuery) -> VideoPage {
        self.engine().videos(self.origin(), query).await.unwrap()
    }

    /// What the workspace itself holds of this, newest first.
    fn held(&self, wanted: impl Fn(&VideoRecord) -> bool) -> Vec<u64> {
        let mut held: Vec<_> = self.sandbox().videos().into_iter().filter(wanted).collect();
        held.sort_by_key(|video| std::cmp::Reverse(video.created_ms));
        held.into_iter().map(|video| video.photo_id).collect()
    }
}

fn ids(page: &VideoPage) -> Vec<u64> {
    page.videos.iter().map(|video| video.id).collect()
}

fn searching(search: &str) -> VideoQuery {
    VideoQuery { search: search.to_owned(), ..VideoQuery::default() }
}

fn showing(show: Show) -> VideoQuery {
    VideoQuery { show, ..VideoQuery::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_videos_come_page_by_page_the_newest_first() {
    let both = PROFILES.into_iter().flat_map(|profile| VERSIONS.map(|version| (profile, version)));
    play(both, |(profile, version)| async move {
        let rig = Rig::stocked(version, profile).await;
        let mut seen = Vec::new();
        for page in 1..=4 {
            let page = rig.page(VideoQuery { page, size: 25, ..VideoQuery::default() }).await;
            assert_eq!((page.total, page.size, &page.trouble), (u64::from(STOCK), 25, &None), "{}", rig.story());
            seen.extend(ids(&page));
        }
        assert_eq!(seen, rig.held(|_| true), "{profile:?} {version:?}: each once");
        rig.assert_spoken_in("the library", version);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_of_a_video_is_what_the_workspace_holds() {
    let both = PROFILES.into_iter().flat_map(|profile| VERSIONS.map(|version| (profile, version)));
    play(both, |(profile, version)| async move {
        let rig = Rig::stocked(version, profile).await;
        let what = format!("{profile:?} {version:?}");
        let page = rig.page(VideoQuery::default()).await;
        let categories = rig.engine().categories(rig.origin()).await.unwrap();
        for record in rig.sandbox().videos() {
            let video = page.videos.iter().find(|it| it.id == record.photo_id).unwrap();
            assert_eq!((&video.title, &video.tags), (&record.title, &record.tags), "{what}");
            assert_eq!(video.description, record.description, "{what}");
            assert_eq!((video.published, video.publish_at, video.playable), (record.published, None, true), "{what}");
            let kind = match record.kind {
                Kind::Video => FileKind::Video,
                Kind::Audio => FileKind::Audio,
                Kind::Image => FileKind::Image,
            };
            assert_eq!((video.kind, video.length_s.is_some()), (kind, kind != FileKind::Image), "{what}");
            let named = |id: &u64| categories.iter().find(|it| it.id == *id).unwrap().name.clone();
            assert_eq!(video.categories, record.album_ids.iter().map(named).collect::<Vec<_>>(), "{what}");
            assert_eq!(video.uploaded_at, Some(record.created_ms / 1000), "{what}");
            assert_eq!(video.admin_url, rig.origin().manage_page(record.photo_id));
            assert_eq!(rig.engine().video(rig.origin(), video.id).await.unwrap(), *video, "{what}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_and_each_filter_show_what_they_are_for() {
    play(PROFILES, |profile| async move {
        let rig = Rig::stocked(ApiVersion::V2, profile).await;
        let category = rig.engine().categories(rig.origin()).await.unwrap().into_iter().find(|it| it.name == "Talks");
        let category = category.unwrap().id;
        let own = rig.sandbox().videos().iter().map(|it| it.user_id).max().unwrap();
        for (query, held) in [
            (searching("town HALL"), rig.held(|it| it.title.starts_with("Town hall"))),
            (searching("københavn"), rig.held(|it| it.title.contains("København"))),
            (showing(Show::Drafts), rig.held(|it| !it.published)),
            (showing(Show::Published), rig.held(|it| it.published)),
            (showing(Show::Mine), rig.held(|it| it.user_id == own)),
            (
                VideoQuery { category: Some("talks".to_owned()), ..searching("for") },
                rig.held(|it| it.album_ids.contains(&category)),
            ),
            (searching("nothing is called so"), Vec::new()),
        ] {
            let page = rig.page(query.clone()).await;
            assert_eq!((ids(&page), page.total), (held.clone(), held.len() as u64), "{profile:?} {query:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn version_1_is_asked_for_what_it_can_tell_and_the_rest_is_refused_by_name() {
    let rig = Rig::stocked(ApiVersion::V1, Profile::Documented).await;
    let page = rig.page(showing(Show::Published)).await;
    assert_eq!(ids(&page), rig.held(|it| it.published));
    for show in [Show::Drafts, Show::Mine] {
        let refused = rig.engine().videos(rig.origin(), showing(show)).await.unwrap_err();
        assert_eq!(refused.code, Code::NotWithApi1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_workspace_the_same_questions_are_answered_from_what_was_last_seen() {
    let mut rig = Making::of(Switches::documented())
        .stocked(STOCK)
        .timed(|timing| timing.categories = std::time::Duration::ZERO)
        .start()
        .await;
    let questions = [
        VideoQuery { size: 20, page: 2, ..VideoQuery::default() },
        searching("town hall"),
        showing(Show::Drafts),
        showing(Show::Published),
        showing(Show::Mine),
        VideoQuery { category: Some("Talks".to_owned()), ..VideoQuery::default() },
    ];
    let all = rig.page(VideoQuery::default()).await;
    let mut fresh = Vec::new();
    for question in &questions {
        fresh.push(rig.page(question.clone()).await);
    }
    // Another process: what was seen is on the disk.
    rig.restart().await;
    rig.close_workspace().await;
    let last = fresh.last().unwrap().as_of;
    for (question, fresh) in questions.into_iter().zip(fresh) {
        let known = rig.page(question.clone()).await;
        assert_eq!((ids(&known), known.total), (ids(&fresh), fresh.total), "{question:?}");
        assert_eq!(known.videos, fresh.videos, "{question:?}");
        let trouble = known.trouble.unwrap();
        assert_eq!(trouble.code, Code::WorkspaceUnreachable, "{trouble}");
        assert!((all.as_of..=last).contains(&known.as_of), "{question:?}");
    }
    let unseen = rig.engine().video(rig.origin(), ids(&all)[0]).await.unwrap_err();
    assert_eq!(unseen.code, Code::WorkspaceUnreachable, "one video is asked for to be sure of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_workspace_that_was_never_seen_nothing_is_pretended() {
    let mut rig = Making::of(Switches::documented()).stocked(3).start().await;
    rig.close_workspace().await;
    let failure = rig.engine().videos(rig.origin(), VideoQuery::default()).await.unwrap_err();
    assert_eq!(failure.code, Code::WorkspaceUnreachable);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_credential_shows_what_was_last_seen_and_asks_for_a_sign_in() {
    let rig = Making::of(Switches::documented()).stocked(3).start().await;
    let fresh = rig.page(VideoQuery::default()).await;
    rig.sandbox().expire_bearers();
    let known = rig.page(VideoQuery::default()).await;
    assert_eq!((known.videos, known.trouble.unwrap().code), (fresh.videos, Code::SignInNeeded));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bearer_that_ended_is_renewed_without_a_word() {
    let mut making = Making::of(Switches::documented()).stocked(3);
    making.login = true;
    let rig = making.start().await;
    rig.page(VideoQuery::default()).await;
    rig.sandbox().expire_bearers();
    assert_eq!(rig.page(VideoQuery::default()).await.trouble, None, "{}", rig.story());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_gone_from_the_workspace_is_not_remembered() {
    let mut rig = Making::of(Switches::documented()).stocked(30).start().await;
    let before = ids(&rig.page(VideoQuery::default()).await);
    for gone in [before[0], before[11], before[29]] {
        rig.sandbox().delete(gone);
    }
    let alone = rig.engine().video(rig.origin(), before[11]).await.unwrap_err();
    assert_eq!(alone.code, Code::VideoUnknown);
    for page in 1..=3 {
        rig.page(VideoQuery { page, size: 10, ..VideoQuery::default() }).await;
    }
    let left: Vec<u64> =
        before.iter().copied().filter(|id| ![before[0], before[11], before[29]].contains(id)).collect();
    rig.close_workspace().await;
    assert_eq!(ids(&rig.page(VideoQuery::default()).await), left);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unfinished_replacement_is_shown_with_its_video() {
    let rig = Making::of(Switches::documented()).stocked(3).start().await;
    let video = rig.page(VideoQuery::default()).await.videos.remove(0);
    assert_eq!(video.replacing, None);
    rig.sandbox()
        .inject(slipway_sandbox::Fault::on(slipway_sandbox::Endpoint::GetReplaceToken).always().stall_before_reading());
    let file = rig.file("cut.mp4", SMALL);
    let item = rig.engine().replace(rig.replacement(video.id, &file)).await.unwrap().item.id;
    let shown: LibraryVideo = rig.engine().video(rig.origin(), video.id).await.unwrap();
    assert_eq!(shown.replacing, Some(item));
    rig.sandbox().clear_faults();
    rig.rest(item).await;
    let after = rig.engine().video(rig.origin(), video.id).await.unwrap();
    assert_eq!(after.replacing, None);
    assert_ne!(after.picture, video.picture, "its picture may be another one");
}
