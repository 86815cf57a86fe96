//! Just enough HTTP/1.1 to misbehave on purpose: a framework closes, completes and reports things by
//! itself that a fault has to be able to leave undone. Reads whole requests, carries out reactions.

use std::io;

use http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, Request, Response};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::Reaction;
use super::reply::render;

/// More than any request of ours; a larger one is a mistake.
const LARGEST: usize = 8 * 1024 * 1024;

/// A connection from a client, with what it sent beyond the request at hand.
pub(super) struct Connection {
    socket: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub fn new(socket: TcpStream) -> Self {
        Self { socket, buffer: Vec::new() }
    }

    /// The next request; `None` when the client has closed between two of them.
    pub async fn next(&mut self) -> io::Result<Option<Request<Vec<u8>>>> {
        loop {
            if let Some((request, length)) = parse(&self.buffer)? {
                self.buffer.drain(..length);
                return Ok(Some(request));
            }
            if self.buffer.len() > LARGEST {
                return Err(bad("the request is too large"));
            }
            if self.socket.read_buf(&mut self.buffer).await? == 0 {
                let is_between = self.buffer.is_empty();
                return if is_between { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
            }
        }
    }

    /// Carries out what the World decided. True if the connection can serve another request.
    pub async fn perform(&mut self, mut reaction: Reaction) -> io::Result<bool> {
        loop {
            match reaction {
                Reaction::Delay(by, then) => {
                    tokio::time::sleep(by).await;
                    reaction = *then;
                }
                Reaction::Respond(response) => {
                    self.respond(&response).await?;
                    return Ok(true);
                }
                Reaction::Cut { partial } => {
                    self.socket.write_all(&partial).await?;
                    return Ok(false);
                }
                Reaction::Refuse => {
                    // A reset, not a goodbye.
                    self.socket.set_zero_linger()?;
                    return Ok(false);
                }
                Reaction::Hang => std::future::pending().await,
            }
        }
    }

    pub async fn respond(&mut self, response: &Response<Vec<u8>>) -> io::Result<()> {
        self.socket.write_all(&render(response)).await
    }
}

/// The client wants no further request on this connection.
pub(super) fn is_last(request: &Request<Vec<u8>>) -> bool {
    let value = request.headers().get(CONNECTION).and_then(|value| value.to_str().ok());
    value.is_some_and(|value| value.eq_ignore_ascii_case("close"))
}

/// The first request in `bytes` and its length, once all of it is there.
fn parse(bytes: &[u8]) -> io::Result<Option<(Request<Vec<u8>>, usize)>> {
    let Some(head_length) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&bytes[..head_length]).map_err(|_| bad("the head is not text"))?;
    let mut lines = head.split("\r\n");
    let mut request_line = lines.next().unwrap_or_default().split(' ');
    let (Some(method), Some(uri)) = (request_line.next(), request_line.next()) else {
        return Err(bad("the request line has no method and address"));
    };
    let mut request = Request::builder().method(method).uri(uri);
    for line in lines {
        let (name, value) = line.split_once(':').ok_or_else(|| bad("a header has no colon"))?;
        request = request.header(name, value.trim());
    }
    let start = head_length + 4;
    let end = start + body_length(request.headers_ref())?;
    let Some(body) = bytes.get(start..end) else { return Ok(None) };
    let request = request.body(body.to_vec()).map_err(|why| bad(&why.to_string()))?;
    Ok(Some((request, end)))
}

fn body_length(headers: Option<&HeaderMap>) -> io::Result<usize> {
    let Some(headers) = headers else { return Ok(0) };
    if headers.contains_key(TRANSFER_ENCODING) {
        return Err(bad("a body must have a Content-Length"));
    }
    let Some(length) = headers.get(CONTENT_LENGTH) else { return Ok(0) };
    let length = length.to_str().ok().and_then(|text| text.parse().ok());
    length.filter(|length| *length <= LARGEST).ok_or_else(|| bad("Content-Length is not a usable number"))
}

fn bad(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const POST: &[u8] =
        b"POST /x?a=1 HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello";

    proptest! {
        /// However the bytes arrive, a request is read once it is complete and not before.
        #[test]
        fn a_request_is_read_when_complete(cut in 0..POST.len()) {
            prop_assert!(parse(&POST[..cut]).unwrap().is_none());
            let mut more = POST.to_vec();
            more.extend_from_slice(&POST[..cut]);
            let (request, length) = parse(&more).unwrap().unwrap();
            prop_assert_eq!(length, POST.len());
            prop_assert_eq!(request.body(), b"hello");
            prop_assert_eq!(request.uri(), "/x?a=1");
        }

        #[test]
        fn any_bytes_are_survived(bytes: Vec<u8>) {
            let _ = parse(&bytes);
            let _ = parse(&[b"GET / HTTP/1.1\r\n".as_slice(), &bytes, b"\r\n\r\n"].concat());
        }
    }

    #[test]
    fn unusable_requests_are_refused() {
        for head in [
            "GET\r\n\r\n",
            "GET / HTTP/1.1\r\nno colon\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ] {
            assert!(parse(head.as_bytes()).is_err(), "{head}");
        }
    }
}
