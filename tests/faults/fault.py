"""What a fault test declares about itself, and what it measures while it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

import pytest

Test = TypeVar("Test", bound=Callable[..., Any])

# Whose seconds a recovery took: those that the product's clock was moved by, or those that we waited for.
PRODUCT, WALL = "product", "wall"


@dataclass(frozen=True, slots=True)
class Fault:
    """A row of the table: `number` is that of the test plan; `saw` is what the shopper or the merchant saw of it."""

    number: str
    name: str
    saw: str


def fault(number: str, name: str, *, saw: str) -> Callable[[Test], Test]:
    """Declare what a test breaks. `saw` is a sentence that the test proves."""
    return pytest.mark.fault(Fault(number, name, saw))


@dataclass
class Trial:
    """What one case measured: seconds by clock, remarks, and the two figures that must be 0."""

    recoveries: dict[str, float] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    double_charges: int = 0
    lost_acknowledged: int = 0

    def recovered(self, seconds: float, clock: str) -> None:
        """It is over; the worst of several is kept."""
        self.recoveries[clock] = max(seconds, self.recoveries.get(clock, 0.0))

    def remark(self, text: str) -> None:
        """A figure of this run, for the last column."""
        self.remarks.append(text)

    def told(self) -> dict[str, Any]:
        """As it travels from the process that ran it."""
        return asdict(self)
