//! A web server that says who powers it.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread;

fn main() -> std::io::Result<()> {
    let port = env::var("PORT").unwrap_or_else(|_| "5000".into());
    let who = env::var("POWERED_BY").unwrap_or_else(|_| "Deis".into());
    let body = format!("Powered by {who}\n");
    let listener = TcpListener::bind(format!("0.0.0.0:{port}"))?;
    for connection in listener.incoming() {
        let (mut connection, body) = (connection?, body.clone());
        thread::spawn(move || -> std::io::Result<()> {
            let mut request = BufReader::new(connection.try_clone()?).lines();
            let Some(line) = request.next().transpose()? else {
                return Ok(()); // the platform only looks whether somebody listens
            };
            println!("{line}");
            while request.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
            write!(
                connection,
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            )
        });
    }
    Ok(())
}
