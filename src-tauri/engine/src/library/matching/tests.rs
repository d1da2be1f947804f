use super::*;
use crate::item::FileKind;

fn library(titles: &[(u64, &str)]) -> Vec<LibraryVideo> {
    let video = |(id, title): &(u64, &str)| LibraryVideo {
        workspace: "a.example".into(),
        id: *id,
        title: (*title).into(),
        description: String::new(),
        tags: Vec::new(),
        categories: Vec::new(),
        kind: FileKind::Video,
        published: false,
        publish_at: None,
        playable: true,
        percent: None,
        length_s: None,
        width: None,
        height: None,
        bytes: None,
        file_name: None,
        uploaded_at: None,
        admin_url: String::new(),
        public_url: None,
        picture: None,
        replacing: None,
    };
    titles.iter().map(video).collect()
}

fn matched(names: &[&str], titles: &[(u64, &str)]) -> Vec<Match> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    match_pictures(&names, &library(titles))
}

fn found(name: &str, titles: &[(u64, &str)]) -> Option<(u64, MatchedBy)> {
    matched(&[name], titles)[0].found
}

#[test]
fn an_id_in_the_name_goes_before_every_title() {
    let there = [(123_456, "A talk"), (7, "123456"), (2026, "The year")];
    for name in ["[123456].jpg", "[123456] A quite different name.png", "123456.png", "[ 123456 ]cover.jpeg"] {
        assert_eq!(found(name, &there), Some((123_456, MatchedBy::Id)), "{name}");
    }
    assert_eq!(found("2026.png", &there), Some((2026, MatchedBy::Id)));
}

#[test]
fn digits_that_are_no_id_may_be_a_title_and_an_id_in_brackets_is_nothing_else() {
    let there = [(7, "2026"), (8, "Cover")];
    assert_eq!(found("2026.png", &there), Some((7, MatchedBy::Title)));
    let gone = &matched(&["[99] Cover.png"], &there)[0];
    assert_eq!((gone.found, &gone.candidates), (None, &vec![8]), "offered, and not taken for it");
}

#[test]
fn a_title_fits_whatever_is_done_to_it_on_the_way_through_file_systems() {
    let there = [(1, "Årsmøde: København 2026"), (2, "Größe & Café – Łódź"), (3, "Spring talk")];
    for (name, video) in [
        ("Årsmøde København 2026.jpg", 1),
        // As macOS spells it.
        ("A\u{30a}rsmøde_København-2026.png", 1),
        ("arsmode kobenhavn 2026.jpeg", 1),
        ("groesse cafe lodz.jpg", 0),
        ("grosse_cafe_lodz.jpg", 2),
        ("SPRING   talk.webp", 3),
        ("spring.talk.png", 3),
    ] {
        let wanted = (video != 0).then_some((video, MatchedBy::Title));
        assert_eq!(found(name, &there), wanted, "{name}");
    }
}

#[test]
fn two_videos_of_one_title_are_left_to_a_person() {
    let there = [(1, "Talk"), (2, "talk"), (3, "Something else")];
    let it = &matched(&["talk.jpg"], &there)[0];
    assert_eq!((it.found, &it.candidates), (None, &vec![2, 1]));
}

#[test]
fn two_pictures_for_one_video_are_left_to_a_person_unless_one_names_it() {
    let there = [(5, "Talk"), (6, "Walk")];
    let both = matched(&["talk.jpg", "Talk.png", "walk.jpg"], &there);
    let ways: Vec<_> = both.iter().map(|it| it.found.map(|(video, _)| video)).collect();
    assert_eq!(ways, [None, None, Some(6)]);
    assert_eq!(both[0].candidates[0], 5);
    let named = matched(&["talk.jpg", "[5].png"], &there);
    let ways: Vec<_> = named.iter().map(|it| it.found).collect();
    assert_eq!(ways, [None, Some((5, MatchedBy::Id))]);
    assert_eq!(named[0].candidates[0], 5);
}

#[test]
fn what_is_like_it_is_offered_and_what_is_not_is_not() {
    let there = [(1, "Quarterly review"), (2, "Quarterly revue"), (3, "Holiday")];
    let it = &matched(&["quarterly reviw.jpg"], &there)[0];
    assert_eq!((it.found, &it.candidates), (None, &vec![1, 2]));
    let nothing = &matched(&["IMG_0001.jpg"], &there)[0];
    assert_eq!((nothing.found, nothing.candidates.len()), (None, 0));
    assert_eq!(found(".jpg", &[(1, "")]), None, "no title is like no name");
}
