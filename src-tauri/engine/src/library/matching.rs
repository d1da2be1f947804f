//! Which video each of many pictures is for, by the picture's name: its id first (`[123456].jpg`, `[123456] cover.jpg`,
//! `123456.png`), then its title. Only what fits one video alone, and what no other picture fits as well, is taken for
//! found; everything else is for a person to say, with what it is like.

use super::branch::Branch;
use super::{Library, LibraryVideo};
use crate::api::{FoundVideo, LARGEST_PAGE, Listing, Wanted};
use crate::failure::Failure;
use crate::item::title_from;
use crate::workspace::Origin;
use futures_util::{StreamExt, TryStreamExt, stream};
use icu_normalizer::DecomposingNormalizerBorrowed;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;

/// Candidates that are offered for one picture.
const CANDIDATES: usize = 5;

/// How alike a name and a title are at least for the video to be a candidate, from 0 to 1.
const ALIKE: f64 = 0.82;

/// Questions to the workspace at once.
const AT_ONCE: usize = 4;

/// Videos that are looked at for one name.
const LOOKED_AT: u32 = 50;

/// Pages that are looked through for what no search found. How the server searches is not documented, and what stands
/// between words, or an accent, may have been in its way.
const PAGES: u32 = 20;

/// By what a picture is known to be for a video.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "bindings", derive(ts_rs::TS))]
pub enum MatchedBy {
    /// Its name has the video's id.
    Id,
    /// Its name is the video's title, but for accents, capitals and what stands between words.
    Title,
}

/// What a picture was found to be for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// Its place among the names.
    pub index: usize,
    /// The video.
    pub found: Option<(u64, MatchedBy)>,
    /// Others that it may be for, or all where none is the one; the likest first.
    pub candidates: Vec<u64>,
}

/// The same with the videos.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PictureMatch {
    /// Its place among the names.
    pub index: usize,
    /// The video.
    pub found: Option<(LibraryVideo, MatchedBy)>,
    /// Others that it may be for, or all where none is the one; the likest first.
    pub candidates: Vec<LibraryVideo>,
}

/// Finds the videos that pictures of these names are for, among these.
#[must_use]
pub fn match_pictures(names: &[String], known: &[LibraryVideo]) -> Vec<Match> {
    match_titles(names, known.iter().map(|video| (video.id, &*video.title)))
}

fn match_titles<'a>(names: &[String], known: impl Iterator<Item = (u64, &'a str)>) -> Vec<Match> {
    let titles: Vec<(u64, String)> = known.map(|(id, title)| (id, folded(title))).collect();
    let mut matches: Vec<Match> =
        names.iter().enumerate().map(|(index, name)| match_one(index, name, &titles)).collect();
    leave_to_a_person(&mut matches);
    matches
}

fn match_one(index: usize, name: &str, titles: &[(u64, String)]) -> Match {
    let Named { id, title } = Named::read(name);
    let is_there = |id: &Id| titles.iter().any(|(known, _)| *known == id.value);
    let by_id = id.as_ref().filter(|id| is_there(id)).map(|id| (id.value, MatchedBy::Id));
    // Who writes an id in brackets means it, and nothing else.
    let said_and_gone = by_id.is_none() && id.is_some_and(|id| id.in_brackets);
    let same: Vec<u64> =
        titles.iter().filter(|(_, it)| !title.is_empty() && *it == title).map(|(video, _)| *video).collect();
    let by_title = match same[..] {
        [one] if !said_and_gone => Some((one, MatchedBy::Title)),
        _ => None,
    };
    let found = by_id.or(by_title);
    let mut alike: Vec<(f64, u64)> = titles
        .iter()
        .map(|(video, it)| (strsim::jaro_winkler(&title, it), *video))
        .filter(|(it, _)| *it >= ALIKE)
        .collect();
    alike.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));
    let candidates = alike.into_iter().map(|(_, video)| video);
    let candidates =
        candidates.filter(|video| found.is_none_or(|(found, _)| found != *video)).take(CANDIDATES).collect();
    Match { index, found, candidates }
}

/// Two pictures for one video: the one that names its id goes, and of two that are as good as each other neither.
fn leave_to_a_person(matches: &mut [Match]) {
    let mut best: HashMap<u64, (MatchedBy, usize)> = HashMap::new();
    for (video, by) in matches.iter().filter_map(|it| it.found) {
        let best = best.entry(video).or_insert((by, 0));
        if by < best.0 {
            *best = (by, 1);
        } else if by == best.0 {
            best.1 += 1;
        }
    }
    for it in matches {
        if let Some((video, by)) = it.found
            && best.get(&video) != Some(&(by, 1))
        {
            it.found = None;
            it.candidates.insert(0, video);
        }
    }
}

/// What a name says.
struct Named {
    id: Option<Id>,
    /// Folded.
    title: String,
}

struct Id {
    value: u64,
    in_brackets: bool,
}

impl Named {
    fn read(name: &str) -> Self {
        let title = title_from(Path::new(name));
        if let Some((id, rest)) = title.strip_prefix('[').and_then(|it| it.split_once(']'))
            && let Some(value) = digits(id)
        {
            return Self { id: Some(Id { value, in_brackets: true }), title: folded(rest) };
        }
        let id = digits(&title).map(|value| Id { value, in_brackets: false });
        Self { id, title: folded(&title) }
    }
}

fn digits(text: &str) -> Option<u64> {
    let text = text.trim();
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// A title without accents, capitals, and whatever stands between its words. File systems and people spell them in more
/// than one way.
fn folded(text: &str) -> String {
    let decomposed = DecomposingNormalizerBorrowed::new_nfkd().normalize(text);
    let mut out = String::with_capacity(text.len());
    for c in decomposed.chars().flat_map(char::to_lowercase).filter(|c| !is_mark(*c)) {
        match c {
            'ø' => out.push('o'),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'ß' => out.push_str("ss"),
            'ł' => out.push('l'),
            'đ' | 'ð' => out.push('d'),
            'þ' => out.push_str("th"),
            'ı' => out.push('i'),
            c if c.is_alphanumeric() => out.push(c),
            _ if out.ends_with(' ') => {}
            _ => out.push(' '),
        }
    }
    out.trim().to_owned()
}

/// What a decomposed letter carries.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

impl Library {
    /// Finds the videos of a workspace that pictures of these names are for.
    pub(crate) async fn match_pictures(
        &self,
        workspace: &Origin,
        names: &[String],
    ) -> Result<Vec<PictureMatch>, Failure> {
        let mut ids = BTreeSet::new();
        let mut titles = BTreeSet::new();
        for name in names {
            let named = Named::read(name);
            ids.extend(named.id.map(|id| id.value));
            if !named.title.is_empty() {
                titles.insert(searched(name));
            }
        }
        let branch = self.branch(workspace);
        let branch = &*branch;
        let by_id = ids.into_iter().map(|id| async move {
            let found = branch.ask(|api, pass| async move { api.find_video(id, &pass).await }).await?;
            Ok::<_, Failure>(found.into_iter().collect::<Vec<_>>())
        });
        let mut found: Vec<FoundVideo> = stream::iter(by_id).buffered(AT_ONCE).try_concat().await?;
        let by_title = titles.into_iter().map(|title| async move { searched_for(branch, &title, 1, LOOKED_AT).await });
        found.extend(stream::iter(by_title).buffered(AT_ONCE).try_concat().await?);
        let mut matches = matched(names, &mut found);
        if matches.iter().any(|it| it.found.is_none()) {
            found.extend(newest(branch).await?);
            matches = matched(names, &mut found);
        }
        let told: HashSet<u64> = matches
            .iter()
            .flat_map(|it| it.found.iter().map(|(id, _)| *id).chain(it.candidates.iter().copied()))
            .collect();
        found.retain(|video| told.contains(&video.id));
        let (videos, _) = self.tell(workspace, branch, &found, false, None).await?;
        let video = |id: u64| videos.iter().find(|video| video.id == id).cloned();
        let matches = matches.into_iter().map(|it| PictureMatch {
            index: it.index,
            found: it.found.and_then(|(id, by)| Some((video(id)?, by))),
            candidates: it.candidates.into_iter().filter_map(video).collect(),
        });
        Ok(matches.collect())
    }
}

fn matched(names: &[String], found: &mut Vec<FoundVideo>) -> Vec<Match> {
    found.sort_by_key(|video| video.id);
    found.dedup_by_key(|video| video.id);
    match_titles(names, found.iter().map(|video| (video.id, &*video.title)))
}

/// What is searched for: the name as a person would type it, without an id in brackets.
fn searched(name: &str) -> String {
    let title = title_from(Path::new(name));
    let rest = title.strip_prefix('[').and_then(|it| it.split_once(']')).map_or(&*title, |(_, rest)| rest);
    let spaced: String = rest.chars().map(|c| if c.is_alphanumeric() || is_mark(c) { c } else { ' ' }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

async fn search(branch: &Branch, text: &str, page: u32, size: u32) -> Result<Listing, Failure> {
    let wanted = &Wanted { search: text.to_owned(), page, size, ..Wanted::default() };
    branch.ask(|api, pass| async move { api.find_videos(wanted, &pass).await }).await
}

async fn searched_for(branch: &Branch, text: &str, page: u32, size: u32) -> Result<Vec<FoundVideo>, Failure> {
    Ok(search(branch, text, page, size).await?.videos)
}

/// The videos that were uploaded last.
async fn newest(branch: &Branch) -> Result<Vec<FoundVideo>, Failure> {
    let first = search(branch, "", 1, LARGEST_PAGE).await?;
    let pages = first.total.div_ceil(u64::from(LARGEST_PAGE)).min(u64::from(PAGES)) as u32;
    let others = (2..=pages).map(|page| searched_for(branch, "", page, LARGEST_PAGE));
    let others: Vec<FoundVideo> = stream::iter(others).buffered(AT_ONCE).try_concat().await?;
    Ok(first.videos.into_iter().chain(others).collect())
}

#[cfg(test)]
mod tests;
