//! HTTP-01 (RFC 8555 §8.3): a page for each token while an order runs, and 404 for everything else. Either
//! served here, or laid into the folder of a web server.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::Arc;
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

/// Where an authority looks.
const PREFIX: &str = "/.well-known/acme-challenge/";
/// Clients served at once; authorities come with a handful.
pub(crate) const AT_ONCE: usize = 32;
/// A client that takes longer is cut off.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// What each token is answered.
pub(crate) type Pages = Answers<String, String>;

/// Answers on one address for as long as it is polled.
pub(crate) async fn serve(listener: TcpListener, pages: Pages) {
    each_client(listener, |stream| serve_one(stream, pages.clone())).await;
}

/// Hands each client to a task of its own, a few at once.
pub(crate) async fn each_client<F>(listener: TcpListener, work: impl Fn(TcpStream) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let places = Arc::new(Semaphore::new(AT_ONCE));
    loop {
        // The semaphore is never closed.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let work = work(stream);
                tokio::spawn(async move {
                    // One that is cut off is no error of ours.
                    let _ = timeout(PATIENCE, work).await;
                    drop(place);
                });
            }
            // Out of descriptors, or the client gave up: rest a little rather than spin.
            Err(_) => sleep(Duration::from_millis(100)).await,
        }
    }
}

async fn serve_one(stream: TcpStream, pages: Pages) {
    let service = service_fn(move |request| {
        let answer = answer(&request, &pages);
        async move { Ok::<_, Infallible>(answer) }
    });
    let connection =
        http1::Builder::new().keep_alive(false).serve_connection(TokioIo::new(stream), service);
    // What a stranger sends that is not HTTP is no error of ours.
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

/// Pages in the folder of a web server; they are removed when this is dropped.
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
        let folder = self.root.join(PREFIX.trim_matches('/'));
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
            // A page that stays proves nothing to anybody; the next order lays another.
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
