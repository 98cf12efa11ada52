//! What a service is given, and what it is.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use bus::Heard;
use bus::Subscription;
use cache::Cache;
use contracts::Peers;
use files::Files;
use futures::future::BoxFuture;
use model::SessionId;
use queue::Job;
use store::{Db, Migration};
use tokio_util::sync::CancellationToken;

use crate::access::{GateKeeper, cookie, revoked_mark};
use crate::clock::{Clock, Ids};
use crate::consume::{Consumer, Follower};
use crate::endpoint::Routes;
use crate::error::Error;
use crate::log::LogClient;
use crate::secrets::Secrets;
use crate::tokens::Keys;
use crate::verify::{Progress, Verified, Verifier};
use crate::work::{Handler, JobHandler, Schedule};

/// Everything that a service may use. Cheap to clone; nothing else is shared.
#[derive(Clone)]
pub struct Context {
    pub(crate) service: &'static str,
    pub(crate) db: Option<Db>,
    pub bus: bus::Bus,
    pub cache: Cache,
    pub files: Files,
    pub peers: Peers,
    pub keys: Keys,
    pub clock: Clock,
    pub ids: Ids,
    pub secrets: Arc<Secrets>,
    pub stop: CancellationToken,
    pub(crate) gate: Arc<GateKeeper>,
}

impl Context {
    /// The service's own database.
    ///
    /// # Panics
    /// If the list of services says that this one has none.
    pub fn db(&self) -> &Db {
        match &self.db {
            Some(db) => db,
            None => panic!("the service {} is listed without a database", self.service),
        }
    }

    /// Sets a consumer to work on the streams it follows.
    pub fn follower(&self, consumer: impl Consumer) -> Follower {
        let log = LogClient::new(self.peers.clone());
        let (db, clock) = (self.db().clone(), self.clock.clone());
        Follower::new(self.service, Arc::new(consumer), db, log, clock)
    }

    /// Makes the access tokens of a session worthless at once, everywhere that shares the cache.
    pub async fn revoke(&self, session: SessionId, until: model::Instant) {
        let mark = revoked_mark(session);
        self.cache.or_here().mark(&mark, self.clock.now(), until).await;
    }

    /// True for a session whose tokens were made worthless.
    pub async fn is_revoked(&self, session: SessionId) -> bool {
        self.gate.is_revoked(session).await
    }

    /// Refuses a browser's request that another site's page made.
    pub fn check_origin(&self, headers: &http::HeaderMap) -> Result<(), Error> {
        self.gate.check_origin(headers)
    }

    /// The address that browsers use, where it is configured.
    pub fn public_url(&self) -> Option<&str> {
        self.gate.public_url.as_deref()
    }

    /// The value of a cookie in a request.
    pub fn cookie<'a>(headers: &'a http::HeaderMap, name: &str) -> Option<&'a str> {
        cookie(headers, name)
    }
}

/// Hears what happens to a family of streams, on every replica, and may miss some.
#[derive(Clone)]
pub(crate) struct Tap {
    pub family: &'static str,
    handler: Arc<dyn Fn(Heard) -> BoxFuture<'static, ()> + Send + Sync>,
}

/// One service of the system, as a value.
pub struct Service {
    pub(crate) name: &'static str,
    pub(crate) migrations: &'static [Migration],
    pub(crate) routes: Routes,
    pub(crate) pages: Option<Router>,
    pub(crate) followers: Vec<Follower>,
    pub(crate) taps: Vec<Tap>,
    pub(crate) jobs: HashMap<&'static str, JobHandler>,
    pub(crate) schedules: Vec<Schedule>,
    pub(crate) verifier: Option<Verifier>,
}

impl Service {
    pub fn new(name: &'static str) -> Service {
        Service {
            name,
            migrations: &[],
            routes: Routes::default(),
            pages: None,
            followers: Vec::new(),
            taps: Vec::new(),
            jobs: HashMap::new(),
            schedules: Vec::new(),
            verifier: None,
        }
    }

    /// The service's own tables, beside those of the frame.
    #[must_use]
    pub fn migrations(mut self, migrations: &'static [Migration]) -> Service {
        self.migrations = migrations;
        self
    }

    /// The endpoints under `/api/v1/<service>/` and `/internal/<service>/`.
    #[must_use]
    pub fn routes(mut self, routes: Routes) -> Service {
        self.routes = self.routes.merge(routes);
        self
    }

    /// What answers every path that no endpoint has: the web client's files.
    #[must_use]
    pub fn pages(mut self, pages: Router) -> Service {
        self.pages = Some(pages);
        self
    }

    /// Follows the streams of another service; replicas share the work.
    #[must_use]
    pub fn on(mut self, follower: Follower) -> Service {
        self.followers.push(follower);
        self
    }

    /// Hears what the bus tells of a family's streams from now on, on every replica; some may be
    /// lost.
    #[must_use]
    pub fn tap<Fut>(
        mut self,
        family: &'static str,
        handler: impl Fn(Heard) -> Fut + Send + Sync + 'static,
    ) -> Service
    where
        Fut: Future<Output = ()> + Send + 'static,
    {
        let handler = Arc::new(move |heard| Box::pin(handler(heard)) as BoxFuture<'static, ()>);
        self.taps.push(Tap { family, handler });
        self
    }

    /// Does the jobs of one kind that this service orders.
    #[must_use]
    pub fn job<Fut>(
        mut self,
        kind: &'static str,
        handler: impl Fn(Job) -> Fut + Send + Sync + 'static,
    ) -> Service
    where
        Fut: Future<Output = Result<(), Error>> + Send + 'static,
    {
        let handler: JobHandler = Arc::new(move |job| Box::pin(handler(job)));
        let replaced = self.jobs.insert(kind, handler);
        assert!(replaced.is_none(), "{kind} has two handlers");
        self
    }

    /// Says how the service computes again what it shows.
    #[must_use]
    pub fn verify<Fut>(
        mut self,
        verifier: impl Fn(Progress) -> Fut + Send + Sync + 'static,
    ) -> Service
    where
        Fut: Future<Output = Result<Vec<Verified>, Error>> + Send + 'static,
    {
        self.verifier = Some(Arc::new(move |progress| Box::pin(verifier(progress))));
        self
    }

    /// Runs something regularly, on one replica each time.
    #[must_use]
    pub fn every<Fut>(
        mut self,
        name: &'static str,
        every_seconds: i64,
        handler: impl Fn() -> Fut + Send + Sync + 'static,
    ) -> Service
    where
        Fut: Future<Output = Result<(), Error>> + Send + 'static,
    {
        let handler: Handler = Arc::new(move || Box::pin(handler()));
        self.schedules.push(Schedule { name, every_seconds, handler });
        self
    }
}

impl Tap {
    /// Feeds it until the bus or the process ends.
    pub(crate) async fn run(self, mut heard: Subscription, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return heard.leave().await,
                next = heard.next() => match next {
                    Some(heard) => (self.handler)(heard).await,
                    None => return,
                },
            }
        }
    }
}
