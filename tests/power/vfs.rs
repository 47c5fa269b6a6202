//! The file system beneath SQLite, for the whole process: the system's own, with [`Disk`] asked before everything that changes
//! a file.
//!
//! This is the one file of the project with `unsafe` in it: SQLite knows file systems only as tables of C functions. Nothing is
//! decided here; each function passes its arguments on.

#![expect(
    unsafe_code,
    reason = "SQLite takes a file system only as a table of C functions over raw pointers"
)]

use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::ptr;
use std::sync::{Arc, Once};

use libsqlite3_sys as ffi;

use crate::disk::{self, Act, Disk, Failure};

static REGISTERED: Once = Once::new();

/// What SQLite holds of an open file; the system's own of it lies directly behind.
#[repr(C)]
struct File {
    base: ffi::sqlite3_file,
    /// Made by `open`, taken by `close`; null when the file is on no mounted disk.
    on: *mut On,
}

struct On {
    disk: Arc<Disk>,
    name: String,
}

/// Puts the disks beneath every database that is opened from now on.
pub(crate) fn register() {
    REGISTERED.call_once(|| {
        // SAFETY: the system's file system is never unregistered, and the copy lives as long as the process.
        let done = unsafe {
            let system = ffi::sqlite3_vfs_find(ptr::null());
            assert!(!system.is_null(), "SQLite has a file system of the system");
            let ours = ffi::sqlite3_vfs {
                szOsFile: size_of_c::<File>() + (*system).szOsFile,
                pNext: ptr::null_mut(),
                zName: c"quince-disk".as_ptr(),
                pAppData: system.cast(),
                xOpen: Some(open),
                xDelete: Some(delete),
                xAccess: Some(access),
                xFullPathname: Some(full_pathname),
                xDlOpen: None,
                xDlError: None,
                xDlSym: None,
                xDlClose: None,
                xGetLastError: Some(last_error),
                iVersion: 2,
                xSetSystemCall: None,
                xGetSystemCall: None,
                xNextSystemCall: None,
                ..*system
            };
            ffi::sqlite3_vfs_register(Box::into_raw(Box::new(ours)), 1)
        };
        assert_eq!(done, ffi::SQLITE_OK, "SQLite takes the file system");
    });
}

fn size_of_c<T>() -> c_int {
    c_int::try_from(size_of::<T>()).expect("a small struct")
}

fn code(failure: Failure, otherwise: c_int) -> c_int {
    match failure {
        Failure::Off => otherwise,
        Failure::Full => ffi::SQLITE_FULL,
        Failure::Sync => ffi::SQLITE_IOERR_FSYNC,
    }
}

/// # Safety
/// `vfs` is ours.
unsafe fn system(vfs: *mut ffi::sqlite3_vfs) -> *mut ffi::sqlite3_vfs {
    // SAFETY: `register` put it there.
    unsafe { (*vfs).pAppData.cast() }
}

/// # Safety
/// `file` is ours, opened or being opened.
unsafe fn inner(file: *mut ffi::sqlite3_file) -> *mut ffi::sqlite3_file {
    // SAFETY: `szOsFile` asks for room behind it, aligned as a pointer is.
    unsafe { file.cast::<File>().add(1).cast() }
}

/// # Safety
/// `file` is ours and open; the reference does not outlive it.
unsafe fn on<'f>(file: *mut ffi::sqlite3_file) -> Option<&'f On> {
    // SAFETY: `open` wrote it, and it is freed by `close` only.
    unsafe { (*file.cast::<File>()).on.as_ref() }
}

/// # Safety
/// `name` is null or ends with a zero byte.
unsafe fn mounted(name: *const c_char) -> Option<On> {
    if name.is_null() {
        return None;
    }
    // SAFETY: by the condition above.
    let name = unsafe { CStr::from_ptr(name) };
    let (disk, name) = disk::of(Path::new(OsStr::from_bytes(name.to_bytes())))?;
    Some(On { disk, name })
}

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives room of `szOsFile` bytes, and a name that lives as long as the file.
    unsafe {
        let ours = file.cast::<File>();
        (*ours).base.pMethods = ptr::null();
        (*ours).on = ptr::null_mut();
        let on = mounted(name);
        if let Some(failure) = on.as_ref().and_then(|on| on.disk.look().err()) {
            return code(failure, ffi::SQLITE_CANTOPEN);
        }
        let system = system(vfs);
        let open = (*system).xOpen.expect("every file system opens files");
        let done = open(system, name, inner(file), flags, out);
        if done == ffi::SQLITE_OK {
            (*ours).base.pMethods = &METHODS;
            (*ours).on = on.map_or(ptr::null_mut(), |on| Box::into_raw(Box::new(on)));
        }
        done
    }
}

unsafe extern "C" fn delete(vfs: *mut ffi::sqlite3_vfs, name: *const c_char, durable: c_int) -> c_int {
    // SAFETY: SQLite gives a name that ends with a zero byte.
    unsafe {
        if let Some(on) = mounted(name) {
            let act = Act::Delete { durable: durable != 0 };
            if let Err(failure) = on.disk.act(&on.name, act, false) {
                return code(failure, ffi::SQLITE_IOERR_DELETE);
            }
        }
        let system = system(vfs);
        ((*system).xDelete.expect("every file system deletes files"))(system, name, 0)
    }
}

unsafe extern "C" fn access(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: arguments are passed on as they came.
    unsafe {
        let system = system(vfs);
        ((*system).xAccess.expect("every file system looks for files"))(system, name, flags, out)
    }
}

unsafe extern "C" fn full_pathname(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    len: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: arguments are passed on as they came.
    unsafe {
        let system = system(vfs);
        ((*system).xFullPathname.expect("every file system knows whole paths"))(system, name, len, out)
    }
}

unsafe extern "C" fn last_error(vfs: *mut ffi::sqlite3_vfs, len: c_int, out: *mut c_char) -> c_int {
    // SAFETY: arguments are passed on as they came.
    unsafe {
        let system = system(vfs);
        (*system).xGetLastError.map_or(0, |last_error| last_error(system, len, out))
    }
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: SQLite closes a file once.
    unsafe {
        let ours = file.cast::<File>();
        if !(*ours).on.is_null() {
            drop(Box::from_raw((*ours).on));
            (*ours).on = ptr::null_mut();
        }
        let inner = inner(file);
        methods(inner).xClose.expect("files close")(inner)
    }
}

/// # Safety
/// `inner` is the system's and open.
unsafe fn methods<'f>(inner: *mut ffi::sqlite3_file) -> &'f ffi::sqlite3_io_methods {
    // SAFETY: an open file has its methods, which are static.
    unsafe { &*(*inner).pMethods }
}

unsafe extern "C" fn read(file: *mut ffi::sqlite3_file, to: *mut c_void, len: c_int, at: i64) -> c_int {
    // SAFETY: arguments are passed on as they came.
    unsafe {
        if let Some(failure) = on(file).and_then(|on| on.disk.look().err()) {
            return code(failure, ffi::SQLITE_IOERR_READ);
        }
        let inner = inner(file);
        methods(inner).xRead.expect("files are read")(inner, to, len, at)
    }
}

unsafe extern "C" fn write(file: *mut ffi::sqlite3_file, from: *const c_void, len: c_int, at: i64) -> c_int {
    // SAFETY: SQLite gives `len` bytes at `from`, and places are not negative.
    unsafe {
        let inner = inner(file);
        if let Some(on) = on(file) {
            let bytes = std::slice::from_raw_parts(from.cast::<u8>(), len.unsigned_abs() as usize);
            let grows = at + i64::from(len) > size(inner);
            let act = Act::Write { at: at.unsigned_abs(), bytes };
            if let Err(failure) = on.disk.act(&on.name, act, grows) {
                return code(failure, ffi::SQLITE_IOERR_WRITE);
            }
        }
        methods(inner).xWrite.expect("files are written")(inner, from, len, at)
    }
}

/// # Safety
/// `inner` is the system's and open.
unsafe fn size(inner: *mut ffi::sqlite3_file) -> i64 {
    let mut size = 0;
    // SAFETY: by the condition above; what cannot be asked has no size.
    let done = unsafe { methods(inner).xFileSize.expect("files have a size")(inner, &mut size) };
    if done == ffi::SQLITE_OK { size } else { 0 }
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, len: i64) -> c_int {
    // SAFETY: arguments are passed on as they came.
    unsafe {
        if let Some(on) = on(file) {
            let act = Act::Truncate { len: len.unsigned_abs() };
            if let Err(failure) = on.disk.act(&on.name, act, false) {
                return code(failure, ffi::SQLITE_IOERR_TRUNCATE);
            }
        }
        let inner = inner(file);
        methods(inner).xTruncate.expect("files are cut")(inner, len)
    }
}

/// The real files need no synchronization: no real power is cut.
unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    // SAFETY: the file is open.
    let done = unsafe { on(file) }.map_or(Ok(()), |on| on.disk.act(&on.name, Act::Sync, false));
    done.map_or_else(|failure| code(failure, ffi::SQLITE_IOERR_FSYNC), |()| ffi::SQLITE_OK)
}

macro_rules! passed_on {
    ($($name:ident = $method:ident ( $($argument:ident : $type:ty),* ) -> $result:ty;)+) => {
        $(unsafe extern "C" fn $name(file: *mut ffi::sqlite3_file $(, $argument: $type)*) -> $result {
            // SAFETY: arguments are passed on as they came.
            unsafe {
                let inner = inner(file);
                methods(inner).$method.expect("the system's files can do it")(inner $(, $argument)*)
            }
        })+
    };
}

passed_on! {
    file_size = xFileSize(out: *mut i64) -> c_int;
    lock = xLock(level: c_int) -> c_int;
    unlock = xUnlock(level: c_int) -> c_int;
    check_reserved_lock = xCheckReservedLock(out: *mut c_int) -> c_int;
    file_control = xFileControl(asked: c_int, argument: *mut c_void) -> c_int;
    sector_size = xSectorSize() -> c_int;
    device_characteristics = xDeviceCharacteristics() -> c_int;
    shm_map = xShmMap(page: c_int, size: c_int, extend: c_int, out: *mut *mut c_void) -> c_int;
    shm_lock = xShmLock(offset: c_int, count: c_int, flags: c_int) -> c_int;
    shm_barrier = xShmBarrier() -> ();
    shm_unmap = xShmUnmap(delete: c_int) -> c_int;
}

/// Version 2: with shared memory, without memory mapping, which would write past `write`.
static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};
