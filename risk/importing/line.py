"""One line of an export with everything that reading it needs, and the values that every export has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from risk.importing import amounts, cells, moments
from risk.importing.files import Row, Table
from risk.importing.records import Attempt, BadValue, Problems, World


class Refused(Exception):
    """The line cannot be taken: the header of the cell at fault, and what is wrong with it."""

    def __init__(self, header: str, message: str) -> None:
        super().__init__(message)
        self.header = header


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """`zone` and `order` count for dates that name no zone, and for days that could be months."""

    table: Table
    row: Row
    world: World
    problems: Problems
    zone: tzinfo | None = None
    order: str | None = None

    def has(self, name: str) -> bool:
        return name in self.row.cells

    def get(self, name: str) -> str:
        return self.row.cells.get(name, "")

    def word(self, name: str) -> str:
        """A cell's words in lower case, single blanks between them."""
        return " ".join(self.get(name).lower().replace("_", " ").split())

    def need(self, name: str) -> str:
        if not self.has(name):
            raise Refused(self.table.header(name), "is missing, so the line was left out")
        return self.row.cells[name]

    def ref(self) -> str:
        ref = self.need("ref")
        if len(ref) > 120:
            raise Refused(self.table.header("ref"), "is longer than an id can be (120 characters)")
        return ref

    def moment(self, name: str, *, zone: tzinfo | None = None) -> int:
        """A needed moment. `zone`: what the header promises."""
        try:
            return moments.milliseconds(self.need(name), zone=zone or self.zone, order=self.order)
        except BadValue as error:
            raise Refused(self.table.header(name), str(error)) from None

    def maybe_moment(self, name: str, *, zone: tzinfo | None = None) -> int | None:
        """A moment that may be missing. What cannot be read is told and missing."""
        if not self.has(name):
            return None
        try:
            return self.moment(name, zone=zone)
        except Refused as error:
            self.tell(error.header, str(error))
            return None

    def money(self, *, written: dict[str, int] | None = None) -> tuple[int, str]:
        """Minor units and currency. `written`: currencies of which this export writes other decimals than ISO 4217."""
        currency = self.need("currency").upper()
        try:
            exponent = self.world.exponent(currency)
        except ValueError:
            raise Refused(self.table.header("currency"), "is not a currency of ISO 4217") from None
        text = self.need("amount")
        shown = (written or {}).get(currency)
        try:
            return amounts.minor(text, exponent=exponent, written=shown), currency
        except BadValue as error:
            raise Refused(self.table.header("amount"), str(error)) from None

    def tell(self, header: str, message: str) -> None:
        self.problems.add(self.table.path.name, self.row.line, header, message)

    def attempt(self, **given: Any) -> Attempt:
        """The attempt of this line, with all facts that it tells. Refuses an amount that is not above zero."""
        if given["amount_minor"] <= 0:
            raise Refused(self.table.header("amount"), "must be more than zero for a payment")
        before = cells.read(self.table, self.row, self.problems, cells.BEFORE)
        if self.row.metadata:
            before["metadata"] = dict(self.row.metadata)
        return Attempt(
            ref=self.ref(),
            facts={**given.pop("facts", {}), **before},
            answer=cells.read(self.table, self.row, self.problems, cells.AFTER),
            where=[self.table.path.name, self.row.line],
            **given,
        )
