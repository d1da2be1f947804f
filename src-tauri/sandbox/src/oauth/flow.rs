//! How an application comes by an access token: it asks for a request token, a person allows it, and it exchanges the
//! request token together with the verifier that the person hands it.
//!
//! Owns the three paths below `/oauth/`. Their failures are plain text with 401 or 400, of which the pages say nothing.
//! Next: `oauth/keys.rs`.

use http::header::LOCATION;

use super::{Defect, Signed};
use crate::auth::{USER_ID, random_token};
use crate::form::Form;
use crate::page;
use crate::reply::{Answer, escaped};
use crate::state::{Access, Entry, Pending};
use crate::visit::Visit;
use crate::workspace::SITE_ID;
use crate::world::World;

/// Carries out one step. `signed` is what the request shows of a signature.
pub(crate) fn step(visit: &Visit, form: &Form) -> Answer {
    let world = &visit.world;
    let stepped = match (visit.path.as_str(), &visit.signed) {
        ("/oauth/authorize", _) if form.post => return allow(world, form),
        ("/oauth/authorize", _) => return ask(world, form),
        ("/oauth/request_token", Some(signed)) => request_token(world, signed, form),
        ("/oauth/access_token", Some(signed)) => access_token(world, signed),
        ("/oauth/request_token" | "/oauth/access_token", None) => Err(refused(Defect::Malformed)),
        _ => return Answer::text(404, "not found"),
    };
    stepped.unwrap_or_else(|refusal| refusal)
}

fn refused(defect: Defect) -> Answer {
    let problem = defect.problem();
    let text = format!("{}: {}", problem.code, problem.message);
    Answer::text(problem.status, text.clone()).because(text)
}

fn urlencoded(fields: &[(&str, &str)]) -> Answer {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    Answer::new(200, "application/x-www-form-urlencoded", body)
}

/// 1: signed by the application alone; says where the person is to be sent afterwards, or `oob` for nowhere.
fn request_token(world: &World, signed: &Signed, form: &Form) -> Result<Answer, Answer> {
    let consumer = signed.judge(world, |_, consumer| Ok((String::new(), consumer.key.clone()))).map_err(refused)?;
    // A callback beside the header counts as well: it is covered by the signature.
    let beside = form.filled("oauth_callback").filter(|_| !form.multipart);
    let Some(callback) = signed.text("oauth_callback").or(beside) else {
        return Err(Answer::text(400, "oauth_callback is required").because("no oauth_callback"));
    };
    let pending = Pending::of(&consumer, callback);
    let answer = urlencoded(&[
        ("oauth_token", &pending.token),
        ("oauth_token_secret", &pending.secret),
        ("oauth_callback_confirmed", "true"),
    ]);
    world.store.put(Entry::Pending(pending));
    Ok(answer)
}

/// 2: allows a request token on a person's behalf, and answers the verifier and the callback.
pub(crate) fn authorize(world: &World, request_token: &str) -> Option<(String, String)> {
    world.store.change(|state| {
        let Some(pending) = state.keys.pending.get(request_token) else { return (None, Vec::new()) };
        let verifier = pending.verifier.clone().unwrap_or_else(|| random_token(20));
        let allowed = Pending { verifier: Some(verifier.clone()), ..pending.clone() };
        (Some((verifier, allowed.callback.clone())), vec![Entry::Pending(allowed)])
    })
}

const UNKNOWN: &str = "This request is unknown or has been answered already";

/// 2a: the page that the person sees.
fn ask(world: &World, form: &Form) -> Answer {
    let token = form.text("oauth_token").unwrap_or_default();
    let pending = world.store.read(|state| state.keys.pending.get(token).cloned());
    let Some(pending) = pending else { return Answer::text(404, UNKNOWN).because("request token unknown") };
    let level = world.store.read(|state| state.keys.consumers.get(&pending.consumer).map(|consumer| consumer.level));
    let body = format!(
        "<main class=\"one\"><article><h1>{}</h1><p>The application {} asks for access at level {}.</p>\
         <form method=\"post\" action=\"/oauth/authorize\"><input type=\"hidden\" name=\"oauth_token\" value=\"{}\">\
         <button>Allow</button></form></article></main>",
        escaped(&world.name),
        escaped(&pending.consumer),
        level.map_or("none", crate::Level::word),
        escaped(token),
    );
    page::html("Allow an application", &body, page::Forms::Sent)
}

/// 2b: the button was pressed.
fn allow(world: &World, form: &Form) -> Answer {
    let token = form.text("oauth_token").unwrap_or_default();
    let Some((verifier, callback)) = authorize(world, token) else {
        return Answer::text(404, UNKNOWN).because("request token unknown");
    };
    if let Ok(mut address) = url::Url::parse(&callback)
        && matches!(address.scheme(), "http" | "https")
    {
        address.query_pairs_mut().append_pair("oauth_verifier", &verifier).append_pair("oauth_token", token);
        return Answer::html(302, "").header(LOCATION.as_str(), address);
    }
    let body = format!(
        "<main class=\"one\"><article><h1>Allowed</h1><p>Give this code to the application:</p>\
         <p><code id=\"verifier\">{verifier}</code></p></article></main>"
    );
    page::html("Allowed", &body, page::Forms::None)
}

/// 3: signed with the request token, which this uses up.
fn access_token(world: &World, signed: &Signed) -> Result<Answer, Answer> {
    let token = signed.text("oauth_token").unwrap_or_default();
    let consumer = signed.judge(world, |state, consumer| {
        let pending = state.keys.pending.get(token).ok_or(Defect::Token)?;
        if pending.consumer != consumer.key {
            return Err(Defect::Token);
        }
        Ok((pending.secret.clone(), consumer.clone()))
    });
    let consumer = consumer.map_err(refused)?;
    let verifier = signed.text("oauth_verifier");
    // Looked at again under the same lock as the exchange: of two that come together one is too late.
    let access = world.store.change(|state| {
        let pending = state.keys.pending.get(token);
        let allowed = pending.is_some_and(|pending| verifier.is_some() && pending.verifier.as_deref() == verifier);
        if !allowed {
            return (None, Vec::new());
        }
        let access = Access::of(&consumer.key, consumer.level);
        (Some(access.clone()), vec![Entry::PendingSpent(token.to_owned()), Entry::Access(access)])
    });
    let Some(access) = access else {
        return Err(Answer::text(401, "permission_denied: The verifier is wrong").because("verifier wrong"));
    };
    Ok(urlencoded(&[
        ("oauth_token", &access.token),
        ("oauth_token_secret", &access.secret),
        ("domain", &world.domain()),
        ("user_id", &USER_ID.to_string()),
        ("site_id", &SITE_ID.to_string()),
    ]))
}
