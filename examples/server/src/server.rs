use chat_core::auth::{JwtAuthenticator, JwtIssuer};
use chat_core::engine::CreateRoom;
use chat_core::model::RoomKind;
use chat_core::{Actor, Engine, ErrorKind, RoomId};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use crate::Settings;
use crate::backends::Backends;
use crate::web::Web;

/// The reason why the server failed to start.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// The buckets of histograms whose names end in `_seconds`.
const SECONDS: &[f64] = &[
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// An engine with its metrics, development tokens and web app.
#[derive(Debug)]
pub struct Server {
    /// The engine, to mount under `/chat`.
    pub engine: Engine,
    /// The metrics for `/metrics`, if enabled.
    pub(crate) metrics: Option<PrometheusHandle>,
    pub(crate) dev_tokens: Option<JwtIssuer>,
    pub(crate) web: Option<Web>,
    pub(crate) backends: Backends,
}

impl Server {
    /// Sets up logging, metrics and the engine from environment variables.
    ///
    /// # Errors
    /// Fails if a setting is invalid or MongoDB is unreachable.
    pub async fn from_env() -> Result<(Self, Settings), Error> {
        let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
        tracing_subscriber::fmt().with_env_filter(filter).init();
        let settings = Settings::from_env()?;
        let metrics = recorder()?.install_recorder()?;
        Ok((Self::new(&settings, metrics).await?, settings))
    }

    /// Builds the engine on the configured backends, and creates a public room `general`.
    pub(crate) async fn new(settings: &Settings, metrics: PrometheusHandle) -> Result<Self, Error> {
        let backends = Backends::open(&settings.backends).await?;
        let builder = Engine::builder(JwtAuthenticator::hs256(&settings.jwt_secret)?);
        let engine = backends.plug_in(builder, settings.config.clone())?.build();
        create_general(&engine).await?;
        let dev_tokens = settings
            .dev_tokens
            .then(|| JwtIssuer::hs256(&settings.jwt_secret))
            .transpose()?;
        let web = settings.web_dir.as_deref().map(Web::open).transpose()?;
        Ok(Self {
            engine,
            metrics: settings.metrics.then_some(metrics),
            dev_tokens,
            web,
            backends,
        })
    }
}

pub(crate) fn recorder() -> Result<PrometheusBuilder, Error> {
    let seconds = Matcher::Suffix("_seconds".to_owned());
    Ok(PrometheusBuilder::new().set_buckets_for_metric(seconds, SECONDS)?)
}

/// Creates the public room `general` if it does not exist.
async fn create_general(engine: &Engine) -> chat_core::Result<()> {
    let general = CreateRoom::new(RoomKind::Public)
        .id(RoomId::new("general")?)
        .name("General");
    match engine.create_room(&Actor::App, general).await {
        Err(error) if error.kind() != ErrorKind::Conflict => Err(error),
        _ => Ok(()),
    }
}
