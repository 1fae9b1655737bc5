use std::fmt;
use std::future::Future;
use std::time::Duration;

use futures::future::BoxFuture;

use super::Cluster;
use crate::{Error, ErrorKind};

/// How many handles the suites ask for.
pub const NODES: usize = 3;

/// A whole check may take this many times the patience before it counts as hung.
const HUNG: u32 = 12;

/// What a check found broken: a numbered point of a trait's contract, or what a method's own
/// documentation says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    backend: &'static str,
    number: Option<u8>,
    title: &'static str,
}

impl Point {
    pub(super) const fn contract(backend: &'static str, number: u8, title: &'static str) -> Self {
        Self {
            backend,
            number: Some(number),
            title,
        }
    }

    pub(super) const fn method(backend: &'static str, method: &'static str) -> Self {
        Self {
            backend,
            number: None,
            title: method,
        }
    }

    /// The name of the trait.
    #[must_use]
    pub const fn backend(&self) -> &'static str {
        self.backend
    }

    /// The number in the trait's contract; `None` where a method's documentation says it.
    #[must_use]
    pub const fn number(&self) -> Option<u8> {
        self.number
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { backend, title, .. } = self;
        match self.number {
            Some(number) => write!(f, "{backend} contract {number} ({title})"),
            None => write!(f, "{backend}::{title}"),
        }
    }
}

/// One check of a suite. It needs a fresh cluster and panics, naming the [`Point`], when the backend
/// does not keep its contract.
pub struct Check<B: ?Sized> {
    name: &'static str,
    point: Point,
    run: fn(Cluster<B>) -> BoxFuture<'static, ()>,
}

impl<B: ?Sized> Check<B> {
    pub(super) const fn new(
        name: &'static str,
        point: Point,
        run: fn(Cluster<B>) -> BoxFuture<'static, ()>,
    ) -> Self {
        Self { name, point, run }
    }

    /// Its name, unique in its suite.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What it is mainly about; it may find other points broken on its way.
    #[must_use]
    pub const fn point(&self) -> Point {
        self.point
    }

    /// Runs it. A runtime with several threads finds more.
    ///
    /// # Panics
    /// If the backend does not keep its contract, or hangs.
    pub async fn run(&self, cluster: Cluster<B>) {
        let limit = cluster.patience().saturating_mul(HUNG);
        if tokio::time::timeout(limit, (self.run)(cluster))
            .await
            .is_err()
        {
            let Self { name, point, .. } = self;
            panic!("{point}: {name} has not come to an end in {limit:?}");
        }
    }
}

impl<B: ?Sized> fmt::Debug for Check<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check")
            .field("name", &self.name)
            .field("point", &self.point)
            .finish_non_exhaustive()
    }
}

/// Runs one check of a suite on a runtime of its own; what the `…_suite!` macros expand to.
///
/// # Panics
/// If the check fails, or there is none of this name.
pub fn run_check<B, F, Fut>(checks: &[Check<B>], name: &str, build: F)
where
    B: ?Sized,
    F: FnOnce(usize) -> Fut,
    Fut: Future<Output = Cluster<B>>,
{
    let Some(check) = checks.iter().find(|c| c.name == name) else {
        panic!("the suite has no check {name:?}");
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => runtime.block_on(async { check.run(build(NODES).await).await }),
        Err(e) => panic!("no runtime for the check: {e}"),
    }
}

/// Runs all checks one after the other, each with a cluster of its own.
pub(super) async fn run_each<B, F, Fut>(checks: &[Check<B>], build: F)
where
    B: ?Sized,
    F: Fn(usize) -> Fut,
    Fut: Future<Output = Cluster<B>>,
{
    for check in checks {
        check.run(build(NODES).await).await;
    }
}

/// Panics, naming the point that is broken.
#[track_caller]
pub(super) fn broken(point: Point, what: fmt::Arguments<'_>) -> ! {
    panic!("{point}: {what}")
}

/// Asserts something a contract promises.
macro_rules! ensure {
    ($point:expr, $cond:expr, $($what:tt)+) => {
        if !$cond {
            $crate::testing::check::broken($point, format_args!($($what)+));
        }
    };
}
pub(super) use ensure;

/// Defines a suite: its list of checks, `run_all`, and the macro that makes a test of each. The
/// first token is a dollar sign, which a macro cannot write for a macro it defines.
macro_rules! suite {
    (($d:tt) $(#[$doc:meta])* $macro:ident, $module:ident, $backend:ty;
     $($file:ident { $($check:ident: $point:ident),* $(,)? })*) => {
        /// The checks of this suite.
        #[must_use]
        pub fn checks() -> Vec<$crate::testing::Check<$backend>> {
            vec![$($($crate::testing::Check::new(
                stringify!($check),
                $point,
                |cluster| Box::pin($file::$check(cluster.into())),
            )),*),*]
        }

        /// Runs all checks one after the other, each with a fresh cluster. `build` is given the
        /// number of handles wanted.
        ///
        /// # Panics
        /// If a check fails; the message names the broken point of the contract.
        pub async fn run_all<F, Fut>(build: F)
        where
            F: Fn(usize) -> Fut,
            Fut: Future<Output = $crate::testing::Cluster<$backend>>,
        {
            $crate::testing::check::run_each(&checks(), build).await;
        }

        $(#[$doc])*
        #[macro_export]
        macro_rules! $macro {
            ($d build:expr) => {
                $($(
                    #[test]
                    fn $check() {
                        $crate::testing::run_check(
                            &$crate::testing::$module::checks(),
                            stringify!($check),
                            $d build,
                        );
                    }
                )*)*
            };
        }
    };
}
pub(super) use suite;

/// What a backend answers where the contract leaves it no choice.
pub(super) trait Must<T> {
    /// The value; an error breaks the contract.
    #[track_caller]
    fn must(self, point: Point, what: &str) -> T;
    /// An error of this kind; anything else breaks the contract.
    #[track_caller]
    fn must_fail(self, point: Point, kind: ErrorKind, what: &str);
}

impl<T> Must<T> for Result<T, Error> {
    fn must(self, point: Point, what: &str) -> T {
        match self {
            Ok(value) => value,
            Err(e) => broken(point, format_args!("{what} failed: {e:?}")),
        }
    }

    fn must_fail(self, point: Point, kind: ErrorKind, what: &str) {
        match self {
            Ok(_) => broken(
                point,
                format_args!("{what} succeeded instead of failing with {kind:?}"),
            ),
            Err(e) => ensure!(
                point,
                e.kind() == kind,
                "{what} failed with {:?} instead of {kind:?}: {e:?}",
                e.kind()
            ),
        }
    }
}

/// Asks again until the answer is there, for as long as patience lasts.
pub(super) async fn eventually<T, F, Fut>(patience: Duration, mut ask: F) -> Option<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Option<T>>,
{
    let deadline = tokio::time::Instant::now() + patience;
    loop {
        if let Some(answer) = ask().await {
            return Some(answer);
        }
        if tokio::time::Instant::now() >= deadline {
            return None;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
