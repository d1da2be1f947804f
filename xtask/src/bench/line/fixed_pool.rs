//! A client with a fixed pool, to measure beside: windows of five chunks of 5 MiB side by side, each window waiting for
//! its slowest chunk. It keeps its connections, and sends the same forms that Slipway does.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{Cursor, Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;
use std::thread;

use anyhow::{Context as _, Result, ensure};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, SendBody};

const WINDOW: u64 = 5;
const CHUNK: u64 = 5 * 1024 * 1024;

/// Sends a file as a client with a fixed pool does, for the measurement of the long line
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Where the workspace is
    #[arg(long)]
    address: String,
    /// The file with its authority
    #[arg(long)]
    ca_file: PathBuf,
    /// The token that stands for the upload
    #[arg(long)]
    upload_token: String,
    /// The file to send
    file: PathBuf,
}

/// Sends it and returns when the last answer is there.
pub(crate) fn send(arguments: &Arguments) -> Result<()> {
    let authority = std::fs::read(&arguments.ca_file)?;
    let roots = RootCerts::new_with_certs(&[Certificate::from_pem(&authority)?.to_owned()]);
    let agent: Agent = Agent::config_builder()
        .tls_config(TlsConfig::builder().root_certs(roots).build())
        .max_idle_connections_per_host(WINDOW as usize)
        .build()
        .into();
    let total = arguments.file.metadata()?.len();
    let count = (total / CHUNK).max(1);
    for first in (1..=count).step_by(WINDOW as usize) {
        thread::scope(|scope| {
            let window = first..(first + WINDOW).min(count + 1);
            let posts: Vec<_> = window
                .map(|number| {
                    scope.spawn({
                        let agent = &agent;
                        move || post(agent, arguments, number, total)
                    })
                })
                .collect();
            posts.into_iter().try_for_each(|post| post.join().expect("posting does not panic"))
        })?;
    }
    Ok(())
}

fn post(agent: &Agent, arguments: &Arguments, number: u64, total: u64) -> Result<()> {
    const BOUNDARY: &str = "fixed-pool-7d1f2a";
    let count = (total / CHUNK).max(1);
    let offset = (number - 1) * CHUNK;
    let length = if number == count { total - offset } else { CHUNK };
    let fields = [
        ("upload_token", arguments.upload_token.clone()),
        ("resumableIdentifier", format!("fixed{}", std::process::id())),
        ("resumableFilename", "large.mp4".to_owned()),
        ("resumableChunkNumber", number.to_string()),
        ("resumableChunkSize", CHUNK.to_string()),
        ("resumableTotalSize", total.to_string()),
        ("resumableTotalChunks", count.to_string()),
    ];
    let mut head = String::new();
    for (name, value) in fields {
        write!(head, "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")?;
    }
    write!(
        head,
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"upload.mp4\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    )?;
    let tail = format!("\r\n--{BOUNDARY}--\r\n");
    let mut file = File::open(&arguments.file)?;
    file.seek(SeekFrom::Start(offset))?;
    let whole = (head.len() + tail.len()) as u64 + length;
    let mut body = Cursor::new(head).chain(file.take(length)).chain(Cursor::new(tail));
    let answer = agent
        .post(format!("{}/api/2/photo/redeem-upload-token", arguments.address))
        .header("Content-Type", format!("multipart/form-data; boundary={BOUNDARY}"))
        .header("Content-Length", whole.to_string())
        .send(SendBody::from_reader(&mut body))
        .with_context(|| format!("chunk {number} was not taken"))?;
    ensure!(answer.status() == 200, "chunk {number} was answered with {}", answer.status());
    answer.into_body().read_to_vec()?;
    Ok(())
}
