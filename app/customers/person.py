"""Which fields of a record tell who somebody is, and records without them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# An attempt whose facts say so has lost whom it was of: what a provider tells later does not bring them back.
ERASED = "erased"
# What stands in the place of a text that held the address: a merchant's own words, say.
GONE = "[erased]"
_WHO = frozenset({"email", "name", "billing_name", "billing_address"})


def nameless(known: Mapping[str, Any], address: str = "") -> dict[str, Any]:
    """A method or facts without the fields that name a person, and without texts that hold the address."""
    return {name: without(value, address) for name, value in known.items() if name not in _WHO}


def without(value: Any, address: str) -> Any:
    """A JSON value in which no text holds the address, in capitals or small letters; empty: as it is."""
    if isinstance(value, str):
        return GONE if address and address in value.lower() else value
    if isinstance(value, Mapping):
        return {name: without(one, address) for name, one in value.items()}
    if isinstance(value, list):
        return [without(one, address) for one in value]
    return value


def unsigned(answer: Any, address: str) -> Any:
    """An API answer that shows no address; what else it says stays."""
    if isinstance(answer, Mapping):
        return {
            name: None if name in {"email", "customer_email"} else unsigned(one, address)
            for name, one in answer.items()
        }
    if isinstance(answer, list):
        return [unsigned(one, address) for one in answer]
    return without(answer, address)
