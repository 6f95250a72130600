"""What a provider offers, as data: currencies, bounds, and the ways to pay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class MethodRule:
    """One way to pay that a provider offers.

    `currencies` None: all that the provider takes. `countries`: where the merchant must be; None: anywhere.
    `minimum` and `maximum`: in minor units per currency, where they are narrower than the provider's own.
    `flow`: `instant` answers at once, `redirect` sends the shopper to another page, `delayed` may take days.
    `saves`: whether it can be kept for later, and charged while the shopper is not there.
    `holds`: whether its money can be authorized first and captured later.
    """

    name: str
    currencies: frozenset[str] | None = None
    countries: frozenset[str] | None = None
    minimum: Mapping[str, int] = field(default_factory=dict)
    maximum: Mapping[str, int] = field(default_factory=dict)
    flow: Literal["instant", "redirect", "delayed"] = "instant"
    saves: bool = False
    holds: bool = True


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider takes, as data. `minimum` in minor units per currency; `maximum_digits` of its own minor amount.

    `longer`: how many digits instead, in currencies whose unit is small.
    """

    currencies: frozenset[str]
    exponents: Mapping[str, int]
    """How many decimals it really takes, where these are not ISO 4217's."""
    minimum: Mapping[str, int]
    maximum_digits: int
    methods: tuple[MethodRule, ...]
    captures_parts: bool = True
    """Whether a part of held money can be captured, and the rest released."""
    longer: Mapping[str, int] = field(default_factory=dict)

    def digits(self, currency: str) -> int:
        """How long an amount can be at most, in the provider's own smallest unit."""
        return self.longer.get(currency, self.maximum_digits)
