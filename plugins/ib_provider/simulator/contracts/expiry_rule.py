# SPDX-License-Identifier: Apache-2.0
"""When contracts stop trading and when they expire: rules from a data file, dates by lookup.

A rule has eras: each says up to which contract month it held. An era names two days: the last one
of trading and, where the law counts another, the one of expiration.
"""

from __future__ import annotations

import calendar
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from ib_provider.simulator.contracts.yaml_rows import Row, RowFile
from ib_provider.simulator.market.hours import sessions_between

__all__ = ["WEEKDAYS", "DayRule", "Era", "ExpiryRule", "Month", "read_expiry_rules", "shifted"]

Month = tuple[int, int]
"""Year and month of a contract."""

WEEKDAYS: Final = {"MON": 0, "TUE": 1, "WED": 2, "THU": 3, "FRI": 4, "SAT": 5, "SUN": 6}
_LAST_DAY: Final = 31
_LONGEST_CLOSURE: Final = 12  # days; a longer gap is the calendar's own end
_SPAN: Final = timedelta(days=40)  # any rule's days lie within this of its anchor


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRule:
    """One day of a contract month.

    Attributes:
        month: Months from the contract month to the one the rest speaks of.
        weekday: 0 for Monday; with ``nth``, the nth such day of the month.
        day: Or a day of the month; 31 is its last.
        days: Calendar days from there, before any rolling.
        roll: Whether a day without trading becomes the business day before it.
        first: Or the first business day of the month.
        business_days: Business days from there.
    """

    month: int = 0
    weekday: int | None = None
    nth: int = 1
    day: int | None = None
    days: int = 0
    roll: bool = True
    first: bool = False
    business_days: int = 0

    def on(self, month: Month, business: str) -> date:
        """Return the day for a contract month, by the business days of a venue."""
        year, number = shifted(month, self.month)
        anchor = self._anchor(year, number) + timedelta(days=self.days)
        if not self.roll:
            return anchor
        days = _business_days(business, anchor - _SPAN, anchor + _SPAN)
        begin = bisect_left(days, anchor) if self.first else bisect_right(days, anchor) - 1
        return days[begin + self.business_days]

    def in_week(self, monday: date, business: str = "NYSE") -> date:
        """Return the weekday of the rule in a week, or the business day before it."""
        day = monday + timedelta(days=self.weekday or 0)
        days = _business_days(business, day - _SPAN, day)
        return days[-1]

    def _anchor(self, year: int, month: int) -> date:
        if self.first:
            return date(year, month, 1)
        length = calendar.monthrange(year, month)[1]
        if self.weekday is None:
            return date(year, month, min(self.day or _LAST_DAY, length))
        ahead = (self.weekday - date(year, month, 1).weekday()) % 7
        return date(year, month, 1 + ahead + 7 * (self.nth - 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Era:
    """The two days as they were counted for contract months before ``before``."""

    before: Month
    last_trade: DayRule
    expiration: DayRule | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpiryRule:
    """The days of every contract month.

    Attributes:
        business: Venue whose sessions are the business days.
    """

    name: str
    business: str
    eras: tuple[Era, ...]

    def last_trade(self, month: Month) -> date:
        """Return the last day of trading of a contract month."""
        return self._era(month).last_trade.on(month, self.business)

    def expiration(self, month: Month) -> date:
        """Return the day of expiration, which is the last of trading where no law says else."""
        era = self._era(month)
        return (era.expiration or era.last_trade).on(month, self.business)

    def _era(self, month: Month) -> Era:
        return next(era for era in self.eras if month < era.before)


def shifted(month: Month, months: int) -> Month:
    """Return the month so many months later."""
    count = month[0] * 12 + month[1] - 1 + months
    return count // 12, count % 12 + 1


def read_expiry_rules(source: str, text: str) -> Mapping[str, ExpiryRule]:
    """Return the rules of a data file by name.

    Raises:
        ConfigError: Every problem of the file.
    """
    file = RowFile(source, text)
    rules = {}
    for row in file.rows("rules"):
        name = row.text("name")
        business = row.text("business_days_of", "NYSE")
        eras = tuple(_era(part) for part in row.parts("eras"))
        row.text("source")
        row.done()
        if not eras or eras[-1].before != _FOREVER:
            row.note("eras", "the last one must have no 'before': it holds from then on")
        rules[name] = ExpiryRule(name=name, business=business, eras=eras)
    file.check()
    return rules


_FOREVER: Final = (9999, 12)


def _era(row: Row) -> Era:
    before = row.text("before", "9999-12")
    year, _, month = before.partition("-")
    if not (year.isdigit() and month.isdigit()):
        row.note("before", f"not a month such as 2015-02: {before!r}")
        year, month = "9999", "12"
    last_trade = [_day_rule(part) for part in row.parts("last_trade")]
    expiration = [_day_rule(part) for part in row.parts("expiration", [])]
    row.done()
    if len(last_trade) != 1:
        row.note("last_trade", "one rule is needed")
    return Era(
        before=(int(year), int(month)),
        last_trade=last_trade[0] if last_trade else DayRule(),
        expiration=expiration[0] if expiration else None,
    )


def _day_rule(row: Row) -> DayRule:
    anchor = row.text("day", "")
    rule = DayRule(
        month=row.integer("month", 0),
        weekday=row.one_of("weekday", WEEKDAYS) if row.has("weekday") else None,
        nth=row.integer("nth", 1),
        day=int(anchor) if anchor.isdigit() else None,
        days=row.integer("days", 0),
        roll=row.text("roll", "back") == "back",
        first=anchor == "first",
        business_days=row.integer("business_days", 0),
    )
    if anchor and not (anchor.isdigit() and 1 <= int(anchor) <= _LAST_DAY) and anchor != "first":
        row.note("day", f"neither 1 to 31 nor 'first': {anchor!r}")
    row.done()
    return rule


@lru_cache(maxsize=4_096)
def _business_days(venue: str, first: date, last: date) -> tuple[date, ...]:
    """Return the business days of a span; every weekday past the end of the known calendar."""
    known = sessions_between(venue, first, last)
    end = known[-1] if known else first - timedelta(days=1)
    if (last - end).days <= _LONGEST_CLOSURE:
        return known
    beyond = (end + timedelta(days=count + 1) for count in range((last - end).days))
    return (*known, *(day for day in beyond if day.weekday() < WEEKDAYS["SAT"]))
