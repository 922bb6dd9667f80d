"""Reading strangers' files: regular files of bounded size in UTF-8, or a fault that says why."""

from __future__ import annotations

import stat
from pathlib import Path

from scheduler.intake.faults import FaultLog, Source

__all__ = ["MOST_BYTES", "read_text"]

MOST_BYTES = 100 * 1024 * 1024
"""Largest CSV or JSON file that is read."""

_SAVE_AS = "In the spreadsheet choose 'Save as' and the type 'CSV UTF-8'."


def read_text(path: Path, source: Source, log: FaultLog, *, most: int = MOST_BYTES) -> str | None:
    """Return the text of a file without its byte order mark, or None after noting a fault."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            what = "folder" if stat.S_ISDIR(status.st_mode) else "device or pipe"
            log.add("not_a_file", source, f"a file, not a {what}")
            return None
        if status.st_size > most:
            log.add(
                "file_too_large",
                source,
                f"at most {most:,} bytes".replace(",", " "),
                value=f"{status.st_size} bytes",
            )
            return None
        with path.open("rb") as file:
            data = file.read(most + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "bad name"
        log.add("not_a_file", source, f"a file that can be opened, not: {reason}")
        return None
    return _decode(data, source, log)


def _decode(data: bytes, source: Source, log: FaultLog) -> str | None:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        log.add(
            "bad_encoding",
            source,
            "text in UTF-8, this is UTF-16",
            row=_line(1, source),
            hint=_SAVE_AS,
        )
        return None
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        log.add("binary_file", source, "a text file, this is a workbook", hint=_SAVE_AS)
        return None
    zero = data.find(b"\0")
    if zero >= 0:
        line = data.count(b"\n", 0, zero) + 1
        log.add(
            "binary_file",
            source,
            "a text file, without NUL bytes",
            row=_line(line, source),
            hint=f"If this is a spreadsheet: {_SAVE_AS[0].lower()}{_SAVE_AS[1:]}",
        )
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        log.add(
            "bad_encoding",
            source,
            "text in UTF-8",
            row=_line(line, source),
            value=f"byte 0x{data[error.start]:02x}",
            hint=_SAVE_AS if source.file.endswith(".csv") else None,
        )
        return None


def _line(line: int, source: Source) -> int | None:
    return line if source.pointer is None else None
