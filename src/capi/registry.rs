//! Handles: numbers that are looked up, so that no caller's mistake with one can make the library touch freed memory.

use std::collections::HashMap;
use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::RwLock;

/// The next handle's number. One counter for all kinds of handle, and never turned back: no two handles are ever equal.
static NEXT: AtomicUsize = AtomicUsize::new(1);

/// All live handles of one kind. Written by Create and Destroy, read by every call.
pub(super) struct Registry<T>(RwLock<Option<HashMap<usize, Arc<T>>>>);

impl<T> Registry<T> {
    /// None yet.
    pub(super) const fn new() -> Self {
        Self(RwLock::new(None))
    }

    /// A new handle.
    pub(super) fn insert(&self, object: T) -> *mut c_void {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        self.0.write().get_or_insert_default().insert(number, Arc::new(object));
        // The distance keeps handles apart from small integers that a caller may have mistaken for one.
        std::ptr::without_provenance_mut(number.wrapping_mul(0x100))
    }

    /// What the handle stands for. It lives as long as the caller of this holds it, whoever destroys the handle meanwhile.
    pub(super) fn get(&self, handle: *mut c_void) -> Option<Arc<T>> {
        self.0.read().as_ref()?.get(&Self::number(handle)?).cloned()
    }

    /// Takes the handle out: from now on nobody finds it.
    pub(super) fn remove(&self, handle: *mut c_void) -> Option<Arc<T>> {
        let number = Self::number(handle)?;
        let mut map = self.0.write();
        let object = map.as_mut()?.remove(&number);
        if map.as_ref().is_some_and(HashMap::is_empty) {
            *map = None; // The last handle gives back the table too: a host that unloads us has lost nothing.
        }
        object
    }

    fn number(handle: *mut c_void) -> Option<usize> {
        let address = handle.addr();
        address.is_multiple_of(0x100).then_some(address / 0x100)
    }
}
