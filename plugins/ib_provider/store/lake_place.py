# SPDX-License-Identifier: Apache-2.0
"""Where a lake is read from: a folder, or its mirror on an object store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Protocol

import duckdb
import pyarrow as pa

from ib_provider.domain.bar_table import STORED_BAR_SCHEMA
from ib_provider.errors import CorruptFile, StoreError
from ib_provider.store.catalog import CATALOG_SCRIPT, open_catalog
from ib_provider.store.object_tree import ObjectTree
from ib_provider.store.parquet_file import parse_parquet, read_parquet

__all__ = ["DiskPlace", "LakePlace", "ObjectPlace"]


class LakePlace(Protocol):
    """A tree of files and the views over it."""

    def series(self) -> list[PurePosixPath]:
        """Return the folder of every series, relative to the tree, sorted."""

    def files(self, folder: PurePosixPath) -> list[str]:
        """Return the names of the Parquet files in a folder, sorted; none where it is not there."""

    def read(self, folder: PurePosixPath, names: Sequence[str]) -> list[pa.Table]:
        """Return the bars in files of a folder, their checksums verified.

        Raises:
            CorruptFile: A file is damaged.
        """

    def views(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """Return a connection that has every view, for reading."""


@dataclass(frozen=True, slots=True)
class DiskPlace:
    """The tree itself."""

    root: Path

    def series(self) -> list[PurePosixPath]:
        """Return the folder of every series; see ``LakePlace``."""
        paths = self.root.glob("bars/bar=*/what=*/rth=*/instrument_id=*/*.parquet")
        return _folders(path.relative_to(self.root).as_posix() for path in paths)

    def files(self, folder: PurePosixPath) -> list[str]:
        """Return the names of the files in a folder; see ``LakePlace``."""
        return sorted(path.name for path in (self.root / folder).glob("*.parquet"))

    def read(self, folder: PurePosixPath, names: Sequence[str]) -> list[pa.Table]:
        """Return the bars in files of a folder; see ``LakePlace``."""
        return [read_parquet(self.root / folder / name, STORED_BAR_SCHEMA) for name in names]

    def views(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """Return a connection that has every view; see ``LakePlace``."""
        return open_catalog(self.root)


@dataclass(slots=True)
class ObjectPlace:
    """A mirror of the tree. The views are made once: it takes some two hundred requests."""

    tree: ObjectTree
    _made: duckdb.DuckDBPyConnection | None = field(default=None, init=False, repr=False)

    def series(self) -> list[PurePosixPath]:
        """Return the folder of every series; see ``LakePlace``."""
        return _folders(path for path in self.tree.list("bars") if path.endswith(".parquet"))

    def files(self, folder: PurePosixPath) -> list[str]:
        """Return the names of the files in a folder; see ``LakePlace``."""
        paths = map(PurePosixPath, self.tree.list(str(folder)))
        return sorted(path.name for path in paths if path.suffix == ".parquet")

    def read(self, folder: PurePosixPath, names: Sequence[str]) -> list[pa.Table]:
        """Return the bars in files of a folder; see ``LakePlace``."""
        found = self.tree.read_all(f"{folder}/{name}" for name in names)
        return [
            parse_parquet(found[path], STORED_BAR_SCHEMA, at=f"{self.tree.url}/{path}")
            for path in sorted(found)
        ]

    @contextmanager
    def views(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield a connection that has every view; see ``LakePlace``."""
        try:
            if self._made is None:
                self._made = self._make()
            with self._made.cursor() as connection:
                yield connection
        except duckdb.Error as error:
            raise StoreError(f"{self.tree.url}: {error}") from error

    def _make(self) -> duckdb.DuckDBPyConnection:
        """Return a database in memory with the views that the mirror's script makes.

        The script may create, and nothing else: whoever writes to the bucket shall not run
        commands where it is read.
        """
        script = self.tree.read(CATALOG_SCRIPT)
        if script is None:
            raise StoreError(f"{self.tree.url} is no mirror of a lake: it has no {CATALOG_SCRIPT}")
        connection = duckdb.connect()
        connection.register_filesystem(self.tree.filesystem)
        for statement in connection.extract_statements(script.decode()):
            if statement.type != duckdb.StatementType.CREATE:
                at = f"{self.tree.url}/{CATALOG_SCRIPT}"
                raise CorruptFile(at, f"it does more than create: {statement.type}")
            connection.execute(statement)
        return connection


def _folders(paths: Iterator[str]) -> list[PurePosixPath]:
    return sorted({PurePosixPath(path).parent for path in paths})
