use super::Faults;

/// A store whose calls fail, take long or never end, as its [`Faults`] say.
///
/// It implements each store trait that the wrapped store does. [`Faults::wrap`] makes one.
#[derive(Debug, Clone)]
pub struct Faulty<S> {
    pub(crate) inner: S,
    pub(crate) faults: Faults,
}

/// Implements a store trait for [`Faulty`]: each method of the list is a call that its faults decide
/// about.
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
    // It answers for each entry of a batch by itself, so each has a fate of its own.
    (@call $self:ident, $full:ident, append($room:ident, $epoch:ident, $batch:ident)) => {
        $self.faults.call_each($full, $batch, |batch| $self.inner.append($room, $epoch, batch)).await
    };
    (@call $self:ident, $full:ident, $name:ident($($arg:ident),*)) => {
        $self.faults.call($full, $self.inner.$name($($arg),*)).await
    };
}
pub(crate) use faulty;
