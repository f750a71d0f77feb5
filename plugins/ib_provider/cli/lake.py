# SPDX-License-Identifier: Apache-2.0
"""``ib-provider lake``: a mirror on an object store, and the tree kept tidy. No gateway."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Final

from ib_provider.cli.progress_display import showing_progress

__all__ = ["add_arguments", "run"]

_EPILOG: Final = """\
Credentials, region and endpoint are those of the store's own tools: AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL, ~/.aws/config, an instance's role. S3 needs the package
s3fs.

examples:
  Copy what is published; again, and only what changed is sent:
    ib-provider lake mirror s3://bucket/market

  Make the tree anew on another machine:
    ib-provider lake restore s3://bucket/market

  Compact what killed captures left in parts, sweep temporary files:
    ib-provider lake tidy

exit codes:
  0  done
  1  something failed; named
  2  used wrongly
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    mirror = actions.add_parser("mirror", help="copy the published tree to an object store")
    mirror.add_argument("url", help="such as s3://bucket/prefix")
    mirror.add_argument(
        "--rehash", action="store_true", help="read every file, whatever its time and size say"
    )
    mirror.add_argument(
        "--delete", action="store_true", help="delete from the mirror what the tree has no more"
    )
    restore = actions.add_parser(
        "restore", help="write the files of a mirror that are missing here"
    )
    restore.add_argument("url", help="such as s3://bucket/prefix")
    actions.add_parser("tidy", help="compact parts and sweep what killed processes left")


def run(args: argparse.Namespace) -> int:
    """Do one action and return its exit code.

    Raises:
        ConfigError: A URL that is not one of an object store.
        StoreError: The store or the tree failed.
    """
    return _ACTIONS[args.action](args)


def _mirror(args: argparse.Namespace) -> int:
    from ib_provider.config import load_settings
    from ib_provider.ledger.ledger import Ledger
    from ib_provider.store.object_tree import ObjectTree
    from ib_provider.usecases.mirror_lake import mirror_lake

    settings, tree = load_settings(), ObjectTree.open(args.url)
    with (
        Ledger.open(settings.ledger_url, locks=settings.locks) as ledger,
        showing_progress("mirror") as tell,
    ):
        done = mirror_lake(
            settings.market,
            tree,
            ledger=ledger,
            rehash=args.rehash,
            delete=args.delete,
            progress=tell,
        )
    print(
        f"{done.written:,} file(s) written ({done.written_bytes / 1e6:,.1f} MB), "
        f"{done.unchanged:,} unchanged, {done.deleted:,} deleted"
    )
    for path in done.only_there:
        print(f"only in the mirror: {path}")
    return 0


def _restore(args: argparse.Namespace) -> int:
    from ib_provider.config import load_settings
    from ib_provider.store.object_tree import ObjectTree
    from ib_provider.usecases.restore_lake import restore_lake

    settings, tree = load_settings(), ObjectTree.open(args.url)
    with showing_progress("restore") as tell:
        done = restore_lake(settings.market, tree, progress=tell)
    print(f"{done.restored:,} file(s) restored, {done.there:,} there already")
    return 0


def _tidy(args: argparse.Namespace) -> int:  # noqa: ARG001 # one signature for every action
    from ib_provider.config import load_settings
    from ib_provider.usecases.tidy_lake import tidy_lake

    with showing_progress("tidy") as tell:
        done = tidy_lake(load_settings().market, progress=tell)
    print(f"{done.parts:,} part(s) compacted, {done.swept:,} temporary file(s) deleted")
    for name in done.busy:
        print(f"being written, passed over: {name}")
    return 0


_ACTIONS: Final[dict[str, Callable[[argparse.Namespace], int]]] = {
    "mirror": _mirror,
    "restore": _restore,
    "tidy": _tidy,
}
