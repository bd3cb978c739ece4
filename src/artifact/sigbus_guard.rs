//! What happens when a file is cut short while it is mapped: zeros are read, and it is known.
//!
//! Reading a page that the file no longer has raises SIGBUS, which by default ends the process without a word. The handler
//! here looks whether the address belongs to a map that is watched. If so, it puts pages of zeros there, marks the map, and
//! the read goes on; who reads the map asks [`Watch::is_cut`] afterwards and throws away what was read. Any other SIGBUS is
//! left to whoever handled it before.
//!
//! A signal handler is one for the whole process: this is the library's one piece of global state. Only the edge of a process
//! may install it ([`install`]); where nobody has, files are not mapped but read. It runs between any two instructions of any thread, so it takes no lock and no memory: it walks a list
//! to which maps are only ever added, and whose entries are used again.

#![expect(unsafe_code, reason = "signals have no safe interface")]

use std::ffi::{c_int, c_void};
use std::io;
use std::ptr;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize};
use std::sync::{Mutex, OnceLock, PoisonError};

/// A map that is watched from now on until this is dropped, which has to be before the map goes away.
#[derive(Debug)]
pub(super) struct Watch(&'static Range);

/// Addresses of one map; `end` is zero while there is none.
#[derive(Debug)]
struct Range {
    start: AtomicUsize,
    end: AtomicUsize,
    is_cut: AtomicBool,
    next: *mut Range,
}

// SAFETY: `next` is written before the range is in the list and never after, and what it points at lives for ever.
unsafe impl Sync for Range {}

/// All ranges that there ever were.
static ALL: AtomicPtr<Range> = AtomicPtr::new(ptr::null_mut());

/// Those without a map.
static FREE: Mutex<Vec<&Range>> = Mutex::new(Vec::new());

/// Who handled the signal before, once we do.
static BEFORE: OnceLock<libc::sigaction> = OnceLock::new();

impl Watch {
    pub(super) fn new(map: &[u8]) -> Watch {
        let free = FREE.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let range = free.unwrap_or_else(Range::add);
        range.is_cut.store(false, SeqCst);
        range.start.store(map.as_ptr().addr(), SeqCst);
        // Last, since from here on the range counts.
        range.end.store(map.as_ptr().addr() + map.len(), SeqCst);
        Watch(range)
    }

    /// Whether something was read that the file did not have any more.
    pub(super) fn is_cut(&self) -> bool {
        self.0.is_cut.load(SeqCst)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.end.store(0, SeqCst);
        FREE.lock().unwrap_or_else(PoisonError::into_inner).push(self.0);
    }
}

impl Range {
    /// Adds a range to the list.
    fn add() -> &'static Range {
        let range = Box::leak(Box::new(Range {
            start: AtomicUsize::new(0),
            end: AtomicUsize::new(0),
            is_cut: AtomicBool::new(false),
            next: ptr::null_mut(),
        }));
        let mut first = ALL.load(SeqCst);
        loop {
            range.next = first;
            match ALL.compare_exchange(first, range, SeqCst, SeqCst) {
                Ok(_) => return range,
                Err(other) => first = other,
            }
        }
    }

    /// The end of the map, if the address is in it. Other threads may be giving this range another map meanwhile; the same
    /// end before and after reading the start means that they belong together.
    fn end_around(&self, address: usize) -> Option<usize> {
        let end = self.end.load(SeqCst);
        let start = self.start.load(SeqCst);
        (self.end.load(SeqCst) == end && (start..end).contains(&address)).then_some(end)
    }
}

/// Whether the handler is there.
static INSTALLED: Mutex<bool> = Mutex::new(false);

/// Whether maps can be watched.
pub(super) fn is_installed() -> bool {
    *INSTALLED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Has files mapped from now on, which takes neither time nor memory for what is never looked at, instead of read: installs a
/// handler of SIGBUS for the whole process, once, so that a file that is cut short while it is mapped is an error. For the
/// edge of a process that has no such handler of its own.
///
/// # Errors
/// The system refuses the handler.
pub fn install() -> io::Result<()> {
    let mut is_installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
    if *is_installed {
        return Ok(());
    }
    // SAFETY: all zeros are a valid value of this plain C structure.
    let (mut ours, mut before): (libc::sigaction, libc::sigaction) = unsafe { std::mem::zeroed() };
    ours.sa_sigaction = on_bus_error as extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) as usize;
    // On the stack that the standard library gives each thread for signals.
    ours.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
    // SAFETY: both structures are valid, and the handler does nothing that a signal handler may not do.
    if unsafe { libc::sigaction(libc::SIGBUS, ptr::null(), &mut before) } != 0 {
        return Err(io::Error::last_os_error());
    }
    BEFORE.get_or_init(|| before);
    // SAFETY: as above.
    if unsafe { libc::sigaction(libc::SIGBUS, &ours, ptr::null_mut()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    *is_installed = true;
    Ok(())
}

extern "C" fn on_bus_error(_: c_int, info: *mut libc::siginfo_t, _: *mut c_void) {
    // SAFETY: the system gives a valid structure to a handler with SA_SIGINFO.
    let address = unsafe { (*info).si_addr() }.addr();
    if !put_zeros(address)
        && let Some(before) = BEFORE.get()
    {
        // SAFETY: the structure is what the system gave. The read that failed is repeated, and fails for them.
        unsafe { libc::sigaction(libc::SIGBUS, before, ptr::null_mut()) };
    }
}

/// Puts zeros from the page of that address to the end of its map; false if it is in no map that is watched.
fn put_zeros(address: usize) -> bool {
    let mut at = ALL.load(SeqCst);
    // SAFETY: pointers in the list are null or lead to a range that lives for ever.
    while let Some(range) = unsafe { at.as_ref() } {
        if let Some(end) = range.end_around(address) {
            range.is_cut.store(true, SeqCst);
            // SAFETY: this may be asked for in a signal handler.
            let page_size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as usize;
            let page = address - address % page_size;
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED;
            let place = ptr::with_exposed_provenance_mut(page);
            // SAFETY: these pages are part of a map that is only ever read, and unmapping it takes them along.
            let zeros = unsafe { libc::mmap(place, end - page, libc::PROT_READ, flags, -1, 0) };
            return zeros != libc::MAP_FAILED;
        }
        at = range.next;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_used_again_and_found_by_address() {
        let (one, two) = ([0u8; 64], [0u8; 64]);
        let first = Watch::new(&one);
        let range: *const Range = first.0;
        let inside = one.as_ptr().addr() + 63;
        assert!(first.0.end_around(inside).is_some() && first.0.end_around(inside + 1).is_none());
        drop(first);
        // Other tests of this process map files as well, and may be given it first.
        let again: Vec<Watch> = (0..100).map(|_| Watch::new(&two)).collect();
        let reused = again.iter().any(|watch| ptr::eq(watch.0, range));
        assert!(reused || FREE.lock().expect("no panic").is_empty());
        assert!(again.iter().all(|watch| !watch.is_cut()));
    }
}
