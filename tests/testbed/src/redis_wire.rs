//! The part of Redis's protocol that is needed to set up a server.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::{Error, Result};

/// Sends a command and returns its reply: a simple string, an integer or a bulk string, as text.
pub(crate) fn call(port: u16, command: &[&str]) -> Result<String> {
    let what = || format!("{} to port {port}", command.join(" "));
    let answer = exchange(port, command).map_err(Error::io(what()))?;
    answer.map_err(|e| Error::Server(format!("{}: {e}", what())))
}

fn exchange(port: u16, command: &[&str]) -> std::io::Result<Result<String, String>> {
    const TIMEOUT: Duration = Duration::from_secs(5);
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    let mut request = format!("*{}\r\n", command.len());
    for part in command {
        request += &format!("${}\r\n{part}\r\n", part.len());
    }
    stream.write_all(request.as_bytes())?;
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let line = line.trim_end();
    let Some((kind, rest)) = line.split_at_checked(1) else {
        return Ok(Err("empty reply".to_owned()));
    };
    Ok(match (kind, rest.parse::<usize>()) {
        ("+" | ":", _) => Ok(rest.to_owned()),
        ("$", Ok(length)) => {
            let mut text = vec![0; length];
            stream.read_exact(&mut text)?;
            Ok(String::from_utf8_lossy(&text).into_owned())
        }
        _ => Err(line.to_owned()),
    })
}
