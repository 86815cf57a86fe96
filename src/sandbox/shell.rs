//! The World on two loopback ports: one for data, one for control. Each port has a thread of its own, so
//! that control answers while data hangs, and a test needs no async code.
//!
//! Going offline closes the listening socket and every connection; the port stays bound without
//! listening, so that connects get ECONNREFUSED and nobody else can take it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::http::{Connection, is_last};
use super::{Clock, Config, World, control};
use crate::domain::time::Micros;

/// What the data port should be, and what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    Open,
    Shut,
    /// The sandbox is stopping.
    Gone,
}

struct Shell {
    world: Mutex<World>,
    /// When a real clock was last moved.
    ticked: Mutex<Instant>,
    wanted: watch::Sender<Door>,
    actual: Mutex<Door>,
    changed: Condvar,
}

impl Shell {
    fn new(config: Config) -> Self {
        let is_real = config.clock == Clock::Real;
        let mut world = World::new(config);
        if is_real {
            world.set_clock(Micros(chrono::Utc::now().timestamp_micros()));
        }
        Self {
            world: Mutex::new(world),
            ticked: Mutex::new(Instant::now()),
            wanted: watch::Sender::new(Door::Open),
            actual: Mutex::new(Door::Open),
            changed: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        let mut world = held(&self.world);
        if world.config.clock == Clock::Real {
            let mut ticked = held(&self.ticked);
            let now = Instant::now();
            world.advance(now - *ticked);
            *ticked = now;
        }
        world
    }

    fn guard(&self) -> WorldGuard<'_> {
        WorldGuard { shell: self, world: Some(self.lock()) }
    }

    /// Tells the data port what the World's faults want of it.
    fn ask_for(&self, door: Door) {
        self.wanted
            .send_if_modified(|wanted| *wanted != Door::Gone && std::mem::replace(wanted, door) != door);
    }

    fn wait_for(&self, door: Door) {
        let is_pending = |actual: &mut Door| *actual != door && *actual != Door::Gone;
        drop(self.changed.wait_while(held(&self.actual), is_pending));
    }

    fn report(&self, door: Door) {
        *held(&self.actual) = door;
        self.changed.notify_all();
    }
}

/// A panic in one test thread must not hide the World from the others.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The World, locked. When it is dropped, the data port is what the faults say: after adding
/// `offline`, connects are refused from then on. Do not hold it across a request.
pub struct WorldGuard<'a> {
    shell: &'a Shell,
    world: Option<MutexGuard<'a, World>>,
}

impl Deref for WorldGuard<'_> {
    type Target = World;

    fn deref(&self) -> &World {
        self.world.as_ref().expect("only drop takes it")
    }
}

impl DerefMut for WorldGuard<'_> {
    fn deref_mut(&mut self) -> &mut World {
        self.world.as_mut().expect("only drop takes it")
    }
}

impl Drop for WorldGuard<'_> {
    fn drop(&mut self) {
        let door = door_of(self);
        // Asked while the World is locked, so that two changes arrive in their order; waited for
        // when it is free, because the data thread may be waiting for it.
        self.shell.ask_for(door);
        self.world = None;
        self.shell.wait_for(door);
    }
}

fn door_of(world: &World) -> Door {
    if world.is_offline() { Door::Shut } else { Door::Open }
}

/// A running sandbox. Stops when dropped.
pub struct Sandbox {
    shell: Arc<Shell>,
    data: SocketAddr,
    control: SocketAddr,
    threads: Vec<JoinHandle<io::Result<()>>>,
}

impl Sandbox {
    /// Both servers and the control plane on free loopback ports.
    ///
    /// # Errors
    /// No port could be bound, or no thread started.
    pub fn start(config: Config) -> io::Result<Self> {
        Self::start_on(0, config)
    }

    /// As [`Sandbox::start`], with the data port chosen.
    ///
    /// # Errors
    /// As [`Sandbox::start`].
    pub fn start_on(port: u16, config: Config) -> io::Result<Self> {
        let data = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let control = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let shell = Arc::new(Shell::new(config));
        let mut sandbox = Self {
            data: data.local_addr()?,
            control: control.local_addr()?,
            shell: Arc::clone(&shell),
            threads: Vec::new(),
        };
        let (for_data, for_control) = (Arc::clone(&shell), shell);
        sandbox.run("sandbox-data", move |runtime| runtime.block_on(serve_data(data, &for_data)))?;
        sandbox
            .run("sandbox-control", move |runtime| runtime.block_on(serve_control(control, &for_control)))?;
        Ok(sandbox)
    }

    /// Base address of both servers: `http://127.0.0.1:40123`.
    pub fn url(&self) -> String {
        format!("http://{}", self.data)
    }

    /// Base address of `/_sandbox/*`, reachable even while the sandbox is offline.
    pub fn control_url(&self) -> String {
        format!("http://{}", self.control)
    }

    /// The World. See [`WorldGuard`].
    pub fn world(&self) -> WorldGuard<'_> {
        self.shell.guard()
    }

    fn run(
        &mut self,
        name: &str,
        serve: impl FnOnce(&runtime::Runtime) -> io::Result<()> + Send + 'static,
    ) -> io::Result<()> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let body = move || serve(&runtime);
        self.threads.push(std::thread::Builder::new().name(name.to_owned()).spawn(body)?);
        Ok(())
    }

    fn join(&mut self) -> io::Result<()> {
        for thread in self.threads.drain(..) {
            thread.join().map_err(|_| io::Error::other("the sandbox crashed"))??;
        }
        Ok(())
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.shell.ask_for(Door::Gone);
        // Nothing is left to tell it to.
        let _ = self.join();
    }
}

/// Runs a sandbox with a real clock until the process ends. `ready` gets the address of the data port
/// and of the control plane.
///
/// # Errors
/// As [`Sandbox::start`], or a port was lost.
pub fn run_blocking(port: u16, config: Config, ready: impl FnOnce(&str, &str)) -> io::Result<()> {
    let mut sandbox = Sandbox::start_on(port, Config { clock: Clock::Real, ..config })?;
    ready(&sandbox.url(), &sandbox.control_url());
    sandbox.join()
}

/// The data port: open or shut as the faults want, with every connection it has accepted.
async fn serve_data(listener: std::net::TcpListener, shell: &Arc<Shell>) -> io::Result<()> {
    let served = keep_door(listener, shell).await;
    // Whoever waits for the door must not wait for ever.
    shell.report(Door::Gone);
    served
}

async fn keep_door(listener: std::net::TcpListener, shell: &Arc<Shell>) -> io::Result<()> {
    let mut wanted = shell.wanted.subscribe();
    let mut listener = adopt(listener)?;
    let address = listener.local_addr()?;
    let mut connections = JoinSet::new();
    loop {
        accept_while_open(&listener, &mut wanted, &mut connections, shell).await?;
        drop(listener);
        connections.shutdown().await;
        if *wanted.borrow_and_update() == Door::Gone {
            return Ok(());
        }
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

async fn accept_while_open(
    listener: &TcpListener,
    wanted: &mut watch::Receiver<Door>,
    connections: &mut JoinSet<()>,
    shell: &Arc<Shell>,
) -> io::Result<()> {
    loop {
        tokio::select! {
            biased;
            told = wanted.wait_for(|door| *door != Door::Open) => {
                told.map_err(io::Error::other)?;
                return Ok(());
            }
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => {
                let (socket, _) = accepted?;
                let shell = Arc::clone(shell);
                connections.spawn(async move {
                    // A client that breaks off is its own business.
                    let _ = converse(socket, &shell).await;
                });
            }
        }
    }
}

async fn converse(socket: TcpStream, shell: &Shell) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let mut connection = Connection::new(socket);
    while let Some(request) = connection.next().await? {
        if control::is_control(&request) {
            let (response, door) = {
                let mut world = shell.lock();
                (control::answer(&mut world, &request), door_of(&world))
            };
            // Answered first: shutting the door would cut this very connection.
            connection.respond(&response).await?;
            shell.ask_for(door);
            continue;
        }
        let reaction = shell.lock().handle(&request);
        if !connection.perform(reaction).await? || is_last(&request) {
            break;
        }
    }
    Ok(())
}

/// The control port. One connection at a time would do; a hanging one must not block the next.
async fn serve_control(listener: std::net::TcpListener, shell: &Arc<Shell>) -> io::Result<()> {
    let listener = adopt(listener)?;
    let mut wanted = shell.wanted.subscribe();
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            told = wanted.wait_for(|door| *door == Door::Gone) => {
                told.map_err(io::Error::other)?;
                return Ok(());
            }
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => {
                let (socket, _) = accepted?;
                let shell = Arc::clone(shell);
                connections.spawn(async move {
                    let _ = converse_control(socket, &shell).await;
                });
            }
        }
    }
}

async fn converse_control(socket: TcpStream, shell: &Shell) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let mut connection = Connection::new(socket);
    while let Some(request) = connection.next().await? {
        // The guard waits for the door before the answer says that it is done; the door is kept by
        // the other thread.
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
