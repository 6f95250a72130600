"""The country of an address, from the shipped table of public-domain registry data."""

from __future__ import annotations

import lzma
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path

import maxminddb

_SHIPPED = Path(__file__).parent / "data" / "countries.mmdb.xz"
_path = _SHIPPED


def configure(path: str) -> None:
    """Read another table (`.mmdb`, or `.mmdb.xz`) from now on; an empty path is the shipped one."""
    global _path  # noqa: PLW0603 -- one per process, like the database
    _path = Path(path) if path else _SHIPPED
    _table.cache_clear()
    country.cache_clear()


@lru_cache(maxsize=1)
def _table() -> maxminddb.Reader:
    # 0.1 s and 5 MB, once a process, at the first address that is asked about.
    if _path.suffix != ".xz":
        return maxminddb.open_database(str(_path))
    with lzma.open(_path) as file:
        return maxminddb.open_database(file, maxminddb.MODE_FD)


def version() -> int:
    """When the table was made: seconds since 1970. Stored with decisions, because addresses move."""
    return _table().metadata().build_epoch


def is_public(ip: str) -> bool:
    """Whether the address is one of the internet's; not a loopback or private one, nor text that is no address."""
    try:
        return ip_address(ip).is_global
    except ValueError:
        return False


@lru_cache(maxsize=10_000)
def country(ip: str) -> str | None:
    """ISO 3166-1 alpha-2, or None where the table does not know. A weak fact: tables disagree on anycast addresses."""
    if not is_public(ip):
        return None
    found = _table().get(ip)
    code = found.get("country_code") if isinstance(found, dict) else None
    return code if isinstance(code, str) and len(code) == 2 and code != "ZZ" else None
