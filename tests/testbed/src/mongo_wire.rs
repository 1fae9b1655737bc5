//! The part of MongoDB's protocol that is needed to set up a server.

use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::TcpStream;
use std::time::Duration;

const OP_MSG: i32 = 2013;

/// Sends a `ping` and waits for a response with `ok: 1`.
pub(crate) fn ping(port: u16) -> Result<()> {
    let answer = call(port, &int("ping", 1))?;
    // The number 1 as a double.
    let ok = [b"\x01ok\x00".as_slice(), &1.0_f64.to_le_bytes()].concat();
    if has(&answer, &ok) {
        return Ok(());
    }
    Err(Error::other("the server did not return ok"))
}

/// Returns `true` if the server accepts writes.
pub(crate) fn is_primary(port: u16) -> Result<bool> {
    let answer = call(port, &int("hello", 1))?;
    Ok(has(&answer, b"\x08isWritablePrimary\x00\x01"))
}

/// Initiates a replica set with this server as its only member. Ignores the response.
pub(crate) fn initiate(port: u16, set: &str) -> Result<()> {
    let host = format!("127.0.0.1:{port}");
    let member = document(0x03, "0", &[int("_id", 0), text("host", &host)]);
    let members = document(0x04, "members", &[member]);
    let set = document(0x03, "replSetInitiate", &[text("_id", set), members]);
    call(port, &set).map(drop)
}

fn has(answer: &[u8], what: &[u8]) -> bool {
    answer.windows(what.len()).any(|part| part == what)
}

/// Sends a command to the database `admin` and returns the raw response.
fn call(port: u16, command: &[u8]) -> Result<Vec<u8>> {
    const TIMEOUT: Duration = Duration::from_secs(5);
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    stream.write_all(&message(command))?;
    let mut header = [0; 16];
    stream.read_exact(&mut header)?;
    let [a, b, c, d, ..] = header;
    let length = usize::try_from(i32::from_le_bytes([a, b, c, d])).unwrap_or_default();
    if !(16..1 << 20).contains(&length) {
        return Err(Error::new(ErrorKind::InvalidData, "not MongoDB's protocol"));
    }
    let mut answer = vec![0; length - 16];
    stream.read_exact(&mut answer)?;
    Ok(answer)
}

fn int(name: &str, value: i32) -> Vec<u8> {
    [b"\x10", name.as_bytes(), b"\0", &value.to_le_bytes()].concat()
}

fn text(name: &str, value: &str) -> Vec<u8> {
    let length = length(value.len() + 1);
    [
        b"\x02",
        name.as_bytes(),
        b"\0",
        &length,
        value.as_bytes(),
        b"\0",
    ]
    .concat()
}

fn document(kind: u8, name: &str, fields: &[Vec<u8>]) -> Vec<u8> {
    [&[kind], name.as_bytes(), b"\0", &body(&fields.concat())].concat()
}

fn body(fields: &[u8]) -> Vec<u8> {
    [&length(fields.len() + 5), fields, b"\0"].concat()
}

fn length(bytes: usize) -> [u8; 4] {
    i32::try_from(bytes).unwrap_or(i32::MAX).to_le_bytes()
}

fn message(command: &[u8]) -> Vec<u8> {
    let document = body(&[command, &text("$db", "admin")].concat());
    let body = [b"\0\0\0\0\0".as_slice(), &document].concat();
    let header = [
        length(body.len() + 16),
        1_i32.to_le_bytes(),
        0_i32.to_le_bytes(),
        OP_MSG.to_le_bytes(),
    ];
    [header.concat(), body].concat()
}
