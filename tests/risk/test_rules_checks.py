"""Rules that can be read and can never match, or ask for what is not there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.rules import View, parse
from risk.rules.checks import warnings
from tests.risk.made import facts


@pytest.mark.parametrize(
    ("condition", "because"),
    [
        (":tries: > 5 and :tries: < 3", ":tries: can be nothing"),
        (":tries: > 5 and :tries: <= 5", ":tries: can be nothing"),
        (":tries: > 5 and (:tries: < 9 and :tries: < 2)", ":tries: can be nothing"),
        (":tries: = 5 and :tries: = 6", ":tries: can be nothing"),
        (":tries: = 5 and :tries: > 5", ":tries: can be nothing"),
        (":tries: = 5 and :tries: != 5", ":tries: can be nothing"),
        (":tries: in (1, 2) and :tries: in (3, 4)", ":tries: can be nothing"),
        (":tries: in (1, 2) and not :tries: < 3", ":tries: can be nothing"),
        (":tries: in (1, 2) and :tries: not in (2, 1)", ":tries: can be nothing"),
        (":tries: < 0", ":tries: can be nothing"),
        (":score: > 100", ":score: can be nothing"),
        (":ip_cards_1h: > 200", ":ip_cards_1h: can be nothing"),
        (":local_hour: = 24", ":local_hour: can be nothing"),
        (":card_country: = 'DE' and :card_country: = 'AT'", ":card_country: can be nothing"),
        (":card_country: = 'DE' and :card_country: != 'de'", ":card_country: can be nothing"),
        (":level: = 'high'", ":level: can be nothing"),
        (
            ":level: != 'normal' and :level: not in ('elevated', 'highest')",
            ":level: can be nothing",
        ),
        (":is_night: and not :is_night:", ":is_night: can be nothing"),
        (":is_night: and :is_night: = false", ":is_night: can be nothing"),
        (":email: is missing and :email: is known", ":email: can be nothing"),
        (":email: is missing and :email: like '*@x.com'", ":email: can be nothing"),
        (":email: is missing and not :email: in @trusted", ":email: can be nothing"),
        (
            ":card_country: != :ip_country: and :ip_country: is missing",
            ":ip_country: can be nothing",
        ),
        (":amount: > 500 EUR and :amount: < 100 EUR", ":amount: can be nothing"),
        (":amount: > 500 EUR and :amount: > 500 USD", "one currency"),
        (":amount: > 500 EUR and :currency: = 'USD'", "one currency"),
        (":currency: in ('JPY') and :amount: in (5 EUR)", "one currency"),
        ("not (:tries: >= 0 or :is_night:)", ":tries: can be nothing"),
        ("not (:tries: != 5 or :tries: = 5)", ":tries: can be nothing"),
        ("(:tries: < 0 or :score: > 100) and :is_night:", ":tries: can be nothing"),
    ],
)
def test_a_rule_that_can_never_match(condition, because):
    told = warnings(parse(f"block if {condition}"))
    assert told[0].startswith("This rule can never match: ")
    assert because in told[0]


@pytest.mark.parametrize(
    "condition",
    [
        ":tries: > 5 and :tries: < 7",
        ":tries: >= 5 and :tries: <= 5",
        ":tries: > 5 or :tries: < 3",
        ":tries: in (1, 2) and :tries: != 1",
        ":score: >= 100",
        ":ip_cards_1h: >= 200",
        ":level: != 'normal'",
        ":card_country: != :ip_country: and :ip_country: = 'DE'",
        ":amount: > 500 EUR or :amount: > 500 USD",
        ":amount: > 500 EUR and :currency: = 'eur'",
        "not (:tries: > 5 and :is_night:)",
        "(:tries: < 0 or :is_night:)",
        ":card_amount_z: < -3",
        ":utc_offset_min: < -60",
        "::plan:: > 5 and ::plan:: < 9",
        ":name: includes 'x' and not :name: like 'x*'",
    ],
)
def test_a_rule_that_may_match(condition):
    assert warnings(parse(f"block if {condition}")) == []


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        (
            ":card_country: = 'Germany'",
            ":card_country: is never 'Germany'. A country has two letters",
        ),
        (
            ":card_funding: in ('prepaid', 'debt')",
            ":card_funding: is never 'debt'; it is one of credit, debit",
        ),
        (":email: = 'example.com'", "An e-mail address looks like"),
        (":email_domain: = 'user@example.com'", ":email_domain: is never"),
        (":ip: = '192.0.2'", "An address looks like"),
        (":ip: != '192.0.2.0/24'", "put it on a list"),
        (":card: = '4242 4242 4242 4242'", "card number"),
        (":card_bin: = '42'", "6 to 8 digits"),
        (":cvc: = 'fail'", "only of payments that were challenged or held"),
    ],
)
def test_a_value_that_the_attribute_never_has(condition, told):
    assert any(told in one for one in warnings(parse(f"review if {condition}")))


def test_a_list_with_nothing_on_it():
    rule = parse("allow if :email: in @trusted or not :ip: in @office")
    assert warnings(rule, lists={"trusted"}) == ["Nothing is on a list @office."]
    assert warnings(rule, lists={"trusted", "office"}) == []
    assert warnings(rule) == []


def test_a_challenge_that_comes_too_late():
    assert "too late" in warnings(parse("challenge if :cvc: = 'fail'"))[0]
    assert warnings(parse("challenge if :cvc: is missing")) == []


_CONDITIONS = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from([":tries:", ":score:"]),
            st.sampled_from(["=", "!=", "<", "<=", ">", ">="]),
            st.integers(0, 4).map(str),
        ).map(" ".join),
        st.sampled_from(
            [
                ":is_night:",
                "not :is_night:",
                ":name: = 'a'",
                ":name: != 'a'",
                ":name: in ('a', 'b')",
                ":name: is missing",
                ":score: is known",
            ]
        ),
    ),
    min_size=1,
    max_size=4,
)


@given(_CONDITIONS, st.booleans())
def test_nothing_matches_a_rule_that_was_said_never_to(conditions, is_any):
    rule = parse("block if " + (" or " if is_any else " and ").join(conditions))
    if warnings(rule):
        for tries in range(6):
            for name in (None, "a", "b"):
                for offset in (None, 0, 720):
                    view = View(facts(tries=tries, name=name, utc_offset_min=offset), score=tries)
                    assert not rule.matches(view)
