//! The services of one process: connected, migrated, mounted on one router and at work.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::{Extension, Router, middleware};
use bus::Inlet;
use contracts::Peers;
use model::Instant;
use queue::Queue;
use store::{Db, Migration};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use utoipa::openapi::OpenApi;
use utoipa::{PartialSchema, ToSchema};

use crate::access::{Gate, GateKeeper};
use crate::body::{no_such_method, no_such_path};
use crate::clock::{Clock, Ids};
use crate::consume::Follower;
use crate::context::{Context, Service, Tap};
use crate::endpoint::{EndpointFacts, merge_document, problem_response};
use crate::error::{Error, Field, Problem};
use crate::health::Health;
use crate::peers::{Reach, ServiceTransport};
use crate::relay::{Looked, Relay};
use crate::secrets::Secrets;
use crate::tokens::Keys;
use crate::verify::Verifier;
use crate::work::{KEEP_EVERY, Worker};
use crate::{log, observe};

/// What all services of a process share.
pub struct Setting {
    pub bus: bus::Bus,
    pub cache: cache::Cache,
    pub files: files::Files,
    pub reach: Reach,
    pub clock: Clock,
    pub ids: Ids,
    pub secrets: Secrets,
    pub public_url: Option<String>,
    /// Where the keys of access tokens come from; `None`: auth publishes them.
    pub keys: Option<Keys>,
}

/// One service of a process before it is built.
pub struct Part {
    pub name: &'static str,
    /// The services that it asks.
    pub asks: Vec<&'static str>,
    /// Its database and queue; `None` for a service that keeps nothing.
    pub store: Option<(Db, Queue)>,
    pub build: Box<dyn FnOnce(Context) -> anyhow::Result<Service> + Send>,
}

/// A running set of services.
pub struct Deployment {
    /// Every endpoint of every service here, `/internal` included.
    router: Router,
    /// What each service answers to the outside, by name.
    public: HashMap<&'static str, Router>,
    /// What all of them answer to the outside.
    front: Router,
    endpoints: Vec<EndpointFacts>,
    document: OpenApi,
    followers: Vec<Follower>,
    relays: Vec<Relay>,
    workers: Vec<Worker>,
    taps: Vec<Tap>,
    databases: Vec<(&'static str, Db)>,
    verifiers: Vec<(&'static str, Verifier)>,
    bus: bus::Bus,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl Deployment {
    /// Builds the services and brings their databases up to date; nothing runs yet.
    pub async fn assemble(
        setting: Setting,
        parts: Vec<Part>,
        stop: CancellationToken,
    ) -> anyhow::Result<Deployment> {
        let mut deployment = Deployment {
            router: Router::new(),
            public: HashMap::new(),
            front: Router::new(),
            endpoints: Vec::new(),
            document: new_document(),
            followers: Vec::new(),
            relays: Vec::new(),
            workers: Vec::new(),
            taps: Vec::new(),
            databases: Vec::new(),
            verifiers: Vec::new(),
            bus: setting.bus.clone(),
            stop,
            tasks: JoinSet::new(),
        };
        let names: Vec<&'static str> = parts.iter().map(|part| part.name).collect();
        let frame = Frame::new(setting, deployment.stop.clone());
        let mut pages = HashMap::new();
        for part in parts {
            let db = part.store.as_ref().map(|(db, _)| db.clone());
            let service = (part.build)(frame.context(part.name, part.asks, db))?;
            deployment.add(service, part.store, &frame, &mut pages).await?;
        }
        deployment.finish(&frame, names, pages);
        Ok(deployment)
    }

    async fn add(
        &mut self,
        service: Service,
        store: Option<(Db, Queue)>,
        frame: &Frame,
        pages: &mut HashMap<&'static str, Router>,
    ) -> anyhow::Result<()> {
        let Service { name, migrations, mut routes, .. } = service;
        self.public.insert(name, routes.public.clone());
        self.front = std::mem::take(&mut self.front).merge(routes.public.clone());
        if let Some((db, queue)) = store {
            migrate(name, &db, migrations).await?;
            self.relays.extend(tell_others(name, &db, &frame.setting, queue.clone()));
            routes = routes.merge(log::routes(name, &db));
            let clock = frame.setting.clock.clone();
            self.workers.push(Worker::new(
                name,
                db.clone(),
                queue,
                service.jobs,
                service.schedules,
                clock,
                KEEP_EVERY,
            ));
            self.databases.push((name, db));
        }
        self.router = std::mem::take(&mut self.router).merge(routes.router);
        self.endpoints.extend(routes.facts);
        merge_document(&mut self.document, routes.document);
        self.followers.extend(service.followers);
        self.taps.extend(service.taps);
        self.verifiers.extend(service.verifier.map(|verifier| (name, verifier)));
        pages.extend(service.pages.map(|router| (name, router)));
        Ok(())
    }

    fn finish(
        &mut self,
        frame: &Frame,
        names: Vec<&'static str>,
        mut pages: HashMap<&'static str, Router>,
    ) {
        let nothing_else = || Router::new().fallback(no_such_path);
        self.router = frame.dress(std::mem::take(&mut self.router), nothing_else());
        let all_pages = pages.values().cloned().reduce(Router::merge);
        let others = all_pages.unwrap_or_else(nothing_else);
        self.front = frame.dress(std::mem::take(&mut self.front), others);
        for (name, router) in &mut self.public {
            let others = pages.remove(name).unwrap_or_else(nothing_else);
            *router = frame.dress(std::mem::take(router), others);
        }
        frame.setting.reach.set_local(self.router.clone(), names);
    }

    /// Starts everything that works in the background.
    pub fn start(&mut self) {
        for follower in self.followers.clone() {
            let heard = follower.subscribe(&self.bus);
            self.tasks.spawn(follower.run(heard, self.stop.clone()));
        }
        for relay in self.relays.clone() {
            self.tasks.spawn(relay.run(self.stop.clone()));
        }
        for worker in self.workers.clone() {
            self.tasks.spawn(worker.run(self.stop.clone()));
        }
        for tap in self.taps.clone() {
            let heard = self.bus.tap(tap.family);
            self.tasks.spawn(tap.run(heard, self.stop.clone()));
        }
    }

    /// Lets what runs in the background finish its step, for so long at most, then closes the
    /// databases. A job that was cut off comes again to whoever works on when its lease is over.
    pub async fn stop(mut self, limit: Duration) {
        self.stop.cancel();
        let finished = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(limit, finished).await.is_err() {
            tracing::warn!("work in the background took too long and was cut off");
            self.tasks.shutdown().await;
        }
        for (_, db) in &self.databases {
            db.close().await;
        }
    }

    /// For tests without background work: sends, follows and works until there is nothing left to
    /// do.
    pub async fn settle(&self) -> Result<(), Error> {
        loop {
            let mut busy = false;
            for relay in &self.relays {
                busy |= relay.send().await.map_err(Error::internal)? == Looked::Sent;
            }
            for follower in &self.followers {
                busy |= follower.compare_heads(Instant(0)).await?;
            }
            for worker in &self.workers {
                busy |= worker.step().await?;
            }
            if !busy {
                return Ok(());
            }
        }
    }

    /// How each service computes again what it shows.
    pub fn verifiers(&self) -> &[(&'static str, Verifier)] {
        &self.verifiers
    }

    /// Every endpoint of the services here: for other services.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    /// What all services here answer to the outside, where no gateway runs in front of them in this
    /// process.
    pub fn front(&self) -> Router {
        self.front.clone()
    }

    /// What the services here need to do their work. Without the bus they do it, and what they tell
    /// waits.
    pub fn health(&self) -> Health {
        let mut health = Health::default();
        for (name, db) in &self.databases {
            let db = db.clone();
            health = health.needs(format!("database of {name}"), move || {
                let db = db.clone();
                async move { db.ping().await.map_err(|error| error.to_string()) }
            });
        }
        if let Inlet::Outbox(bus) = self.bus.inlet() {
            health = health.wants("bus", move || {
                let bus = Arc::clone(&bus);
                async move { bus.ping().await.map_err(|error| error.to_string()) }
            });
        }
        health
    }

    /// What a service answers to the outside; `/internal` is not in it.
    pub fn public(&self, service: &str) -> Option<Router> {
        self.public.get(service).cloned()
    }

    /// Every endpoint, for tests over all of them and for `routes`.
    pub fn endpoints(&self) -> &[EndpointFacts] {
        &self.endpoints
    }

    /// The OpenAPI document of the services here.
    pub fn document(&self) -> &OpenApi {
        &self.document
    }
}

async fn migrate(name: &str, db: &Db, migrations: &'static [Migration]) -> anyhow::Result<()> {
    db.migrate(migrations)
        .await
        .map_err(|e| anyhow::anyhow!("the database of {name} can't be brought up to date: {e}"))
}

/// After a commit: the bus hears of streams that moved, the queue of jobs that were ordered. A bus
/// that may be away is told from an outbox, by a relay.
fn tell_others(name: &'static str, db: &Db, setting: &Setting, queue: Queue) -> Option<Relay> {
    let (tell, relay): (bus::Call, _) = match setting.bus.inlet() {
        Inlet::Call(tell) => (tell, None),
        Inlet::Outbox(sender) => {
            db.use_outbox();
            let bell = Arc::new(Notify::new());
            let (db, clock) = (db.clone(), setting.clock.clone());
            let relay = Relay::new(name, db, sender, clock, Arc::clone(&bell));
            (Arc::new(move |_| bell.notify_one()), Some(relay))
        }
    };
    db.on_commit(move |committed| {
        if !committed.moved.is_empty() {
            tell(&committed.moved);
        }
        if committed.enqueued {
            queue.ring();
        }
    });
    relay
}

/// What the services of a process have in common while they are built.
struct Frame {
    setting: Setting,
    secrets: Arc<Secrets>,
    gate: Arc<GateKeeper>,
    stop: CancellationToken,
}

impl Frame {
    fn new(setting: Setting, stop: CancellationToken) -> Frame {
        let secrets = Arc::new(setting.secrets.clone());
        let keys = setting.keys.clone().unwrap_or_else(|| {
            let peers = Peers::new(transport("frame", vec!["auth"], &setting));
            Keys::published(peers, setting.clock.clone())
        });
        let gate = Arc::new(GateKeeper {
            keys,
            cache: setting.cache.clone(),
            clock: setting.clock.clone(),
            service_key: secrets.service_key,
            public_url: setting.public_url.clone(),
        });
        Frame { setting, secrets, gate, stop }
    }

    fn context(&self, service: &'static str, asks: Vec<&'static str>, db: Option<Db>) -> Context {
        Context {
            service,
            db,
            bus: self.setting.bus.clone(),
            cache: self.setting.cache.clone(),
            files: self.setting.files.clone(),
            peers: Peers::new(transport(service, asks, &self.setting)),
            keys: self.gate.keys.clone(),
            clock: self.setting.clock.clone(),
            ids: self.setting.ids.clone(),
            secrets: Arc::clone(&self.secrets),
            stop: self.stop.clone(),
            gate: Arc::clone(&self.gate),
        }
    }

    /// What every request passes on its way in and out; `others` answers paths without endpoint.
    fn dress(&self, router: Router, others: Router) -> Router {
        router
            .merge(others)
            .method_not_allowed_fallback(no_such_method)
            .layer(Extension(Gate(Arc::clone(&self.gate))))
            .layer(middleware::from_fn(observe::observe))
    }
}

fn transport(from: &'static str, asks: Vec<&'static str>, setting: &Setting) -> ServiceTransport {
    ServiceTransport {
        from,
        asks,
        reach: setting.reach.clone(),
        service_key: setting.secrets.service_key,
        clock: setting.clock.clone(),
    }
}

fn new_document() -> OpenApi {
    use utoipa::openapi::security::{
        ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme,
    };
    use utoipa::openapi::{ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApiBuilder};
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    let cookie = ApiKey::Cookie(ApiKeyValue::new(contracts::auth::ACCESS_COOKIE));
    let components = ComponentsBuilder::new()
        .security_scheme("bearer", SecurityScheme::Http(bearer))
        .security_scheme("cookie", SecurityScheme::ApiKey(cookie))
        .schema(Problem::name(), Problem::schema())
        .schema(Field::name(), Field::schema())
        .response("Problem", problem_response())
        .build();
    let info = InfoBuilder::new()
        .title("Expense Tracker")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Amounts are decimal text with a currency; days are YYYY-MM-DD; ids are UUIDs that a \
             client may make itself. Errors are problem documents (RFC 9457).",
        ))
        .license(Some(LicenseBuilder::new().name("MIT").identifier(Some("MIT")).build()))
        .build();
    OpenApiBuilder::new().info(info).components(Some(components)).build()
}
