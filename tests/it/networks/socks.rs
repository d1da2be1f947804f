//! A real SOCKS 5 proxy with a password, as far as RFC 1928 and 1929 go for a client that connects by name.

use super::proxies::{behind, to};
use crate::rig::LARGE;
use slipway_engine::failure::Code;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

const BY_PASSWORD: u8 = 2;
const BY_NAME: u8 = 3;

/// Opens one that lets `anna` in, and answers its address and the hosts that it was asked for.
async fn open() -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noting = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, Arc::clone(&noting)));
        }
    });
    (address, asked)
}

/// One connection. Whatever goes wrong ends it.
async fn serve(mut client: TcpStream, asked: Arc<Mutex<Vec<String>>>) -> std::io::Result<()> {
    let _version = client.read_u8().await?;
    let methods = counted(&mut client).await?;
    let method = if methods.contains(&BY_PASSWORD) { BY_PASSWORD } else { 0xff };
    client.write_all(&[5, method]).await?;
    let _version = client.read_u8().await?;
    let (user, password) = (counted(&mut client).await?, counted(&mut client).await?);
    let known = (&*user, &*password) == (b"anna", b"s3cret-of-hers");
    client.write_all(&[1, u8::from(!known)]).await?;
    let mut request = [0; 4];
    client.read_exact(&mut request).await?;
    assert_eq!(request, [5, 1, 0, BY_NAME], "a connection, by name");
    let host = String::from_utf8(counted(&mut client).await?).unwrap();
    let port = client.read_u16().await?;
    asked.lock().unwrap().push(host);
    let mut server = TcpStream::connect(("127.0.0.1", port)).await?;
    client.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 0]).await?;
    copy_bidirectional(&mut client, &mut server).await.map(|_| ())
}

/// Bytes that come after their number.
async fn counted(client: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::from(client.read_u8().await?)];
    client.read_exact(&mut bytes).await?;
    Ok(bytes)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socks_proxy_is_gone_through_by_name_and_with_its_password() {
    let (address, asked) = open().await;
    let (rig, front, _folder) = behind(&format!("socks5h://anna:s3cret-of-hers@{address}")).await;
    let id = rig.add_as(to(&front, &rig, LARGE)).await.item.id;
    rig.assert_done_once("socks", &rig.rest(id).await);
    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), front.opened(), "no connection passed it by");
    assert!(asked.iter().all(|host| host == super::proxies::HOST), "{asked:?}");
}

#[tokio::test]
async fn a_socks_proxy_that_does_not_know_the_password_is_named() {
    let (address, asked) = open().await;
    let (rig, front, _folder) = behind(&format!("socks5h://anna:wr0ng-password@{address}")).await;
    let id = rig.add_as(to(&front, &rig, LARGE)).await.item.id;
    let failure = rig.until_held_up(id).await;
    assert_eq!(failure.code, Code::ProxyRefused, "{failure:?}");
    assert!(!format!("{failure:?} {}", rig.log(id).await).contains("wr0ng"), "{failure:?}");
    assert!(asked.lock().unwrap().is_empty());
}
