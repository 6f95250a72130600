"""Who shops at the demo shop: the same goods, and people of whom a fraud screening thinks differently."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Person:
    """A made-up customer. `told` is what the shop tells Till of them (`shopper` of a checkout session)."""

    slug: str
    label: str
    note: str
    told: dict[str, Any] = field(default_factory=dict)
    email: str = ""


PEOPLE = {
    person.slug: person
    for person in (
        Person("you", "Yourself", "The shop tells nothing about you."),
        Person(
            "regular",
            "A regular",
            "Three years with the shop, at home, with her own card.",
            {
                "customer": "alma-1042",
                "name": "Mia Carter",
                "account_age_days": 1130,
                "failed_logins_24h": 0,
                "goods": "shipping",
                "shipping_country": "US",
                "ip_address": "8.8.8.8",
                "language": "en-US",
                "utc_offset_min": -300,
            },
            "mia.carter@example.com",
        ),
        Person(
            "new",
            "Somebody new, abroad",
            "A first order, from another country than the card. 3-D Secure is asked for.",
            {
                "customer": "alma-20771",
                "name": "Jo Lind",
                "account_age_days": 0,
                "failed_logins_24h": 0,
                "goods": "shipping",
                "shipping_country": "US",
                "ip_address": "177.10.0.1",
                "language": "pt-BR",
                "utc_offset_min": -180,
            },
            "jo.lind@example.com",
        ),
        Person(
            "risky",
            "Somebody who looks risky",
            "A throw-away address, wrong passwords, far from the card. The money is held for a review.",
            {
                "customer": "alma-20772",
                "name": "Max Power",
                "account_age_days": 0,
                "failed_logins_24h": 9,
                "goods": "digital",
                "ip_address": "49.36.0.1",
                "language": "ru-RU",
                "utc_offset_min": 180,
            },
            "xk29q0v7@mailinator.com",
        ),
        Person(
            "thief",
            "Somebody who looks like a thief",
            "All of that, with a hundred wrong passwords: turned away in the words of any declined card.",
            {
                "customer": "alma-20773",
                "name": "Q W",
                "account_age_days": 0,
                "failed_logins_24h": 120,
                "goods": "digital",
                "ip_address": "102.89.0.1",
                "language": "ru-RU",
                "utc_offset_min": 180,
            },
            "zz8814@mailinator.com",
        ),
    )
}
