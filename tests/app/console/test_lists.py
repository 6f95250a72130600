from datetime import timedelta

import pytest
from sqlalchemy import select

from app.console import lists
from app.errors import Invalid, NotFound, RawCardData
from app.screening import force
from models import AuditRow, ListItem, Merchant, RiskRule, clock, db
from models.ids import new_id
from risk.lists import TYPES

ANA = new_id("usr")

VALUES = {
    "card": "fp_1", "customer": "c-7", "email": "Eve@Example.COM", "device": "d-1",
    "ip": "192.0.2.0/24", "domain": "Mail.Example", "bin": "424242", "country": "de",
}  # fmt: skip
STORED = VALUES | {"email": "eve@example.com", "domain": "mail.example", "country": "DE"}


def put(till, values, name="trusted", kind="email", **more):
    return lists.put(till.merchant.id, name, kind, values, by=ANA, **more)


def on(till, name="trusted"):
    return {item.value for item in lists.search(till.merchant.id, name)[0]}


def acts():
    return list(db.session().scalars(select(AuditRow.action).order_by(AuditRow.id)))


def test_every_type_can_be_put_on_a_list_and_is_in_force_at_once(till):
    for kind in TYPES:
        assert put(till, VALUES[kind], kind=kind).added == 1
    force.setting(till.merchant.id)  # remembered from now on
    assert on(till) == set(STORED.values())
    put(till, "new@example.com")
    found = force.setting(till.merchant.id).lists
    assert found.contains("trusted", "email", "new@example.com", at_ms=0)


def test_good_lines_are_added_and_bad_ones_come_back_with_their_number(till):
    told = put(
        till, "a@example.com\n\n nonsense \nb@example.com\na@example.com\n4242 4242 4242 4242"
    )
    assert (told.added, told.there) == (2, 0)
    assert [(number, line) for number, line, _ in told.wrong] == [
        (3, "nonsense"),
        (6, "4242 4242 4242 4242"),
    ]
    assert "card number" in told.wrong[1][2]
    assert on(till) == {"a@example.com", "b@example.com"}
    assert put(till, "a@example.com\nc@example.com").there == 1


def test_all_lists_together_have_an_end_because_payments_wait_for_them(till, monkeypatch):
    monkeypatch.setattr(lists, "MOST_VALUES", 3)
    put(till, "a@example.com", expires_at=clock.now() + timedelta(days=1))
    put(till, "b@example.com\nc@example.com", name="blocked")
    with pytest.raises(Invalid, match="at most 3 values") as refused:
        put(till, "d@example.com")
    assert refused.value.field == "values"
    till.later(days=2)  # what has expired counts no more
    assert put(till, "d@example.com").added == 1
    found = force.lists_of(till.merchant.id)
    for name, value, is_on in (
        ("trusted", "a", False),
        ("blocked", "b", True),
        ("trusted", "d", True),
    ):
        assert found.contains(name, "email", f"{value}@example.com", at_ms=0) is is_on


def test_what_has_expired_can_be_put_on_again(till):
    put(till, "a@example.com", expires_at=clock.now() + timedelta(days=1))
    till.later(days=2)
    assert put(till, "a@example.com").added == 1
    items, _ = lists.search(till.merchant.id, "trusted")
    assert [item.expires_at for item in items] == [None]


@pytest.mark.parametrize(
    ("values", "more", "field"),
    [
        ("", {}, "values"),
        ("a@example.com", {"name": "No Name"}, "name"),
        ("a@example.com", {"kind": "shoe"}, "type"),
        ("a@example.com", {"note": "\x1b[31m"}, "note"),
        ("a@example.com\n" * 1001, {}, "values"),
        ("a@example.com", {"expires_at": clock.now() - timedelta(days=1)}, "expires"),
    ],
)
def test_what_cannot_be_kept_is_refused_at_its_field(till, values, more, field):
    with pytest.raises(Invalid) as refused:
        put(till, values, **more)
    assert refused.value.field == field
    assert acts() == []


def test_a_card_number_in_a_note_is_refused(till):
    with pytest.raises(RawCardData):
        put(till, "a@example.com", note="paid with 4242 4242 4242 4242")


def test_what_is_taken_off_is_off_and_told_who_did_it(till):
    put(till, "a@example.com\nb@example.com")
    item = lists.search(till.merchant.id, "trusted", words="a@")[0][0]
    lists.take_off(item.id, by=ANA, scope=till.merchant.id)
    assert on(till) == {"b@example.com"}
    assert acts() == ["list.added", "list.removed"]
    [told] = db.session().scalars(select(AuditRow).where(AuditRow.action == "list.removed"))
    assert (told.actor, told.target_id) == (ANA, item.id)
    assert "example.com" not in repr(told.details)  # what is sealed is never erased
    with pytest.raises(NotFound):
        lists.take_off(item.id, by=ANA, scope=till.merchant.id)


def rule(till, text="allow if :email: in @trusted", state="live"):
    row = RiskRule(
        id=new_id("rul"), merchant_id=till.merchant.id, text=text, state=state, author="x"
    )
    with db.transaction():
        db.insert(row)
    return row


def test_a_list_that_a_rule_asks_for_is_not_emptied_silently(till):
    put(till, "a@example.com\nb@example.com")
    rule(till)
    with pytest.raises(Invalid, match="ask for @trusted"):
        lists.empty(till.merchant.id, "trusted", by=ANA)
    first, last = (item.id for item in lists.search(till.merchant.id, "trusted")[0])
    lists.take_off(first, by=ANA, scope=None)  # one is left
    with pytest.raises(Invalid) as refused:
        lists.take_off(last, by=ANA, scope=None)
    assert refused.value.field == "sure"
    assert len(on(till)) == 1
    lists.take_off(last, by=ANA, scope=None, is_sure=True)
    assert on(till) == set()


def test_a_proposal_does_not_keep_a_list(till):
    put(till, "a@example.com")
    rule(till, state="proposed")
    assert lists.empty(till.merchant.id, "trusted", by=ANA) == 1


def test_all_lists_are_shown_with_what_they_do_and_who_asks_for_them(till):
    put(till, "a@example.com", expires_at=clock.now() + timedelta(hours=1))
    used = rule(till, "block if not :email: in @friends or (:ip: in @trusted and :score: > 5)")
    till.later(hours=2)
    found = {one.name: one for one in lists.named(till.merchant.id)}
    assert list(found) == ["blocked", "review", "allowed", "friends", "trusted"]
    assert found["blocked"].does == "blocks by itself"
    assert (found["trusted"].items, found["trusted"].expired) == (1, 1)
    assert found["friends"].rules == found["trusted"].rules == (used,)


def test_other_merchants_lists_are_not_there(till):
    other = Merchant(id=new_id("mer"), name="Other")
    with db.transaction():
        db.insert(other)
    lists.put(other.id, "trusted", "email", "z@example.com", by=ANA)
    item = db.session().scalars(select(ListItem)).one()
    assert on(till) == set()
    with pytest.raises(NotFound):
        lists.take_off(item.id, by=ANA, scope=till.merchant.id)


def test_a_long_list_is_read_page_by_page(till):
    put(till, "\n".join(f"u{n}@example.com" for n in range(lists.SIZE + 5)))
    first, after = lists.search(till.merchant.id, "trusted")
    rest, end = lists.search(till.merchant.id, "trusted", after=after)
    assert (len(first), len(rest), end) == (lists.SIZE, 5, None)
    assert {item.id for item in first}.isdisjoint(item.id for item in rest)
    assert lists.search(till.merchant.id, "trusted", words="%")[0] == []
