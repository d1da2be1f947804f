use super::*;

fn video(kind: FileKind, length_s: Option<f64>, size: Option<(u32, u32)>) -> LibraryVideo {
    let known = serde_json::json!({
        "workspace": "video.example.com", "id": 7, "title": "", "description": "", "tags": [], "categories": [],
        "kind": kind, "published": true, "publish_at": null, "playable": true, "percent": null, "length_s": length_s,
        "width": size.map(|it| it.0), "height": size.map(|it| it.1), "bytes": null, "file_name": null,
        "uploaded_at": null, "admin_url": "", "public_url": null, "picture": null, "replacing": null,
    });
    serde_json::from_value(known).unwrap()
}

#[test]
fn a_file_goes_where_its_kind_means_what_a_person_means() {
    use FileKind::{Audio, Image, Video};
    let fits = |file, object| fitting(file, "talk", &video(object, None, None)).map_err(|it| it.code);
    for (file, object) in [(Video, Video), (Image, Video), (Image, Audio), (Image, Image), (Audio, Audio)] {
        assert_eq!(fits(file, object), Ok(file), "onto {object:?}");
    }
    for (file, object) in [(Video, Image), (Video, Audio), (Audio, Video), (Audio, Image)] {
        assert_eq!(fits(file, object), Err(Code::FileKindMismatch), "{file:?} onto {object:?}");
    }
}

#[test]
fn what_differs_much_is_said_and_what_is_not_known_is_not() {
    use Difference::{Length, Shape, Smaller};
    let old = video(FileKind::Video, Some(600.0), Some((1920, 1080)));
    let facts =
        |seconds, size: Option<(u32, u32)>| Facts { width: size.map(|it| it.0), height: size.map(|it| it.1), seconds };
    let film = |seconds, size| differences(FileKind::Video, facts(seconds, size), &old);
    assert_eq!(film(Some(655), Some((1920, 1080))), []);
    assert_eq!(film(Some(700), Some((1920, 1080))), [Length]);
    assert_eq!(film(Some(500), None), [Length]);
    assert_eq!(film(None, Some((1080, 1920))), [Shape]);
    assert_eq!(film(None, Some((1280, 720))), [Smaller]);
    assert_eq!(film(None, Some((3840, 2160))), []);
    assert_eq!(film(None, None), []);
    let thumbnail = |size| differences(FileKind::Image, facts(None, Some(size)), &old);
    assert_eq!(thumbnail((640, 360)), []);
    assert_eq!(thumbnail((500, 500)), [Shape]);
    let short = video(FileKind::Video, Some(4.0), None);
    assert_eq!(differences(FileKind::Video, facts(Some(6), None), &short), []);
    let unknown = video(FileKind::Video, None, None);
    assert_eq!(differences(FileKind::Video, facts(Some(6), Some((16, 9))), &unknown), []);
}
