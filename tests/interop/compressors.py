"""Each compressor in both directions: reads what JavaScript wrote, writes what it shall read."""

import bz2
import gzip
import json
import lzma
import pathlib
import sys
import zlib

import lz4.frame


def alone(data, level):
    return lzma.compress(data, format=lzma.FORMAT_ALONE, preset=level)


WRITE = {
    "zlib": zlib.compress,
    "gzip": lambda data, level: zlib.compress(data, level, 31),
    "bz2": bz2.compress,
    "lzma": alone,
    "xz": lambda data, level: lzma.compress(data, preset=level),
    "lz4": lambda data, level: lz4.frame.compress(data, compression_level=level),
}
READ = {
    "zlib": zlib.decompress,
    "gzip": gzip.decompress,
    "bz2": bz2.decompress,
    "lzma": lzma.decompress,
    "xz": lzma.decompress,
    "lz4": lz4.frame.decompress,
}


def lz4_variants(data):
    """Every way in which python-lz4 writes a frame."""
    for size in (4, 5, 6, 7):
        for linked in (True, False):
            for block_checksum in (True, False):
                for content_checksum in (True, False):
                    for store_size in (True, False):
                        yield lz4.frame.compress(
                            data,
                            block_size=size,
                            block_linked=linked,
                            block_checksum=block_checksum,
                            content_checksum=content_checksum,
                            store_size=store_size,
                        )


def other_files(data):
    """Name, compressor, file, and how often it holds the data."""
    for i, file in enumerate(lz4_variants(data)):
        yield f"lz4 variant {i}", "lz4", file, 1
    skippable = b"\x53\x2a\x4d\x18\x05\0\0\0hello"
    two = lz4.frame.compress(data)
    yield "lz4, frames and a skippable one", "lz4", two + skippable + two, 2
    yield "gzip members and zeros", "gzip", gzip.compress(data) * 2 + bytes(9), 2
    yield "gzip with a file's name", "gzip", gzip_named(data), 1
    yield "zlib with what follows", "zlib", zlib.compress(data) + b"more", 1
    yield "bz2 streams", "bz2", bz2.compress(data) * 2, 2
    yield "bz2 with what follows", "bz2", bz2.compress(data) + b"BZh9more", 1
    yield "xz streams and padding", "xz", (lzma.compress(data) + bytes(4)) * 2, 2
    yield "xz with what follows", "xz", lzma.compress(data) + b"more", 1
    for check in (lzma.CHECK_NONE, lzma.CHECK_CRC32, lzma.CHECK_SHA256):
        yield f"xz with check {check}", "xz", lzma.compress(data, check=check), 1
    yield "lzma streams", "lzma", alone(data, 6) * 2, 2
    yield "lzma with what follows", "lzma", alone(data, 6) + b"more", 1


def gzip_named(data):
    target = pathlib.Path(sys.argv[1], "named.gz")
    with gzip.open(target, "wb") as file:
        file.write(data)
    return target.read_bytes()


def main(folder):
    data = pathlib.Path(folder, "data").read_bytes()
    problems = []
    for path in sorted(pathlib.Path(folder).glob("js-*")):
        _, name, level = path.name.split("-")
        try:
            if READ[name](path.read_bytes()) != data:
                problems.append(f"Python reads other data from {name} of level {level}")
        except Exception as error:
            problems.append(f"Python reading {name} of level {level}: {error!r}")
    files = [
        (f"{name} of level {level}", name, write(data, level), 1)
        for name, write in WRITE.items()
        for level in range(1 if name == "bz2" else 0, 10)
    ]
    files += other_files(data)
    cases = []
    for i, (about, name, file, times) in enumerate(files):
        pathlib.Path(folder, f"py-{i}").write_bytes(file)
        cases.append({"about": about, "name": name, "file": f"py-{i}", "times": times})
    print(json.dumps({"problems": problems, "cases": cases}))


main(sys.argv[1])
