//! The calls, one method each.

use super::wire::{Envelope, fraction, number, text};
use super::{Api, CallError, Level, Pass};
use crate::item::Details;
use crate::workspace::{ApiVersion, Origin};
use jiff::Timestamp;
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The longest life that a token can be asked for, in minutes: v1's and v2's common maximum.
pub(super) const VALID_MINUTES: u32 = 1440;

/// A token makes one video. A lookup that shows more than this many is one whose filter was not applied.
const BELIEVABLE: usize = 5;

/// Pages of a list that are read before it counts as endless.
const MOST_PAGES: u32 = 1000;

/// A fresh upload token.
#[derive(Debug)]
pub(crate) struct Granted {
    pub(crate) text: SecretString,
    /// By the server's clock, in epoch seconds.
    pub(crate) valid_until: i64,
}

/// What is said about a video, with its categories found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wording<'a> {
    pub(crate) details: &'a Details,
    /// The ids of its categories.
    pub(crate) categories: &'a [u64],
}

/// A category as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedCategory {
    /// The vendor's `album_id`.
    pub id: u64,
    /// What people call it.
    pub name: String,
}

/// A video as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListedVideo {
    pub(crate) id: u64,
    pub(crate) public_url: Option<String>,
    /// Epoch seconds.
    pub(crate) created: Option<i64>,
}

/// What a lookup by upload token came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TokenState {
    /// A valid answer: these videos were made with the token, and no others.
    Known(Vec<ListedVideo>),
    /// An answer that proves nothing: from a cache, to an anonymous caller, or without a list.
    Unknown,
}

/// A workspace that a login opens.
#[derive(Debug, Clone)]
pub(crate) struct WorkspaceToken {
    pub(crate) origin: Origin,
    pub(crate) name: String,
    pub(crate) bearer: SecretString,
    pub(crate) expires: Option<Timestamp>,
}

impl Api {
    /// An upload token for one file. Everything arrives as a draft: `publish` is always 0 here.
    pub(crate) async fn get_upload_token(&self, wording: Wording<'_>, pass: &Pass) -> Result<Granted, CallError> {
        let mut parameters = wording.parameters();
        parameters.extend([
            ("publish", "0".to_owned()),
            ("max_uploads", "1".to_owned()),
            ("valid_minutes", VALID_MINUTES.to_string()),
        ]);
        self.granted(&self.ask("photo/get-upload-token", &parameters, pass).await?, "upload_token")
    }

    /// A question by POST, so that titles and tokens stay out of URLs and their logs; by GET, which is all that the
    /// published specification lists for some, where the other is not known.
    pub(super) async fn ask(
        &self,
        name: &str,
        parameters: &[(&str, String)],
        pass: &Pass,
    ) -> Result<Envelope, CallError> {
        match self.call(Method::POST, name, parameters, Some(pass)).await {
            Err(error) if error.is_unknown_by_this_method() => {
                self.call(Method::GET, name, parameters, Some(pass)).await
            }
            result => result,
        }
    }

    /// The token in an answer.
    pub(super) fn granted(&self, envelope: &Envelope, name: &str) -> Result<Granted, CallError> {
        let field = |name: &str| envelope.data().get(name);
        let token = field(name).and_then(text).filter(|token| !token.is_empty());
        let token = token.ok_or_else(|| CallError::Unreadable { excerpt: format!("no {name} in the answer") })?;
        let valid_until = field("valid_until").and_then(number).map_or_else(
            || self.server_now() + i64::from(VALID_MINUTES) * 60,
            |seconds| i64::try_from(seconds).unwrap_or(i64::MAX),
        );
        Ok(Granted { text: token.into(), valid_until })
    }

    /// Changes what a token says about its video, before or after the upload. Every field goes along each time:
    /// leaving `publish` out would mean 1.
    pub(crate) async fn update_upload_token(
        &self,
        token: &SecretString,
        wording: Wording<'_>,
        pass: &Pass,
    ) -> Result<(), CallError> {
        let mut parameters = wording.parameters();
        parameters.retain(|(name, _)| *name != "absolute_url");
        parameters.extend([("upload_token", token.expose_secret().to_owned()), ("publish", "0".to_owned())]);
        self.call(Method::POST, "photo/update-upload-token", &parameters, Some(pass)).await.map(|_| ())
    }

    /// The videos that were made with a token.
    pub(crate) async fn videos_of_token(&self, token: &SecretString, pass: &Pass) -> Result<TokenState, CallError> {
        // By POST: an upload token is a secret while it lives, and does not belong in a URL.
        let list = self.list(&[("upload_token", token.expose_secret().to_owned())], pass).await?;
        Ok(match list {
            Some(videos) if videos.len() <= BELIEVABLE => TokenState::Known(videos),
            _ => TokenState::Unknown,
        })
    }

    /// The caller's newest videos, newest first, or everybody's under version 1; `None` when the answer proves nothing.
    pub(crate) async fn newest_videos(&self, pass: &Pass) -> Result<Option<Vec<ListedVideo>>, CallError> {
        let mut parameters = vec![("orderby", "uploaded"), ("order", "desc"), ("size", "100")];
        if pass.version() == ApiVersion::V2 {
            // The older pages know no "me", and a list of nobody's videos would be an empty one.
            parameters.push(("user_id", "me"));
        }
        let parameters: Vec<_> = parameters.into_iter().map(|(name, value)| (name, value.to_owned())).collect();
        self.list(&parameters, pass).await
    }

    /// A video as the list shows it now.
    pub(crate) async fn video(&self, id: u64, pass: &Pass) -> Result<Option<ListedVideo>, CallError> {
        Ok(self.videos_with_id(id, pass).await?.into_iter().flatten().next())
    }

    /// The same, told apart from an answer that proves nothing: `None`.
    pub(crate) async fn videos_with_id(&self, id: u64, pass: &Pass) -> Result<Option<Vec<ListedVideo>>, CallError> {
        let list = self.list(&[("photo_id", id.to_string())], pass).await?;
        Ok(list.map(|list| list.into_iter().filter(|video| video.id == id).collect()))
    }

    async fn list(&self, filter: &[(&str, String)], pass: &Pass) -> Result<Option<Vec<ListedVideo>>, CallError> {
        let Some(rows) = self.rows(filter, pass).await? else { return Ok(None) };
        // A row that could not be read must not look like "not there".
        Ok(rows.iter().map(|row| listed(&self.origin, row)).collect())
    }

    /// What the list shows, row by row; `None` when the answer proves nothing.
    pub(super) async fn rows(&self, filter: &[(&str, String)], pass: &Pass) -> Result<Option<Vec<Value>>, CallError> {
        let mut parameters = filter.to_vec();
        parameters.extend([
            ("include_unpublished_p", "1".to_owned()),
            // Anonymous answers may come from a cache for half an hour; a changing parameter passes it by.
            ("time", Timestamp::now().as_millisecond().to_string()),
        ]);
        let envelope = self.ask("photo/list", &parameters, pass).await?;
        if !envelope.is_current_and_authorised() {
            return Ok(None);
        }
        // Nor must more rows than came.
        let rows = envelope.list("photos").filter(|rows| !rows.is_empty() || envelope.total_count() == Some(0));
        Ok(rows.map(|rows| rows.into_iter().cloned().collect()))
    }

    /// Changes a stored video's details, custom variables included.
    pub(crate) async fn describe_video(&self, id: u64, wording: Wording<'_>, pass: &Pass) -> Result<(), CallError> {
        let mut parameters = wording.parameters();
        parameters.extend(wording.details.variables.iter().map(|(key, value)| (key.as_str(), value.clone())));
        parameters.push(("photo_id", id.to_string()));
        self.call(Method::POST, "photo/update", &parameters, Some(pass)).await.map(|_| ())
    }

    /// Publishes a video now.
    pub(crate) async fn publish_video(&self, id: u64, pass: &Pass) -> Result<(), CallError> {
        let parameters = [("photo_id", id.to_string()), ("published_p", "1".to_owned())];
        self.call(Method::POST, "photo/update", &parameters, Some(pass)).await.map(|_| ())
    }

    /// Has the server publish a video at an instant ahead. The server reads a date on the workspace's own clock unless a
    /// zone comes with it.
    pub(crate) async fn publish_video_on(&self, id: u64, date: Timestamp, pass: &Pass) -> Result<(), CallError> {
        if pass.version() == ApiVersion::V1 {
            return Err(CallError::BeyondVersion1);
        }
        let parameters = [
            ("photo_id", id.to_string()),
            ("publish_date", date.strftime("%Y-%m-%d %H:%M:%S").to_string()),
            ("timezone", "UTC".to_owned()),
            // A date ahead publishes a video that is not published; one that is stays so.
            ("published_p", "0".to_owned()),
        ];
        self.call(Method::POST, "photo/update", &parameters, Some(pass)).await.map(|_| ())
    }

    /// All categories of the workspace, hidden ones included.
    pub(crate) async fn categories(&self, pass: &Pass) -> Result<Vec<ListedCategory>, CallError> {
        let mut categories = Vec::new();
        for page in 1..=MOST_PAGES {
            let parameters = [
                ("include_hidden_p", "1".to_owned()),
                ("orderby", "creation_date".to_owned()),
                ("order", "asc".to_owned()),
                ("size", "100".to_owned()),
                ("p", page.to_string()),
                ("time", Timestamp::now().as_millisecond().to_string()),
            ];
            let envelope = self.call(Method::GET, "album/list", &parameters, Some(pass)).await?;
            let unreadable = || CallError::Unreadable { excerpt: "no list of categories in the answer".into() };
            let rows = envelope.list("albums").ok_or_else(unreadable)?;
            let read = rows.iter().filter_map(|row| {
                let name = row.get("title").and_then(text).unwrap_or_default();
                Some(ListedCategory { id: row.get("album_id").and_then(number)?, name })
            });
            categories.extend(read);
            if rows.is_empty() || envelope.total_count().is_none_or(|total| categories.len() as u64 >= total) {
                break;
            }
        }
        Ok(categories)
    }

    /// How much of a video is transcoded, from 0 to 1; `None` when the answer does not say.
    pub(crate) async fn transcoding(&self, id: u64, pass: &Pass) -> Result<Option<f64>, CallError> {
        let parameters = [("photo_id", id.to_string())];
        let envelope = self.call(Method::GET, "photo/get-transcoding-progress", &parameters, Some(pass)).await?;
        let data = envelope.data();
        Ok(data.get("all").or_else(|| data.get("progress")?.get("all")).and_then(fraction))
    }

    /// The workspace's name; also the cheapest sign that it is there.
    pub(crate) async fn site(&self, pass: Option<&Pass>) -> Result<String, CallError> {
        let envelope = self.call(Method::GET, "site/get", &[], pass).await?;
        let name = ["site_name", "domain"].into_iter().find_map(|key| envelope.data().get(key).and_then(text));
        Ok(name.unwrap_or_else(|| self.origin.host().to_owned()))
    }

    /// What a credential may do: the level that the server gives it.
    pub(crate) async fn level(&self, pass: &Pass) -> Result<Level, CallError> {
        let parameters = [("size", "1".to_owned()), ("time", Timestamp::now().as_millisecond().to_string())];
        let envelope = self.call(Method::GET, "photo/list", &parameters, Some(pass)).await?;
        Ok(envelope.level())
    }

    /// The workspaces that a login token opens, each with a bearer of its own. Not in the published specification; the
    /// vendor's command-line client lives on it.
    pub(crate) async fn user_tokens(&self, login: &SecretString) -> Result<Vec<WorkspaceToken>, CallError> {
        let parameters = [("cross_sites_p", "1".to_owned())];
        let envelope = self.call(Method::GET, "user/tokens", &parameters, Some(&Pass::Bearer(login.clone()))).await?;
        let rows = envelope.list_under(&["sites", "tokens", "data", "workspaces"]);
        Ok(rows.into_iter().filter_map(|row| self.workspace_token(row)).collect())
    }

    fn workspace_token(&self, row: &Value) -> Option<WorkspaceToken> {
        let field = |name: &str| row.get(name).and_then(text).filter(|value| !value.is_empty());
        let domain = field("domain")?;
        let origin = field("api_base_url").and_then(|root| self.origin.named_here(&root));
        Some(WorkspaceToken {
            origin: origin.or_else(|| self.origin.named_here(&domain))?,
            name: field("display_name").or_else(|| field("site_name")).unwrap_or(domain),
            bearer: field("bearer_token")?.into(),
            expires: field("expiration_time").and_then(|time| time.parse().ok()),
        })
    }
}

/// A row of a list of videos; `None` where it has no id.
pub(super) fn listed(origin: &Origin, row: &Value) -> Option<ListedVideo> {
    let absolute = row.get("absolute_url").and_then(text).filter(|url| url.contains("://"));
    let relative = row.get("one").and_then(text).filter(|path| path.starts_with('/'));
    Some(ListedVideo {
        id: row.get("photo_id").and_then(number)?,
        public_url: absolute.or_else(|| relative.map(|path| origin.url(&path))),
        created: row.get("creation_date_epoch").and_then(number).map(|seconds| seconds as i64),
    })
}

impl Wording<'_> {
    /// As the token calls take it; custom variables follow once there is a video.
    fn parameters(&self) -> Vec<(&'static str, String)> {
        let Details { title, description, tags, absolute_url, .. } = self.details;
        let ids: Vec<String> = self.categories.iter().map(u64::to_string).collect();
        let mut parameters = vec![
            ("title", title.clone()),
            ("description", description.clone()),
            ("tags", join_tags(tags)),
            ("album_id", ids.join(",")),
        ];
        if let Some(url) = absolute_url {
            parameters.push(("absolute_url", url.clone()));
        }
        parameters
    }
}

/// Tags are separated by spaces; one that has a space is quoted.
pub(super) fn join_tags(tags: &[String]) -> String {
    let quoted = tags.iter().map(|tag| {
        let tag = tag.replace('"', "");
        if tag.contains(char::is_whitespace) { format!("\"{tag}\"") } else { tag }
    });
    quoted.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_with_spaces_are_quoted_and_quotes_cannot_break_out() {
        let tags = ["spring".to_owned(), "two words".to_owned(), "a\"b".to_owned()];
        assert_eq!(join_tags(&tags), "spring \"two words\" ab");
    }
}
