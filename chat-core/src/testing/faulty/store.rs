use super::Faults;

/// A store whose calls fail, take long, lose their result or hang, as its [`Faults`] decide.
///
/// It implements every store trait of the wrapped store. Create one with [`Faults::wrap`].
#[derive(Debug, Clone)]
pub struct Faulty<S> {
    pub(crate) inner: S,
    pub(crate) faults: Faults,
}

/// Implements a store trait for [`Faulty`]. Each call of a listed method goes through the faults.
macro_rules! faulty {
    ($trait:ident { $(async fn $name:ident(&self $(, $arg:ident: $ty:ty)* $(,)?) -> $ret:ty;)* }) => {
        #[async_trait::async_trait]
        #[deny(clippy::missing_trait_methods)]
        impl<S: $trait> $trait for $crate::testing::faulty::Faulty<S> {
            $(async fn $name(&self $(, $arg: $ty)*) -> $ret {
                let name = concat!(stringify!($trait), "::", stringify!($name));
                $crate::testing::faulty::faulty!(@call self, name, $name($($arg),*))
            })*
        }
    };
    // `append` has a result per entry, so each entry gets its own fate.
    (@call $self:ident, $full:ident, append($room:ident, $epoch:ident, $batch:ident)) => {
        $self.faults.call_each($full, $batch, |batch| $self.inner.append($room, $epoch, batch)).await
    };
    (@call $self:ident, $full:ident, $name:ident($($arg:ident),*)) => {
        $self.faults.call($full, $self.inner.$name($($arg),*)).await
    };
}
pub(crate) use faulty;
