"""Passwords: which are accepted, how they are kept, and how one is checked without telling who exists."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from gevent import get_hub, monkey

from app.errors import Invalid

SHORTEST, LONGEST = 12, 128  # characters; more than 128 is not safer, and costs us time to read
LEFT_OF_IT = 8  # characters that must be left when what everybody knows of a person is taken away

_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"  # nothing that is mistaken for something else
_LOOKS_LIKE = str.maketrans("013457@$!", "oieastasi")

_hasher = PasswordHasher()  # the library's defaults follow RFC 9106, and rise with its versions
Answer = TypeVar("Answer")


def generate() -> str:
    """A password to be given to somebody: 20 characters with 98 bits of chance, readable over the telephone."""
    chosen = "".join(secrets.choice(_ALPHABET) for _ in range(20))
    return "-".join(chosen[at : at + 5] for at in range(0, 20, 5))


def accept(password: str, *, known: tuple[str, ...] = ()) -> None:
    """Refuse what is guessed first; `known` is what everybody knows of the person. Raises Invalid.

    Length, and no rule about kinds of characters: those make passwords harder to keep, not to guess (NIST SP 800-63B).
    """
    text = _normal(password)
    if not SHORTEST <= len(text) <= LONGEST:
        raise _refused(f"Use {SHORTEST} to {LONGEST} characters. A few words in a row are fine.")
    rest = text.casefold()
    for part in sorted(filter(lambda word: len(word) > 2, map(str.casefold, known)), key=len):
        rest = rest.replace(part, "")
    if len(rest) < LEFT_OF_IT:
        raise _refused("This is your name or your e-mail address: whoever knows you guesses it.")
    if _is_common(text.casefold()):
        raise _refused("This password is on every list of the commonest. Choose another.")


def hashed(password: str) -> str:
    """What is kept of a password: argon2id with its parameters and its salt."""
    return _aside(lambda: _hasher.hash(_bytes(password)))


def is_right(password: str, kept: str | None) -> bool:
    """Whether this is the password of which `kept` is the hash. Without one it takes as long, and is never right."""
    dummy = _dummy()
    return _aside(lambda: _verify(kept or dummy, password)) and kept is not None


def is_outdated(kept: str) -> bool:
    """Whether a hash was made with other parameters than those of today."""
    return bool(_hasher.check_needs_rehash(kept))


def _verify(kept: str, password: str) -> bool:
    if len(password) > LONGEST * 4:  # nobody has such a password: no reason to read it all
        return False
    try:
        return bool(_hasher.verify(kept, _bytes(password)))
    except (VerificationError, InvalidHashError):
        return False


@cache
def _dummy() -> str:
    return _hasher.hash(secrets.token_bytes(16))


def _aside(work: Callable[[], Answer]) -> Answer:
    """What `work` answers, done in a thread of its own where greenlets would have to wait for it.

    argon2 computes for about a tenth of a second, and lets go of Python's lock meanwhile.
    """
    if not monkey.is_module_patched("threading"):
        return work()
    answer: Answer = get_hub().threadpool.apply(work)
    return answer


def _normal(password: str) -> str:
    # The same keys give other code points on another keyboard or system.
    return unicodedata.normalize("NFKC", password)


def _bytes(password: str) -> bytes:
    return _normal(password).encode("utf-8", "surrogatepass")


def _refused(message: str) -> Invalid:
    return Invalid(message, field="password")


def _is_common(text: str) -> bool:
    """A word of the list, also doubled, with digits behind it or with 0 for o; or one short pattern repeated."""
    if re.fullmatch(r"(.{1,4})\1+.{0,3}", text, re.DOTALL):
        return True
    bare = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", text)
    candidates = (re.sub(r"[\W_]", "", word) for word in (text, bare, bare.translate(_LOOKS_LIKE)))
    return any(_once(word) in _common() or word in _common() for word in candidates)


def _once(text: str) -> str:
    half = len(text) // 2
    return text[:half] if half > 3 and text[:half] * 2 == text else text


@cache
def _common() -> frozenset[str]:
    file = Path(__file__).with_name("common_passwords.txt")
    lines = file.read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
