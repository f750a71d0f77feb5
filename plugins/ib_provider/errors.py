# SPDX-License-Identifier: Apache-2.0
"""Every exception of the provider, in one tree. The type says whose fault it is.

    IbProviderError
    ├── ConfigError                 what a person wrote (settings, YAML, parameters)
    ├── SymbologyError              text that names no instrument
    │   ├── InvalidInstrumentId
    │   ├── UnknownVenue
    │   ├── AmbiguousContract
    │   └── ChainNotOffered         options or futures that IB does not list as asked for
    ├── ProtocolError               bytes that are not the TWS protocol
    │   ├── LocalProtocolError      ours
    │   │   └── InvalidOrder        an order that must not be sent; nothing was
    │   └── RemoteProtocolError     the peer's
    ├── GatewayError                the gateway is not usable
    │   ├── GatewayNotReady         unreachable or silent; worth a retry
    │   ├── GatewaySilent           many questions in a row without an answer; worth a retry
    │   ├── GatewayLoginFailed      refused, throttled, logged in elsewhere: a person must act
    │   ├── GatewayConflict         a container of that name runs, and not as asked
    │   ├── EngineUnavailable       no Docker engine answers, or it failed; worth a retry
    │   ├── ClientIdInUse           error 326
    │   └── WrongAccount            the login does not hold the account that was asked for
    ├── BrokerError                 the gateway answered, and the answer is no
    │   ├── RequestFailed           code, message, request
    │   │   ├── NoSecurityDefinition
    │   │   ├── PacingViolation
    │   │   ├── NoMarketDataPermission
    │   │   ├── InvalidRequest      asking the same again cannot help
    │   │   ├── QueryCancelled      the gateway called it off
    │   │   ├── SessionElsewhere    another session of the login has the data; a person ends it
    │   │   └── UnexplainedRefusal  in words that are not known: a failure, never emptiness
    │   ├── RequestTimeout          no answer within the bound; says nothing about the question
    │   ├── ConnectionLost
    │   ├── DataFarmDown            IB's farm is away; says nothing about the data
    │   ├── StreamOverflow          a subscription's reader was too slow
    │   ├── OrderRejected
    │   └── OrderOutcomeUnknown     an order may or may not be at the broker; a person decides
    ├── StoreError                  files under ``market/``
    │   ├── SchemaMismatch
    │   ├── CorruptFile
    │   ├── NoSuchSeries            bars that were never collected
    │   ├── IdConflict              one conId under two instrument ids
    │   ├── OpenInterestUnknown     days of which nobody kept it, and a roll depends on them
    │   ├── WouldShrink             a replacement that holds less than what it replaces
    │   └── WriteConflict           another process holds the key
    ├── LedgerError                 the ledger contradicts what was asked
    │   └── LedgerUnavailable       its database cannot be reached, or stayed locked
    ├── DataQualityError            critical findings
    ├── LimitBreached               a limit refused; never retried
    └── NotApproved                 a person must approve the plan first; never retried

Failure is never an empty result: *no data* is a typed, empty answer; *no answer* and *no
permission* are exceptions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

__all__ = [
    "AmbiguousContract",
    "BrokerError",
    "ChainNotOffered",
    "ClientIdInUse",
    "ConfigError",
    "ConnectionLost",
    "CorruptFile",
    "DataFarmDown",
    "DataQualityError",
    "EngineUnavailable",
    "GatewayConflict",
    "GatewayError",
    "GatewayLoginFailed",
    "GatewayNotReady",
    "GatewaySilent",
    "IbProviderError",
    "IdConflict",
    "InvalidInstrumentId",
    "InvalidOrder",
    "InvalidRequest",
    "LedgerError",
    "LedgerUnavailable",
    "LimitBreached",
    "LocalProtocolError",
    "NoMarketDataPermission",
    "NoSecurityDefinition",
    "NotApproved",
    "OpenInterestUnknown",
    "OrderOutcomeUnknown",
    "OrderRejected",
    "PacingViolation",
    "ProtocolError",
    "QueryCancelled",
    "RemoteProtocolError",
    "RequestFailed",
    "RequestTimeout",
    "SchemaMismatch",
    "SessionElsewhere",
    "StoreError",
    "StreamOverflow",
    "SymbologyError",
    "UnexplainedRefusal",
    "UnknownVenue",
    "WriteConflict",
    "WrongAccount",
]


class IbProviderError(Exception):
    """The root of the tree. ``transient`` says whether the same call may succeed later."""

    transient = False


class ConfigError(IbProviderError):
    """Settings, YAML or parameters that cannot be used: every problem of one source.

    Attributes:
        source: The file, connection or setting the problems are in.
        problems: One line each, beginning with the key it concerns.
    """

    def __init__(self, source: str, problems: Iterable[str]) -> None:
        self.source = source
        self.problems = tuple(problems)
        lines = "".join(f"\n  - {problem}" for problem in self.problems)
        super().__init__(f"{source}: {len(self.problems)} problem(s){lines}")


class SymbologyError(IbProviderError):
    """Text that names no instrument."""


class InvalidInstrumentId(SymbologyError):
    """An instrument id that does not parse; ``nearest`` is the closest legal form."""

    def __init__(self, text: str, reason: str, nearest: str | None = None) -> None:
        self.text, self.reason, self.nearest = text, reason, nearest
        hint = f"; did you mean {nearest!r}?" if nearest else ""
        super().__init__(f"{text!r} is not an instrument id: {reason}{hint}")


class UnknownVenue(SymbologyError):
    """A venue that no table of ours names."""

    def __init__(self, venue: str) -> None:
        self.venue = venue
        super().__init__(f"unknown venue {venue!r}")


class AmbiguousContract(SymbologyError):
    """A description that several contracts fit; ``candidates`` are their instrument ids."""

    def __init__(self, description: str, candidates: Sequence[str]) -> None:
        self.description, self.candidates = description, tuple(candidates)
        more = f", and {len(candidates) - 10} more" if len(candidates) > 10 else ""
        shown = ", ".join(candidates[:10])
        super().__init__(f"{description} fits {len(candidates)} contracts: {shown}{more}")


class ChainNotOffered(SymbologyError):
    """A chain that IB does not list as asked for; the text names what it does list."""

    def __init__(self, underlying: str, reason: str) -> None:
        self.underlying, self.reason = underlying, reason
        super().__init__(f"chain of {underlying}: {reason}")


class ProtocolError(IbProviderError):
    """Bytes that are not the TWS protocol."""


class LocalProtocolError(ProtocolError):
    """We tried to send what the protocol cannot carry."""


class InvalidOrder(LocalProtocolError):
    """An order that must not be sent: every reason at once. Nothing was sent."""

    def __init__(self, order_ref: str, problems: Sequence[str]) -> None:
        self.order_ref, self.problems = order_ref, tuple(problems)
        super().__init__(f"order {order_ref or '(no ref)'} not sent: {'; '.join(problems)}")


class RemoteProtocolError(ProtocolError):
    """The peer sent what the protocol does not allow."""


class GatewayError(IbProviderError):
    """The gateway cannot be used as asked."""


class GatewayNotReady(GatewayError):
    """The gateway is unreachable, or accepted the connection and stayed silent."""

    transient = True

    def __init__(self, endpoint: str, reason: str, waited_s: float) -> None:
        self.endpoint, self.reason, self.waited_s = endpoint, reason, waited_s
        super().__init__(f"gateway {endpoint} is not ready: {reason} (waited {waited_s:.1f} s)")


class GatewaySilent(GatewayError):
    """The gateway took many questions in a row and answered none of them."""

    transient = True

    def __init__(self, last: str, count: int) -> None:
        self.last, self.count = last, count
        super().__init__(f"{count} questions in a row had no answer, the last: {last}")


class GatewayLoginFailed(GatewayError):
    """The login did not succeed and will not by waiting: a person must act first.

    Attributes:
        container: The container it was tried in.
        reason: What is wrong, and what can be done about it; never a credential.
    """

    def __init__(self, container: str, reason: str) -> None:
        self.container, self.reason = container, reason
        super().__init__(f"gateway container {container}: {reason}")


class GatewayConflict(GatewayError):
    """A container of that name exists that is not the one asked for; ``differences`` says why."""

    def __init__(self, container: str, differences: Sequence[str]) -> None:
        self.container, self.differences = container, tuple(differences)
        super().__init__(
            f"container {container} runs already, and not as asked: {'; '.join(differences)}; "
            "stop it first, or give this one another name and port"
        )


class EngineUnavailable(GatewayError):
    """The Docker engine does not answer, or could not do what was asked."""

    transient = True


class ClientIdInUse(GatewayError):
    """Another session holds this client id (error 326)."""

    transient = True

    def __init__(self, endpoint: str, client_id: int) -> None:
        self.endpoint, self.client_id = endpoint, client_id
        super().__init__(
            f"client id {client_id} is already in use at gateway {endpoint}; "
            "end the other session or choose another client_id in the connection"
        )


class WrongAccount(GatewayError):
    """The login behind the gateway does not hold the account, or not in this trading mode."""

    def __init__(self, account: str, managed: Sequence[str], reason: str = "") -> None:
        self.account, self.managed = account, tuple(managed)
        held = ", ".join(managed) or "no account"
        super().__init__(
            reason or f"account {account!r} is not at this gateway, which holds {held}"
        )


class BrokerError(IbProviderError):
    """The gateway was reached and the request did not succeed."""


class RequestFailed(BrokerError):
    """The gateway answered a request with an error.

    Attributes:
        code: IB's error code.
        message: IB's text, in the gateway's language.
        request: What was asked, readable.
    """

    def __init__(self, code: int, message: str, request: str) -> None:
        self.code, self.message, self.request = code, message, request
        super().__init__(f"{request}: error {code}: {message}")


class NoSecurityDefinition(RequestFailed):
    """IB does not know the contract (code 200)."""


class PacingViolation(RequestFailed):
    """Too many requests (code 100, or 162 with a pacing text)."""

    transient = True


class NoMarketDataPermission(RequestFailed):
    """The login may not see this data."""


class InvalidRequest(RequestFailed):
    """The gateway cannot answer a request as it is: a wrong step, or data of no such kind."""


class QueryCancelled(RequestFailed):
    """The gateway called a request off that nobody here had called off."""

    transient = True


class SessionElsewhere(RequestFailed):
    """Another session of the same login has the data; a person has to end it."""


class UnexplainedRefusal(RequestFailed):
    """The history service refused in words that are not known, such as another language's.

    It may be "no data" and it may be anything else, so it is a failure and worth a retry.
    """

    transient = True


class RequestTimeout(BrokerError):
    """No answer within the bound. The question stays open: this is not "no data"."""

    transient = True

    def __init__(self, request: str, timeout_s: float) -> None:
        self.request, self.timeout_s = request, timeout_s
        super().__init__(f"{request}: no answer within {timeout_s:g} s")


class ConnectionLost(BrokerError):
    """The link to the gateway ended while something was under way."""

    transient = True


class DataFarmDown(BrokerError):
    """What serves this kind of request is down at IB; the socket and the session are well."""

    transient = True

    def __init__(self, what: str, reason: str, waited_s: float) -> None:
        self.what, self.reason, self.waited_s = what, reason, waited_s
        super().__init__(f"{what}: {reason} (waited {waited_s:g} s)")


class StreamOverflow(BrokerError):
    """A subscription was read more slowly than it ticked, and was not allowed to drop values."""

    transient = True

    def __init__(self, request: str, limit: int) -> None:
        self.request, self.limit = request, limit
        super().__init__(f"{request}: {limit:,} values waited unread; the subscription was ended")


class OrderRejected(BrokerError):
    """The broker refused an order."""

    def __init__(self, order_ref: str, code: int, message: str) -> None:
        self.order_ref, self.code, self.message = order_ref, code, message
        super().__init__(f"order {order_ref} rejected: error {code}: {message}")


class OrderOutcomeUnknown(BrokerError):
    """Orders of which nobody can say whether the broker holds them. Nothing is sent again."""

    def __init__(self, order_refs: Sequence[str], reason: str) -> None:
        self.order_refs = tuple(order_refs)
        super().__init__(f"outcome unknown for {', '.join(order_refs)}: {reason}")


class StoreError(IbProviderError):
    """Files of the market tree."""


class SchemaMismatch(StoreError):
    """A table whose columns or types are not those of the store."""


class CorruptFile(StoreError):
    """A file in the tree that is no readable Parquet file."""

    def __init__(self, path: str, reason: str) -> None:
        self.path = path
        super().__init__(f"{path} is not a readable Parquet file: {reason}")


class NoSuchSeries(StoreError):
    """A series that was never collected; ``known`` are those that the instrument has."""

    def __init__(self, series: str, *, known: Sequence[str]) -> None:
        self.series, self.known = series, tuple(known)
        there = f"; there are {', '.join(self.known)}" if known else " and there is no other of it"
        super().__init__(f"{series} was never collected{there}")


class IdConflict(StoreError):
    """Instruments that were not stored: their conIds are kept under other ids; see ``refused``."""

    def __init__(self, refused: Mapping[str, str]) -> None:
        self.refused = dict(refused)
        super().__init__("; ".join(self.refused.values()))


class OpenInterestUnknown(StoreError):
    """Sessions whose open interest nobody kept, so that the day of a roll cannot be told.

    Attributes:
        missing: The contracts without it, by session.
    """

    def __init__(self, from_id: str, to_id: str, missing: Mapping[Any, Sequence[str]]) -> None:
        self.from_id, self.to_id, self.missing = from_id, to_id, dict(missing)
        lines = "".join(f"\n  - {day}: {', '.join(ids)}" for day, ids in sorted(missing.items()))
        super().__init__(
            f"roll from {from_id} to {to_id}: no open interest is kept of {len(missing)} "
            f"session(s); IB tells today's only, so keep it daily or choose another rule{lines}"
        )


class WouldShrink(StoreError):
    """A replacement of a series that lacks bars which the series holds.

    IB stops serving old data: what is stored may be the only copy.
    """

    def __init__(self, series: str, *, stored: int, lost: int) -> None:
        self.series, self.stored, self.lost = series, stored, lost
        super().__init__(
            f"{series}: its replacement lacks {lost:,} of the {stored:,} bars that are stored"
        )


class WriteConflict(StoreError):
    """Another process is writing the same key, or holds the same lock."""

    transient = True


class LedgerError(IbProviderError):
    """The ledger holds something that contradicts the request."""


class LedgerUnavailable(LedgerError):
    """The ledger's database cannot be reached, or stayed locked; worth a retry."""

    transient = True


class DataQualityError(IbProviderError):
    """Critical findings: the data was not published.

    Attributes:
        findings: The critical findings, each naming its rows.
    """

    def __init__(self, findings: Sequence[Any]) -> None:
        self.findings = tuple(findings)
        lines = "".join(f"\n  - {finding}" for finding in self.findings)
        super().__init__(f"{len(self.findings)} critical finding(s), data not published{lines}")


class LimitBreached(IbProviderError):
    """Limits that refused a plan; ``breaches`` holds every one of them."""

    def __init__(self, breaches: Sequence[Any]) -> None:
        self.breaches = tuple(breaches)
        lines = "".join(f"\n  - {breach}" for breach in self.breaches)
        super().__init__(f"{len(self.breaches)} limit(s) breached, nothing sent{lines}")


class NotApproved(IbProviderError):
    """A plan that a person must approve first, or anew; ``plan_id`` names it."""

    def __init__(self, plan_id: str, reason: str) -> None:
        self.plan_id = plan_id
        super().__init__(f"plan {plan_id[:12]}: {reason}; nothing was sent")
