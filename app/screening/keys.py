"""Identities as opaque keys: equal values give equal keys, and a key alone tells nothing of the value."""

from __future__ import annotations

from hashlib import blake2b
from ipaddress import ip_address

_secret = b""


def configure(secret_key: str) -> None:
    """Key the hash with this installation's secret: the keys of two installations cannot be compared."""
    global _secret  # noqa: PLW0603 -- one per process, like the database
    _secret = blake2b(secret_key.encode(), digest_size=32, person=b"till identities").digest()


def of(kind: str, value: str | None) -> str | None:
    """The key of a card's fingerprint, an e-mail address, an IP address or a device; None for None."""
    if not value:
        return None
    return blake2b(f"{kind}\0{value}".encode(), digest_size=10, key=_secret).hexdigest()


def network(ip: str) -> str:
    """An IPv4 address as it is, an IPv6 address by its /64: one household changes the rest at will."""
    address = ip_address(ip)
    if address.version == 4 or address.ipv4_mapped:
        return str(getattr(address, "ipv4_mapped", None) or address)
    return str(ip_address(int(address) >> 64 << 64))
