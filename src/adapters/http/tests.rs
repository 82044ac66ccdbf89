use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;

fn completed(url: &str, given: &[(&str, &str)]) -> HeaderMap {
    let given = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    complete(&Url::parse(url).unwrap(), given).unwrap()
}

#[test]
fn a_forms_request_carries_what_the_browser_would_have_added() {
    let headers = completed(
        "https://portal.example/commit",
        &[("Origin", "https://portal.example"), ("Upgrade-Insecure-Requests", "1"), ("Cookie", "sid=1"), ("Host", "x")],
    );
    assert_eq!(headers["sec-fetch-mode"], "navigate");
    assert_eq!(headers["sec-fetch-site"], "same-origin");
    assert_eq!(
        (&headers["cookie"], &headers["accept-encoding"]),
        (&"sid=1".parse().unwrap(), &"identity".parse().unwrap())
    );
    assert!(!headers.contains_key("host"));
}

#[test]
fn a_request_to_another_origin_claims_nothing() {
    let headers = completed("https://portal.example/commit", &[("Origin", "https://evil.example")]);
    assert!(!headers.contains_key("sec-fetch-site"));
}

fn commit(url: &str) -> Outgoing {
    Outgoing { method: "POST".to_owned(), url: Url::parse(url).unwrap(), headers: Vec::new(), body: b"a=1".to_vec() }
}

/// A server that counts what reached it behind the encryption and answers 200.
async fn secure_server(certificate: &rcgen::CertifiedKey<rcgen::KeyPair>) -> (String, Arc<AtomicU32>) {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(certificate.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}/commit", listener.local_addr().unwrap().port());
    let arrived = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&arrived);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut request = [0; 4096];
            if stream.read(&mut request).await.is_ok_and(|bytes| bytes > 0) {
                counted.fetch_add(1, Ordering::SeqCst);
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
                stream.write_all(answer).await.unwrap();
                stream.shutdown().await.unwrap();
            }
        }
    });
    (url, arrived)
}

fn certificate() -> rcgen::CertifiedKey<rcgen::KeyPair> {
    rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap()
}

#[tokio::test]
async fn a_target_whose_certificate_nobody_vouches_for_gets_nothing() {
    let (url, arrived) = secure_server(&certificate()).await;
    let sent = SendOnce::new(Vec::new()).unwrap().send(commit(&url)).await;
    assert_eq!(sent.err(), Some(Unsent::Certainly));
    assert_eq!(arrived.load(Ordering::SeqCst), 0);
}

/// The machine's certificates are read once for a process: this story starts itself again with its own.
#[tokio::test]
async fn a_target_that_the_machine_trusts_gets_it_encrypted() {
    const AGAIN: &str = "JITAN_STORY_TARGET";
    if let Ok(url) = std::env::var(AGAIN) {
        let answer = SendOnce::new(vec!["localhost".to_owned()]).unwrap().send(commit(&url)).await;
        assert_eq!(answer.map(|answer| (answer.status, answer.body)).ok(), Some((200, b"ok".to_vec())));
        return;
    }
    let certificate = certificate();
    let (url, arrived) = secure_server(&certificate).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("trusted.pem");
    std::fs::write(&file, certificate.cert.pem()).unwrap();
    let name = "a_target_that_the_machine_trusts_gets_it_encrypted";
    let mut again = Command::new(std::env::current_exe().unwrap());
    again.args([name]).env(AGAIN, url).env("SSL_CERT_FILE", &file).env_remove("SSL_CERT_DIR");
    let ended = tokio::task::spawn_blocking(move || again.output().unwrap()).await.unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stdout));
    assert_eq!(arrived.load(Ordering::SeqCst), 1);
}
