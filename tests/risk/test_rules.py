"""The rule language: what it says, what it refuses and where, and what it does with what is not known."""

import string
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk import past
from risk.facts import Facts
from risk.lists import TYPES, Item, Lists
from risk.rules import ATTRIBUTES, RuleError, View, parse
from risk.rules.attributes import FLAG, MONEY, NUMBER, TEXT
from tests.risk.made import AT_MS, facts

LISTS = Lists(
    [
        Item(list="trusted", type="email", value="good@shop.example"),
        Item(list="net", type="ip", value="192.0.2.0/24"),
    ]
)
KNOWN = facts(
    amount_minor=60_000,
    email="Mallory@Mail.Example",
    card_country="DE",
    ip_country="NG",
    ip="192.0.2.7",
    card_funding="prepaid",
    email_is_disposable=False,
    account_age_days=0.5,
    utc_offset_min=60,
    metadata={"plan": "Gold", "seats": "12", "weight": "1.5", "empty": ""},
    past={"ip_cards_1h": 7, "card_tries_24h": 0, "card_age_days": None, "card_amount_z": -1.5},
)


def matches(condition, known=KNOWN, *, score=80, level="highest", lists=LISTS):
    rule = parse(f"review if {condition}")
    assert parse(rule.text) == rule
    return rule.matches(View(known, score=score, level=level, lists=lists))


# ------------------------------------------------------------------------------------------------ what rules say


@pytest.mark.parametrize(
    "condition",
    [
        ":amount: > 500 EUR and :card_country: != :ip_country: and not :email: in @trusted",
        ":amount: = 600 EUR",
        ":amount: >= 600.00 EUR",
        ":amount: in (1 USD, 600 EUR)",
        ":amount: not in (1 USD, 601 EUR)",
        ":ip_cards_1h: > 6",
        ":ip_cards_1h: >= 7",
        ":ip_cards_1h: < 7.5",
        ":ip_cards_1h: <= 7",
        ":ip_cards_1h: in (5, 7)",
        ":ip_cards_1h: = 7",
        ":ip_cards_1h: == 7",
        ":ip_cards_1h: <> 8",
        ":ip_cards_1h: > :card_tries_24h:",
        ":card_tries_24h: = 0",
        ":card_amount_z: < -1",
        ":card_country: = 'de'",
        ':CARD_COUNTRY: = "DE"',
        ":card_country: in ('AT', 'DE')",
        ":card_country: not in ('AT', 'CH')",
        ":email: = 'mallory@mail.example'",
        ":email: like '*@mail.example'",
        ":email: LIKE 'mall*@*.EXAMPLE'",
        ":email: includes 'LORY'",
        ":email_domain: = 'mail.example'",
        ":ip: in @net",
        ":ip: IN @NET",
        ":email: not in @trusted",
        ":email: not in @nobody",
        "not :email_is_disposable:",
        ":email_is_disposable: = false",
        ":email_is_disposable: != true",
        ":score: >= 80 and :level: = 'highest'",
        ":card_brand: is missing",
        ":card_brand: is not known",
        ":card_country: is known",
        ":card_country: is not missing",
        ":card_age_days: is missing",
        "::plan:: = 'gold'",
        "::seats:: > 11",
        "::weight:: <= 1.5",
        "::nothing:: is missing",
        "::empty:: is missing",
        ":local_hour: = 23",
        "not :is_night:",
        ":card_country: = 'XX' or :ip_country: = 'NG'",
        "(:card_country: = 'XX' or :ip_country: = 'NG') and :amount: > 1 EUR",
        "not (:card_country: = 'XX' and :ip_country: = 'NG')",
        "not not :amount: > 1 EUR",
        ":amount: > 1 EUR or :card_country: = 'DE' and :ip_country: = 'XX'",
        ":amount_about: is missing",
        "\n :amount: > 1 EUR \t and\u00a0:ip: is known",
    ],
)
def test_it_matches(condition):
    assert matches(condition)


@pytest.mark.parametrize(
    "condition",
    [
        ":amount: > 600 EUR",
        ":amount: < 600 EUR",
        ":ip_cards_1h: in (5, 6)",
        ":card_country: = :ip_country:",
        ":email: like 'mail.example'",
        ":email: like '*@mail'",
        ":email: in @trusted",
        ":email: in @nobody",
        ":email_is_disposable:",
        "::plan:: = 'silver'",
        ":is_night:",
        ":amount: > 1 EUR and (:card_country: = 'XX' or :ip_country: = 'XX')",
        "(:amount: > 1 EUR or :card_country: = 'DE') and :ip_country: = 'XX'",
    ],
)
def test_it_does_not_match_and_its_opposite_does(condition):
    assert not matches(condition)
    assert matches(f"not ({condition})")


@pytest.mark.parametrize(
    "condition",
    [
        ":card_brand: = 'visa'",
        ":card_brand: != 'visa'",
        ":card_brand: in ('visa')",
        ":card_brand: in ('visa', 'amex')",
        ":card_brand: not in ('visa')",
        ":card_brand: like '*'",
        ":card_brand: includes 'v'",
        ":card_brand: = :card_country:",
        ":card_country: != :billing_country:",
        ":device: in @trusted",
        ":device: not in @trusted",
        ":liability_shift:",
        ":liability_shift: = true",
        ":email_cards_1h: < 1",
        ":email_cards_1h: > :ip_cards_1h:",
        ":card_age_days: < 1",
        "::nothing:: = 'x'",
        "::nothing:: > 1",
        "::plan:: > 1",
        # money in another currency is no more comparable than missing money
        ":amount: > 500 USD",
        ":amount: < 500 USD",
        ":amount: != 500 USD",
        ":amount: in (600 USD)",
        ":amount: not in (600 USD)",
        # an unknown part leaves the whole unknown, unless the other part decides
        ":card_brand: = 'visa' and :amount: > 1 EUR",
        ":card_brand: = 'visa' or :amount: > 601 EUR",
    ],
)
def test_what_is_not_known_answers_nothing_and_neither_does_its_opposite(condition):
    assert not matches(condition)
    assert not matches(f"not ({condition})")


def test_one_part_may_decide_whatever_the_other_is():
    assert matches("not (:card_brand: = 'visa' and :amount: > 601 EUR)")
    assert matches(":card_brand: = 'visa' or :amount: > 599 EUR")


@pytest.mark.parametrize("name", past.NAMES)
def test_without_a_history_no_number_of_it_is_known(name):
    known = facts(past=None)
    assert matches(f":{name}: is missing", known)
    assert not matches(f":{name}: < 1 or :{name}: >= 1", known)


@pytest.mark.parametrize("name", ["score", "level"])
def test_without_a_model_there_is_no_score(name):
    assert matches(f":{name}: is missing", score=None, level=None)


def test_an_expired_item_is_on_no_list():
    lists = Lists([Item(list="trusted", type="card", value="fp", expires_ms=AT_MS)])
    assert not matches(":card: in @trusted", facts(card="fp"), lists=lists)
    assert matches(":card: in @trusted", facts(card="fp", at_ms=AT_MS - 1), lists=lists)


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("allow if :tries: = 0", "allow"),
        ("BLOCK IF :tries: = 0", "block"),
        ("review if :tries: = 0", "review"),
        ("hold if :tries: = 0", "review"),
        ("challenge if :tries: = 0", "challenge"),
        ("request 3ds if :tries: = 0", "challenge"),
        ("Request 3DS if :tries: = 0", "challenge"),
    ],
)
def test_a_rule_begins_with_what_it_does(text, action):
    rule = parse(text)
    assert rule.action == action
    assert rule.text == f"{action} if :tries: = 0"


@pytest.mark.parametrize(
    ("pattern", "value", "fits"),
    [
        ("a*b", "ab", True), ("a*b", "axxb", True), ("a*b", "axxbc", False), ("a*b*c", "a1b2c", True),
        ("a*b*c", "acb", False), ("*", "x", True), ("**x", "x", True), ("ab*ba", "aba", False), ("a*a", "a", False),
        ("*a*a*", "a", False), ("*ab*ab*", "abxab", True), ("a?c", "abc", False), ("a.c", "abc", False), ("[a]", "a", False),
    ],
)  # fmt: skip
def test_only_the_star_stands_for_anything(pattern, value, fits):
    assert matches(f":name: like '{pattern}'", facts(name=value)) is fits


# ------------------------------------------------------------------------------------------------ what is refused

# text, where, what the message must contain
REFUSED = [
    ("", 1, "begins with what it does"),
    ("   ", 3, "begins with what it does"),
    ("ban if :tries: = 1", 1, "allow, block, review, challenge"),
    ("request 4ds if :tries: = 1", 9, "3ds"),
    ("block :tries: = 1", 7, "“if”"),
    ("block if", 8, "condition is missing"),
    ("block if :tries:", 10, "must be compared"),
    ("block if tries > 1", 10, "Did you mean :tries:?"),
    ("block if card_contry = 'DE'", 10, "Did you mean :card_country:?"),
    ("block if :card_contry: = 'DE'", 10, "Did you mean :card_country:?"),
    ("block if :zzzzzz: = 1", 10, "no attribute :zzzzzz:."),
    ("block if :tries: > ", 19, "value to compare :tries: with"),
    ("block if :tries: > 'x'", 20, "plain number"),
    ("block if :tries: > 5 EUR", 20, "plain number"),
    ("block if :tries: > true", 20, "plain number"),
    ("block if :amount: > 500", 21, "500 EUR"),
    ("block if :amount: > 500 BEER", 25, "not a currency"),
    ("block if :amount: > 500 tries", 25, "Did you mean :tries:?"),
    ("block if :amount: > 5.001 EUR", 21, "2 decimals"),
    ("block if :amount: > 5.5 JPY", 21, "0 decimals"),
    ("block if :amount: > -5 EUR", 21, "not negative"),
    ("block if :amount: > 1,000 EUR", 22, "without separators"),
    ("block if :amount: > €500", 21, "currency code"),
    ("block if :amount: > 999999999999999 EUR", 21, "beyond all money"),
    ("block if :tries: > 1234567890123456", 20, "15 digits"),
    ("block if :card_country: = DE", 27, "'DE'"),
    ("block if :card_country: > 'DE'", 25, "no order"),
    ("block if :card_country: = 5", 27, "in quotes"),
    ("block if :card_country: = ''", 27, "is missing"),
    ("block if :card_country: = 'DE", 27, "no end"),
    ("block if :card_country: = :tries:", 27, "text and :tries: is number"),
    ("block if :card_country: = :card_country:", 27, "with itself"),
    ("block if :card_country: in 'DE'", 28, "@list, or values in parentheses"),
    ("block if :card_country: in ()", 29, "value to compare"),
    ("block if :card_country: in ('DE' 'AT')", 34, "comma"),
    ("block if :card_country: in ('DE',", 33, "value to compare"),
    ("block if :card_country: in ('DE', 5)", 35, "in quotes"),
    ("block if :card_brand: in @brands", 10, "on no list"),
    ("block if :card_country: is 'DE'", 28, "write ="),
    ("block if :card_country: like 5", 30, "text in quotes"),
    ("block if :tries: like '5'", 10, "is no text"),
    ("block if :card_country: not = 'DE'", 25, "before a condition"),
    ("block if :email_is_disposable: > true", 32, "no order"),
    ("block if :email_is_disposable: = 'yes'", 34, "yes or no"),
    ("block if :email_is_disposable: in (true)", 10, "yes or no"),
    ("block if ::plan::", 10, "must be compared"),
    ("block if ::plan:: > 'gold'", 19, "no order"),
    ("block if ::plan:: in (1)", 23, "quotes"),
    ("block if ::plan:: = true", 21, "quotes"),
    ("block if ::my plan:: = 'x'", 10, "::key::"),
    ("block if :my plan: = 'x'", 10, "between colons"),
    ("block if :email: in @", 21, "@name"),
    ("block if (:tries: = 1", 10, "never closed"),
    ("block if :tries: = 1)", 21, "closes nothing"),
    ("block if (:tries: = 1 :tries: = 2)", 23, "“and” or “or”"),
    ("block if :tries: = 1 :tries: = 2", 22, "“and” or “or”"),
    ("block if :tries: = 1 & :tries: = 2", 22, "and, or, not"),
    ("block if !:tries: = 1", 10, "Write not"),
    ("block if :tries: = 1 and", 24, "condition is missing"),
    ("block if and :tries: = 1", 10, "begins with an attribute"),
    ("block if 5 > :tries:", 10, "begins with an attribute"),
    ("block if :tries: = 1; drop", 21, "means nothing"),
    ("block if :tries: = 1 \x00", 22, "no text"),
    ("block if :name: = 'a\u200bb'", 19, "cannot be seen"),
    ("block if " + "(" * 13 + ":tries: = 1" + ")" * 13, 22, "12 levels"),
    ("block if " + "not " * 13 + ":is_night:", 58, "12 levels"),
    ("block if " + " or ".join([":tries: = 1"] * 51), 10 + 50 * 15, "50 conditions"),
    ("block if :tries: in (" + ", ".join(["1"] * 101) + ")", 22 + 300, "100 values"),
    ("block if :tries: = 1" + " " * 2000, 2000, "2,000 characters"),
]


@pytest.mark.parametrize(("text", "column", "says"), REFUSED)
def test_what_cannot_be_read_is_refused_where_it_is_wrong(text, column, says):
    with pytest.raises(RuleError) as refused:
        parse(text)
    assert says in refused.value.message
    assert refused.value.column == column
    assert f"column {column}" in str(refused.value)


def test_nothing_is_evaluated():
    for text in (
        "block if __import__('os')",
        "block if {{ 7 * 7 }}",
        "block if :tries: = 1 if 1 else 2",
        "lambda: 1",
    ):
        with pytest.raises(RuleError):
            parse(text)


# ------------------------------------------------------------------------------------------------ whatever is typed

_VOCABULARY = """
    allow block review challenge request 3ds if and or not in is missing known like includes true false ( ) , = != < <=
    > >= 'DE' "x" 5 -1.5 500 EUR JPY :amount: :tries: :email: :card_country: :is_night: :nope: ::plan:: @trusted @ ' : &
"""
_WORDS = st.sampled_from(_VOCABULARY.split())


def refusal_of(text):
    """Why a rule cannot be read; None: it can."""
    try:
        parse(text)
    except RuleError as refused:
        return refused
    return None


@given(
    st.text(max_size=60)
    | st.lists(_WORDS, max_size=25).map(" ".join)
    | st.lists(_WORDS, max_size=25).map(lambda w: "block if " + " ".join(w))
)
def test_whatever_is_typed_is_read_or_refused_inside_the_text(text):
    refused = refusal_of(text)
    if refused:
        assert 1 <= refused.column <= max(1, len(text))
        assert refused.message.endswith((".", "…", "?"))
    else:
        rule = parse(text)
        assert parse(rule.text) == rule
        assert rule.matches(View(KNOWN)) in {True, False}


@given(st.text(alphabet=string.printable, max_size=30))
def test_whatever_is_typed_after_a_good_beginning(rest):
    text = f"block if :tries: = 1 and {rest}"
    refused = refusal_of(text)
    assert refused is None or 1 <= refused.column <= len(text)


_TEXTS = st.text(
    alphabet=string.ascii_letters + string.digits + "*.@'- é", min_size=1, max_size=12
).map(lambda t: f'"{t}"')
_NUMBERS = st.integers(-999, 999).map(str) | st.decimals(-99, 99, places=2).map(str)
_AMOUNTS = st.tuples(st.integers(0, 10**6), st.sampled_from(["EUR", "JPY", "KWD"])).map(
    lambda a: f"{a[0]} {a[1]}"
)
_OPS = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
_BY_KIND = {
    kind: sorted(n for n, a in ATTRIBUTES.items() if a.kind == kind)
    for kind in (TEXT, NUMBER, MONEY, FLAG)
}


def _some(kind):
    return st.sampled_from(_BY_KIND[kind])


def _joined(*parts):
    return st.tuples(*parts).map(" ".join)


def _attribute(kind):
    return _some(kind).map(lambda n: f":{n}:")


_LEAVES = st.one_of(
    _joined(_attribute(NUMBER), _OPS, _NUMBERS),
    _joined(_attribute(MONEY), _OPS, _AMOUNTS),
    _joined(_attribute(TEXT), st.sampled_from(["=", "!=", "like", "includes"]), _TEXTS),
    _joined(
        _attribute(TEXT),
        st.sampled_from(["in", "not in"]),
        st.lists(_TEXTS, min_size=1, max_size=4).map(lambda v: f"({', '.join(v)})"),
    ),
    _joined(
        st.sampled_from([":email:", ":ip:", ":card_country:"]),
        st.sampled_from(["in", "not in"]),
        st.sampled_from(["@trusted", "@net"]),
    ),
    _joined(_some(NUMBER).map(lambda n: f":{n}:"), st.sampled_from(["is missing", "is known"])),
    _joined(st.just("::plan::"), _OPS, _NUMBERS),
    _attribute(FLAG),
)
_CONDITIONS = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        inner.map(lambda c: f"not ({c})"),
        st.lists(inner, min_size=2, max_size=3).map(
            lambda c: " and ".join(f"({one})" for one in c)
        ),
        st.lists(inner, min_size=2, max_size=3).map(lambda c: " or ".join(f"({one})" for one in c)),
    ),
    max_leaves=8,
)


@given(_CONDITIONS)
def test_a_rule_written_down_and_read_again_is_the_same_rule(condition):
    rule = parse(f"review if {condition}")
    again = parse(rule.text)
    assert again == rule
    assert again.text == rule.text


@given(_CONDITIONS)
def test_a_condition_and_its_opposite_never_both_match(condition):
    one = parse(f"review if {condition}")
    other = parse(f"review if not ({condition})")
    for known in (KNOWN, facts(), facts(past=None, currency="JPY")):
        view = View(known, lists=LISTS)
        assert not (one.matches(view) and other.matches(view))


# ------------------------------------------------------------------------------------------------ the table of attributes


def test_every_fact_can_be_asked_about():
    """But for what is asked about in another way, or says nothing by itself."""
    elsewhere = {"at_ms": "local_hour", "amount_minor": "amount", "metadata": None, "past": None}
    for one in fields(Facts):
        name = elsewhere.get(one.name, one.name)
        assert name is None or name in ATTRIBUTES


def test_every_number_of_the_history_can_be_asked_about_by_its_name():
    assert all(ATTRIBUTES[name].kind == NUMBER for name in past.NAMES)
    assert ATTRIBUTES["ip_cards_1h"].meaning == "Different cards from the IP address in 1 hour"


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_every_attribute_can_be_read_when_nothing_is_known(name):
    attribute = ATTRIBUTES[name]
    assert attribute.meaning[0].isupper()
    assert attribute.listed_as is None or attribute.listed_as in TYPES
    attribute.read(View(Facts(at_ms=0, merchant_id="m", amount_minor=1, currency="EUR")))
    assert matches(f":{name}: is known or :{name}: is missing")
