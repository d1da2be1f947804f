use super::*;

fn found(file: &str, folder: &str) -> Found {
    Found {
        file: file.into(),
        folder: folder.into(),
        kind: Some(FileKind::Video),
        size: 1,
        title: "its name".into(),
        thumbnail: None,
        subtitles: Vec::new(),
        details: None,
    }
}

fn request(change: impl FnOnce(&mut AddOffered)) -> AddOffered {
    let mut add = AddOffered {
        offer: 1,
        only: None,
        workspace: String::new(),
        details: Details { tags: vec!["spring".into()], ..Details::default() },
        title_pattern: None,
        publish: None,
        category_per_subfolder: false,
        again: false,
    };
    change(&mut add);
    add
}

fn adds(add: &AddOffered) -> Vec<Add> {
    let offer = [found("/t/a_b.mp4", ""), found("/t/2026/x/c.mp4", "2026/x"), found("/t/News/d.mp4", "News")];
    add.each(&offer, &Origin::parse("video.example.com").unwrap())
}

#[test]
fn a_pattern_is_filled_in_once_and_what_it_does_not_know_stays() {
    let file = Path::new("/talks/Day {n}/a_{name}.mp4");
    assert_eq!(title("{n}. {name} ({folder})", file, 7), "7. a {name} (Day {n})");
    assert_eq!(title("{nobody} {{name}} {", file, 1), "{nobody} {a {name}} {");
    assert_eq!(title("plain", file, 1), "plain");
}

#[test]
fn files_are_taken_in_with_what_is_said_of_all_and_of_each() {
    let all = adds(&request(|add| add.title_pattern = Some("{n} {name}".into())));
    let titles: Vec<&str> = all.iter().map(|add| add.details.title.as_str()).collect();
    assert_eq!(titles, ["1 a b", "2 c", "3 d"]);
    assert!(all.iter().all(|add| add.details.tags == ["spring"] && add.publish.is_none() && !add.again));
    // Without a pattern the name decides, or the file of details.
    assert!(adds(&request(|_| {})).iter().all(|add| add.details.title.is_empty()));
}

#[test]
fn the_first_folder_below_the_dropped_one_is_a_category_by_its_name() {
    let all = adds(&request(|add| {
        add.category_per_subfolder = true;
        add.details.categories = vec![Category::Id(4)];
    }));
    let categories: Vec<&[Category]> = all.iter().map(|add| &*add.details.categories).collect();
    let name = |name: &str| Category::Name(name.into());
    assert_eq!(categories[0], [Category::Id(4)]);
    assert_eq!(categories[1], [Category::Id(4), name("2026")]);
    assert_eq!(categories[2], [Category::Id(4), name("News")]);
}

#[test]
fn only_those_that_are_meant_are_taken_in_and_counted() {
    let all = adds(&request(|add| {
        add.only = Some(vec![2, 0, 9]);
        add.title_pattern = Some("{n}".into());
    }));
    let files: Vec<_> = all.iter().map(|add| (name_of(&add.file), add.details.title.clone())).collect();
    assert_eq!(files, [("a_b.mp4".to_owned(), "1".to_owned()), ("d.mp4".to_owned(), "2".to_owned())]);
}

#[test]
fn an_offer_is_held_until_it_is_forgotten_or_much_came_since() {
    let offers = Offers::default();
    let first = offers.hold(Vec::new(), vec![found("/a", "")]);
    let second = offers.hold(Vec::new(), Vec::new());
    assert_eq!(offers.get(first).unwrap()[0].file, Path::new("/a"));
    offers.forget(second);
    assert_eq!(offers.get(second).unwrap_err().code, Code::OfferGone);
    let last = (0..HELD).map(|_| offers.hold(Vec::new(), Vec::new())).last().unwrap();
    assert_eq!(offers.get(first).unwrap_err().code, Code::OfferGone);
    assert!(last > second && offers.get(last).is_ok());
}

#[test]
fn what_comes_before_the_pages_listen_is_told_when_they_do() {
    let early = Early::default();
    let offer =
        |id| Offer { id, by: By::Start, at: None, folders: vec![], videos: vec![], skipped: vec![], skipped_more: 0 };
    assert_eq!(early.hold(offer(1)), None);
    assert_eq!(early.end(), [offer(1)]);
    assert_eq!(early.hold(offer(2)), Some(offer(2)));
    assert!(early.end().is_empty());
}
