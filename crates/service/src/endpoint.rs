//! Endpoints: a handler, its path and its documentation in one place, with who may call it.

use std::convert::Infallible;

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, on};
use utoipa::openapi::path::{HttpMethod, Operation};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{
    Components, OpenApi, OpenApiBuilder, PathItem, Ref, RefOr, Response, Schema,
};

use crate::access::{Guarded, Rule};

/// Makes an endpoint of a handler that carries `#[utoipa::path]`.
#[macro_export]
macro_rules! endpoint {
    ($handler:ident) => {
        $crate::pastey::paste! {
            $crate::Endpoint::new::<[<__path_ $handler>], _, _>($handler)
        }
    };
}

/// One operation of a service over HTTP.
pub struct Endpoint<S> {
    facts: EndpointFacts,
    operation: Operation,
    schemas: Vec<(String, RefOr<Schema>)>,
    router: MethodRouter<S, Infallible>,
}

/// What a list of endpoints shows of each.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EndpointFacts {
    pub method: &'static str,
    /// With parameters in braces: `/api/v1/ledger/books/{book}`.
    pub path: String,
    pub rule: Rule,
}

impl<S: Clone + Send + Sync + 'static> Endpoint<S> {
    /// Made by [`endpoint!`].
    pub fn new<P, H, T>(handler: H) -> Self
    where
        P: utoipa::Path + utoipa::__dev::SchemaReferences,
        H: Guarded<T, S> + Handler<T, S>,
        T: 'static,
    {
        let (name, filter) = match P::methods().first() {
            Some(HttpMethod::Post) => ("POST", MethodFilter::POST),
            Some(HttpMethod::Put) => ("PUT", MethodFilter::PUT),
            Some(HttpMethod::Patch) => ("PATCH", MethodFilter::PATCH),
            Some(HttpMethod::Delete) => ("DELETE", MethodFilter::DELETE),
            _ => ("GET", MethodFilter::GET),
        };
        let mut schemas = Vec::new();
        P::schemas(&mut schemas);
        Endpoint {
            facts: EndpointFacts { method: name, path: P::path(), rule: H::RULE },
            operation: documented(P::operation(), H::RULE),
            schemas,
            router: on(filter, handler),
        }
    }
}

impl<S: Clone + Send + Sync + 'static> Endpoint<S> {
    /// An endpoint for other services under `/internal/<service>/`; it is in no document.
    pub fn internal<H, T>(method: &'static str, path: impl Into<String>, handler: H) -> Self
    where
        H: Guarded<T, S> + Handler<T, S>,
        T: 'static,
    {
        let path = path.into();
        assert!(
            H::RULE == Rule::Service && path.starts_with("/internal/"),
            "{path} is not internal"
        );
        let filter = if method == "POST" { MethodFilter::POST } else { MethodFilter::GET };
        Endpoint {
            facts: EndpointFacts { method, path, rule: H::RULE },
            operation: Operation::new(),
            schemas: Vec::new(),
            router: on(filter, handler),
        }
    }
}

/// Adds what every operation has alike: how one signs in, and how an error looks.
fn documented(mut operation: Operation, rule: Rule) -> Operation {
    operation.security = match rule {
        Rule::Anyone => Some(vec![]),
        Rule::Person => Some(vec![
            SecurityRequirement::new("bearer", [] as [&str; 0]),
            SecurityRequirement::new("cookie", [] as [&str; 0]),
        ]),
        Rule::Service => Some(vec![SecurityRequirement::new("service", [] as [&str; 0])]),
    };
    operation
        .responses
        .responses
        .entry("default".to_owned())
        .or_insert_with(|| RefOr::Ref(Ref::from_response_name("Problem")));
    operation
}

/// The endpoints of a service, with the state that its handlers share.
pub struct Routes {
    pub(crate) router: Router,
    /// Those of them that persons may call: what a gateway leads to.
    pub(crate) public: Router,
    pub(crate) facts: Vec<EndpointFacts>,
    pub(crate) document: OpenApi,
}

impl Default for Routes {
    fn default() -> Self {
        Routes {
            router: Router::new(),
            public: Router::new(),
            facts: Vec::new(),
            document: OpenApiBuilder::new().components(Some(Components::new())).build(),
        }
    }
}

impl Routes {
    /// Mounts endpoints whose handlers share a state.
    pub fn new<S: Clone + Send + Sync + 'static>(
        state: S,
        endpoints: impl IntoIterator<Item = Endpoint<S>>,
    ) -> Routes {
        let mut routes = Routes::default();
        let (mut router, mut public) = (Router::new(), Router::new());
        for endpoint in endpoints {
            router = router.route(&endpoint.facts.path, endpoint.router.clone());
            if endpoint.facts.rule != Rule::Service {
                public = public.route(&endpoint.facts.path, endpoint.router);
                routes.document(&endpoint.facts, endpoint.operation, endpoint.schemas);
            }
            routes.facts.push(endpoint.facts);
        }
        routes.router = router.with_state(state.clone());
        routes.public = public.with_state(state);
        routes
    }

    fn document(
        &mut self,
        facts: &EndpointFacts,
        operation: Operation,
        schemas: Vec<(String, RefOr<Schema>)>,
    ) {
        let method = match facts.method {
            "POST" => HttpMethod::Post,
            "PUT" => HttpMethod::Put,
            "PATCH" => HttpMethod::Patch,
            "DELETE" => HttpMethod::Delete,
            _ => HttpMethod::Get,
        };
        let item = PathItem::new(method, operation);
        match self.document.paths.paths.get_mut(&facts.path) {
            Some(known) => known.merge_operations(item),
            None => {
                self.document.paths.paths.insert(facts.path.clone(), item);
            }
        }
        let known = self.document.components.get_or_insert_default();
        for (name, schema) in schemas {
            check_schema(known, &name, &schema);
            known.schemas.insert(name, schema);
        }
    }

    pub(crate) fn merge(mut self, other: Routes) -> Routes {
        self.router = self.router.merge(other.router);
        self.public = self.public.merge(other.public);
        self.facts.extend(other.facts);
        merge_document(&mut self.document, other.document);
        self
    }
}

/// Adds the operations and schemas of another document.
pub(crate) fn merge_document(document: &mut OpenApi, other: OpenApi) {
    let known = document.components.get_or_insert_default();
    for (name, schema) in other.components.iter().flat_map(|components| &components.schemas) {
        check_schema(known, name, schema);
    }
    document.merge(other);
}

/// A name stands for one schema: of two, a client would be told of one alone.
fn check_schema(known: &Components, name: &str, schema: &RefOr<Schema>) {
    let is_other = known.schemas.get(name).is_some_and(|found| found != schema);
    assert!(
        !is_other,
        "two types of the API are called {name}; give one another name: #[schema(as = …)]"
    );
}

/// The answer that every operation may give: a problem document.
pub(crate) fn problem_response() -> Response {
    use utoipa::openapi::{ContentBuilder, ResponseBuilder};
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    ResponseBuilder::new()
        .description("What went wrong (RFC 9457), with the fields that are wrong.")
        .content("application/problem+json", content)
        .build()
}
