//! Runs a MongoDB server for tests in other languages. Prints its URI, and exits when its standard
//! input closes.
#![allow(clippy::print_stdout, reason = "the URI is its output")]

use std::error::Error;
use std::io;

use chat_testbed::MongoServer;

fn main() -> Result<(), Box<dyn Error>> {
    let server = MongoServer::start()?;
    println!("{}", server.uri());
    io::copy(&mut io::stdin().lock(), &mut io::sink())?;
    Ok(())
}
