import math
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from risk import features, past, signals
from risk.facts import Facts

BARE = Facts(at_ms=1_700_000_000_000, merchant_id="m", amount_minor=100, currency="EUR")


def facts(**known):
    return Facts(
        at_ms=known.pop("at_ms", BARE.at_ms),
        merchant_id="m",
        amount_minor=100,
        currency="EUR",
        **known,
    )


def value(name, **known):
    return features.vector(facts(**known))[features.NAMES.index(name)]


def test_the_table_is_whole():
    assert len(set(features.NAMES)) == len(features.NAMES) == len(features.vector(BARE))
    assert {one.family for one in features.TABLE} == set(features.MEANING_OF_FAMILIES)
    assert {one.sign for one in features.TABLE} == {-1, 0, 1}
    assert all(one.meaning for one in features.TABLE)


def test_different_ones_are_never_less_risky():
    """More cards, addresses or browsers than usual: a rule of sense that no data may unlearn."""
    for one in features.TABLE:
        what = one.name.split("_")
        if (
            what[0] in past.IDENTITIES
            and what[1] in {"cards", "emails", "ips"}
            and what[0] != "link"
        ):
            assert one.sign == 1, one.name


def test_missing_is_missing_and_never_zero():
    known = dict(zip(features.NAMES, features.vector(BARE), strict=True))
    told = {name: number for name, number in known.items() if not math.isnan(number)}
    assert told == {"tries": 0.0, "by_link": 0.0, "by_api": 0.0}


def test_history_that_could_not_be_read_is_missing_and_an_empty_one_is_not():
    empty = past.numbers({}, past.Sighting(0, "try", "a", "m", "EUR", 100, card="c"))
    assert value("card_tries_24h", past=empty) == 0.0
    assert math.isnan(value("ip_cards_1h", past=empty))
    assert math.isnan(value("card_age_days", past=empty))


@pytest.mark.parametrize(
    ("name", "known", "wanted"),
    [
        ("amount_log", {"amount_about": math.e}, 1.0),
        ("ip_is_card_country", {"ip_country": "DE", "card_country": "DE"}, 1.0),
        ("ip_is_card_country", {"ip_country": "DE", "card_country": "FR"}, 0.0),
        ("ip_is_card_country", {"ip_country": "DE"}, math.nan),
        ("language_of_card_country", {"language": "de-AT", "card_country": "CH"}, 1.0),
        ("language_of_card_country", {"language": "en-CZ", "card_country": "CZ"}, 1.0),
        ("language_of_card_country", {"language": "zh-Hans-CN", "card_country": "CN"}, 1.0),
        ("language_of_card_country", {"language": "ru", "card_country": "US"}, 0.0),
        ("language_of_card_country", {"language": "xx", "card_country": "US"}, math.nan),
        ("email_digits", {"email": "ab12@example.org"}, 0.5),
        ("email_digits", {"email": "@example.org"}, math.nan),
        ("email_vowels", {"email": "xkqa@example.org"}, 0.25),
        ("email_length", {"email": "jane+shop@example.org"}, 4.0),
        ("is_script", {"user_agent": "python-requests/2.34"}, 1.0),
        ("is_script", {"user_agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/141.0"}, 0.0),
        ("is_mobile", {"user_agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 19)"}, 1.0),
        ("has_wallet", {"card": "c", "wallet": "apple_pay"}, 1.0),
        ("has_wallet", {"card": "c"}, 0.0),
        ("has_wallet", {"method": "paypal"}, math.nan),
        ("cvc", {"cvc": "fail"}, 0.0),
        ("cvc", {"cvc": "unchecked"}, math.nan),
        ("three_ds", {"three_ds": "authenticated"}, 1.0),
        ("three_ds", {"three_ds": "not_supported"}, math.nan),
        ("linked_fraud", {"past": {"card_fraud_30d": 2, "ip_fraud_30d": 1, "email_fraud_30d": 0}}, 2.0),
        ("merchant_hard_share_10m", {"past": {"merchant_hard_10m": 3, "merchant_tries_10m": 12}}, 0.25),
        ("merchant_hard_share_10m", {"past": {"merchant_hard_10m": 1, "merchant_tries_10m": 1}}, math.nan),
    ],
)  # fmt: skip
def test_what_a_feature_says(name, known, wanted):
    assert value(name, **known) == pytest.approx(wanted, nan_ok=True)


@pytest.mark.parametrize(
    ("email", "name", "wanted"),
    [
        ("jane.doe@example.org", "Jane Doe", 1.0),
        ("jdoe@example.org", "Jane Doe", 1.0),
        ("jürgen.groß@example.org", "Jürgen Groß", 1.0),
        ("kathi77@example.org", "Katharina Huber", 0.8),
        ("xkqzvw@example.org", "Jane Doe", 0.0),
        ("jane@example.org", "李", math.nan),
        ("4711@example.org", "Jane Doe", math.nan),
        (None, "Jane Doe", math.nan),
        ("jane@example.org", None, math.nan),
    ],
)
def test_the_name_in_the_address(email, name, wanted):
    assert signals.name_in(email, name) == pytest.approx(wanted, nan_ok=True)


def test_time_is_the_payers_own():
    noon_utc = 1_700_000_000_000 // 86_400_000 * 86_400_000 + 43_200_000
    assert value("hour_cosine", at_ms=noon_utc, utc_offset_min=0) == pytest.approx(-1)
    assert value("hour_cosine", at_ms=noon_utc, utc_offset_min=720) == pytest.approx(1)
    friday_22_utc = 1_700_258_400_000  # 17 November 2023
    assert value("weekend", at_ms=friday_22_utc, utc_offset_min=0) == 0.0
    assert value("weekend", at_ms=friday_22_utc, utc_offset_min=180) == 1.0
    assert math.isnan(value("weekend", at_ms=friday_22_utc))


ANY = st.one_of(st.none(), st.text(max_size=30))


KNOWN = st.fixed_dictionaries(
    dict.fromkeys(("email", "name", "language", "user_agent", "ip_country", "three_ds"), ANY)
    | {
        "amount_about": st.one_of(st.none(), st.floats()),
        "utc_offset_min": st.one_of(st.none(), st.integers(-1500, 1500)),
        "past": st.dictionaries(
            st.sampled_from(past.NAMES), st.one_of(st.none(), st.integers(0, 500)), max_size=20
        ),
    }
)


@settings(max_examples=150, deadline=None)
@given(KNOWN)
def test_no_input_breaks_it_and_the_same_facts_give_the_same_row(known):
    one = facts(card_country="DE", **known)
    row = features.vector(one)
    assert not any(math.isinf(number) for number in row)
    again = features.vector(Facts.from_json(one.to_json()))
    assert [repr(number) for number in row] == [repr(number) for number in again]


def test_a_web_process_loads_neither_numpy_nor_pickle_code_of_models():
    code = (
        "import sys, risk.facts, risk.past, risk.features, risk.signals, risk.trees, risk.scale;"
        "print([m for m in ('numpy', 'scipy', 'sklearn', 'joblib', 'pickle') if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
