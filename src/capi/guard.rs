//! The border itself: what every exported function's body runs in.

use std::any::Any;
use std::ffi::c_void;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use parking_lot::Mutex;

use super::registry::Registry;
use super::types::HRESULT;
use crate::error::{E_FAIL, E_INVALIDARG, Error, S_FALSE, S_OK};

/// Why a call failed: what the caller gets at once, and what GetLastErrorMessage says.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    pub(super) code: HRESULT,
    pub(super) message: String,
}

/// The result of what a call does.
pub(super) type Outcome<T> = Result<T, Failure>;

impl Failure {
    /// NULL or nonsense.
    pub(super) fn invalid(message: impl fmt::Display) -> Self {
        Self { code: E_INVALIDARG, message: message.to_string() }
    }

    /// A call that makes no sense now.
    pub(super) fn state(message: impl fmt::Display) -> Self {
        Self { code: E_FAIL, message: message.to_string() }
    }

    /// The same failure, with the item it is about.
    pub(super) fn of_item(self, index: u32) -> Self {
        Self { message: format!("item {index}: {}", self.message), ..self }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { code: error.hresult(), message: error.to_string() }
    }
}

/// The text of a handle's last error. Its lock is held for a copy only, never while anything else is done.
#[derive(Debug, Default)]
pub(super) struct LastError(Mutex<Texts>);

#[derive(Debug, Default)]
struct Texts {
    last: String,
    /// Of the job that runs: the last item that failed.
    item: String,
}

impl LastError {
    /// Each job begins without a text.
    pub(super) fn begin_job(&self) {
        *self.0.lock() = Texts::default();
    }

    /// Notes that an item failed.
    pub(super) fn set_item(&self, message: &str) {
        let mut texts = self.0.lock();
        message.clone_into(&mut texts.item);
        message.clone_into(&mut texts.last);
    }

    /// Of a job that ends with failed items, the text is the last of them, whatever calls failed meanwhile.
    pub(super) fn end_job(&self, code: HRESULT) -> HRESULT {
        if code == S_FALSE {
            let mut texts = self.0.lock();
            texts.last = std::mem::take(&mut texts.item);
        }
        code
    }

    pub(super) fn get(&self) -> String {
        self.0.lock().last.clone()
    }

    /// Notes a failure and hands out its code.
    pub(super) fn keep(&self, failure: Failure) -> HRESULT {
        self.0.lock().last = failure.message;
        failure.code
    }
}

/// What a kind of handle stands for.
pub(super) trait Object: Send + Sync + Sized + 'static {
    /// All of its kind.
    fn registry() -> &'static Registry<Self>;

    /// Its last error.
    fn last_error(&self) -> &LastError;
}

/// Does what an exported function does to a handle. A failure's text is kept as the handle's last error. A panic is a
/// failure too: nothing unwinds into the caller, and the handle can be used again.
pub(super) fn on_handle<T: Object>(handle: *mut c_void, action: impl FnOnce(&Arc<T>) -> Outcome<HRESULT>) -> HRESULT {
    on_nothing(E_FAIL, || {
        let Some(object) = T::registry().get(handle) else {
            return E_INVALIDARG;
        };
        caught(|| action(&object))
            .and_then(|outcome| outcome)
            .unwrap_or_else(|failure| object.last_error().keep(failure))
    })
}

/// The same for what only changes something.
pub(super) fn change<T: Object>(handle: *mut c_void, action: impl FnOnce(&Arc<T>) -> Outcome<()>) -> HRESULT {
    on_handle(handle, |object| action(object).map(|()| S_OK))
}

/// Does what an exported function without a handle does; `fallback` is what it answers if that panics.
pub(super) fn on_nothing<R>(fallback: R, action: impl FnOnce() -> R) -> R {
    caught(action).unwrap_or(fallback)
}

/// Runs `action`; a panic becomes a failure with its message.
pub(super) fn caught<R>(action: impl FnOnce() -> R) -> Outcome<R> {
    // Unwind safety: what `action` touches are atomics, and locks that are never held across foreign code.
    catch_unwind(AssertUnwindSafe(action)).map_err(|payload| Failure::state(panic_message(&*payload)))
}

/// What a panic said.
fn panic_message(payload: &(dyn Any + Send)) -> String {
    let text = match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (None, Some(text)) => text.as_str(),
        (None, None) => "no message",
    };
    format!("internal error: panic: {text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Dummy(LastError);

    static DUMMIES: Registry<Dummy> = Registry::new();

    impl Object for Dummy {
        fn registry() -> &'static Registry<Self> {
            &DUMMIES
        }
        fn last_error(&self) -> &LastError {
            &self.0
        }
    }

    #[test]
    fn a_job_with_failed_items_ends_with_the_text_of_the_last() {
        let texts = LastError::default();
        let (first, second) = (Failure::invalid("earlier"), Failure::state("in a callback"));
        assert_eq!(texts.keep(first), E_INVALIDARG);
        texts.begin_job();
        assert_eq!(texts.get(), "");
        texts.set_item("a.txt: gone");
        assert_eq!(texts.get(), "a.txt: gone");
        assert_eq!(texts.keep(second), E_FAIL);
        assert_eq!((texts.end_job(E_FAIL), texts.get().as_str()), (E_FAIL, "in a callback"));
        assert_eq!((texts.end_job(S_FALSE), texts.get().as_str()), (S_FALSE, "a.txt: gone"));
    }

    #[test]
    fn a_panic_is_a_failure_and_the_handle_lives_on() {
        let handle = DUMMIES.insert(Dummy::default());
        assert_eq!(change::<Dummy>(handle, |_| panic!("{} went wrong", "it")), E_FAIL);
        let mut message = String::new();
        assert_eq!(
            change::<Dummy>(handle, |dummy| {
                message = dummy.0.get();
                Ok(())
            }),
            S_OK
        );
        assert!(message.contains("it went wrong"), "{message}");
        DUMMIES.remove(handle);
        assert_eq!(change::<Dummy>(handle, |_| Ok(())), E_INVALIDARG);
    }
}
