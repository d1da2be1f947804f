//! The callback to a token's `return_url`, in each of the forms that the vendor's pages describe.
//!
//! Owns the addresses and the background line. The sandbox calls nobody beyond the loopback interface.
//! Next: `redeem.rs`, which decides that there is something to say.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;

use crate::form::Form;
use crate::inspect::VideoRecord;
use crate::redeem::completing_body;
use crate::reply::{Answer, escaped};
use crate::state::{Grant, Purpose};
use crate::token;
use crate::visit::Visit;
use crate::world::World;

/// A callback longer than this is made by POST, or not at all in the background.
const LONGEST_GET: usize = 1500;

/// How long the callback's receiver may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The answer to an upload that made or replaced a video.
pub(crate) async fn success(visit: &Visit, form: &Form, grant: &Grant, video: &VideoRecord) -> Answer {
    if grant.return_url.is_empty() {
        let key = if grant.purpose == Purpose::Upload { "upload" } else { "photo" };
        return completing_body(visit, form, video, key);
    }
    let about = vec![
        ("photo_id".to_owned(), video.photo_id.to_string()),
        ("tree_id".to_owned(), video.tree_id.to_string()),
        ("token".to_owned(), video.token.clone()),
    ];
    let fields = fields(visit, form, grant, about);
    if grant.background {
        let address = called_back(grant, &fields).await;
        return Answer::text(200, line(&visit.world, video, &address));
    }
    sent_back(&visit.world, grant, &fields)
}

/// The answer to an upload that failed although its token was good.
pub(crate) async fn failure(visit: &Visit, form: &Form, grant: &Grant, message: &str) -> Answer {
    if grant.return_url.is_empty() {
        return Answer::text(500, message.to_owned()).because(message);
    }
    let fields = fields(visit, form, grant, vec![("error_message".to_owned(), message.to_owned())]);
    if grant.background {
        called_back(grant, &fields).await;
        return Answer::text(200, format!("error {message}")).because(message);
    }
    sent_back(&visit.world, grant, &fields).because(message)
}

/// `ok <domain> <tree_id> <photo_id> <token> <callback_url>`; the tree comes before the photo.
pub(crate) fn line(world: &World, video: &VideoRecord, address: &str) -> String {
    let domain = world.domain();
    format!("ok {domain} {} {} {} {address}", video.tree_id, video.photo_id, video.token).trim_end().to_owned()
}

/// Everything the callback carries: the token and the domain always, then the outcome, then what was to be repeated.
fn fields(visit: &Visit, form: &Form, grant: &Grant, about: Vec<(String, String)>) -> Vec<(String, String)> {
    let token_field = if grant.purpose == Purpose::Upload { "upload_token" } else { "replace_token" };
    let mut fields = vec![(token_field.to_owned(), grant.token.clone()), ("domain".to_owned(), visit.world.domain())];
    fields.extend(about);
    fields.extend(grant.extra.iter().cloned());
    fields.extend(token::extra(form));
    fields
}

/// The address with the fields behind whatever query it had.
fn address(return_url: &str, fields: &[(String, String)]) -> String {
    if let Ok(mut url) = Url::parse(return_url) {
        url.query_pairs_mut().extend_pairs(fields);
        return url.into();
    }
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let joint = if return_url.contains('?') { '&' } else { '?' };
    format!("{return_url}{joint}{query}")
}

/// Sends the client on: by a redirect, or with a page that posts itself when that would be too long.
fn sent_back(world: &World, grant: &Grant, fields: &[(String, String)]) -> Answer {
    let address = address(&grant.return_url, fields);
    if address.len() < LONGEST_GET {
        return Answer::html(world.switches().callback_status, "").header("Location", address);
    }
    let mut inputs = String::new();
    for (name, value) in fields {
        let (name, value) = (escaped(name), escaped(value));
        let _ = write!(inputs, "<input type=\"hidden\" name=\"{name}\" value=\"{value}\">");
    }
    let page = format!(
        "<!doctype html><html><body onload=\"document.forms[0].submit()\">\
         <form method=\"post\" action=\"{}\">{inputs}<noscript><button>Continue</button></noscript></form>\
         </body></html>",
        escaped(&grant.return_url)
    );
    Answer::html(200, page)
}

/// Calls back from the server, if that is within this machine, and answers the address that was called.
async fn called_back(grant: &Grant, fields: &[(String, String)]) -> String {
    let address = address(&grant.return_url, fields);
    if address.len() > LONGEST_GET {
        tracing::info!("a background callback above {LONGEST_GET} characters was left out");
        return grant.return_url.clone();
    }
    match tokio::time::timeout(PATIENCE, get(&address)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::info!(%error, "the callback was not taken"),
        Err(_) => tracing::info!("the callback was not answered"),
    }
    address
}

/// One GET, to this machine only; the answer is awaited and not looked at.
async fn get(address: &str) -> std::io::Result<()> {
    let refused = |why: &str| std::io::Error::other(why.to_owned());
    let url = Url::parse(address).map_err(std::io::Error::other)?;
    if url.scheme() != "http" {
        return Err(refused("only http callbacks are made"));
    }
    let sockets = url.socket_addrs(|| None)?;
    let socket: SocketAddr = sockets
        .into_iter()
        .find(|socket| socket.ip().is_loopback())
        .ok_or_else(|| refused("only this machine is called back"))?;
    let mut stream = TcpStream::connect(socket).await?;
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let request = format!(
        "GET {}{query} HTTP/1.1\r\nHost: {socket}\r\nUser-Agent: TwentyThree sandbox\r\nConnection: close\r\n\r\n",
        url.path()
    );
    stream.write_all(request.as_bytes()).await?;
    let mut first = [0; 64];
    stream.read(&mut first).await.map(drop)
}
