//! The methods, and the level that each wants.
//!
//! Owns the table and nothing else. A method that answers with more than an envelope has the whole request; the others
//! find a value or a problem and leave the wrapping to `envelope.rs`.

use crate::envelope::{self, Found, Problem};
use crate::form::Form;
use crate::oauth::flow;
use crate::redeem::wish;
use crate::reply::{Answer, Reply};
use crate::state::Level::{self, Anonymous, None as Nobody, Read, Write};
use crate::visit::Visit;
use crate::{auth, list, metadata, picture, redeem, replace, subtitles, token, transcoding, workspace};

/// The levels wanted by version 1 and version 2. A method that one of them lacks has no level there.
fn levels(method: &str) -> Option<(Option<Level>, Option<Level>)> {
    let both = |v1, v2| Some((Some(v1), Some(v2)));
    match method {
        "photo/get-upload-token"
        | "photo/get-replace-token"
        | "photo/get-update-token"
        | "photo/update"
        | "photo/delete" => both(Write, Write),
        "photo/redeem-update-token" => both(Nobody, Nobody),
        "photo/upload" => Some((Some(Write), None)),
        "photo/subtitle/upload" => Some((None, Some(Write))),
        "photo/get-transcoding-progress" => both(Read, Read),
        "photo/list" | "photo/subtitle/list" | "site/get" | "echo" | "photo/update-upload-token" => {
            both(Anonymous, Nobody)
        }
        "photo/delete-upload-token" | "photo/subtitle/locales" => Some((None, Some(Nobody))),
        "album/list" | "tag/list" => both(Anonymous, Anonymous),
        _ => None,
    }
}

/// Does the work of a request.
pub(crate) async fn answer(visit: &mut Visit, mut form: Form) -> Reply {
    if visit.path.starts_with("/oauth/") {
        return Reply::Answer(flow::step(visit, &form));
    }
    match visit.method.as_str() {
        "photo/redeem-upload-token" => return redeem::upload(visit, form).await,
        "photo/redeem-replace-token" if replace::is_there(visit) => {
            return replace::redeem(visit, form).await;
        }
        "photo/replace" => return replace::replace(visit, form).await,
        "photo/frame" => return Reply::Answer(picture::frame(visit, &form).await),
        _ => {}
    }
    let found = find(visit, &mut form).await;
    let wish = wish(visit, &form);
    Reply::Answer(match found {
        Ok(found) => envelope::success(&visit.world, &wish, found),
        Err(problem) => refused(visit, &form, &problem),
    })
}

/// A refusal in an envelope, with its reason for the record.
pub(crate) fn refused(visit: &Visit, form: &Form, problem: &Problem) -> Answer {
    let reason = format!("{}: {}", problem.code, problem.message);
    envelope::refusal(&visit.world, &wish(visit, form), problem).because(reason)
}

async fn find(visit: &mut Visit, form: &mut Form) -> Result<Found, Problem> {
    let method = visit.method.clone();
    if method == "user/tokens" && visit.version == 2 {
        let cross_sites = form.flag("cross_sites_p").unwrap_or(false);
        return auth::user_tokens(&visit.world, visit.caller, cross_sites).map(|sites| Found::new("sites", sites));
    }
    let wanted = levels(&method).and_then(|(v1, v2)| if visit.version == 1 { v1 } else { v2 });
    // The token is the authority.
    let wanted = if metadata::by_update_token(visit, form) { Some(Nobody) } else { wanted };
    let Some(wanted) = wanted else {
        return Err(Problem::new(404, "no_such_method", format!("No such method: {method}")));
    };
    auth::admit(&visit.world, visit.caller, wanted)?;
    if visit.world.switches().get_token_refuses_post
        && visit.version == 2
        && form.post
        && method.starts_with("photo/get-")
    {
        return Err(Problem::new(405, "invalid_method", "This method is called by GET"));
    }
    match method.as_str() {
        "photo/get-upload-token" => token::get_upload_token(visit, form),
        "photo/get-replace-token" => token::get_replace_token(visit, form),
        "photo/get-update-token" => token::get_update_token(visit, form),
        "photo/upload" => redeem::upload_directly(visit, form).await,
        "photo/update" | "photo/redeem-update-token" => metadata::update(visit, form),
        "photo/delete" => metadata::delete(visit, form),
        "photo/update-upload-token" => metadata::update_upload_token(visit, form),
        "photo/delete-upload-token" => metadata::delete_upload_token(visit, form),
        "photo/subtitle/upload" => subtitles::upload(visit, form).await,
        "photo/subtitle/list" => subtitles::list(visit, form),
        "photo/subtitle/locales" => Ok(subtitles::locales()),
        "photo/get-transcoding-progress" => transcoding::progress(visit, form),
        "photo/list" => list::photos(visit, form),
        "album/list" => Ok(workspace::albums(visit, form)),
        "tag/list" => Ok(workspace::tags(visit, form)),
        "site/get" => Ok(workspace::site(visit)),
        _ => Ok(workspace::echo(form)),
    }
}
