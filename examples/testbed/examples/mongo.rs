//! A MongoDB server for tests in another language: says where it is, and ends when its input does.
#![allow(clippy::print_stdout, reason = "whoever starts it reads where it is")]

use std::error::Error;
use std::io;

use chat_testbed::MongoServer;

fn main() -> Result<(), Box<dyn Error>> {
    let server = MongoServer::start()?;
    println!("{}", server.uri());
    io::copy(&mut io::stdin().lock(), &mut io::sink())?;
    Ok(())
}
