//! What is said about videos is changed in place, read back, and what the server did not take is told.

use crate::rig::{Making, Rig, VERSIONS, play};
use slipway_engine::failure::Code;
use slipway_engine::workspace::ApiVersion;
use slipway_engine::{Edited, EditedField, Publication, VideoEdit};
use slipway_sandbox::{Endpoint, Fault, Profile, Switches, VideoRecord};

impl Rig {
    async fn edit(&self, id: u64, edit: VideoEdit) -> Edited {
        self.edit_all(vec![id], edit).await.remove(0).unwrap()
    }

    async fn edit_all(&self, ids: Vec<u64>, edit: VideoEdit) -> Vec<Result<Edited, slipway_engine::failure::Failure>> {
        self.engine().edit_videos(self.origin(), ids, edit).await.unwrap()
    }

    fn record(&self, id: u64) -> VideoRecord {
        self.sandbox().videos().into_iter().find(|it| it.photo_id == id).unwrap()
    }

    fn drafts(&self) -> Vec<u64> {
        self.sandbox().videos().into_iter().filter(|it| !it.published).map(|it| it.photo_id).collect()
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|it| (*it).to_owned()).collect()
}

fn publish(publish: Publication) -> VideoEdit {
    VideoEdit { publish: Some(publish), ..VideoEdit::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_is_changed_and_the_rest_stays() {
    let both = [Profile::Documented, Profile::Hostile].into_iter().flat_map(|it| VERSIONS.map(|version| (it, version)));
    play(both, |(profile, version)| async move {
        let rig = Making::of(Switches::of(profile)).speaking(version).stocked(10).start().await;
        let what = format!("{profile:?} {version:?}");
        let before = rig.sandbox().videos()[4].clone();
        let id = before.photo_id;

        let edit = VideoEdit { title: Some("Årsmøde".into()), ..VideoEdit::default() };
        let edited = rig.edit(id, edit).await;
        assert_eq!((&*edited.video.title, &edited.refused), ("Årsmøde", &Vec::new()), "{what}");
        let now = rig.record(id);
        assert_eq!(
            (&now.description, &now.tags, &now.album_ids),
            (&before.description, &before.tags, &before.album_ids)
        );
        assert_eq!((now.published, now.publish_date), (before.published, before.publish_date), "{what}");

        let edit = VideoEdit {
            description: Some("Two\nlines".into()),
            tags: Some(words(&["one", "two words"])),
            categories: Some(words(&["talks", "News"])),
            ..VideoEdit::default()
        };
        let edited = rig.edit(id, edit).await;
        assert_eq!(edited.refused, [], "{what}");
        assert_eq!(edited.video.tags, words(&["one", "two words"]), "{what}");
        let mut categories = edited.video.categories;
        categories.sort();
        assert_eq!((categories, &*rig.record(id).description), (words(&["News", "Talks"]), "Two\nlines"), "{what}");

        let edit = VideoEdit { add_tags: words(&["three"]), remove_tags: words(&["ONE"]), ..VideoEdit::default() };
        assert_eq!(rig.edit(id, edit).await.video.tags, words(&["two words", "three"]), "{what}");
        let edit = VideoEdit { tags: Some(Vec::new()), categories: Some(Vec::new()), ..VideoEdit::default() };
        let edited = rig.edit(id, edit).await;
        assert_eq!((edited.video.tags.len(), edited.video.categories.len(), edited.refused), (0, 0, vec![]), "{what}");
        assert_eq!(rig.record(id).title, "Årsmøde", "{what}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_video_becomes_public_now_or_on_a_date_or_a_draft_again() {
    let rig = Making::of(Switches::documented()).stocked(10).start().await;
    let id = rig.drafts()[0];
    let edited = rig.edit(id, publish(Publication::Now)).await;
    assert!(edited.video.published && edited.refused.is_empty() && rig.record(id).published);
    let edited = rig.edit(id, publish(Publication::Draft)).await;
    assert!(!edited.video.published && edited.refused.is_empty() && !rig.record(id).published);
    let later = jiff::Timestamp::now().as_second() + 86_400;
    let edited = rig.edit(id, publish(Publication::At(later))).await;
    assert_eq!((edited.video.published, edited.video.publish_at, &edited.refused), (false, Some(later), &Vec::new()));
    assert_eq!(rig.record(id).publish_date, Some(later));
    // With the date that it has it would be public then.
    let edited = rig.edit(id, publish(Publication::Draft)).await;
    assert_eq!((edited.video.published, edited.video.publish_at, &edited.refused), (false, None, &Vec::new()));
    let record = rig.record(id);
    assert!(!record.is_public(later + 1) && record.publish_date.is_none_or(|date| date < later), "{record:?}");
    assert_eq!(rig.edit(id, publish(Publication::At(later))).await.video.publish_at, Some(later));
    // The date that it has would keep it back.
    let edited = rig.edit(id, publish(Publication::Now)).await;
    assert!(edited.video.published && edited.refused.is_empty(), "{edited:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn version_1_publishes_and_knows_no_dates() {
    let rig = Making::of(Switches::documented()).speaking(ApiVersion::V1).stocked(10).start().await;
    let id = rig.drafts()[0];
    assert!(rig.edit(id, publish(Publication::Now)).await.video.published);
    let later = jiff::Timestamp::now().as_second() + 86_400;
    let refused = rig.edit_all(vec![id], publish(Publication::At(later))).await.remove(0).unwrap_err();
    assert_eq!(refused.code, Code::NotWithApi1);
    assert!(rig.record(id).published, "it is as it was");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_does_not_take_is_told_beside_what_it_has() {
    let rig = Making::of(Switches::documented()).stocked(3).start().await;
    let id = rig.sandbox().videos()[0].photo_id;
    let edit = VideoEdit {
        title: Some("A <b>bold</b> title".into()),
        description: Some("Plain".into()),
        tags: Some(words(&["say \"what\""])),
        ..VideoEdit::default()
    };
    let edited = rig.edit(id, edit).await;
    let told: Vec<_> = edited.refused.iter().map(|it| (it.field, &*it.asked, &*it.has)).collect();
    let title = (EditedField::Title, "A <b>bold</b> title", "A bold title");
    assert_eq!(told, [title, (EditedField::Tags, "say \"what\"", "say what")]);
    assert_eq!(edited.video.description, "Plain", "the rest is done");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_videos_each_says_what_came_of_it() {
    let rig = Making::of(Switches::documented()).stocked(12).start().await;
    let mut ids: Vec<u64> = rig.sandbox().videos().iter().map(|it| it.photo_id).collect();
    ids.insert(5, 999_999);
    let edit = VideoEdit { add_tags: words(&["spring"]), ..VideoEdit::default() };
    let answers = rig.edit_all(ids.clone(), edit).await;
    for (index, (id, answer)) in ids.iter().zip(answers).enumerate() {
        match answer {
            Err(failure) => assert_eq!((index, failure.code), (5, Code::VideoUnknown)),
            Ok(edited) => {
                assert_eq!(edited.video.id, *id);
                assert!(rig.record(*id).tags.contains(&"spring".to_owned()), "{index}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_is_read_off_the_video() {
    let rig = Making::of(Switches::documented()).stocked(3).start().await;
    let id = rig.sandbox().videos()[0].photo_id;
    let titled = |title: &str| VideoEdit { title: Some(title.into()), ..VideoEdit::default() };
    rig.sandbox().inject(Fault::on(Endpoint::Update).lose_answer_after_work());
    assert_eq!(rig.edit(id, titled("Heard")).await.video.title, "Heard");
    rig.sandbox().inject(Fault::on(Endpoint::Update).lose_answer_before_work());
    let lost = rig.edit_all(vec![id], titled("Unheard")).await.remove(0).unwrap_err();
    assert_eq!(lost.code, Code::WorkspaceUnreachable);
    assert_eq!(rig.record(id).title, "Heard");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_comes_in_the_servers_words() {
    let rig = Making::of(Switches::documented()).stocked(3).start().await;
    let id = rig.sandbox().videos()[0].photo_id;
    let refusal = r#"{"status":"error","code":"invalid_input","message":"That title is taken"}"#;
    rig.sandbox().inject(Fault::on(Endpoint::Update).answer(400, refusal));
    let edit = VideoEdit { title: Some("Taken".into()), ..VideoEdit::default() };
    let refused = rig.edit_all(vec![id], edit).await.remove(0).unwrap_err();
    assert_eq!((refused.code, refused.detail.as_deref()), (Code::LibraryRefused, Some("That title is taken")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_category_that_is_not_there_changes_nothing_of_any_video() {
    let rig = Making::of(Switches::documented()).stocked(3).start().await;
    let ids: Vec<u64> = rig.sandbox().videos().iter().map(|it| it.photo_id).collect();
    let edit = VideoEdit { title: Some("New".into()), categories: Some(words(&["Nwes"])), ..VideoEdit::default() };
    let refused = rig.engine().edit_videos(rig.origin(), ids, edit).await.unwrap_err();
    assert_eq!(refused.code, Code::CategoryUnknown);
    assert!(rig.sandbox().videos().iter().all(|it| it.title != "New"));
}
