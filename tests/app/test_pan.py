"""Card numbers are found wherever they hide, and other numbers are left alone."""

import logging

import pytest

from app.logs import Scrubber, scrub
from app.pan import find, has_pan, redact

CARDS = [
    "4242424242424242", "4242 4242 4242 4242", "4242-4242-4242-4242", "378282246310005", "6011111111111117",
    "5555555555554444", "2223003122003222", "30569309025904", "card: 4000056655665556!",
    "4000056655665556 123", "4242 4242 4242 4242 12/27 123", "17 4242424242424242", "no.4242424242424242", "4222222222222",
    "4242\u00a04242\u00a04242\u00a04242", "4242\u20134242\u20134242\u20134242", "4242\u200b4242\u200b4242\u200b4242", "4242  4242  4242  4242",
    "4242\t4242\t4242\t4242", "４２４２４２４２４２４２４２４２", "٤٢٤٢ ٤٢٤٢ ٤٢٤٢ ٤٢٤٢", "4242.4242.4242.4242", "4242_4242_4242_4242",
    "4242/4242/4242/4242", "3782.822463.10005", "é 4242 4242 4242 4242",
]  # fmt: skip
NOT_CARDS = [
    "4242424242424241", "1234567890123", "2026-11-21T10:06:04Z", "pay_01m7ywea0ehc3b4pj9qpnpkqmf", "19.99",
    "9007199254740991", "+49 30 901820", "a4242424242424242", "42424242424242424242424", "",
    "+4915112345678", "2026112110060416", "0.4242424242424242", "10 20 30 40 50 60 70 80", "4242 4242 4242 424",
    "2026.1121.1006.0416", "4242.42.42.42.42.4242", "50.00 60.00 40.00 10.00", "4242.4242.4242.4242.4242", "4242   4242   4242   4242", "192.168.100.200",
]  # fmt: skip


@pytest.mark.parametrize("text", CARDS)
def test_a_card_number_is_found_and_removed(text):
    assert has_pan(text)
    assert not has_pan(redact(text))


@pytest.mark.parametrize("text", NOT_CARDS)
def test_other_numbers_are_left_alone(text):
    assert not has_pan(text)
    assert redact(text) == text


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"metadata": {"note": "my card 4242424242424242"}}, "metadata.note"),
        ({"lines": [{"name": "x"}, {"name": CARDS[1]}]}, "lines.1.name"),
        ({"card": {"exp": 1}}, "card"),
        ({"a": {"cvc": "123"}}, "a.cvc"),
        ({"amount": 4242424242424242}, "amount"),
        ({CARDS[0]: "x"}, CARDS[0]),
        ({"amount": 1999, "ok": True, "none": None}, None),
    ],
)
def test_it_is_said_where_it_was(value, path):
    assert find(value) == path


def test_the_log_has_neither_cards_nor_secrets():
    record = logging.LogRecord(
        "x", logging.INFO, "f", 1, "paid with %s by %s", (CARDS[0], "sk_test_abcdef123456"), None
    )
    assert Scrubber().filter(record)
    assert record.getMessage() == "paid with [card number removed] by [secret removed]"
    assert "hidden" not in scrub("Authorization: Bearer hidden.token")
    assert "pi_1_secret_abc" not in scrub("client pi_1_secret_abc")
