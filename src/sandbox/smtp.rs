//! A mailbox for the demo: takes mail on loopback and writes it into the ledger. No more of SMTP than a
//! well-behaved client says; tests have a server that nobody here wrote.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::shell::{Door, Shell};

/// Longer lines, and more of them, nobody here sends.
const LONGEST_LINE: usize = 4096;
const MOST_LINES: usize = 20_000;

pub(super) async fn serve(listener: std::net::TcpListener, shell: &Arc<Shell>) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = TcpListener::from_std(listener)?;
    let mut wanted = shell.wanted.subscribe();
    // Who comes late is not told of a change, so the state is looked at first.
    while *wanted.borrow_and_update() != Door::Gone {
        tokio::select! {
            accepted = listener.accept() => {
                let (stream, _) = accepted?;
                // Offline, a connection is cut at once.
                if *wanted.borrow() == Door::Open {
                    let shell = Arc::clone(shell);
                    tokio::spawn(async move {
                        // A client that hangs up in the middle has not sent anything.
                        let _ = converse(stream, &shell).await;
                    });
                }
            }
            changed = wanted.changed() => {
                if changed.is_err() {
                    break;
                }
            }
        }
    }
    Ok(())
}

async fn converse(stream: TcpStream, shell: &Arc<Shell>) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 sandbox ESMTP\r\n").await?;
    let mut to = String::new();
    loop {
        let line = line(&mut stream).await?;
        let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        let answer: &[u8] = match verb.as_str() {
            "EHLO" => b"250-sandbox\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
            "RCPT" => {
                let address = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
                address.map_or("", |(address, _)| address).clone_into(&mut to);
                b"250 ok\r\n"
            }
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await?;
                let subject = subject(&mut stream).await?;
                shell.lock().mailed(&to, &subject);
                b"250 taken\r\n"
            }
            "QUIT" => {
                stream.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            "HELO" | "MAIL" | "RSET" | "NOOP" => b"250 ok\r\n",
            _ => b"502 not known here\r\n",
        };
        stream.write_all(answer).await?;
    }
}

/// Reads the content to its end; answers with the subject.
async fn subject(stream: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut subject = String::new();
    for _ in 0..MOST_LINES {
        let line = line(stream).await?;
        if line == "." {
            return Ok(subject);
        }
        if let Some(words) = line.strip_prefix("Subject: ").filter(|_| subject.is_empty()) {
            words.clone_into(&mut subject);
        }
    }
    Err(io::Error::other("the mail does not end"))
}

async fn line(stream: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut line = Vec::new();
    if stream.read_until(b'\n', &mut line).await? == 0 || line.len() > LONGEST_LINE {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
}
