# SPDX-License-Identifier: Apache-2.0
"""Fetch years of minutes with stock ibapi into pandas and Parquet; print bars and seconds."""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pandas as pd
from ibapi.client import EClient
from ibapi.contract import Contract
from ibapi.wrapper import EWrapper


class Peer(EWrapper, EClient):  # type: ignore[misc]  # ibapi ships no types
    """The client a user of ibapi writes."""

    def __init__(self) -> None:
        EClient.__init__(self, wrapper=self)
        self.ready, self.done = threading.Event(), threading.Event()
        self.bars: list[Any] = []

    def nextValidId(self, _order_id: int) -> None:  # noqa: N802  ibapi's name
        """Note that the session is ready."""
        self.ready.set()

    def historicalData(self, _req_id: int, bar: Any) -> None:  # noqa: N802  ibapi's name
        """Keep a bar."""
        self.bars.append(bar)

    def historicalDataEnd(self, _req_id: int, _start: str, _end: str) -> None:  # noqa: N802
        """Note that the answer is whole."""
        self.done.set()


def main(port: int, folder: Path, years: int) -> None:
    """Ask for ``1 Y`` of one-minute bars of IBM and write them, as often as there are years."""
    logging.getLogger("ibapi").setLevel(logging.WARNING)
    folder.mkdir(parents=True)
    peer = Peer()
    peer.connect("127.0.0.1", port, clientId=2)
    threading.Thread(target=peer.run, daemon=True).start()
    if not peer.ready.wait(30):
        raise TimeoutError("the simulated gateway did not answer")
    _year(peer, folder / "warm.parquet", 0)
    began, began_cpu = time.perf_counter(), time.process_time()
    bars = sum(_year(peer, folder / f"{number}.parquet", number) for number in range(1, years + 1))
    seconds, cpu_s = time.perf_counter() - began, time.process_time() - began_cpu
    print(json.dumps({"bars": bars, "seconds": seconds, "cpu_s": cpu_s}))
    peer.disconnect()


def _year(peer: Peer, path: Path, number: int) -> int:
    contract = Contract()
    contract.conId, contract.symbol, contract.secType = 8314, "IBM", "STK"
    contract.exchange, contract.currency = "SMART", "USD"
    peer.bars, end = [], "20130101-00:00:00"
    peer.done.clear()
    peer.reqHistoricalData(number, contract, end, "1 Y", "1 min", "TRADES", 1, 2, 0, [])
    if not peer.done.wait(300):
        raise TimeoutError("no bars in 300 s")
    frame = pd.DataFrame([vars(bar) for bar in peer.bars])
    frame["date"] = pd.to_datetime(frame["date"].astype("int64"), unit="s", utc=True)
    numbers = ["volume", "wap"]
    frame[numbers] = frame[numbers].astype("float64")
    frame.to_parquet(path)
    return len(frame)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
