"""The test bank accounts: what an IBAN must look like, and what becomes of the known ones."""

import hashlib
from dataclasses import dataclass

SOON_S = 3.0
LATE_S = 180.0


@dataclass(frozen=True, kw_only=True)
class Account:
    """A bank account; `key` names it in the store, so that no IBAN is ever kept."""

    key: str
    iban: str
    # A direct debit: succeeds | fails | disputed | unusable (no payment method can be made of it)
    fate: str = "succeeds"
    after_s: float = SOON_S

    @property
    def fingerprint(self) -> str:
        """Name the account without telling it."""
        return hashlib.sha256(f"sandbox account {self.key}".encode()).hexdigest()[:16]


# fmt: off
ACCOUNTS = (
    Account(key="iban_succeeds", iban="AT611904300234573201"),
    Account(key="iban_succeeds_late", iban="AT321904300235473204", after_s=LATE_S),
    Account(key="iban_fails", iban="AT861904300235473202", fate="fails"),
    Account(key="iban_fails_late", iban="AT051904300235473205", fate="fails", after_s=LATE_S),
    Account(key="iban_disputed", iban="AT591904300235473203", fate="disputed"),
    Account(key="iban_unusable", iban="AT511904300000066666", fate="unusable"),
    # Ours, so that a shopper of another country can be played; published as plain examples.
    Account(key="iban_de", iban="DE89370400440532013000"),
    Account(key="iban_fr", iban="FR1420041010050500013M02606"),
    Account(key="iban_nl", iban="NL39RABO0300065264"),
    Account(key="iban_es", iban="ES0700120345030000067890"),
    Account(key="iban_ie", iban="IE29AIBK93115212345678"),
    Account(key="iban_gb", iban="GB82WEST12345698765432"),
)
# The length of an IBAN in each country of the SEPA area (ISO 13616 registry).
LENGTHS = {
    "AD": 24, "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18,
    "EE": 20, "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GI": 23, "GR": 27, "HR": 21, "HU": 28,
    "IE": 22, "IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MT": 31,
    "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "SE": 24, "SI": 19, "SK": 24, "SM": 27,
    "VA": 22,
}
# fmt: on
BY_IBAN = {account.iban: account for account in ACCOUNTS}
ACCOUNT_BY_KEY = {account.key: account for account in ACCOUNTS}
# Where the bank's own number stands in the IBAN, for the countries of the test accounts.
BANK_CODE = {"AT": 5, "DE": 8, "FR": 5, "NL": 4, "ES": 4, "IE": 4, "GB": 4}


def checksum_holds(iban: str) -> bool:
    """Say whether an IBAN's two check digits fit: the whole, rearranged, is 1 modulo 97."""
    if not (iban.isascii() and iban.isalnum()):
        return False
    turned = iban[4:] + iban[:4]
    return int("".join(str(int(letter, 36)) for letter in turned)) % 97 == 1


def bank_code(iban: str) -> str:
    """Give the bank's number within its country."""
    return iban[4 : 4 + BANK_CODE[iban[:2]]]
