//! TLS with `rediss://`.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::error::Error as _;
use std::path::{Path, PathBuf};

use chat_core::backend::Broker;
use chat_redis::{Options, Redis};
use chat_testbed::{RedisServer, free_port};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use support::{Ear, alert, call_all, heard, rooms};

struct Secured {
    _server: RedisServer,
    port: u16,
    root: String,
    folder: PathBuf,
}

impl Drop for Secured {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Starts a server with a certificate for `localhost` from a new authority.
fn secured() -> Secured {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = certificate.signed_by(&key, &authority).unwrap();
    let folder = std::env::temp_dir().join(format!("chat-tls-{:016x}", fastrand::u64(..)));
    std::fs::create_dir(&folder).unwrap();
    let write = |name: &str, text: &str| -> String {
        let path: &Path = &folder.join(name);
        std::fs::write(path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let port = free_port().unwrap();
    let server = RedisServer::start_with(&[
        "--tls-port".to_owned(),
        port.to_string(),
        "--tls-cert-file".to_owned(),
        write("server.pem", &certificate.pem()),
        "--tls-key-file".to_owned(),
        write("server.key", &key.serialize_pem()),
        "--tls-ca-cert-file".to_owned(),
        write("root.pem", &authority.pem()),
        "--tls-auth-clients".to_owned(),
        "no".to_owned(),
    ]);
    Secured {
        _server: server.unwrap(),
        port,
        root: authority.pem(),
        folder,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_a_trusted_certificate_is_used() {
    let server = secured();
    let options = Options {
        root_certificates: Some(server.root.clone().into()),
        ..alert()
    };
    let url = format!("rediss://localhost:{}", server.port);
    let redis = Redis::open(&url, options).unwrap();
    redis.ping().await.unwrap();
    let broker = redis.broker().unwrap();
    let mut ear = Ear::new(&broker);
    broker.subscribe(rooms(3)).await.unwrap();
    heard(&broker, &mut ear, &rooms(3), "x").await;
    call_all(&redis).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_certificate_is_not_trusted_is_not_used() {
    let (server, other) = (secured(), secured());
    let url = |host| format!("rediss://{host}:{}", server.port);
    for (host, root) in [("localhost", &other.root), ("127.0.0.1", &server.root)] {
        let options = Options {
            root_certificates: Some(root.clone().into()),
            ..alert()
        };
        let redis = Redis::open(&url(host), options).unwrap();
        let error = redis.ping().await.unwrap_err();
        let source = error.source().unwrap().to_string();
        assert!(source.to_lowercase().contains("certificate"), "{source}");
    }
}
