//! Files mapped into memory: the only unsafe code of the program.

use std::fs::File;
use std::path::Path;

use memmap2::Mmap;

/// Map a file read-only.
///
/// # Errors
/// What the system says.
#[allow(unsafe_code, reason = "the one mapping of the program")]
pub fn map(path: &Path) -> std::io::Result<Mmap> {
    let file = File::open(path)?;
    // SAFETY: the map is read only. Another process could change the file meanwhile; every byte is a valid u8 whatever it is, and
    // everything read from it is checked where it is used. A file that is cut off while it is mapped ends the process, it does not
    // corrupt it.
    unsafe { Mmap::map(&file) }
}
