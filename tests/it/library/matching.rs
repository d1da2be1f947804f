//! Many pictures at once find their videos on the server.

use crate::rig::{Making, VERSIONS, play};
use slipway_engine::MatchedBy;
use slipway_sandbox::{Profile, Switches};

#[tokio::test(flavor = "multi_thread")]
async fn pictures_find_their_videos_by_id_and_by_title_whatever_page_they_are_on() {
    let both = [Profile::Documented, Profile::Hostile].into_iter().flat_map(|it| VERSIONS.map(|version| (it, version)));
    play(both, |(profile, version)| async move {
        let rig = Making::of(Switches::of(profile)).speaking(version).stocked(400).start().await;
        let videos = rig.sandbox().videos();
        let (oldest, middle, danish) = (&videos[0], &videos[200], &videos[4]);
        assert!(danish.title.contains("København"), "{}", danish.title);
        let names = [
            format!("[{}].jpg", oldest.photo_id),
            format!("{}.png", middle.title.to_uppercase().replace(' ', "_")),
            format!("{}.jpg", danish.title.replace("København", "Kobenhavn")),
            "nobody knows.jpg".to_owned(),
        ];
        let matches = rig.engine().match_pictures(rig.origin(), names.to_vec()).await.unwrap();
        let found: Vec<_> = matches.iter().map(|it| it.found.as_ref().map(|(video, by)| (video.id, *by))).collect();
        let wanted = [
            Some((oldest.photo_id, MatchedBy::Id)),
            Some((middle.photo_id, MatchedBy::Title)),
            Some((danish.photo_id, MatchedBy::Title)),
            None,
        ];
        assert_eq!(found, wanted, "{profile:?} {version:?}: {}", rig.story());
        assert_eq!(matches.iter().map(|it| it.index).collect::<Vec<_>>(), [0, 1, 2, 3]);
    })
    .await;
}
