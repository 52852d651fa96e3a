//! Where packed weights live: aligned to a cache line, natively in large pages.
//!
//! Decoding reads every weight once a step, so with 4 KiB pages a fifth of the memory bandwidth goes to address translation. Weights of
//! all matrices are therefore carved out of large mappings that the system is asked to back with huge pages.

use std::ptr::NonNull;
#[cfg(not(target_arch = "wasm32"))]
use std::sync::Arc;

/// One cache line.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; 64]);

/// Keeps the bytes of [`Lines`] alive.
enum Owner {
    Boxed {
        _lines: Box<[Line]>,
    },
    #[cfg(not(target_arch = "wasm32"))]
    Mapped {
        _map: Arc<memmap2::MmapMut>,
    },
}

/// Bytes that begin on a 64-byte boundary; this value alone refers to them.
pub struct Lines {
    ptr: NonNull<u8>,
    len: usize,
    _owner: Owner,
}

// SAFETY: a `Lines` is the only reference to its bytes, like a boxed slice, and its owners are Send and Sync.
unsafe impl Send for Lines {}
// SAFETY: as above; shared access only reads.
unsafe impl Sync for Lines {}

impl Lines {
    /// `len` zero bytes on the heap.
    pub fn zeroed(len: usize) -> Self {
        let mut lines = vec![Line([0; 64]); len.div_ceil(64)].into_boxed_slice();
        let ptr = NonNull::new(lines.as_mut_ptr().cast()).expect("a slice is not null");
        Self { ptr, len, _owner: Owner::Boxed { _lines: lines } }
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: `ptr` is valid for `len` initialised bytes as long as the owner lives, and nobody writes them but through `&mut self`.
        unsafe { std::slice::from_raw_parts(self.ptr.as_ptr(), self.len) }
    }

    /// The bytes, to be written.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `bytes`, and the borrow is exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.ptr.as_ptr(), self.len) }
    }
}

/// Hands out [`Lines`] from large mappings, or from the heap where there are none.
#[derive(Default)]
pub struct Arena {
    #[cfg(not(target_arch = "wasm32"))]
    current: Option<Chunk>,
}

#[cfg(not(target_arch = "wasm32"))]
struct Chunk {
    map: Arc<memmap2::MmapMut>,
    /// First byte that is not handed out, and how many are left.
    free: NonNull<u8>,
    left: usize,
}

// SAFETY: the pointer is into the mapping that the chunk owns with its `Lines`, at bytes that no `Lines` refers to.
#[cfg(not(target_arch = "wasm32"))]
unsafe impl Send for Chunk {}
// SAFETY: as above; there is no access through `&Chunk`.
#[cfg(not(target_arch = "wasm32"))]
unsafe impl Sync for Chunk {}

impl Arena {
    /// Size of a mapping; a larger request gets its own.
    #[cfg(not(target_arch = "wasm32"))]
    const CHUNK: usize = 64 << 20;

    /// `len` zero bytes.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn zeroed(&mut self, len: usize) -> Lines {
        let size = len.next_multiple_of(64);
        if self.current.as_ref().is_none_or(|c| c.left < size) {
            self.current = Chunk::new(size.max(Self::CHUNK));
        }
        let Some(chunk) = &mut self.current else { return Lines::zeroed(len) };
        let ptr = chunk.free;
        // SAFETY: `size <= left` bytes from `free` on are inside the mapping; the result is inside it or one past its end.
        chunk.free = unsafe { chunk.free.add(size) };
        chunk.left -= size;
        Lines { ptr, len, _owner: Owner::Mapped { _map: chunk.map.clone() } }
    }

    /// `len` zero bytes.
    #[cfg(target_arch = "wasm32")]
    pub fn zeroed(&mut self, len: usize) -> Lines {
        Lines::zeroed(len)
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl Chunk {
    /// A mapping of `size` bytes; none where the system refuses (the heap then serves, or reports that memory is out).
    fn new(size: usize) -> Option<Self> {
        let mut map = memmap2::MmapMut::map_anon(size).ok()?;
        // A refusal costs speed alone.
        #[cfg(target_os = "linux")]
        let _ = map.advise(memmap2::Advice::HugePage);
        let free = NonNull::new(map.as_mut_ptr())?;
        Some(Self { map: Arc::new(map), free, left: size })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_aligned_zero_and_apart() {
        let mut arena = Arena::default();
        let mut pieces: Vec<Lines> = [1, 64, 65, 1000, 0, 65 << 20, 7].into_iter().map(|len| arena.zeroed(len)).collect();
        drop(arena);
        for (i, piece) in pieces.iter_mut().enumerate() {
            assert!(piece.bytes().as_ptr().addr().is_multiple_of(64) && piece.bytes().iter().all(|&b| b == 0));
            piece.bytes_mut().fill(i as u8 + 1);
        }
        for (i, piece) in pieces.iter().enumerate() {
            assert!(piece.bytes().iter().all(|&b| b == i as u8 + 1));
        }
    }
}
