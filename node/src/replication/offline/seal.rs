//! Encryption of offline files, by age: to one recipient, and authenticated chunk by chunk.

use std::io::{self, BufReader, Read, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use age::DecryptError;
use age::stream::{StreamReader, StreamWriter};
use bytes::Bytes;
use thiserror::Error;
use tokio::sync::mpsc;

/// What an encrypted file begins with.
const AGE: &[u8] = b"age-encryption.org/v1";

/// The longest header of an encrypted file: a hundred recipients, where we write one.
const HEADER_LEN_MAX: u64 = 16 * 1024;

/// Bytes taken from the channel at a time when there is plenty.
const READ_LEN: usize = 64 * 1024;

/// A file that cannot be opened.
#[derive(Debug, Error)]
pub(super) enum SealError {
    /// Somebody else's.
    #[error("the file is encrypted to another city, and cannot be read here")]
    Other,
    /// Bytes were changed.
    #[error("the file is damaged: its encryption does not verify")]
    Damaged,
    /// It cannot be read.
    #[error("the file cannot be read")]
    Io(#[from] io::Error),
    /// The recipient's key is none.
    #[error("the recipient's profile names {0}, to which nothing can be encrypted")]
    Recipient(String),
}

/// Bytes on their way out.
#[derive(Clone, Default)]
pub(super) struct Buffer(Arc<Mutex<Vec<u8>>>);

/// Writes to a buffer, encrypted or not.
pub(super) enum Sealing {
    /// As it is.
    Plain(Buffer),
    /// To one recipient.
    Age(Box<StreamWriter<Buffer>>),
}

/// Reads what was written, encrypted or not.
pub(super) enum Opened {
    /// As it is.
    Plain(Box<dyn Read + Send>),
    /// To this node.
    Age(Box<StreamReader<Box<dyn Read + Send>>>),
}

/// Parts that arrive, as one stream of bytes. To be read where waiting is allowed.
pub(super) struct Arriving {
    parts: mpsc::Receiver<Bytes>,
    part: Bytes,
}

/// A stream of which so many bytes may be read; an age header has no bound of its own.
struct Bounded<R> {
    inner: R,
    left: Arc<AtomicU64>,
}

impl Buffer {
    /// What has been written since.
    pub(super) fn take(&self) -> Bytes {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).into()
    }

    pub(super) fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sealing {
    /// Begins a file to `recipient`, or one that everybody can read.
    pub(super) fn new(buffer: Buffer, recipient: Option<&str>) -> Result<Self, SealError> {
        let Some(text) = recipient else { return Ok(Self::Plain(buffer)) };
        let refused = |_| SealError::Recipient(text.to_owned());
        let recipient: age::x25519::Recipient = text.parse().map_err(refused)?;
        let encryptor = age::Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient));
        let encryptor = encryptor.map_err(|error| SealError::Recipient(error.to_string()))?;
        Ok(Self::Age(Box::new(encryptor.wrap_output(buffer)?)))
    }

    /// Writes what is left. A file without its last chunk does not verify.
    pub(super) fn finish(self) -> io::Result<()> {
        if let Self::Age(writer) = self {
            writer.finish()?;
        }
        Ok(())
    }
}

impl Write for Sealing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(buffer) => buffer.write(bytes),
            Self::Age(writer) => writer.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Opened {
    /// Opens a file, encrypted to `key` or not at all.
    pub(super) fn open(arriving: Arriving, key: &age::x25519::Identity) -> Result<Self, SealError> {
        let mut arriving = BufReader::with_capacity(READ_LEN, arriving);
        let mut start = Vec::new();
        (&mut arriving).take(AGE.len() as u64).read_to_end(&mut start)?;
        let encrypted = start == AGE;
        let whole: Box<dyn Read + Send> = Box::new(io::Cursor::new(start).chain(arriving));
        if !encrypted {
            return Ok(Self::Plain(whole));
        }
        let left = Arc::new(AtomicU64::new(HEADER_LEN_MAX));
        let bounded: Box<dyn Read + Send> = Box::new(Bounded { inner: whole, left: left.clone() });
        let decryptor = age::Decryptor::new(bounded).map_err(unopened)?;
        left.store(u64::MAX, Ordering::Relaxed);
        let opened = decryptor.decrypt(std::iter::once(key as &dyn age::Identity)).map_err(unopened)?;
        Ok(Self::Age(Box::new(opened)))
    }
}

impl Read for Opened {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(file) => file.read(buffer),
            Self::Age(file) => file.read(buffer),
        }
    }
}

impl Arriving {
    pub(super) fn new(parts: mpsc::Receiver<Bytes>) -> Self {
        Self { parts, part: Bytes::new() }
    }
}

impl Read for Arriving {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.part.is_empty() {
            match self.parts.blocking_recv() {
                Some(part) => self.part = part,
                None => return Ok(0),
            }
        }
        let len = self.part.len().min(buffer.len());
        buffer[..len].copy_from_slice(&self.part.split_to(len));
        Ok(len)
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.left.load(Ordering::Relaxed);
        let len = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        if len == 0 && !buffer.is_empty() {
            return Err(io::Error::other(format!("its header is longer than {HEADER_LEN_MAX} bytes")));
        }
        let read = self.inner.read(&mut buffer[..len])?;
        if left != u64::MAX {
            self.left.store(left - read as u64, Ordering::Relaxed);
        }
        Ok(read)
    }
}

fn unopened(error: DecryptError) -> SealError {
    match error {
        DecryptError::NoMatchingKeys => SealError::Other,
        DecryptError::Io(error) => error.into(),
        _ => SealError::Damaged,
    }
}
