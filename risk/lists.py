"""Named lists of cards, addresses, places and people: what a value must look like, and whether an attempt is on one."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from risk.facts import Facts

# From the most telling to the least: a card is one card, a country is millions of people. When lists contradict each
# other, the more telling item counts; of two equal ones, the more severe verdict.
TYPES = ("card", "customer", "email", "device", "ip", "domain", "bin", "country")

# list → what being on it means; from severe to mild. Any other list only serves rules.
VERDICTS: Mapping[str, str] = {"blocked": "block", "review": "hold", "allowed": "allow"}

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class BadItem(ValueError):
    """Not a value of this type; the message says what one looks like."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One value on a list, as `normalized` wrote it. `expires_ms`: from then on it no longer counts."""

    list: str
    type: str
    value: str
    expires_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """An item that an attempt is on."""

    list: str
    type: str
    value: str

    @property
    def verdict(self) -> str | None:
        """What the list does by itself; None: it only serves rules."""
        return VERDICTS.get(self.list)


def normalized(kind: str, value: str) -> str:
    """A value as it is stored and compared. Raises BadItem."""
    if kind not in _NORMALIZED:
        raise BadItem(f"There is no type {kind!r}; there are {', '.join(TYPES)}.")
    value = value.strip()
    if not value or len(value) > 254 or not value.isprintable():
        raise BadItem("A value has 1 to 254 printable characters.")
    return _NORMALIZED[kind](value)


def _card(value: str) -> str:
    if re.fullmatch(r"[\d -]{12,}", value):
        raise BadItem("That looks like a card number. Lists hold the provider's fingerprint of it.")
    return _opaque(value)


def _opaque(value: str) -> str:
    if re.search(r"\s", value):
        raise BadItem("An id has no blanks.")
    return value


def _bin(value: str) -> str:
    if not re.fullmatch(r"[0-9]{6,8}", value):
        raise BadItem("A BIN is the first 6 to 8 digits of a card number.")
    return value


def _email(value: str) -> str:
    name, at, domain = value.lower().rpartition("@")
    if not at or not name or re.search(r"\s", name):
        raise BadItem("An e-mail address looks like name@example.com.")
    return f"{name}@{_domain(domain)}"


def _domain(value: str) -> str:
    plain = value.lower().removeprefix("@").removeprefix("*.").rstrip(".")
    try:
        plain = plain.encode("idna").decode("ascii")
    except UnicodeError:
        plain = ""
    if not re.fullmatch(r"(?!-)[a-z0-9_-]{1,63}(\.(?!-)[a-z0-9_-]{1,63})+", plain):
        raise BadItem("A domain looks like example.com; its subdomains are meant as well.")
    return plain


def _ip(value: str) -> str:
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError as bad:
        raise BadItem("An address looks like 192.0.2.7, a range like 192.0.2.0/24.") from bad
    if network.prefixlen == 0:
        raise BadItem("A range of all addresses would catch everybody.")
    one = network.prefixlen == network.max_prefixlen
    return str(network.network_address if one else network)


def _country(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{2}", value):
        raise BadItem("A country has two letters (ISO 3166-1): DE.")
    return value.upper()


_NORMALIZED: Mapping[str, Callable[[str], str]] = {
    "card": _card,
    "customer": _opaque,
    "email": _email,
    "device": _opaque,
    "ip": _ip,
    "domain": _domain,
    "bin": _bin,
    "country": _country,
}


class Lists:
    """Lists made ready for looking up: exact values in one step, ranges and domains in one step per length."""

    def __init__(self, items: Iterable[Item] = ()) -> None:
        self._expires: dict[tuple[str, str, str], int | None] = {}
        # list and IP version → length of a range → its first bits as a number → the range as it is written
        self._prefixes: dict[tuple[str, int], dict[int, dict[int, str]]] = {}
        for item in items:
            self._expires[item.list, item.type, item.value] = item.expires_ms
            if item.type == "ip" and "/" in item.value:
                network = ipaddress.ip_network(item.value)
                lengths = self._prefixes.setdefault((item.list, network.version), {})
                bits = network.max_prefixlen - network.prefixlen
                first = int(network.network_address) >> bits
                lengths.setdefault(network.prefixlen, {})[first] = item.value
        self.names = frozenset(name for name, _, _ in self._expires)
        kinds = {(name, kind) for name, kind, _ in self._expires}
        # Only what acts by itself and has something on it, in the order in which it is asked.
        self._acting = tuple(
            (kind, tuple(name for name in VERDICTS if (name, kind) in kinds)) for kind in TYPES
        )

    def contains(self, name: str, kind: str, value: str, *, at_ms: int) -> bool:
        """Whether a list has this value: itself, an address's range, an e-mail's or a subdomain's domain."""
        return self._find(name, kind, value, at_ms=at_ms) is not None

    def speaks(self, facts: Facts) -> Hit | None:
        """The item on `allowed`, `blocked` or `review` that decides about an attempt; None: it is on none."""
        for kind, names in self._acting:
            found = values(facts, kind) if names else ()
            for name in names if found else ():
                hits = [self._find(name, kind, one, at_ms=facts.at_ms) for one in found]
                same = [hit for hit in hits if hit is not None and hit.type == kind]
                # One bad country is bad; a good one does not make up for another beside it.
                if same and (name != "allowed" or len(same) == len(found)):
                    return same[0]
        return None

    def _find(self, name: str, kind: str, value: str, *, at_ms: int) -> Hit | None:
        if name in self.names:
            for type_, candidate in self._candidates(name, kind, value):
                key = (name, type_, candidate)
                if key in self._expires:
                    expires_ms = self._expires[key]
                    if expires_ms is None or at_ms < expires_ms:
                        return Hit(*key)
        return None

    def _candidates(self, name: str, kind: str, value: str) -> Iterable[tuple[str, str]]:
        """What an item may look like that means this value, from narrow to wide."""
        if kind == "ip":
            yield from self._ranges(name, value)
        elif kind == "email":
            yield "email", value.lower()
            yield from (("domain", one) for one in _domains(value.lower().rpartition("@")[2]))
        elif kind == "domain":
            yield from (("domain", one) for one in _domains(value.lower()))
        elif (
            kind == "bin"
        ):  # a list may know six digits where the provider tells eight, never the other way round
            yield from (("bin", value[:length]) for length in range(len(value), 5, -1))
        elif kind == "country":
            yield "country", value.upper()
        else:
            yield kind, value

    def _ranges(self, name: str, value: str) -> Iterable[tuple[str, str]]:
        try:
            address: Address = ipaddress.ip_address(value)
        except ValueError:
            return
        if address.version == 6 and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        yield "ip", str(address)
        number = int(address)
        lengths = self._prefixes.get((name, address.version), {})
        for length in sorted(lengths, reverse=True):
            written = lengths[length].get(number >> (address.max_prefixlen - length))
            if written is not None:
                yield "ip", written


def values(facts: Facts, kind: str) -> tuple[str, ...]:
    """What an attempt has of a type. A country counts wherever it stands: card, address or delivery."""
    found: tuple[str | None, ...]
    if kind == "country":
        found = (
            facts.card_country,
            facts.ip_country,
            facts.billing_country,
            facts.shipping_country,
        )
    elif kind == "domain":
        found = (facts.email.rpartition("@")[2] if facts.email else None,)
    elif kind == "bin":
        found = (facts.card_bin,)
    else:
        found = (getattr(facts, kind),)
    return tuple(one for one in found if one)


def _domains(domain: str) -> Iterable[str]:
    """The domain and those above it: a.b.example.com, b.example.com, example.com."""
    while "." in domain:
        yield domain
        domain = domain.partition(".")[2]
