//! Which categories are meant: found by id or name in the workspace's own list. A list is kept for a short while only,
//! since people make categories as they go.

use crate::api::ListedCategory;
use crate::failure::{Code, Failure};
use crate::item::Category;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// The categories of a workspace as they were last seen.
#[derive(Debug, Default)]
pub(crate) struct Categories(Mutex<Option<Seen>>);

#[derive(Debug, Clone)]
struct Seen {
    at: Instant,
    list: Arc<Vec<ListedCategory>>,
}

impl Categories {
    /// The list, if it was seen this recently.
    pub(crate) fn seen(&self, freshness: Duration) -> Option<Arc<Vec<ListedCategory>>> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        seen.filter(|seen| seen.at.elapsed() < freshness).map(|seen| seen.list)
    }

    /// The ids of those that are wanted, from the list if it was seen this recently and has them, else from the one that
    /// `ask` brings. The outer error is that of asking.
    pub(crate) async fn ids<E>(
        &self,
        wanted: &[Category],
        freshness: Duration,
        ask: impl Future<Output = Result<Vec<ListedCategory>, E>>,
    ) -> Result<Result<Vec<u64>, Failure>, E> {
        if wanted.is_empty() {
            return Ok(Ok(Vec::new()));
        }
        if let Some(list) = self.seen(freshness)
            && let Ok(found) = find(wanted, &list)
        {
            return Ok(Ok(found));
        }
        // What was not in the list a moment ago may have been made since.
        let list = Arc::new(ask.await?);
        self.see(Arc::clone(&list));
        Ok(find(wanted, &list))
    }

    /// The list as it is now.
    pub(crate) fn see(&self, list: Arc<Vec<ListedCategory>>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Seen { at: Instant::now(), list });
    }
}

/// The ids of those that are wanted, each once, in their order.
fn find(wanted: &[Category], there: &[ListedCategory]) -> Result<Vec<u64>, Failure> {
    let mut ids = Vec::new();
    for category in wanted {
        let id = find_one(category, there)?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

fn find_one(wanted: &Category, there: &[ListedCategory]) -> Result<u64, Failure> {
    let by_id = |id: u64| there.iter().find(|it| it.id == id).map(|it| Ok(it.id));
    let found = match wanted {
        Category::Id(id) => by_id(*id).or_else(|| by_name(&id.to_string(), there)),
        Category::Name(name) => by_name(name, there).or_else(|| by_id(name.trim().parse().ok()?)),
    };
    found.unwrap_or_else(|| {
        let failure = Failure::new(Code::CategoryUnknown).detail(format!("“{wanted}”"));
        Err(match nearest(&wanted.to_string(), there) {
            Some(nearest) => failure.because("why.nearest", [("names", nearest)]),
            None => failure,
        })
    })
}

/// The very name, or else the one that differs in capitals alone.
fn by_name(name: &str, there: &[ListedCategory]) -> Option<Result<u64, Failure>> {
    let one_of = |matches: Vec<&ListedCategory>| match matches[..] {
        [] => None,
        [one] => Some(Ok(one.id)),
        _ => {
            let ids: Vec<String> = matches.iter().map(|it| it.id.to_string()).collect();
            let failure = Failure::new(Code::CategoryAmbiguous).detail(format!("“{name}”"));
            Some(Err(failure.because("why.ids", [("ids", ids.join(", "))])))
        }
    };
    let folded = |name: &str| name.trim().to_lowercase();
    one_of(there.iter().filter(|it| it.name.trim() == name.trim()).collect())
        .or_else(|| one_of(there.iter().filter(|it| folded(&it.name) == folded(name)).collect()))
}

/// Names that are like it, the likest first.
fn nearest(name: &str, there: &[ListedCategory]) -> Option<String> {
    let wanted = name.trim().to_lowercase();
    let likeness = |it: &ListedCategory| strsim::jaro_winkler(&wanted, &it.name.to_lowercase());
    let mut like: Vec<(f64, &str)> = there.iter().map(|it| (likeness(it), it.name.as_str())).collect();
    like.retain(|(likeness, _)| *likeness >= 0.75);
    like.sort_by(|a, b| b.0.total_cmp(&a.0));
    let names: Vec<String> = like.iter().take(3).map(|(_, name)| format!("“{name}”")).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there() -> Vec<ListedCategory> {
        let names =
            [(1, "News"), (2, "Talks"), (3, "talks"), (4, "2026"), (7, "Æbler"), (12, "Internal"), (2026, "Old")];
        names.map(|(id, name)| ListedCategory { id, name: name.to_owned() }).to_vec()
    }

    fn found(category: Category) -> Result<u64, Code> {
        find_one(&category, &there()).map_err(|failure| failure.code)
    }

    #[test]
    fn a_category_is_found_by_id_by_name_and_by_a_name_in_other_capitals() {
        let name = |name: &str| found(Category::Name(name.to_owned()));
        assert_eq!(found(Category::Id(12)), Ok(12));
        assert_eq!((name("News"), name("news"), name(" NEWS "), name("æbler")), (Ok(1), Ok(1), Ok(1), Ok(7)));
        assert_eq!((name("Talks"), name("talks")), (Ok(2), Ok(3)), "the very name goes first");
        assert_eq!(name("TALKS"), Err(Code::CategoryAmbiguous));
        assert_eq!(
            (name("Nothing"), found(Category::Id(99))),
            (Err(Code::CategoryUnknown), Err(Code::CategoryUnknown))
        );
    }

    #[test]
    fn a_number_is_an_id_first_and_a_name_of_digits_a_name_first() {
        assert_eq!(found(Category::Id(2026)), Ok(2026));
        assert_eq!(found(Category::Name("2026".into())), Ok(4));
        assert_eq!(found(Category::Name("12".into())), Ok(12));
        let there = [ListedCategory { id: 4, name: "2026".into() }];
        assert_eq!(find_one(&Category::Id(2026), &there), Ok(4));
    }

    #[test]
    fn one_that_is_not_there_is_named_with_those_that_are_like_it() {
        let failure = find_one(&Category::Name("Nwes".into()), &there()).unwrap_err();
        assert!(failure.to_string().contains("“Nwes”") && failure.to_string().contains("“News”"), "{failure}");
        let failure = find_one(&Category::Name("TALKS".into()), &there()).unwrap_err();
        assert!(failure.to_string().contains("2, 3"), "{failure}");
    }

    #[test]
    fn a_category_that_is_named_twice_is_one() {
        assert_eq!(find(&[Category::Id(1), Category::Name("news".into()), Category::Id(2)], &there()), Ok(vec![1, 2]));
    }
}
