# SPDX-License-Identifier: Apache-2.0
"""Make a lake on disk out of its mirror, or fill in what is missing of it.

A file that is there and differs from the mirror's stops it before anything is written: which of the
two is right, a person knows. Every file is held to the mirror's SHA-256; killed, it goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from ib_provider.errors import CorruptFile, StoreError
from ib_provider.store.atomic_file import replacing
from ib_provider.store.catalog import CATALOG_SCRIPT, rebuild_catalog
from ib_provider.store.key_lock import holding
from ib_provider.store.mirror_manifest import MANIFEST_NAME, Manifest, read_manifest, sha256_of
from ib_provider.store.object_tree import ObjectTree
from ib_provider.usecases.progress import Progress, silent

__all__ = ["RestoreReport", "restore_lake"]

_BATCH_FILES: Final = 64
_NAMED: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreReport:
    """What was restored. ``there`` counts the files that were right already."""

    restored: int
    there: int


def restore_lake(market: Path, tree: ObjectTree, *, progress: Progress = silent) -> RestoreReport:
    """Write the files of a mirror that the tree lacks, then make its views.

    Raises:
        StoreError: The place is no mirror, cannot be reached, or the tree holds other files.
        CorruptFile: An object is not what was mirrored.
        WriteConflict: Another process restores.
    """
    with holding(market / "locks" / "restore.lock", subject="the tree", wait_s=1.0):
        manifest = _manifest(tree)
        missing = _missing(market, manifest)
        for first in range(0, len(missing), _BATCH_FILES):
            batch = missing[first : first + _BATCH_FILES]
            for path, content in tree.read_all(batch).items():
                if sha256_of(content) != manifest.files[path].sha256:
                    raise CorruptFile(f"{tree.url}/{path}", "its bytes are not those mirrored")
                with replacing(market / path) as temporary:
                    temporary.write_bytes(content)
            progress(f"{first + len(batch)}/{len(missing)} files restored; last {batch[-1]}")
        coverage_is_kept = None
        rebuild_catalog(market, coverage_is_kept)
    return RestoreReport(restored=len(missing), there=len(manifest.files) - 1 - len(missing))


def _manifest(tree: ObjectTree) -> Manifest:
    content = tree.read(MANIFEST_NAME)
    if content is None:
        raise StoreError(f"{tree.url} is no mirror of a lake: it has no {MANIFEST_NAME}")
    return read_manifest(content, at=f"{tree.url}/{MANIFEST_NAME}")


def _missing(market: Path, manifest: Manifest) -> Sequence[str]:
    missing, other = [], []
    for path, record in sorted(manifest.files.items()):
        if path == CATALOG_SCRIPT:
            continue
        if ".." in PurePosixPath(path).parts or path.startswith("/"):
            raise StoreError(f"the manifest names {path!r}, which is outside of a tree")
        try:
            content = (market / path).read_bytes()
        except FileNotFoundError:
            missing.append(path)
        else:
            other += [path] if sha256_of(content) != record.sha256 else []
    if other:
        raise StoreError(
            f"{len(other):,} file(s) of {market} differ from the mirror's, such as "
            f"{', '.join(other[:_NAMED])}: move them away, or restore into an empty folder"
        )
    return missing
