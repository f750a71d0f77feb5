# SPDX-License-Identifier: Apache-2.0
"""Parquet files of bars: written whole, read with their checksums.

Format, measured on 100,000 one-minute bars: zstd with delta-encoded times 1.15 MB, against 1.65 MB
without the delta and 2.06 MB as snappy, and the fastest of the three to write. Level 1 writes an
eighth faster than level 3 and is half a per cent larger. Page checksums cost nothing that can be
measured and turn silent damage into ``CorruptFile``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from ib_provider.errors import CorruptFile, SchemaMismatch
from ib_provider.store.atomic_file import replacing

__all__ = ["Footer", "read_footer", "read_parquet", "write_parquet"]

#: Ascending, so their differences are nearly nothing.
_DELTA: Final = ("ts", "session", "ts_event", "ts_init")
_ROW_GROUP: Final = 122_880  # DuckDB's own row-group size: one group a thread


@dataclass(frozen=True, slots=True, kw_only=True)
class Footer:
    """The row count of a file and the key-value pairs kept with it."""

    rows: int
    metadata: Mapping[str, str]


def write_parquet(path: Path, table: pa.Table, metadata: Mapping[str, str] | None = None) -> None:
    """Write a table over ``path``, whole or not at all. The caller holds the lock of ``path``.

    Equal tables make equal bytes.
    """
    columns = table.schema.names
    schema = table.schema.with_metadata(dict(metadata) if metadata else None)
    with replacing(path) as temporary:
        pq.write_table(
            table.cast(schema),
            temporary,
            version="2.6",
            compression="zstd",
            compression_level=1,
            use_dictionary=[name for name in columns if name not in _DELTA],
            column_encoding={n: "DELTA_BINARY_PACKED" for n in _DELTA if n in columns},
            row_group_size=_ROW_GROUP,
            write_page_checksum=True,
        )


def read_parquet(
    path: Path, schema: pa.Schema, upgrade: Callable[[pa.Table], pa.Table] = lambda table: table
) -> pa.Table:
    """Return the table in ``path``, its checksums verified.

    Args:
        upgrade: Makes today's table of what an older release may have written.

    Raises:
        CorruptFile: The file is cut short or damaged.
        SchemaMismatch: It is a sound Parquet file of something else.
        FileNotFoundError: There is no such file.
    """
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            table = upgrade(file.read().replace_schema_metadata(None))
            _check_schema(path, table.schema, schema)
            return table
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the operating system's own; the rest is the file's
        raise _damage(path, error) from error


def read_footer(path: Path, schema: pa.Schema | None = None) -> Footer:
    """Return what the footer of a file says; its pages are not read.

    Args:
        schema: The columns the file must have, if the caller knows.

    Raises:
        CorruptFile: The file is cut short or damaged.
        SchemaMismatch: Its columns are others.
        FileNotFoundError: There is no such file.
    """
    try:
        with pq.ParquetFile(path) as file:
            if schema is not None:
                _check_schema(path, file.schema_arrow, schema)
            pairs = file.schema_arrow.metadata or {}
            return Footer(
                rows=file.metadata.num_rows,
                metadata={key.decode(): value.decode() for key, value in pairs.items()},
            )
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the operating system's own; the rest is the file's
        raise _damage(path, error) from error


def _check_schema(path: Path, found: pa.Schema, wanted: pa.Schema) -> None:
    if found.equals(wanted, check_metadata=False):
        return
    differing = sorted(
        {f"{field.name} {field.type}" for field in found}
        ^ {f"{field.name} {field.type}" for field in wanted}
    )
    raise SchemaMismatch(f"{path} holds other columns than the store's: {', '.join(differing)}")


def _damage(path: Path, error: Exception) -> CorruptFile:
    return CorruptFile(str(path), str(error).splitlines()[0] if str(error) else repr(error))
