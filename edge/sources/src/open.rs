//! A file's bytes, decompressed by what the file is and not by what it is called.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use crate::error::SourcesError;

/// Compressed input is read from disk in pieces of this size.
const COMPRESSED_PIECE_BYTES: usize = 256 * 1024;
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// How a file is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// As it is.
    Plain,
    /// RFC 1952, any number of members.
    Gzip,
    /// RFC 8878, any number of frames.
    Zstd,
}

type Replayed = io::Chain<Cursor<Vec<u8>>, File>;

enum Inner {
    Plain(File),
    PlainUnseekable(Replayed),
    Gzip(Box<MultiGzDecoder<BufReader<Replayed>>>),
    Zstd(Box<zstd::Decoder<'static, BufReader<Replayed>>>),
}

/// The decompressed bytes of one file.
pub struct Reader {
    inner: Inner,
    compression: Compression,
}

impl Reader {
    /// How the file is stored.
    pub fn compression(&self) -> Compression {
        self.compression
    }

    /// Goes to a place in the decompressed bytes: by a jump in a plain file, by reading up to it in any other.
    /// Returns where the reader is, which is less than asked only if the contents end before.
    pub fn skip_to(&mut self, offset: u64) -> io::Result<u64> {
        match &mut self.inner {
            Inner::Plain(file) => file.seek(io::SeekFrom::Start(offset)),
            _ => io::copy(&mut self.by_ref().take(offset), &mut io::sink()),
        }
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.inner {
            Inner::Plain(file) => file.read(buffer),
            Inner::PlainUnseekable(file) => file.read(buffer),
            Inner::Gzip(decoder) => decoder.read(buffer),
            Inner::Zstd(decoder) => decoder.read(buffer),
        }
    }
}

/// Opens a file for reading its decompressed bytes. A folder is an error, and so is a file that may not be read.
pub fn open(path: &Path) -> Result<Reader, SourcesError> {
    open_io(path).map_err(|source| SourcesError::Unreadable { path: path.to_owned(), source })
}

fn open_io(path: &Path) -> io::Result<Reader> {
    let mut file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
    }
    let mut magic = Vec::with_capacity(ZSTD_MAGIC.len());
    file.by_ref().take(4).read_to_end(&mut magic)?;
    let compression = match magic.as_slice() {
        [first, second, ..] if [*first, *second] == GZIP_MAGIC => Compression::Gzip,
        bytes if bytes == ZSTD_MAGIC => Compression::Zstd,
        _ => Compression::Plain,
    };
    let inner = match compression {
        Compression::Plain if file.rewind().is_ok() => Inner::Plain(file),
        Compression::Plain => Inner::PlainUnseekable(Cursor::new(magic).chain(file)),
        Compression::Gzip => {
            let input = BufReader::with_capacity(COMPRESSED_PIECE_BYTES, Cursor::new(magic).chain(file));
            Inner::Gzip(Box::new(MultiGzDecoder::new(input)))
        }
        Compression::Zstd => {
            let input = BufReader::with_capacity(COMPRESSED_PIECE_BYTES, Cursor::new(magic).chain(file));
            Inner::Zstd(Box::new(zstd::Decoder::with_buffer(input)?))
        }
    };
    Ok(Reader { inner, compression })
}
