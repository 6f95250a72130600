"""The simulator's merchants and shoppers: who they are, what they own, and what a checkout learns of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random
from typing import Any

from risk.magnitude import minor

DAY_MS, HOUR_MS, MINUTE_MS = 86_400_000, 3_600_000, 60_000

# country, browser language, minutes ahead of UTC, currency, share of the shoppers
COUNTRIES = [
    row.split()
    for row in """
DE de-DE   60 EUR 24
AT de-AT   60 EUR  6
FR fr-FR   60 EUR 14
IT it-IT   60 EUR  9
ES es-ES   60 EUR  8
NL nl-NL   60 EUR  7
GB en-GB    0 GBP 12
US en-US -300 USD 10
PL pl-PL   60 PLN  4
SE sv-SE   60 SEK  4
JP ja-JP  540 JPY  2
""".strip().splitlines()
]
# Where stolen cards are typed in from, when it is not hidden.
ELSEWHERE = ["RU", "NG", "VN", "BR", "UA", "RO", "ID", "US", "NL", "GB", "FR", "DE"]
_NAMES = """
anna ben clara david emma felix greta hugo ines jan karla leon maria nico olga paul rosa simon tara
urs vera wim yara zoe lucia marco chiara pierre camille sofia juan lars erik kenji yuki
"""
_SURNAMES = """
ahrens bauer costa dubois eriksen fischer garcia huber ito janssen keller lopez moreau novak olsen
pereira quint rossi schmidt tanaka ullman visser weber young zeman smith jones brown wagner conti
ferrari lindberg nilsson kowalski silva martin bernard petit
"""
_FIRST, _LAST = _NAMES.split(), _SURNAMES.split()
_NICKNAMES = ("sunny", "blue", "kicker", "old", "pixel", "mam", "river", "tiger", "moon", "cat")
_MAIL = ["gmail.com", "gmail.com", "outlook.com", "web.de", "gmx.net", "orange.fr", "icloud.com"]
THROWAWAY = ["mailinator.com", "tempmail.dev", "10minutemail.com"]
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
AGENTS = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/26.1 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 26_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
    "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36",
]
SCRIPTS = ["python-requests/2.34", "curl/8.17.0", "Mozilla/5.0 HeadlessChrome/142.0"]


@dataclass(frozen=True, slots=True)
class Merchant:
    id: str
    currency: str
    typical_euros: float
    spread: float
    goods: str | None
    channel: str
    links: tuple[str, ...]
    traffic: float
    asks_billing: bool
    tells_account: bool

    def amount(self, chance: Random, times: float = 1.0) -> int:
        """What a basket costs, in minor units; at least what a card can pay."""
        euros = self.typical_euros * times * math.exp(chance.gauss(0, self.spread))
        return minor(max(1, round(euros)), self.currency) - chance.choice((0, 0, 1, 5))


@dataclass(slots=True)
class Shopper:
    """Somebody with habits. `known` is what every one of their attempts shows."""

    id: str
    country: str
    hour: float
    merchants: list[Merchant]
    cards: list[dict[str, Any]]
    devices: list[dict[str, Any]]
    addresses: list[str]
    offset_min: int
    since_ms: int
    email: str
    name: str
    spends: float = 1.0


class World:
    """All of it, made from one seed. Shoppers come and go: `shopper` may invent a new one at any time."""

    def __init__(self, chance: Random, *, start_ms: int, per_day: int, quiet_days: int) -> None:
        self.chance = chance
        self.quiet_days = quiet_days
        self.start_ms = start_ms
        self._made = 0
        self._emails: set[str] = set()
        self.merchants = [self._merchant(number) for number in range(8)]
        self.offices = [self.address() for _ in range(12)]
        self.shoppers = [self.invent() for _ in range(per_day * 6)]

    def next(self, prefix: str) -> str:
        """A new opaque id."""
        self._made += 1
        return f"{prefix}{self._made:06d}{self.chance.randrange(16**6):06x}"

    def address(self) -> str:
        """An IP address from the range that is reserved for measuring: it can be nobody's."""
        number = self.chance.randrange(2**17)
        return f"198.{18 + (number >> 16)}.{(number >> 8) & 255}.{number & 255}"

    def _merchant(self, number: int) -> Merchant:
        pick = self.chance.choice
        channel = ("page", "page", "link", "page", "link", "api", "page", "page")[number]
        links = tuple(self.next("lnk_") for _ in range(3)) if channel == "link" else ()
        return Merchant(
            id=self.next("mer_"),
            currency=("EUR", "EUR", "EUR", "GBP", "EUR", "USD", "EUR", "EUR")[number],
            typical_euros=(45, 120, 25, 60, 15, 80, 300, 35)[number],
            spread=self.chance.uniform(0.4, 0.8),
            goods=("shipping", "shipping", None, "digital", "digital", None, "shipping", "digital")[
                number
            ],
            channel=channel,
            links=links,
            traffic=(5, 3, 2, 3, 2, 2, 1, 3)[number],
            asks_billing=pick((True, False)),
            tells_account=channel == "api" or pick((True, False)),
        )

    def card(self, country: str) -> dict[str, Any]:
        """A card as the provider describes it."""
        pick = self.chance.random()
        return {
            "card": self.next("fp_"),
            "card_brand": self.chance.choice(("visa", "visa", "mastercard", "mastercard", "amex")),
            "card_funding": "debit" if pick < 0.55 else "credit" if pick < 0.94 else "prepaid",
            "card_country": country,
            "wallet": self.chance.choice(("apple_pay", "google_pay", None, None, None, None)),
        }

    def device(self, language: str) -> dict[str, Any]:
        lone = self.chance.random() < 0.05  # keeps no id
        return {
            "device": None if lone else self.next("dev_"),
            "user_agent": self.chance.choice(AGENTS),
            "language": language if self.chance.random() < 0.85 else "en-US",
        }

    def person(self) -> tuple[str, str]:
        """A name and the mail address that goes with it, more or less; no two people have the same."""
        chance = self.chance
        first, last = chance.choice(_FIRST), chance.choice(_LAST)
        while True:
            local = chance.choice(
                (f"{first}.{last}", f"{first}{last}", f"{first[0]}{last}", f"{last}.{first}", first)
            )
            if chance.random() < 0.15:
                local = chance.choice(_NICKNAMES) + chance.choice(_NICKNAMES)
            if chance.random() < 0.5:
                local += str(chance.randrange(1950, 2012))
            house = f"{last}-{chance.choice(_LAST)}.example"
            if chance.random() < 0.03:  # some good people hide, too
                local = "".join(chance.choices(_LETTERS, k=9))
                house = chance.choice(THROWAWAY)
            own = chance.random() < (0.3 if house not in THROWAWAY else 0.1)
            email = f"{local}@{house if own else chance.choice(_MAIL)}"
            if email not in self._emails:
                self._emails.add(email)
                return f"{first.title()} {last.title()}", email

    def invent(self, at_ms: int | None = None) -> Shopper:
        """A new shopper, with an account since `at_ms` or since some day before the beginning."""
        chance = self.chance
        country, language, offset, *_ = chance.choices(
            COUNTRIES, weights=[float(row[4]) for row in COUNTRIES]
        )[0]
        name, email = self.person()
        abroad = chance.random() < 0.03  # lives here, banks there
        banks = chance.choice(COUNTRIES)[0] if abroad else country
        return Shopper(
            id=self.next("cus_"),
            country=country,
            hour=chance.gauss(16.5, 3),
            merchants=chance.choices(
                self.merchants, weights=[one.traffic for one in self.merchants], k=2
            ),
            cards=[self.card(banks) for _ in range(chance.choice((1, 1, 2)))],
            devices=[self.device(language) for _ in range(chance.choice((1, 1, 2)))],
            addresses=[self.address()]
            + ([chance.choice(self.offices)] if chance.random() < 0.25 else []),
            offset_min=int(offset),
            since_ms=at_ms
            if at_ms is not None
            else self.start_ms - int(chance.expovariate(1 / 400) * DAY_MS),
            email=email,
            name=name,
            spends=math.exp(chance.gauss(0, 0.4)),
        )
