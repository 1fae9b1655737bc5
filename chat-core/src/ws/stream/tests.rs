#![allow(clippy::unwrap_used)]

use std::pin::pin;
use std::sync::Arc;

use futures::{FutureExt, SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tungstenite::Message;
use tungstenite::protocol::frame::CloseFrame;
use tungstenite::protocol::{Role, WebSocketConfig};

use super::super::frames::{CLOSE, CONTINUE, PING, TEXT, frame, masked};
use super::*;

fn server<S: AsyncRead + AsyncWrite + Unpin>(io: S) -> WsStream<S> {
    WsStream::new(io, &[], WsOptions::default())
}

/// A server and a `tungstenite` client over a pipe of `capacity` bytes.
async fn pair(capacity: usize) -> (WsStream<DuplexStream>, WebSocketStream<DuplexStream>) {
    let (ours, theirs) = duplex(capacity);
    let config = WebSocketConfig::default();
    let client = WebSocketStream::from_raw_socket(theirs, Role::Client, Some(config)).await;
    (server(ours), client)
}

fn text(content: &str) -> Arc<Frame> {
    Arc::new(Frame::durable(Bytes::copy_from_slice(content.as_bytes())))
}

async fn receive_text<S>(ws: &mut WsStream<S>) -> String
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    match ws.recv().await.unwrap() {
        Inbound::Text(text) => String::from_utf8(text.to_vec()).unwrap(),
        other => panic!("not a text: {other:?}"),
    }
}

fn assert_owns_nothing<S>(ws: &WsStream<S>) {
    assert!(ws.decoder.is_idle());
    assert!(ws.input.is_empty());
    assert!(ws.timer.is_none());
}

#[test]
fn it_is_small() {
    let size = size_of::<WsStream<TcpStream>>();
    assert!(size <= 144, "{size}");
}

#[tokio::test]
async fn messages_go_both_ways_through_pipes_of_any_size() {
    let contents = ["", "a", &"ä€😀".repeat(50), &"x".repeat(65_536)];
    for capacity in [7, 1000, 200_000] {
        let (mut ws, client) = pair(capacity).await;
        let (mut sink, mut stream) = client.split();
        let send = async {
            for content in contents {
                sink.send(Message::text(content)).await.unwrap();
            }
            sink.send(Message::Ping(Bytes::from_static(b"p")))
                .await
                .unwrap();
        };
        let receive = async {
            for content in contents {
                assert_eq!(receive_text(&mut ws).await, content);
            }
            assert_eq!(
                ws.recv().await.unwrap(),
                Inbound::Ping(Bytes::from_static(b"p"))
            );
        };
        tokio::join!(send, receive);
        assert_owns_nothing(&ws);

        let mut batch: Vec<_> = contents.into_iter().map(text).collect();
        batch.push(Arc::new(Frame::pong(Bytes::from_static(b"p"))));
        let receive = async {
            for content in contents {
                assert_eq!(
                    stream.next().await.unwrap().unwrap(),
                    Message::text(content)
                );
            }
            let pong = stream.next().await.unwrap().unwrap();
            assert_eq!(pong, Message::Pong(Bytes::from_static(b"p")));
        };
        let (sent, ()) = tokio::join!(ws.send_batch(&batch), receive);
        sent.unwrap();
    }
}

#[tokio::test]
async fn what_was_read_before_the_upgrade_comes_first() {
    let (ours, mut theirs) = duplex(1000);
    let first = [frame(TEXT, true, b"one"), frame(TEXT, true, b"two")].concat();
    let (early, late) = first.split_at(first.len() - 1);
    theirs.write_all(late).await.unwrap();
    theirs
        .write_all(&frame(TEXT, true, b"three"))
        .await
        .unwrap();
    let mut ws = WsStream::new(ours, early, WsOptions::default());
    for content in ["one", "two", "three"] {
        assert_eq!(receive_text(&mut ws).await, content);
    }
    assert_owns_nothing(&ws);
}

#[tokio::test]
async fn dropping_recv_at_any_byte_loses_nothing() {
    let (ours, mut theirs) = duplex(1000);
    let mut ws = server(ours);
    let bytes = [
        frame(TEXT, false, b"on"),
        frame(PING, true, b"p"),
        frame(CONTINUE, true, b"e"),
        frame(TEXT, true, b"two"),
    ]
    .concat();
    let mut received = Vec::new();
    for byte in bytes {
        theirs.write_all(&[byte]).await.unwrap();
        // Polled once and dropped.
        received.extend(ws.recv().now_or_never().transpose().unwrap());
    }
    let expected = [
        Inbound::Ping(Bytes::from_static(b"p")),
        Inbound::Text(Bytes::from_static(b"one")),
        Inbound::Text(Bytes::from_static(b"two")),
    ];
    assert_eq!(received, expected);
    assert_owns_nothing(&ws);
}

/// A stream that accepts everything and records the length of each write.
#[derive(Default)]
struct Writes(Vec<usize>);

impl AsyncRead for Writes {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Poll::Pending
    }
}

impl AsyncWrite for Writes {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0.push(buf.len());
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[tokio::test]
async fn a_batch_is_one_write_up_to_the_size_of_a_chunk() {
    let mut ws = server(Writes::default());
    let small = vec![text(&"x".repeat(100)); 100];
    ws.send_batch(&small).await.unwrap();
    assert_eq!(ws.io.0, [100 * 102]);
    ws.send_batch(&[]).await.unwrap();
    ws.send_batch(&[text(&"x".repeat(150_000))]).await.unwrap();
    let rest = 150_010 - 2 * WRITE_BYTES;
    assert_eq!(ws.io.0[1..], [WRITE_BYTES, WRITE_BYTES, rest]);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_trickles_is_too_slow_whatever_else_comes() {
    let long = masked(TEXT, true, &[b'x'; 100], [0; 4]);
    let fragment = frame(TEXT, false, b"x");
    let ping = frame(PING, true, b"");
    for (begun, more) in [
        (&long[..1], &b""[..]),
        (&long[..10], b"x"),
        (&fragment, &ping),
    ] {
        let (ours, mut theirs) = duplex(1000);
        let mut ws = server(ours);
        theirs.write_all(begun).await.unwrap();
        let start = Instant::now();
        let trickle = async {
            loop {
                tokio::time::sleep(Duration::from_secs(9)).await;
                theirs.write_all(more).await.unwrap();
            }
        };
        let receive = async {
            loop {
                match ws.recv().await {
                    Ok(Inbound::Ping(_)) => {}
                    other => break other,
                }
            }
        };
        let received = tokio::select! {
            received = receive => received,
            () = trickle => unreachable!(),
        };
        let Err(ReceiveError::TooSlow) = received else {
            panic!("{received:?}");
        };
        assert_eq!(start.elapsed().as_secs(), 30);
        assert_owns_nothing(&ws);
    }
}

#[tokio::test(start_paused = true)]
async fn time_between_messages_does_not_count() {
    let (ours, mut theirs) = duplex(1000);
    let mut ws = server(ours);
    for _ in 0..3 {
        let bytes = frame(TEXT, true, b"hi");
        let (begin, end) = bytes.split_at(4);
        let write = async {
            tokio::time::sleep(Duration::from_secs(100)).await;
            theirs.write_all(begin).await.unwrap();
            tokio::time::sleep(Duration::from_secs(29)).await;
            theirs.write_all(end).await.unwrap();
        };
        let (content, ()) = tokio::join!(receive_text(&mut ws), write);
        assert_eq!(content, "hi");
        assert_owns_nothing(&ws);
    }
}

#[tokio::test]
async fn the_end_of_the_stream_is_a_close_without_a_code() {
    for begun in [&b""[..], &frame(TEXT, true, b"cut")[..7]] {
        let (ours, mut theirs) = duplex(1000);
        let mut ws = server(ours);
        theirs.write_all(begun).await.unwrap();
        drop(theirs);
        assert!(matches!(ws.recv().await, Err(ReceiveError::Closed(None))));
        assert!(matches!(ws.recv().await, Err(ReceiveError::Closed(None))));
        ws.close(1000, "").await.unwrap();
    }
}

#[tokio::test]
async fn our_close_is_answered_and_then_the_stream_ends() {
    let (mut ws, mut client) = pair(1000).await;
    // Still in flight when the server closes.
    client.send(Message::text("late")).await.unwrap();
    let client = async {
        let message = client.next().await.unwrap().unwrap();
        let expected = CloseFrame {
            code: 1013.into(),
            reason: "SLOW".into(),
        };
        assert_eq!(message, Message::Close(Some(expected)));
        assert!(
            client.next().await.is_none(),
            "the stream ends after the close handshake"
        );
    };
    let (closed, ()) = tokio::join!(ws.close(1013, "SLOW"), client);
    closed.unwrap();
}

#[tokio::test]
async fn the_clients_close_is_echoed() {
    for (code, expected) in [
        (Some(4999_u16), &b"\x88\x02\x13\x87"[..]),
        (None, b"\x88\x00"),
    ] {
        let (ours, mut theirs) = duplex(1000);
        let mut ws = server(ours);
        let payload = code
            .map(|code| code.to_be_bytes().to_vec())
            .unwrap_or_default();
        theirs
            .write_all(&frame(CLOSE, true, &payload))
            .await
            .unwrap();
        let received = ws.recv().await;
        assert!(matches!(received, Err(ReceiveError::Closed(got)) if got == code));
        ws.close(1011, "not this").await.unwrap();
        drop(ws);
        let mut answer = Vec::new();
        theirs.read_to_end(&mut answer).await.unwrap();
        assert_eq!(answer, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_answer_is_left_after_a_while() {
    let (ours, mut theirs) = duplex(1000);
    let mut ws = server(ours);
    let start = Instant::now();
    ws.close(1001, "").await.unwrap();
    assert_eq!(start.elapsed().as_secs(), 2);
    drop(ws);
    let mut answer = Vec::new();
    theirs.read_to_end(&mut answer).await.unwrap();
    assert_eq!(answer, b"\x88\x02\x03\xe9");

    // The client does not read the close frame either.
    let (ours, _theirs) = duplex(1);
    let closed = server(ours).close(1001, "").await;
    assert_eq!(closed.unwrap_err().kind(), io::ErrorKind::TimedOut);
}

#[tokio::test]
async fn a_client_in_the_middle_of_what_is_too_large_sees_why_it_is_closed() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let client = tokio::spawn(async move {
        let mut socket = TcpStream::connect(address).await.unwrap();
        let bytes = frame(TEXT, true, &vec![b'x'; 4_000_000]);
        socket.write_all(&bytes).await.unwrap();
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).await.map(|_| answer)
    });
    let mut ws = server(listener.accept().await.unwrap().0);
    assert!(matches!(ws.recv().await, Err(ReceiveError::TooLarge)));
    assert_owns_nothing(&ws);
    ws.close(1009, "").await.unwrap();
    drop(ws);
    // Not a reset.
    assert_eq!(client.await.unwrap().unwrap(), b"\x88\x02\x03\xf1");
}

#[tokio::test]
async fn after_a_batch_was_cut_short_nothing_more_is_written() {
    let (ours, mut theirs) = duplex(10);
    let mut ws = server(ours);
    {
        let batch = [text(&"x".repeat(100))];
        let mut send = pin!(ws.send_batch(&batch));
        assert!((&mut send).now_or_never().is_none());
    }
    ws.close(1011, "").await.unwrap();
    drop(ws);
    let mut answer = Vec::new();
    theirs.read_to_end(&mut answer).await.unwrap();
    assert_eq!(answer, [b"\x81\x64", &b"x".repeat(8)[..]].concat());
}
