# SPDX-License-Identifier: Apache-2.0
"""A tree of files on an object store, through fsspec.

Rules:
    - An object is written by one PUT (or one completed multipart upload) of all its bytes under its
      final name: a reader sees the old object, the new one, or none. Nothing is renamed there.
    - A listing is consistent: what was written before it is in it (S3 since 2020, GCS, Azure).
    - Credentials, region and endpoint are those of the store's own tools: ``AWS_ACCESS_KEY_ID``,
      ``AWS_ENDPOINT_URL``, ``~/.aws/config``, an instance's role. None goes into a URL.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from fsspec.core import url_to_fs

from ib_provider.errors import ConfigError, StoreError

__all__ = ["ObjectInfo", "ObjectTree", "is_object_url"]

#: Protocol → what brings it. The stores that write an object whole or not at all.
_STORES: Final = {"s3": "s3fs", "gs": "gcsfs", "az": "adlfs", "abfs": "adlfs"}
_URL: Final = re.compile(r"([a-z0-9]+)://([A-Za-z0-9._@-]+)((?:/[A-Za-z0-9._=+@-]+)*)/?")


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """What a listing says of an object. ``etag`` is empty where the store has none."""

    size: int
    etag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectTree:
    """The objects below one prefix.

    Attributes:
        url: Of the prefix, without a slash at its end.
    """

    url: str
    filesystem: Any
    prefix: str

    @classmethod
    def open(cls, url: str) -> ObjectTree:
        """Return the tree at ``s3://bucket/prefix``; nothing is asked of the store yet.

        Raises:
            ConfigError: The URL is not one of an object store, or its package is not installed.
        """
        match = _URL.fullmatch(url)
        if match is None or match[1] not in _STORES:
            raise ConfigError(
                "object store",
                [f"{url!r} is not written like s3://bucket/prefix ({', '.join(_STORES)})"],
            )
        clean = url.rstrip("/")
        try:
            filesystem, prefix = url_to_fs(clean, use_listings_cache=False)
        except ImportError as error:
            raise ConfigError(
                "object store", [f"{url}: install the package {_STORES[match[1]]} for it"]
            ) from error
        return cls(url=clean, filesystem=filesystem, prefix=prefix)

    def list(self, folder: str = "") -> dict[str, ObjectInfo]:
        """Return every object below a folder by its path in the tree; nothing where none is.

        Raises:
            StoreError: The store cannot be reached, refuses, or has no such bucket.
        """
        below = f"{self.prefix}/{folder}".rstrip("/")
        with self._answered(f"list {folder or 'everything'}"):
            self.filesystem.invalidate_cache()
            found = self.filesystem.find(below, detail=True)
        start = len(self.prefix) + 1
        return {
            name[start:]: ObjectInfo(int(info["size"]), str(info.get("ETag", "")).strip('"'))
            for name, info in found.items()
        }

    def read(self, path: str) -> bytes | None:
        """Return an object, or None where there is none.

        Raises:
            StoreError: The store cannot be reached, or refuses.
        """
        with self._answered(f"read {path}"):
            try:
                content: bytes = self.filesystem.cat_file(f"{self.prefix}/{path}")
            except FileNotFoundError:
                return None
        return content

    def read_all(self, paths: Iterable[str]) -> dict[str, bytes]:
        """Return objects, several at a time.

        Raises:
            StoreError: One is gone, the store cannot be reached, or it refuses.
        """
        names = {f"{self.prefix}/{path}": path for path in paths}
        if not names:
            return {}
        with self._answered(f"read {len(names)} object(s)"):
            found = self.filesystem.cat(list(names), recursive=False, on_error="raise")
        if isinstance(found, bytes):  # fsspec unpacks a list of one
            found = {next(iter(names)): found}
        return {names[name]: content for name, content in found.items()}

    def write(self, objects: Mapping[str, bytes]) -> None:
        """Write objects, several at a time, each whole or not at all.

        Raises:
            StoreError: The store cannot be reached, or refuses; some may be written.
        """
        with self._answered(f"write {len(objects)} object(s)"):
            self.filesystem.pipe(
                {f"{self.prefix}/{path}": content for path, content in objects.items()}
            )

    def delete(self, paths: Iterable[str]) -> None:
        """Delete objects that are there.

        Raises:
            StoreError: The store cannot be reached, or refuses; some may be deleted.
        """
        names = [f"{self.prefix}/{path}" for path in paths]
        if names:
            with self._answered(f"delete {len(names)} object(s)"):
                self.filesystem.rm(names)

    @contextmanager
    def _answered(self, what: str) -> Iterator[None]:
        try:
            yield
        except _failures() as error:
            raise StoreError(f"{self.url}: cannot {what}: {error}") from error


def is_object_url(text: str) -> bool:
    """Return whether a text names a place on an object store, not a folder."""
    return "://" in text


def _failures() -> tuple[type[Exception], ...]:
    """Return what fsspec's stores raise: errors of the operating system's kind, and botocore's."""
    try:
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415 # comes with s3fs, or not
    except ImportError:
        return (OSError,)
    return OSError, BotoCoreError
