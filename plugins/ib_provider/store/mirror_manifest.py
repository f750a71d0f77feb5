# SPDX-License-Identifier: Apache-2.0
"""What a mirror of the lake holds, written beside it as ``_mirror.json``.

A mirror is of one lake: the lake's id is kept in ``ref/lake.json``, made once, and in the manifest.
Another lake, such as an empty one in a folder that was named by mistake, cannot write over it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from ib_provider.errors import CorruptFile, StoreError
from ib_provider.store.atomic_file import replacing
from ib_provider.store.key_lock import holding

__all__ = ["MANIFEST_NAME", "FileRecord", "Manifest", "lake_id", "read_manifest", "sha256_of"]

MANIFEST_NAME: Final = "_mirror.json"
_FORMAT: Final = 1
_ID_FILE: Final = "ref/lake.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRecord:
    """A file as it was mirrored.

    Attributes:
        mtime_ns: When it was last written where the lake is: one that says the same, at the same
            size, is not read again.
        sha256: Of its bytes, in hexadecimal digits.
        etag: What the store called the object; empty until a listing has said it.
    """

    size: int
    mtime_ns: int
    sha256: str
    etag: str = ""


@dataclass(slots=True, kw_only=True)
class Manifest:
    """The files of a mirror, by their paths in the tree."""

    lake: str
    files: dict[str, FileRecord] = field(default_factory=dict)

    def dump(self) -> bytes:
        """Return the manifest as the text of ``_mirror.json``."""
        files = {path: asdict(self.files[path]) for path in sorted(self.files)}
        return json.dumps({"format": _FORMAT, "lake": self.lake, "files": files}).encode()


def read_manifest(content: bytes, *, at: str) -> Manifest:
    """Return the manifest that a text holds.

    Args:
        at: Where it stands, for the message.

    Raises:
        CorruptFile: It is none.
        StoreError: A later release wrote it.
    """
    try:
        document: Mapping[str, Any] = json.loads(content)
        if document["format"] != _FORMAT:
            raise StoreError(
                f"{at} is of format {document['format']}; this release knows {_FORMAT}"
            )
        files = {path: FileRecord(**record) for path, record in document["files"].items()}
        return Manifest(lake=str(document["lake"]), files=files)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CorruptFile(at, f"it is no manifest of a mirror: {error!r}") from error


def lake_id(root: Path) -> str:
    """Return the id of the lake in a market tree, made when first asked for.

    Raises:
        CorruptFile: The file that holds it says none.
        WriteConflict: Another process is making it.
    """
    path = root / _ID_FILE
    with holding(root / "locks" / "lake-id.lock", subject="the lake's id"):
        if not path.exists():
            with replacing(path) as temporary:
                temporary.write_text(json.dumps({"id": uuid4().hex}) + "\n", encoding="utf-8")
        try:
            return str(json.loads(path.read_text(encoding="utf-8"))["id"])
        except (ValueError, KeyError, TypeError) as error:
            raise CorruptFile(str(path), f"it says no id: {error!r}") from error


def sha256_of(content: bytes) -> str:
    """Return the SHA-256 of bytes in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
