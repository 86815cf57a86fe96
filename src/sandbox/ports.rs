//! The two loopback ports: accept, read, ask the World, do as it says.
//!
//! Going offline closes the listening socket and every connection; the port stays bound without
//! listening, so that connects get ECONNREFUSED and nobody else can take it meanwhile.

use std::io;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::control;
use super::http::{Connection, is_last};
use super::shell::{Door, Shell, door_of};

/// The data port: open or shut as the faults want, with every connection it has accepted.
pub(super) async fn serve_data(listener: std::net::TcpListener, shell: &Arc<Shell>) -> io::Result<()> {
    let served = keep_door(listener, shell).await;
    // Whoever waits for the door must not wait for ever.
    shell.report(Door::Gone);
    served
}

/// The control port: open until the sandbox stops.
pub(super) async fn serve_control(listener: std::net::TcpListener, shell: &Arc<Shell>) -> io::Result<()> {
    let listener = adopt(listener)?;
    let mut wanted = shell.wanted.subscribe();
    let is_over = |door: &Door| *door == Door::Gone;
    accept_until(is_over, &listener, &mut wanted, &mut JoinSet::new(), |socket| {
        converse_control(socket, Arc::clone(shell))
    })
    .await
}

async fn keep_door(listener: std::net::TcpListener, shell: &Arc<Shell>) -> io::Result<()> {
    let mut wanted = shell.wanted.subscribe();
    let mut listener = adopt(listener)?;
    let address = listener.local_addr()?;
    let mut connections = JoinSet::new();
    loop {
        let is_over = |door: &Door| *door != Door::Open;
        let converse = |socket| converse(socket, Arc::clone(shell));
        accept_until(is_over, &listener, &mut wanted, &mut connections, converse).await?;
        drop(listener);
        connections.shutdown().await;
        let reserved = TcpSocket::new_v4()?;
        reserved.set_reuseaddr(true)?;
        reserved.bind(address)?;
        shell.report(Door::Shut);
        let next = *wanted.wait_for(|door| *door != Door::Shut).await.map_err(io::Error::other)?;
        if next == Door::Gone {
            return Ok(());
        }
        listener = reserved.listen(1024)?;
        shell.report(Door::Open);
    }
}

async fn accept_until<F>(
    is_over: impl Fn(&Door) -> bool,
    listener: &TcpListener,
    wanted: &mut watch::Receiver<Door>,
    connections: &mut JoinSet<io::Result<()>>,
    converse: impl Fn(TcpStream) -> F,
) -> io::Result<()>
where
    F: Future<Output = io::Result<()>> + Send + 'static,
{
    loop {
        tokio::select! {
            biased;
            told = wanted.wait_for(&is_over) => return told.map(drop).map_err(io::Error::other),
            // How a conversation ended is the client's business: it may break off.
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((socket, _)) => drop(connections.spawn(converse(socket))),
                Err(why) if why.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(why) => return Err(why),
            }
        }
    }
}

async fn converse(socket: TcpStream, shell: Arc<Shell>) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let mut connection = Connection::new(socket);
    while let Some(request) = connection.next().await? {
        if control::is_control(&request) {
            let response = control::answer(&mut shell.lock(), &request);
            // Answered first: shutting the door cuts this very connection.
            connection.respond(&response).await?;
            shell.ask_for(door_of(&shell.lock()));
            continue;
        }
        let reaction = shell.lock().handle(&request);
        if !connection.perform(reaction).await? || is_last(&request) {
            break;
        }
    }
    Ok(())
}

async fn converse_control(socket: TcpStream, shell: Arc<Shell>) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let mut connection = Connection::new(socket);
    while let Some(request) = connection.next().await? {
        // The guard waits until the data port, on its own thread, is as asked: the answer says so.
        let response = control::answer(&mut shell.guard(), &request);
        connection.respond(&response).await?;
        if is_last(&request) {
            break;
        }
    }
    Ok(())
}

/// A listener for this runtime. Anything but loopback is refused here, whoever bound it.
fn adopt(listener: std::net::TcpListener) -> io::Result<TcpListener> {
    let address = listener.local_addr()?;
    if !address.ip().is_loopback() {
        let why = format!("the sandbox listens on loopback only, not on {address}");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
    }
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn anything_but_loopback_is_refused() {
        for (address, is_fine) in [("0.0.0.0:0", false), ("127.0.0.1:0", true)] {
            let listener = std::net::TcpListener::bind(address).unwrap();
            assert_eq!(adopt(listener).is_ok(), is_fine, "{address}");
        }
    }
}
