//! As much of MongoDB's protocol as it takes to see that a server answers.

use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::TcpStream;
use std::time::Duration;

const OP_MSG: i32 = 2013;

/// Sends a `ping` and waits for an answer that says `ok`.
pub(crate) fn ping(port: u16) -> Result<()> {
    const TIMEOUT: Duration = Duration::from_secs(5);
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    stream.write_all(&message())?;
    let mut header = [0; 16];
    stream.read_exact(&mut header)?;
    let [a, b, c, d, ..] = header;
    let length = usize::try_from(i32::from_le_bytes([a, b, c, d])).unwrap_or_default();
    if !(16..1 << 20).contains(&length) {
        return Err(Error::new(ErrorKind::InvalidData, "not MongoDB's protocol"));
    }
    let mut answer = vec![0; length - 16];
    stream.read_exact(&mut answer)?;
    // The field `ok`, as a double of 1.
    let ok = [b"\x01ok\x00".as_slice(), &1.0_f64.to_le_bytes()].concat();
    if answer.windows(ok.len()).any(|part| part == ok) {
        return Ok(());
    }
    Err(Error::other("the server does not say ok"))
}

/// `{ ping: 1, $db: "admin" }`.
fn message() -> Vec<u8> {
    let fields = [
        b"\x10ping\x00".as_slice(),
        &1_i32.to_le_bytes(),
        b"\x02$db\x00",
        &6_i32.to_le_bytes(),
        b"admin\x00",
    ]
    .concat();
    let length = |bytes: usize| i32::try_from(bytes).unwrap_or(i32::MAX).to_le_bytes();
    let document = [&length(fields.len() + 5), fields.as_slice(), b"\x00"].concat();
    let body = [b"\0\0\0\0\0".as_slice(), &document].concat();
    let header = [
        length(body.len() + 16),
        1_i32.to_le_bytes(),
        0_i32.to_le_bytes(),
        OP_MSG.to_le_bytes(),
    ];
    [header.concat(), body].concat()
}
