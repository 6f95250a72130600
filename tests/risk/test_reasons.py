"""Reasons: plain words, the value against the usual one, and nothing where nothing is known."""

import json
import re
from dataclasses import replace

import pytest

from risk import features
from risk.facts import Facts
from risk.past import NAMES
from risk.reasons import _COUNTS, _PLAIN, FAMILIES, MOST, reasons
from tests.risk.made import AT_MS, facts

# Every identity is known, nothing is unusual.
PLAIN = facts(
    email="anna.berg@mail.example",
    name="Anna Berg",
    ip="192.0.2.7",
    device="dev",
    card="fp",
    past=dict.fromkeys(NAMES, 0),
)


def texts(known, families=None):
    return [one.text for one in reasons(known, families or {})]


def with_past(**numbers):
    return replace(PLAIN, past={**PLAIN.past, **numbers})


def test_what_is_usual_gives_no_reason():
    assert texts(PLAIN) == []


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ({"ip_cards_1h": 7}, "7 cards from this IP in 1 h; usually at most 1"),
        ({"card_hard_24h": 1}, "1 final decline with this card in 24 h; usually none"),
        ({"email_cards_7d": 4}, "4 cards with this e-mail address in 7 days; usually at most 3"),
        (
            {"device_emails_24h": 3},
            "3 e-mail addresses from this browser in 24 h; usually at most 2",
        ),
        ({"ip_fraud_30d": 1}, "1 fraudulent payment from this IP in 30 days; usually none"),
        ({"card_fraud_30d": 2}, "2 fraudulent payments with this card in 30 days; usually none"),
        (
            {"card_amount_ratio": 4.25},
            "4.2 times what this card pays on average; usually at most 3 times",
        ),
        (
            {"merchant_amount_ratio": 30},
            "30 times what is paid here on average; usually at most 3 times",
        ),
    ],
)
def test_a_number_of_the_past_against_the_usual_one(numbers, text):
    assert texts(with_past(**numbers)) == [text]


@pytest.mark.parametrize(
    ("known", "text"),
    [
        (
            {"card_country": "DE", "ip_country": "NG"},
            "Card from DE, IP in NG; usually the same country",
        ),
        (
            {"billing_country": "DE", "shipping_country": "LT"},
            "Billing address in DE, delivery to LT; usually the same country",
        ),
        (
            {"card_country": "US", "language": "ru-RU"},
            "The browser speaks ru-RU, the card is from US; usually a language of the card's country",
        ),
        (
            {"email_is_disposable": True},
            "An e-mail address of a throw-away service; usually a lasting one",
        ),
        ({"failed_logins_24h": 5}, "5 failed sign-ins to the account in 24 h; usually at most 2"),
        (
            {"account_age_days": 0.04},
            "The customer's account is 57 min old; usually more than a day",
        ),
        ({"account_age_days": 0.5}, "The customer's account is 12 h old; usually more than a day"),
        (
            {"email": "xkqzv@mail.example"},
            "The e-mail address has nothing of the name; usually it has",
        ),
        (
            {"user_agent": "python-requests/2"},
            "The browser says it is a program; usually a person's browser",
        ),
        ({"card_funding": "prepaid"}, "A prepaid card; usually credit or debit"),
        ({"payer_status": "UNVERIFIED"}, "PayPal has not verified the account; usually it has"),
        ({"cvc": "fail"}, "The security code is wrong; usually it is right"),
        ({"three_ds": "failed"}, "The bank could not confirm the cardholder; usually it does"),
        ({"avs_line1": "fail"}, "The bank does not know the street; usually it does"),
        ({"avs_postal": "fail"}, "The bank does not know the postal code; usually it does"),
        ({"provider_score": 80}, "The provider's own score is 80 of 100; usually below 65"),
        ({"tries": 4}, "4 attempts on this payment before; usually at most 2"),
        (
            {"utc_offset_min": 3 * 60 + 47},
            "Paid at 2:00 on the payer's clock; usually between 5:00 and midnight",
        ),
    ],
)
def test_a_fact_against_the_usual_one(known, text):
    assert texts(replace(PLAIN, **known)) == [text]


def test_what_is_not_known_gives_no_reason_but_is_said():
    bare = Facts(at_ms=AT_MS, merchant_id="m", amount_minor=1, currency="EUR")
    assert texts(bare) == ["The history could not be read, so nothing is known of earlier attempts"]
    assert texts(replace(bare, past={})) == [
        "Little is known: no e-mail address and no IP address and no browser and no card"
    ]
    assert texts(replace(PLAIN, device=None)) == []


def test_the_strongest_four_of_the_strongest_families():
    known = replace(
        with_past(ip_cards_1h=7, ip_emails_1h=9, ip_hard_1h=5, card_amount_ratio=9),
        card_country="DE", ip_country="NG", card_funding="prepaid",
    )  # fmt: skip
    told = reasons(known, {"velocity": 2.0, "place": 0.9, "amount": 0.5, "card": -0.3})
    assert len(told) == MOST
    assert [(one.family, round(one.weight, 2)) for one in told] == [
        ("velocity", 2.0),
        ("velocity", 1.0),
        ("place", 0.9),
        ("velocity", 0.67),
    ]
    assert told[0].value == 7
    assert told[0].usual == 1


def test_one_story_is_told_once():
    """Seven cards in ten minutes are also seven cards in an hour and in a day."""
    told = reasons(with_past(ip_cards_10m=7, ip_cards_1h=7, ip_cards_24h=9), {})
    assert [one.text for one in told] == ["7 cards from this IP in 10 min; usually at most 1"]


def test_a_family_that_speaks_for_the_shopper_gives_no_reason_against():
    assert reasons(replace(PLAIN, card_funding="prepaid"), {"card": -0.1, "velocity": 1.0}) == []


def test_weak_insight_is_never_pushed_out():
    known = replace(
        with_past(ip_cards_1h=7, ip_emails_1h=9, ip_hard_1h=5, ip_tries_1h=90),
        email=None,
        device=None,
    )
    told = reasons(known, {"velocity": 2.0})
    assert len(told) == MOST
    assert told[-1].text == "Little is known: no e-mail address and no browser"


def test_reasons_are_json_with_the_agreed_names():
    told = [one.to_json() for one in reasons(with_past(ip_cards_1h=7), {"velocity": 1.5})]
    assert json.loads(json.dumps(told)) == told
    assert told[0] == {
        "text": "7 cards from this IP in 1 h; usually at most 1",
        "family": "velocity",
        "weight": 1.5,
        "value": 7,
        "usual": 1,
    }


def test_every_row_belongs_to_a_family_of_the_model():
    assert {row[0] for row in _PLAIN} <= set(features.MEANING_OF_FAMILIES)
    assert len(_COUNTS) > 80
    for name, _, usual in _COUNTS:
        known = with_past(**{name: usual + 1})
        (one,) = reasons(known, {})
        assert one.family in FAMILIES
        assert features.FAMILIES.get(name, one.family) == one.family
        assert re.fullmatch(
            r"\d+ [a-zA-Z -]+ (with|from) this [a-zA-Z -]+ in \d+ (min|h|days); usually (none|at most \d+)",
            one.text,
        )
