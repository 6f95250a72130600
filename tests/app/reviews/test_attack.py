import pytest
from sqlalchemy import select

from app import payments
from app.errors import Invalid, RawCardData
from app.reviews import act, bulk, challenge, linked, listing, views
from app.reviews.decide import decide
from app.reviews.errors import PaymentNotHeld, ReviewClosed, ReviewDecided
from app.reviews.locks import take
from models import CheckoutSession, ListItem, clock, db
from models.money import Money
from risk.rules import parse
from tests.app.reviews.held import analyst, case, held, hold

ANY = {"by": "usr_a", "scope": None}
IP = {"ip_key": "ip5"}


def fraud(review, **more):
    return decide(review.id, "fraud", "confirmed_fraud", undo_s=0, **ANY | more)


# What is linked.


def test_linked_payments_are_counted_and_say_what_became_of_them(till, monkeypatch):
    monkeypatch.setattr(linked, "SHOWN", 2)
    bad, *others, review = (held(till, 1000 + n, keys=IP) for n in range(5))
    fraud(bad)
    act.act_due(5)
    group = next(one for one in linked.groups(review, None) if one.identity == "ip")
    assert (group.count, group.frauds, len(group.newest)) == (4, 1, 2)
    assert [one.payment.id for one in group.newest] == [o.payment_id for o in reversed(others)][:2]
    assert {one.review_id for one in group.newest} <= {one.id for one in others}
    assert [one.id for one in linked.earlier(review, None)] == [bad.id]
    assert linked.groups(review, "mer_other") == [] or all(
        one.count == 0 for one in linked.groups(review, "mer_other")
    )


def test_a_cluster_is_undecided_cases_only(till):
    first, second, decided = (held(till, keys=IP) for _ in range(3))
    fraud(decided)
    apart = held(till, keys={"ip_key": "ip6"})
    found = bulk.preview(first.id, "ip", **ANY)
    assert [one.id for one in found.cases] == [first.id, second.id]
    assert found.sums == [Money(3998, "EUR")]
    assert linked.cluster_sizes(first, None)["ip"] == 2
    assert "ip" not in linked.cluster_sizes(apart, None)
    with pytest.raises(Invalid):
        bulk.preview(first.id, "shoe", **ANY)


def test_money_of_a_cluster_is_never_added_across_currencies(till):
    held(till, 500, keys=IP, currency="USD")
    review = held(till, 700, keys=IP)
    assert bulk.preview(review.id, "ip", **ANY).sums == [Money(700, "EUR"), Money(500, "USD")]


def test_a_bulk_verdict_needs_a_reason_without_card_numbers(till):
    review = held(till, keys=IP)
    for reason, error in (("  ", Invalid), ("4242424242424242", RawCardData)):
        with pytest.raises(error):
            bulk.decide_all(
                review.id, "ip", [review.id], "fraud", "confirmed_fraud",
                reason=reason, undo_s=10, **ANY,
            )  # fmt: skip


# 3-D Secure again.


def test_the_order_is_opened_again_and_its_hold_is_let_go(till):
    options = [
        {"id": "slow", "label": "Slow", "amount": 400},
        {"id": "fast", "label": "Fast", "amount": 900},
    ]
    session = till.session(
        line_items=[{"name": "Beans", "quantity": 2, "unit_amount": 1500}],
        shipping_options=options,
        capture="manual",
        reference="A-17",
        customer_email="eve@example.com",
    )
    payments.choose(session.id, shipping="fast")
    till.confirm(session)
    review = hold(session.payment_id, capture="automatic")
    again = challenge.request_challenge(review.id, **ANY)
    assert till.payment(review.payment_id).status == "canceled"
    assert case(review.id).closed_as == "challenged"
    fresh, payment, order = payments.session_of(again.id)
    assert (order.total_minor, order.reference, order.shipping["id"]) == (3900, "A-17", "fast")
    assert fresh.shopper["must_challenge"] is True
    assert fresh.customer_email == "eve@example.com"
    assert payment.capture == "automatic"
    assert till.confirm(fresh, "3ds").status == "requires_action"


def test_a_payment_by_api_gets_a_page_too(till):
    review = held(till, 4200)
    again = challenge.request_challenge(review.id, **ANY)
    assert payments.session_of(again.id)[2].total_minor == 4200


def test_only_what_is_held_and_undecided_is_asked_again(till):
    closed, decided, taken = held(till), held(till), held(till)
    challenge.request_challenge(closed.id, **ANY)
    with pytest.raises(ReviewClosed):
        challenge.request_challenge(closed.id, **ANY)
    decide(decided.id, "approve", "unsure", undo_s=10, **ANY)
    with pytest.raises(ReviewDecided):
        challenge.request_challenge(decided.id, **ANY)
    with db.transaction():
        _review, payment, attempt = act.lock_whole(taken.id, None)
        act.void(payment, attempt, reason=None)
    with pytest.raises(PaymentNotHeld):
        challenge.request_challenge(taken.id, **ANY)
    assert len(db.session().scalars(select(CheckoutSession.id)).all()) == 1


# Lists and rules.


def test_a_value_is_listed_with_an_end_and_only_once(till):
    review = held(till)
    assert listing.add(review.id, "blocked", "ip", days=7, **ANY)
    assert not listing.add(review.id, "blocked", "ip", days=30, **ANY)
    (item,) = db.session().scalars(select(ListItem)).all()
    assert (item.value, item.added_by, item.merchant_id) == (
        "203.0.113.7",
        "usr_a",
        till.merchant.id,
    )
    assert (item.expires_at - clock.now()).days in {29, 30}
    assert listing.add(review.id, "review", "domain", days=1, **ANY)


def test_only_what_is_known_can_be_listed(till):
    review = held(till, facts={"device": None})
    for list_name, kind, days in (
        ("blocked", "device", 7),
        ("gone", "ip", 7),
        ("blocked", "ip", 8),
    ):
        with pytest.raises(Invalid):
            listing.add(review.id, list_name, kind, days=days, **ANY)


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"card_country": "DE"}, ":card_country: != :ip_country:"),
        ({"past": {"ip_cards_1h": 7}}, ":ip_cards_1h: >= 7"),
        ({}, ":score: >= 71"),
    ],
)
def test_a_rule_that_begins_with_a_case_can_be_read(till, facts, says):
    text = listing.rule_from(held(till, facts=facts))
    assert says in text
    assert ":amount: >= 19.99 EUR" in text
    assert parse(text).action == "review"


# Views.


def test_views_are_ones_own_or_the_teams(till):
    ada, bob = analyst("Ada"), analyst("Bob")
    mine = views.save("Mine", "level=highest", is_shared=False, by=ada.id, scope=None)
    team = views.save("Ours", "order=age&x=y", is_shared=True, by=ada.id, scope=None)
    assert team.query == "order=age"
    assert [one.id for one in views.visible(bob.id, None)] == [team.id]
    assert [one.id for one in views.visible(ada.id, None)] == [mine.id, team.id]
    with pytest.raises(views.ViewExists):
        views.save("Mine", "", is_shared=False, by=ada.id, scope=None)
    for name, query in (("", ""), ("x" * 61, ""), ("bad", "level=purple")):
        with pytest.raises(Invalid):
            views.save(name, query, is_shared=False, by=ada.id, scope=None)
    views.remove(mine.id, by=ada.id)
    assert [one.id for one in views.visible(ada.id, None)] == [team.id]


def test_four_cases_decided_at_once_meet_each_ones_own_obstacle(till):
    first, second = held(till, keys=IP), held(till, keys=IP)
    take(second.id, by="usr_b", scope=None)
    results = bulk.decide_all(
        first.id, "ip", [first.id, second.id, first.id], "fraud", "confirmed_fraud",
        reason="ring", undo_s=10, **ANY,
    )  # fmt: skip
    assert [(one.review_id, bool(one.error)) for one in results] == [
        (first.id, False),
        (second.id, True),
    ]
    assert [bool(one.error) for one in bulk.undo_all([first.id, second.id], **ANY)] == [False, True]
