//! HTTP-01 (RFC 8555 §8.3): a page for each token while an order runs, and 404 for everything else.
//! The pages are either served here or written to the folder of a web server.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::CONTENT_TYPE;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use crate::AcmeError;
use crate::answers::Answers;

/// The path that an authority requests.
const PREFIX: &str = "/.well-known/acme-challenge/";
/// The most clients at the same time; authorities use a handful of connections.
const AT_ONCE: usize = 256;
/// The most clients from one network, so that nobody can block the authority by holding connections
/// open. It is not lower because behind a forwarder all clients have the forwarder's address.
const OF_ONE: usize = 32;
/// A client that takes longer is disconnected.
const PATIENCE: Duration = Duration::from_secs(10);
/// A client that has sent nothing by then is disconnected too: on both ports the client speaks
/// first.
const FIRST_BYTE: Duration = Duration::from_secs(2);

/// The answer for each token.
pub(crate) type Pages = Answers<String, String>;

/// Serves one address for as long as the future is polled.
pub(crate) async fn serve(listener: TcpListener, pages: Pages) {
    each_client(listener, move |stream| serve_one(stream, pages.clone())).await;
}

/// Runs a task for each client, for a limited number at the same time.
pub(crate) async fn each_client<F>(
    listener: TcpListener,
    work: impl Fn(TcpStream) -> F + Clone + Send + 'static,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let networks = Networks::default();
    loop {
        // The semaphore is never closed.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, peer)) => {
                let Some(seat) = networks.seat(peer.ip()) else { continue };
                let work = work.clone();
                tokio::spawn(async move {
                    // A disconnected client is not an error.
                    if timeout(FIRST_BYTE, stream.readable()).await.is_ok() {
                        let _ = timeout(PATIENCE, work(stream)).await;
                    }
                    drop((place, seat));
                });
            }
            // Out of descriptors, or the client gave up: wait a little rather than spin.
            Err(_) => sleep(Duration::from_millis(100)).await,
        }
    }
}

/// The number of clients from each network. Clones share it.
#[derive(Clone, Default)]
struct Networks(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// A client's place, held for as long as it is served.
struct Seat {
    networks: Networks,
    network: IpAddr,
}

impl Networks {
    /// A place for one more client, unless its network already has the most it may.
    fn seat(&self, address: IpAddr) -> Option<Seat> {
        let network = network(address);
        let mut counts = self.counts();
        let count = counts.entry(network).or_default();
        (*count < OF_ONE).then(|| *count += 1)?;
        Some(Seat { networks: self.clone(), network })
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        // Nothing panics while holding the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut counts = self.networks.counts();
        let left = counts.get(&self.network).map_or(0, |count| count.saturating_sub(1));
        match left {
            0 => counts.remove(&self.network),
            left => counts.insert(self.network, left),
        };
    }
}

/// An IPv4 address, or the /64 of an IPv6 client.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address => address,
    }
}

async fn serve_one(stream: TcpStream, pages: Pages) {
    let service = service_fn(move |request| {
        let answer = answer(&request, &pages);
        async move { Ok::<_, Infallible>(answer) }
    });
    let connection =
        http1::Builder::new().keep_alive(false).serve_connection(TokioIo::new(stream), service);
    // A stranger's data that is not HTTP is not an error.
    let _ = connection.await;
}

fn answer<B>(request: &Request<B>, pages: &Pages) -> Response<Full<Bytes>> {
    let page = request.uri().path().strip_prefix(PREFIX).and_then(|token| pages.get(token));
    let mut response = Response::new(Full::default());
    match page {
        Some(page) => {
            *response.body_mut() = Full::new(page.into());
            let kind = hyper::header::HeaderValue::from_static("application/octet-stream");
            response.headers_mut().insert(CONTENT_TYPE, kind);
        }
        None => *response.status_mut() = StatusCode::NOT_FOUND,
    }
    response
}

/// The place of the pages in the folder that a web server serves.
pub fn page_folder(webroot: &Path) -> PathBuf {
    webroot.join(PREFIX.trim_matches('/'))
}

/// The pages in the folder of a web server; dropping this removes them.
pub(crate) struct Laid {
    root: PathBuf,
    files: Vec<PathBuf>,
}

impl Laid {
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_owned(), files: Vec::new() }
    }

    pub(crate) fn lay(&mut self, token: &str, page: &str) -> Result<(), AcmeError> {
        // A token is base64url (RFC 8555 §8.3); anything else could lead elsewhere.
        if token.is_empty()
            || !token.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        {
            return Err(AcmeError::Authority(format!("its token {token:?} is not base64url")));
        }
        let folder = page_folder(&self.root);
        let file = folder.join(token);
        let written = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&file, page));
        written.map_err(|error| AcmeError::File(file.clone(), error))?;
        self.files.push(file);
        Ok(())
    }
}

impl Drop for Laid {
    fn drop(&mut self) {
        for file in &self.files {
            // A leftover page is harmless: the next order uses another one.
            let _ = std::fs::remove_file(file);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_its_page_and_nothing_else_has_one() {
        let pages = Pages::default();
        pages.set("abc".into(), "abc.thumb".into());
        let status = |path: &str| {
            let request = Request::builder().uri(path).body(()).expect("a request");
            answer(&request, &pages).status()
        };
        assert_eq!(status("/.well-known/acme-challenge/abc"), StatusCode::OK);
        for other in
            ["/.well-known/acme-challenge/", "/.well-known/acme-challenge/abcd", "/", "/abc"]
        {
            assert_eq!(status(other), StatusCode::NOT_FOUND, "{other}");
        }
        pages.clear();
        assert_eq!(status("/.well-known/acme-challenge/abc"), StatusCode::NOT_FOUND);
    }

    #[test]
    fn a_network_has_its_seats_and_no_more() {
        let networks = Networks::default();
        let seat = |address: &str| networks.seat(address.parse().expect("an address"));
        let mut held: Vec<Seat> = (0..OF_ONE).filter_map(|_| seat("192.0.2.1")).collect();
        assert_eq!(held.len(), OF_ONE);
        assert!(seat("192.0.2.1").is_none() && seat("::ffff:192.0.2.1").is_none());
        assert!(seat("192.0.2.2").is_some());
        held.pop();
        let again = seat("192.0.2.1").expect("one is free");
        let neighbours = (0..OF_ONE).map(|host| format!("2001:db8::{host:x}"));
        held.extend(neighbours.filter_map(|address| seat(&address)));
        assert!(seat("2001:db8::ffff").is_none() && seat("2001:db8:0:1::1").is_some());
        drop((held, again));
        assert!(networks.counts().is_empty());
    }

    /// One client that held connections open used to block everyone, including the authority.
    #[tokio::test]
    async fn who_has_all_seats_is_turned_away_and_others_are_served() {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let work = |mut stream: TcpStream| async move {
            let mut byte = [0];
            let _ = stream.read_exact(&mut byte).await;
            if byte == *b"?" {
                let _ = stream.write_all(b"!").await;
            } else {
                std::future::pending().await
            }
        };
        let serving = tokio::spawn(each_client(listener, work));
        let connect = async |from: [u8; 4], byte: u8| {
            let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
            socket.bind((from, 0).into()).expect("an address");
            let mut stream = socket.connect(address).await.expect("it listens");
            // A connection that is closed immediately may report it here already.
            let _ = stream.write_all(&[byte]).await;
            stream
        };
        let mut held = Vec::new();
        for _ in 0..OF_ONE {
            held.push(connect([127, 0, 0, 1], b'.').await);
        }
        let heard = async |mut stream: TcpStream| {
            let mut all = Vec::new();
            // A connection closed with an unread byte is reset.
            let _ = timeout(PATIENCE / 2, stream.read_to_end(&mut all)).await.expect("an end");
            all
        };
        assert_eq!(heard(connect([127, 0, 0, 1], b'?').await).await, b"");
        assert_eq!(heard(connect([127, 0, 0, 2], b'?').await).await, b"!");
        serving.abort();
    }

    #[test]
    fn pages_in_a_folder_go_with_the_order_and_never_lead_out_of_it() {
        let root = tempfile::tempdir().expect("a folder");
        let mut laid = Laid::new(root.path());
        laid.lay("tok_en-1", "page").expect("a page");
        let file = root.path().join(".well-known/acme-challenge/tok_en-1");
        assert_eq!(std::fs::read_to_string(&file).expect("the page"), "page");
        for bad in ["", "..", "../x", "a/b", "a.b"] {
            assert!(laid.lay(bad, "page").is_err(), "{bad}");
        }
        drop(laid);
        assert!(!file.exists());
    }
}
