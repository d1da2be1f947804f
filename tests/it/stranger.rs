//! A server that is not the workspace: it gives everybody the same answer, and keeps what it was told.

use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Its address, and all that it was ever told.
pub(crate) async fn stranger(answer: Vec<u8>) -> (String, Arc<Mutex<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let heard = Arc::new(Mutex::new(String::new()));
    let record = Arc::clone(&heard);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = vec![0; 16 * 1024];
            let length = stream.read(&mut asked).await.unwrap_or_default();
            record.lock().unwrap().push_str(&String::from_utf8_lossy(&asked[..length]));
            // Whoever asked may be gone again.
            let _ = stream.write_all(&answer).await;
        }
    });
    (origin, heard)
}
