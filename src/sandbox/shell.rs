//! The World shared between a test (or the demo) and the threads of its two ports. Each port has a
//! thread of its own, so that control answers while data hangs, and a test needs no async code.
//! What happens on the ports is in `ports`.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::runtime;
use tokio::sync::watch;

use super::{Clock, Config, World, ports, smtp};

/// What the data port should be, and what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Door {
    Open,
    Shut,
    /// The sandbox is stopping.
    Gone,
}

pub(super) struct Shell {
    world: Mutex<World>,
    /// When a real clock was last moved.
    ticked: Mutex<Instant>,
    pub(super) wanted: watch::Sender<Door>,
    actual: Mutex<Door>,
    changed: Condvar,
}

impl Shell {
    fn new(config: Config) -> Self {
        Self {
            world: Mutex::new(World::new(config)),
            ticked: Mutex::new(Instant::now()),
            wanted: watch::Sender::new(Door::Open),
            actual: Mutex::new(Door::Open),
            changed: Condvar::new(),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, World> {
        let mut world = held(&self.world);
        if world.config.clock == Clock::Real {
            let mut ticked = held(&self.ticked);
            // The World counts whole microseconds: the rest is kept for the next time.
            let passed = ticked.elapsed();
            let whole = passed - Duration::from_nanos(u64::from(passed.subsec_nanos() % 1000));
            world.advance(whole);
            *ticked += whole;
        }
        world
    }

    pub(super) fn guard(&self) -> WorldGuard<'_> {
        WorldGuard { shell: self, world: Some(self.lock()) }
    }

    /// Tells the data port what the World's faults want of it.
    pub(super) fn ask_for(&self, door: Door) {
        // Whoever waits looks at both; under this lock none can miss the change.
        let _actual = held(&self.actual);
        self.wanted
            .send_if_modified(|wanted| *wanted != Door::Gone && std::mem::replace(wanted, door) != door);
        self.changed.notify_all();
    }

    /// Until the data port is what was last asked for, by anybody.
    fn wait_for_door(&self) {
        let is_pending = |actual: &mut Door| *actual != Door::Gone && *actual != *self.wanted.borrow();
        drop(self.changed.wait_while(held(&self.actual), is_pending));
    }

    pub(super) fn report(&self, door: Door) {
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
        // Asked while the World is locked, so that two changes arrive in their order; waited for
        // when it is free, because the data thread may be waiting for it.
        self.shell.ask_for(door_of(self));
        self.world = None;
        self.shell.wait_for_door();
    }
}

pub(super) fn door_of(world: &World) -> Door {
    if world.is_offline() { Door::Shut } else { Door::Open }
}

/// A running sandbox. Stops when dropped.
pub struct Sandbox {
    shell: Arc<Shell>,
    data: SocketAddr,
    control: SocketAddr,
    mail: SocketAddr,
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
        let mail = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let shell = Arc::new(Shell::new(config));
        let mut sandbox = Self {
            data: data.local_addr()?,
            control: control.local_addr()?,
            mail: mail.local_addr()?,
            shell: Arc::clone(&shell),
            threads: Vec::new(),
        };
        let for_mail = Arc::clone(&shell);
        sandbox.run("sandbox-mail", move |runtime| runtime.block_on(smtp::serve(mail, &for_mail)))?;
        let (for_data, for_control) = (Arc::clone(&shell), shell);
        sandbox.run("sandbox-data", move |runtime| runtime.block_on(ports::serve_data(data, &for_data)))?;
        sandbox.run("sandbox-control", move |runtime| {
            runtime.block_on(ports::serve_control(control, &for_control))
        })?;
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

    /// Where the control plane listens.
    pub fn control_address(&self) -> SocketAddr {
        self.control
    }

    /// Where mail is taken.
    pub fn mail_address(&self) -> SocketAddr {
        self.mail
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

/// Runs a sandbox until the process ends; its clock goes on from `config.start`. `ready` gets the address of the data port
/// and of the control plane.
///
/// # Errors
/// As [`Sandbox::start`], or a port was lost.
pub fn run_blocking(port: u16, config: Config, ready: impl FnOnce(&str, &str)) -> io::Result<()> {
    let mut sandbox = Sandbox::start_on(port, Config { clock: Clock::Real, ..config })?;
    ready(&sandbox.url(), &sandbox.control_url());
    sandbox.join()
}
