//! Hash tables with the same keys in every run: which way a hash table goes is coverage to libFuzzer, which
//! then keeps other inputs in every run, whatever its seed.

/// Takes the place of libc's function, from which the standard library has the keys of its hash tables.
///
/// # Safety
/// `buffer` has room for `len` bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn getrandom(buffer: *mut u8, len: usize, _flags: u32) -> isize {
    unsafe { buffer.write_bytes(7, len) };
    len as isize
}
