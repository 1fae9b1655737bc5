use std::any::Any;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;

use super::Adapter;
use crate::testing::Point;

/// A check that takes longer counts as hung.
const HUNG: Duration = Duration::from_secs(180);

/// One check of an adapter. It starts its own servers and panics, naming the [`Point`], if the
/// adapter breaks its contract.
pub struct AdapterCheck {
    group: &'static str,
    name: &'static str,
    point: Point,
    run: fn(Adapter) -> BoxFuture<'static, ()>,
}

impl AdapterCheck {
    pub(super) const fn new(
        group: &'static str,
        name: &'static str,
        point: Point,
        run: fn(Adapter) -> BoxFuture<'static, ()>,
    ) -> Self {
        Self {
            group,
            name,
            point,
            run,
        }
    }

    /// The topic of the check, shared with related checks.
    #[must_use]
    pub const fn group(&self) -> &'static str {
        self.group
    }

    /// The check's name, unique within the suite.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The rule that the check targets. It may report other broken rules on the way.
    #[must_use]
    pub const fn point(&self) -> Point {
        self.point
    }

    /// Runs the check.
    ///
    /// # Panics
    /// If the adapter breaks its contract or hangs.
    pub async fn run(&self, adapter: Adapter) {
        let Self {
            name, point, run, ..
        } = self;
        let check = AssertUnwindSafe(run(adapter)).catch_unwind();
        match tokio::time::timeout(HUNG, check).await {
            Ok(Ok(())) => {}
            Ok(Err(panic)) => panic!("{point}: {name}: {}", message(&*panic)),
            Err(_) => panic!("{point}: {name} did not finish within {HUNG:?}"),
        }
    }
}

impl fmt::Debug for AdapterCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdapterCheck")
            .field("group", &self.group)
            .field("name", &self.name)
            .field("point", &self.point)
            .finish_non_exhaustive()
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    match panic.downcast_ref::<String>() {
        Some(message) => message,
        None => panic.downcast_ref::<&str>().unwrap_or(&"a panic"),
    }
}

/// Runs one check on its own runtime. [`adapter_suite!`](crate::adapter_suite) expands to this.
///
/// # Panics
/// If the check fails, or the suite has no check with this name.
pub fn run_adapter_check(name: &str, adapter: Adapter) {
    let checks = super::checks();
    let Some(check) = checks.iter().find(|check| check.name == name) else {
        panic!("the suite has no check {name:?}");
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(check.run(adapter));
}

/// Defines the suite: its list of checks, and the macro that generates a test per check. The first
/// token is a dollar sign, because a macro cannot write one for a macro it defines.
macro_rules! suite {
    (($d:tt) $(#[$doc:meta])* $macro:ident;
     $($file:ident { $($check:ident: $point:ident),* $(,)? })*) => {
        /// The checks of this suite.
        #[must_use]
        pub fn checks() -> Vec<AdapterCheck> {
            vec![$($(AdapterCheck::new(
                stringify!($file),
                stringify!($check),
                $point,
                |adapter| Box::pin($file::$check(adapter)),
            )),*),*]
        }

        $(#[$doc])*
        #[macro_export]
        macro_rules! $macro {
            ($d serve:expr) => {
                $($(
                    #[test]
                    fn $check() {
                        $crate::testing::adapter::run_adapter_check(
                            stringify!($check),
                            $crate::testing::adapter::Adapter::new($d serve),
                        );
                    }
                )*)*
            };
        }
    };
}
pub(super) use suite;
