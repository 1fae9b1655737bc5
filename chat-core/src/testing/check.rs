use std::fmt;
use std::future::Future;
use std::time::Duration;

use futures::future::BoxFuture;

use super::Cluster;
use crate::{Error, ErrorKind};

/// The number of handles a suite requests.
pub const NODES: usize = 3;

/// A check fails as hung after this multiple of the cluster's patience.
const HUNG: u32 = 12;

/// The rule that a check found broken: a numbered point of a trait's contract, or a method's
/// documentation.
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

    /// The point's number in the trait's contract, or `None` for a rule of a method's
    /// documentation.
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

/// One check of a suite. It runs against a fresh cluster and panics, naming the [`Point`], if the
/// backend breaks its contract.
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

    /// The check's name, unique within its suite.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The rule that the check targets. It may report other broken rules on the way.
    #[must_use]
    pub const fn point(&self) -> Point {
        self.point
    }

    /// Runs the check. A multi-threaded runtime finds more races.
    ///
    /// # Panics
    /// If the backend breaks its contract or hangs.
    pub async fn run(&self, cluster: Cluster<B>) {
        let limit = cluster.patience().saturating_mul(HUNG);
        if tokio::time::timeout(limit, (self.run)(cluster))
            .await
            .is_err()
        {
            let Self { name, point, .. } = self;
            panic!("{point}: {name} did not finish within {limit:?}");
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

/// Runs one check of a suite on its own runtime. The `…_suite!` macros expand to this.
///
/// # Panics
/// If the check fails, or the suite has no check with this name.
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
        Err(e) => panic!("cannot start a runtime for the check: {e}"),
    }
}

/// Runs all checks in sequence, each with its own cluster.
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

/// Panics with the name of the broken point.
#[track_caller]
pub(super) fn broken(point: Point, what: fmt::Arguments<'_>) -> ! {
    panic!("{point}: {what}")
}

/// Asserts a promise of the contract.
macro_rules! ensure {
    ($point:expr, $cond:expr, $($what:tt)+) => {
        if !$cond {
            $crate::testing::check::broken($point, format_args!($($what)+));
        }
    };
}
pub(super) use ensure;

/// Defines a suite: its list of checks, `run_all`, and the macro that generates a test per check.
/// The first token is a dollar sign, because a macro cannot write one for a macro it defines.
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

        /// Runs all checks in sequence, each with a fresh cluster. `build` receives the number of
        /// handles to create.
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

/// Unwraps results whose outcome the contract fixes.
pub(super) trait Must<T> {
    /// Returns the value; an error breaks the contract.
    #[track_caller]
    fn must(self, point: Point, what: &str) -> T;
    /// Expects an error of this kind; anything else breaks the contract.
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

/// Polls `ask` until it returns a value or patience runs out.
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
