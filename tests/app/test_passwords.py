"""Which passwords are taken, and what is kept of them."""

import pytest
from argon2 import PasswordHasher

from app import passwords
from app.errors import Invalid

KNOWN = ("ada.marlowe@till.example", "ada.marlowe", "till.example", "Ada Marlowe", "Ada", "Marlowe")
GOOD = [
    "wobbly tables leave at noon",
    "correct-ish horse, no battery",
    "пароль из четырёх слов",
    "鶴は千年亀は万年という諺がある",
    "8-Vgh.2q/Lm%4z",
    "x" + "yz0123abcdefgh",
    "longest " + "abcdefghij" * 12,
    "\x00 a NUL is a character, too",
    "a lone \ud800 surrogate from JSON",
]
BAD = [
    "",
    "short",
    "elevenchars",
    "x" * 129,
    "password1234",
    "Password12345!",
    "P@ssw0rd123456",
    "passwordpassword",
    "qwertyuiop123",
    "QwertyQwerty1",
    "123456789012",
    "iloveyou123456",
    "liverpoolfc2024",
    "aaaaaaaaaaaaaaaa",
    "abcabcabcabcabc",
    "1234123412341234",
    "correcthorsebatterystaple",
    "ada.marlowe@till.example",
    "Ada Marlowe 1990",
    "marlowe-ada-1",
    "ADA.MARLOWE@TILL.EXAMPLE!!",
]


@pytest.mark.parametrize("password", GOOD)
def test_a_long_password_is_taken(password):
    passwords.accept(password, known=KNOWN)


@pytest.mark.parametrize("password", BAD)
def test_what_is_guessed_first_is_not(password):
    with pytest.raises(Invalid) as refusal:
        passwords.accept(password, known=KNOWN)
    assert refusal.value.field == "password"
    assert not password or password not in refusal.value.message


def test_generated_passwords_are_taken_and_different():
    made = {passwords.generate() for _ in range(50)}
    assert len(made) == 50
    for password in made:
        passwords.accept(password, known=KNOWN)


@pytest.mark.parametrize("password", GOOD)
def test_only_the_same_password_is_right(quick_passwords, password):
    kept = passwords.hashed(password)
    assert password not in kept
    assert passwords.is_right(password, kept)
    assert not passwords.is_right(password + " ", kept)
    assert not passwords.is_right(password[:-1], kept)


def test_another_keyboard_writes_the_same_password(quick_passwords):
    kept = passwords.hashed("fünf Äpfel im Körbchen")  # composed
    assert passwords.is_right("fu\u0308nf A\u0308pfel im Ko\u0308rbchen", kept)  # decomposed


@pytest.mark.parametrize("kept", [None, "", "not a hash", "$argon2id$v=19$broken"])
def test_without_a_hash_nothing_is_right(quick_passwords, kept):
    assert not passwords.is_right("wobbly tables leave at noon", kept)


def test_who_does_not_exist_costs_as_much_as_who_does(monkeypatch):
    """Not by the clock: by what argon2 is asked to do."""
    asked = []
    real = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

    class Watched(PasswordHasher):
        def verify(self, kept, password):
            asked.append(kept.rsplit("$", 2)[0])
            return real.verify(kept, password)

    monkeypatch.setattr(passwords, "_hasher", Watched(time_cost=1, memory_cost=8, parallelism=1))
    passwords._dummy.cache_clear()
    kept = passwords.hashed("wobbly tables leave at noon")
    passwords.is_right("x", kept)
    passwords.is_right("x", None)
    passwords._dummy.cache_clear()
    assert len(asked) == 2
    assert asked[0] == asked[1]


def test_a_novel_is_not_computed(quick_passwords):
    assert not passwords.is_right("x" * 10**6, passwords.hashed("x" * 10**6))


def test_the_defaults_are_those_of_rfc_9106_low_memory_at_least():
    kept = passwords.hashed("wobbly tables leave at noon")
    assert kept.startswith("$argon2id$")
    assert not passwords.is_outdated(kept)
    costs = dict(part.split("=") for part in kept.split("$")[3].split(","))
    assert int(costs["m"]) >= 64 * 1024
    assert int(costs["t"]) >= 3


def test_a_hash_with_other_parameters_is_outdated():
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    assert passwords.is_outdated(cheap.hash("wobbly tables leave at noon"))
