//! Adapters with one deliberate fault each, which the suite must detect.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use chat_core::testing::adapter::{Adapter, Mount, run_adapter_check};
use chat_core::ws::AllowedOrigins;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::adapter::Chat;

#[derive(Clone, Copy)]
struct Fault {
    mount: fn(&mut Mount),
    chat: fn(&mut Chat),
    request: fn(&mut Request<Incoming>, &mut IpAddr),
    response: fn(&mut Response<Bytes>),
    /// `true` if the adapter reads whole bodies before it passes requests on.
    waits_for_bodies: bool,
}

const NONE: Fault = Fault {
    mount: |_| {},
    chat: |_| {},
    request: |_, _| {},
    response: |_| {},
    waits_for_bodies: false,
};

async fn serve(mut mount: Mount, fault: Fault) -> JoinSet<()> {
    (fault.mount)(&mut mount);
    let listener = TcpListener::from_std(mount.listener).unwrap();
    let mut chat = Chat::new(mount.engine, mount.origins, mount.frame_timeout);
    (fault.chat)(&mut chat);
    JoinSet::from_iter([accept(listener, Arc::new(chat), fault)])
}

async fn accept(listener: TcpListener, chat: Arc<Chat>, fault: Fault) {
    while let Ok((socket, address)) = listener.accept().await {
        let chat = Arc::clone(&chat);
        let answer = service_fn(move |mut request| {
            let (chat, mut from) = (Arc::clone(&chat), address.ip());
            async move {
                (fault.request)(&mut request, &mut from);
                let mut response = if fault.waits_for_bodies {
                    let (head, body) = request.into_parts();
                    let body = Full::new(body.collect().await?.to_bytes());
                    chat.answer(Request::from_parts(head, body), from).await
                } else {
                    chat.answer(request, from).await
                };
                (fault.response)(&mut response);
                Ok::<_, hyper::Error>(response.map(Full::new))
            }
        });
        let http = http1::Builder::new().serve_connection(TokioIo::new(socket), answer);
        tokio::spawn(http.with_upgrades());
    }
}

/// Asserts that the check detects the fault and names the broken point.
fn finds(check: &'static str, point: u8, fault: Fault) {
    let adapter = Adapter::new(move |mount| serve(mount, fault));
    let run = std::thread::spawn(move || run_adapter_check(check, adapter));
    let panic = run.join().expect_err(check);
    let told = panic.downcast_ref::<String>().unwrap();
    let expected = format!("adapter contract {point} (");
    assert!(told.starts_with(&expected), "{check}: {told}");
}

#[test]
fn one_without_a_fault_passes() {
    let adapter = Adapter::new(|mount| serve(mount, NONE));
    run_adapter_check("other_origins_are_refused", adapter);
}

#[test]
fn one_that_lets_any_page_connect() {
    let fault = Fault {
        mount: |mount| mount.origins = AllowedOrigins::any(),
        ..NONE
    };
    finds("other_origins_are_refused", 1, fault);
}

#[test]
fn one_that_knows_no_addresses() {
    let fault = Fault {
        request: |_, from| *from = [0, 0, 0, 0].into(),
        ..NONE
    };
    finds("the_engine_learns_headers_and_address", 2, fault);
    finds("the_service_learns_who_and_from_where", 2, fault);
}

#[test]
fn one_that_keeps_headers_to_itself() {
    let fault = Fault {
        request: |request, _| drop(request.headers_mut().remove("cookie")),
        ..NONE
    };
    finds("the_engine_learns_headers_and_address", 2, fault);
    finds("the_service_learns_who_and_from_where", 2, fault);
}

#[test]
fn one_that_takes_messages_of_any_size() {
    let fault = Fault {
        chat: |chat| chat.options.max_message_bytes = usize::MAX,
        ..NONE
    };
    finds("above_the_limit_1009", 6, fault);
}

#[test]
fn one_that_decodes_paths() {
    let fault = Fault {
        request: |request, _| {
            let decoded = request.uri().to_string().replace("%2F", "/");
            *request.uri_mut() = decoded.parse().unwrap();
        },
        ..NONE
    };
    finds("a_path_and_a_query_come_as_they_were_sent", 7, fault);
}

#[test]
fn one_that_drops_queries() {
    let fault = Fault {
        request: |request, _| {
            if !request.uri().path().ends_with("/ws") {
                *request.uri_mut() = request.uri().path().parse().unwrap();
            }
        },
        ..NONE
    };
    finds("a_path_and_a_query_come_as_they_were_sent", 7, fault);
}

#[test]
fn one_that_answers_without_headers() {
    let fault = Fault {
        response: |response| {
            let kind = response.headers_mut().remove("content-type");
            if response.status() != 101 {
                response.headers_mut().clear();
            }
            response
                .headers_mut()
                .extend(kind.map(|kind| (http::header::CONTENT_TYPE, kind)));
        },
        ..NONE
    };
    finds("what_is_no_upgrade_is_told_what_would_be_one", 1, fault);
    finds("what_is_no_call_is_a_problem_document", 7, fault);
    finds("who_asks_too_often_is_told_for_how_long", 7, fault);
    finds("members_are_added_raised_and_removed", 8, fault);
}

#[test]
fn one_whose_answers_may_be_kept() {
    let fault = Fault {
        response: |response| drop(response.headers_mut().remove("cache-control")),
        ..NONE
    };
    finds("calls_go_through_under_the_prefix", 7, fault);
}

#[test]
fn one_that_knows_no_keys() {
    let fault = Fault {
        request: |request, _| drop(request.headers_mut().remove("idempotency-key")),
        ..NONE
    };
    finds("a_creation_with_a_key_happens_once", 8, fault);
}

#[test]
fn one_that_answers_everything_with_200() {
    let fault = Fault {
        response: |response| {
            if response.status().is_success() {
                *response.status_mut() = http::StatusCode::OK;
            }
        },
        ..NONE
    };
    finds("calls_go_through_under_the_prefix", 7, fault);
}

#[test]
fn one_that_drops_what_it_knows_already() {
    let fault = Fault {
        request: |request, _| drop(request.headers_mut().remove("if-none-match")),
        ..NONE
    };
    finds("the_documents_are_served_to_everybody", 7, fault);
}

#[test]
fn one_that_decodes_queries_twice() {
    let fault = Fault {
        request: |request, _| {
            let decoded = request.uri().to_string().replace("%2B", "+");
            *request.uri_mut() = decoded.parse().unwrap();
        },
        ..NONE
    };
    finds("a_page_starts_at_a_time_or_around_a_message", 8, fault);
}

/// These faults make a check wait until its patience runs out, so each has its own test.
const WAITING: Fault = Fault {
    waits_for_bodies: true,
    ..NONE
};

#[test]
fn one_that_waits_for_bodies_of_strangers() {
    finds("a_refusal_does_not_wait_for_the_body", 7, WAITING);
}

#[test]
fn one_that_waits_for_bodies_without_end() {
    let check = "a_body_that_does_not_come_is_waited_for_so_long";
    finds(check, 7, WAITING);
}

#[test]
fn one_that_does_not_count_whom_it_waits_for() {
    finds("requests_in_flight_are_bounded", 7, WAITING);
}

#[test]
fn one_that_takes_head_for_something_else() {
    let fault = Fault {
        request: |request, _| {
            if request.method() == http::Method::HEAD {
                *request.method_mut() = http::Method::POST;
            }
        },
        ..NONE
    };
    finds("head_is_get_without_a_body", 7, fault);
}
