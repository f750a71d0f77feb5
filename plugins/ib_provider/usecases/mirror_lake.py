# SPDX-License-Identifier: Apache-2.0
"""Copy what is published to an object store: the same tree, only what changed.

Rules:
    - The tree on disk is the truth; a mirror is written by this alone, one process at a time by the
      ledger's lock (on one host with SQLite, on any with Postgres).
    - Reference data are read first and written last: the coverage of a mirror never claims bars
      that came while it was made and are not in it.
    - Every object is whole. Objects of different files may be of different moments: the next run
      makes them even.
    - Killed anywhere, the next run goes on: what was written since the manifest was last kept, a
      few hundred objects at most, is written again.
    - Parts of live tables that were compacted go, after the file that holds their rows is there.
      Anything else that is gone from disk stays, and is told, unless deleting is asked for; what
      the manifest does not name is never touched.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Final

from ib_provider.errors import StoreError
from ib_provider.ledger.ledger import Ledger
from ib_provider.store.catalog import CATALOG_SCRIPT, catalog_script, rebuild_catalog
from ib_provider.store.mirror_manifest import (
    MANIFEST_NAME,
    FileRecord,
    Manifest,
    lake_id,
    read_manifest,
    sha256_of,
)
from ib_provider.store.object_tree import ObjectInfo, ObjectTree
from ib_provider.store.part_store import DAY_FILE
from ib_provider.usecases.progress import Progress, silent

__all__ = ["MirrorReport", "mirror_lake"]

_REFERENCE: Final = "ref"
#: What is not published: it waits for a judge, was refused, or means nothing elsewhere.
_PRIVATE: Final = ("locks", "quarantine", "staging")
_SUFFIXES: Final = (".parquet", ".json")
_LOCK_WAIT_S: Final = 1.0
#: What is sent at a time, and how often the manifest is kept.
_BATCH_FILES: Final = 64
_BATCH_BYTES: Final = 64 * 2**20
_BATCHES_A_MANIFEST: Final = 4


@dataclass(slots=True, kw_only=True)
class MirrorReport:
    """What a mirror run did.

    Attributes:
        only_there: Paths that the mirror keeps and the tree has no more.
    """

    written: int = 0
    written_bytes: int = 0
    unchanged: int = 0
    deleted: int = 0
    only_there: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Changed:
    path: str
    content: bytes
    record: FileRecord


def mirror_lake(
    market: Path,
    tree: ObjectTree,
    *,
    ledger: Ledger,
    rehash: bool = False,
    delete: bool = False,
    progress: Progress = silent,
) -> MirrorReport:
    """Make the object tree that of the lake, and say what was done.

    Args:
        ledger: Its coverage goes into the mirror, its lock keeps other mirrors of this place away.
        rehash: Read every file, whatever its time and size say.
        delete: Delete what the tree has no more.

    Raises:
        StoreError: The place is the mirror of another lake, or no mirror and not empty; or the
            store cannot be reached.
        WriteConflict: Another process is mirroring to it.
        CorruptFile: A file of the tree, or the manifest, is damaged.
    """
    with ledger.lock(f"mirror {tree.url}", wait_s=_LOCK_WAIT_S):
        rebuild_catalog(market, ledger.spans())
        there = tree.list()
        manifest = _manifest(tree, there, lake=lake_id(market))
        run = _Run(market=market, tree=tree, manifest=manifest, there=there, progress=progress)
        reference = list(run.changed(_files(market, (_REFERENCE,)), rehash=rehash))
        script = run.generated(CATALOG_SCRIPT, catalog_script(market, tree.url).encode())
        # First, and apart: no mirror shows a day without the rows of parts that went into its file.
        days = {path for path in _files(market, ("live",)) if path.endswith(f"/{DAY_FILE}")}
        run.write(run.changed(sorted(days), rehash=rehash))
        others = (path for path in _files(market, _data(market)) if path not in days)
        run.write(run.changed(others, rehash=rehash))
        run.write(chain(reference, script))
        run.delete_gone(everything=delete)
        run.keep_manifest(sees_etags=True)
    return run.report


def _manifest(tree: ObjectTree, there: dict[str, ObjectInfo], *, lake: str) -> Manifest:
    """Return what the mirror holds; a new mirror says first of which lake it is."""
    content = tree.read(MANIFEST_NAME)
    if content is None:
        if there:
            raise StoreError(
                f"{tree.url} holds {len(there):,} object(s) and is no mirror; name an empty place"
            )
        made = Manifest(lake=lake)
        tree.write({MANIFEST_NAME: made.dump()})
        return made
    manifest = read_manifest(content, at=f"{tree.url}/{MANIFEST_NAME}")
    if manifest.lake != lake:
        raise StoreError(
            f"{tree.url} is the mirror of another lake ({manifest.lake}, this one is {lake}); "
            "is IB_PROVIDER_HOME right? Else name another place"
        )
    return manifest


def _data(market: Path) -> list[str]:
    """Return the folders of published data but the reference data."""
    folders = (path.name for path in market.iterdir() if path.is_dir())
    return sorted(set(folders) - {_REFERENCE, *_PRIVATE})


def _files(market: Path, folders: Iterable[str]) -> Iterator[str]:
    """Yield the published files of a part of the tree, the order of writing: coverage last."""
    for folder in folders:
        paths = (path for path in (market / folder).rglob("*") if path.suffix in _SUFFIXES)
        found = (path.relative_to(market).as_posix() for path in paths)
        yield from sorted(found, key=lambda path: (path == "ref/coverage.parquet", path))


@dataclass(slots=True, kw_only=True)
class _Run:
    """One run over a tree."""

    market: Path
    tree: ObjectTree
    manifest: Manifest
    there: dict[str, ObjectInfo]
    progress: Progress
    report: MirrorReport = field(default_factory=MirrorReport)
    _seen: set[str] = field(default_factory=set)

    def changed(self, paths: Iterable[str], *, rehash: bool) -> Iterator[_Changed]:
        """Yield the files whose object is not what they are, each as one open file showed it."""
        for path in paths:
            try:
                with (self.market / path).open("rb") as file:
                    stat = os.fstat(file.fileno())
                    known = self._known(path)
                    record = FileRecord(size=stat.st_size, mtime_ns=stat.st_mtime_ns, sha256="")
                    self._seen.add(path)
                    if known and not rehash and replace(known, sha256="", etag="") == record:
                        self.report.unchanged += 1
                        continue
                    content = file.read()
            except FileNotFoundError:
                continue  # compacted, or pruned, since it was listed
            yield from self._unless_known(path, content, record, known)

    def generated(self, path: str, content: bytes) -> Iterator[_Changed]:
        """Yield what is made for the mirror alone, if it changed."""
        self._seen.add(path)
        record = FileRecord(size=len(content), mtime_ns=0, sha256="")
        yield from self._unless_known(path, content, record, self._known(path))

    def _unless_known(
        self, path: str, content: bytes, record: FileRecord, known: FileRecord | None
    ) -> Iterator[_Changed]:
        record = replace(record, size=len(content), sha256=sha256_of(content))
        if known and known.sha256 == record.sha256:
            self.manifest.files[path] = replace(record, etag=known.etag)
            self.report.unchanged += 1
        else:
            yield _Changed(path, content, record)

    def _known(self, path: str) -> FileRecord | None:
        """Return what the manifest says of an object, if the listing does not say otherwise."""
        record, info = self.manifest.files.get(path), self.there.get(path)
        if record is None or info is None or record.size != info.size:
            return None
        return record if record.etag in ("", info.etag) else None

    def write(self, files: Iterable[_Changed]) -> None:
        """Write files, a batch at a time."""
        batch: list[_Changed] = []
        batches = 0
        for file in files:
            batch.append(file)
            if len(batch) >= _BATCH_FILES or _bytes_of(batch) >= _BATCH_BYTES:
                self._write(batch)
                batch, batches = [], batches + 1
                if batches % _BATCHES_A_MANIFEST == 0:
                    self.keep_manifest()
        self._write(batch)

    def _write(self, batch: list[_Changed]) -> None:
        if not batch:
            return
        self.tree.write({file.path: file.content for file in batch})
        for file in batch:
            self.manifest.files[file.path] = file.record
        self.report.written += len(batch)
        self.report.written_bytes += _bytes_of(batch)
        done, size = self.report.written, self.report.written_bytes / 1e6
        self.progress(f"{done:,} files written, {size:,.1f} MB; last {batch[-1].path}")

    def delete_gone(self, *, everything: bool) -> None:
        """Delete objects whose files are gone, as far as they may be; tell of the others."""
        gone = sorted(set(self.manifest.files) - self._seen)
        doomed = [path for path in gone if everything or self._is_compacted(path)]
        self.tree.delete(path for path in doomed if path in self.there)
        for path in doomed:
            del self.manifest.files[path]
        self.report.deleted = len(doomed)
        self.report.only_there = tuple(path for path in gone if path not in set(doomed))

    def _is_compacted(self, path: str) -> bool:
        folder, _, name = path.rpartition("/")
        return (
            path.startswith("live/") and name != DAY_FILE and f"{folder}/{DAY_FILE}" in self._seen
        )

    def keep_manifest(self, *, sees_etags: bool = False) -> None:
        """Write the manifest, with what the store calls its objects where that was looked up."""
        if sees_etags and self.report.written:
            for path, info in self.tree.list().items():
                record = self.manifest.files.get(path)
                if record is not None and record.size == info.size:
                    self.manifest.files[path] = replace(record, etag=info.etag)
        self.tree.write({MANIFEST_NAME: self.manifest.dump()})


def _bytes_of(batch: Iterable[_Changed]) -> int:
    return sum(len(file.content) for file in batch)
