"""Lists: what a value must look like, and who is on one."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.lists import TYPES, VERDICTS, BadItem, Item, Lists, normalized
from tests.risk.made import AT_MS, facts


@pytest.mark.parametrize(
    ("kind", "given", "stored"),
    [
        ("card", " fp_9aZ ", "fp_9aZ"),
        ("bin", "424242", "424242"),
        ("bin", "42424242", "42424242"),
        ("email", " Mallory@Mail.Example ", "mallory@mail.example"),
        ("email", "o@bücher.example", "o@xn--bcher-kva.example"),
        ("domain", "Mail.Example.", "mail.example"),
        ("domain", "@mail.example", "mail.example"),
        ("domain", "*.mail.example", "mail.example"),
        ("ip", "192.0.2.7", "192.0.2.7"),
        ("ip", "192.0.2.7/24", "192.0.2.0/24"),
        ("ip", "192.0.2.7/32", "192.0.2.7"),
        ("ip", "2001:DB8:0::1", "2001:db8::1"),
        ("ip", "2001:db8::/32", "2001:db8::/32"),
        ("country", "de", "DE"),
        ("customer", "Cus-7", "Cus-7"),
        ("device", "dev_7", "dev_7"),
    ],
)
def test_a_value_is_stored_in_one_way(kind, given, stored):
    assert normalized(kind, given) == stored
    assert normalized(kind, stored) == stored


@pytest.mark.parametrize(
    ("kind", "given", "says"),
    [
        ("colour", "red", "card, customer, email"),
        *(
            (kind, given, "1 to 254")
            for kind in TYPES
            for given in ("", "   ", "x" * 255, "a\x00b")
        ),
        ("card", "4242 4242 4242 4242", "fingerprint"),
        ("card", "4242424242424242", "fingerprint"),
        ("card", "fp 1", "no blanks"),
        ("bin", "42424", "6 to 8"),
        ("bin", "424242424", "6 to 8"),
        ("bin", "４２４２４２", "6 to 8"),
        ("email", "mail.example", "name@example.com"),
        ("email", "@mail.example", "name@example.com"),
        ("email", "a b@mail.example", "name@example.com"),
        ("email", "a@mail", "example.com"),
        ("domain", "mail", "example.com"),
        ("domain", "a..b", "example.com"),
        ("domain", "-a.example", "example.com"),
        ("domain", "a b.example", "example.com"),
        ("ip", "192.0.2", "192.0.2.7"),
        ("ip", "192.0.2.0/33", "192.0.2.0/24"),
        ("ip", "0.0.0.0/0", "everybody"),
        ("ip", "::/0", "everybody"),
        ("country", "DEU", "two letters"),
        ("country", "D1", "two letters"),
        ("customer", "a b", "no blanks"),
    ],
)
def test_what_is_no_value_is_refused_with_what_one_looks_like(kind, given, says):
    with pytest.raises(BadItem) as refused:
        normalized(kind, given)
    assert says in refused.value.message


@given(st.sampled_from(TYPES), st.text(max_size=30))
def test_whatever_is_typed_is_stored_once_or_refused(kind, text):
    try:
        stored = normalized(kind, text)
    except BadItem:
        return
    assert normalized(kind, stored) == stored


def holds(kind, item, looked_for, as_kind=None, **more):
    lists = Lists([Item(list="mine", type=kind, value=item, **more)])
    return lists.contains("mine", as_kind or kind, looked_for, at_ms=AT_MS)


@pytest.mark.parametrize(
    ("kind", "item", "looked_for", "as_kind", "found"),
    [
        ("card", "fp_1", "fp_1", None, True),
        ("card", "fp_1", "fp_2", None, False),
        ("email", "a@b.com", "A@b.com", None, True),
        ("email", "a@b.com", "x@b.com", None, False),
        ("domain", "b.com", "a@b.com", "email", True),
        ("domain", "b.com", "a@mail.b.com", "email", True),
        ("domain", "b.com", "a@bb.com", "email", False),
        ("domain", "mail.b.com", "a@b.com", "email", False),
        ("domain", "b.com", "x.y.b.com", "domain", True),
        ("bin", "424242", "42424242", None, True),
        ("bin", "42424242", "424242", None, False),
        ("ip", "192.0.2.0/24", "192.0.2.255", None, True),
        ("ip", "192.0.2.0/24", "192.0.3.0", None, False),
        ("ip", "192.0.2.7", "192.0.2.7", None, True),
        ("ip", "192.0.2.7", "::ffff:192.0.2.7", None, True),
        ("ip", "2001:db8::/32", "2001:db8:5::1", None, True),
        ("ip", "2001:db8::/32", "192.0.2.7", None, False),
        ("ip", "192.0.2.0/24", "nonsense", None, False),
        ("country", "DE", "de", None, True),
        ("customer", "c", "c", "device", False),
    ],
)
def test_who_is_on_a_list(kind, item, looked_for, as_kind, found):
    assert holds(kind, item, looked_for, as_kind) is found


def test_an_item_counts_until_it_expires():
    assert holds("card", "fp", "fp", expires_ms=AT_MS + 1)
    assert not holds("card", "fp", "fp", expires_ms=AT_MS)


def test_an_expired_range_does_not_hide_a_wider_one():
    lists = Lists(
        [
            Item(list="mine", type="ip", value="192.0.2.0/24", expires_ms=AT_MS),
            Item(list="mine", type="ip", value="192.0.0.0/16"),
        ]
    )
    assert lists.contains("mine", "ip", "192.0.2.7", at_ms=AT_MS)


@given(
    st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(1, 32)), max_size=8),
    st.integers(0, 2**32 - 1),
)
def test_ranges_are_found_as_by_looking_at_each(ranges, number):
    networks = [ipaddress.ip_network((base, length), strict=False) for base, length in ranges]
    address = ipaddress.ip_address(number)
    lists = Lists(
        Item(list="mine", type="ip", value=normalized("ip", str(network))) for network in networks
    )
    assert lists.contains("mine", "ip", str(address), at_ms=AT_MS) == any(
        address in network for network in networks
    )


def test_no_list_is_an_empty_list():
    assert not Lists().contains("mine", "card", "fp", at_ms=AT_MS)
    assert Lists().speaks(facts(card="fp")) is None


KNOWN = facts(
    card="fp",
    customer="c",
    email="a@mail.b.com",
    device="dev",
    ip="192.0.2.7",
    card_bin="42424242",
    card_country="DE",
)
ON = {
    "card": "fp",
    "customer": "c",
    "email": "a@mail.b.com",
    "device": "dev",
    "ip": "192.0.2.0/24",
    "domain": "b.com",
    "bin": "424242",
    "country": "DE",
}


def said(*items, known=KNOWN):
    hit = Lists([Item(list=name, type=kind, value=ON[kind]) for name, kind in items]).speaks(known)
    return hit and (hit.list, hit.type)


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("name", VERDICTS)
def test_the_three_lists_act_by_themselves(name, kind):
    assert said((name, kind)) == (name, kind)
    assert said(("mine", kind)) is None
    assert said((name, kind), known=facts()) is None


@pytest.mark.parametrize("telling", range(len(TYPES)))
@pytest.mark.parametrize("first", VERDICTS)
@pytest.mark.parametrize("second", VERDICTS)
def test_the_more_telling_item_counts_and_of_equal_ones_the_severer(first, second, telling):
    for other in range(telling + 1, len(TYPES)):
        assert said((second, TYPES[other]), (first, TYPES[telling])) == (first, TYPES[telling])
    severer = min(first, second, key=list(VERDICTS).index)
    assert said((first, TYPES[telling]), (second, TYPES[telling])) == (severer, TYPES[telling])


def test_one_good_country_does_not_make_up_for_another():
    both = facts(card_country="DE", ip_country="NG")
    assert said(("allowed", "country"), known=both) is None
    assert said(("blocked", "country"), known=both) == ("blocked", "country")
    assert said(("allowed", "country"), known=facts(card_country="DE", ip_country="DE")) == (
        "allowed",
        "country",
    )


def test_a_thousand_ranges_are_looked_up_by_their_lengths():
    lists = Lists(
        Item(list="blocked", type="ip", value=f"10.{i // 256}.{i % 256}.0/24")
        for i in range(10_000)
    )
    assert lists._prefixes["blocked", 4].keys() == {
        24
    }  # one look per length, however many ranges there are
    assert lists.speaks(facts(ip="10.1.2.3"))
    assert not lists.speaks(facts(ip="10.200.2.3"))
