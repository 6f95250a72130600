import base64
import json
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, insert, update

from app.errors import Invalid
from app.reviews import filters, queue
from app.reviews.rank import ORDERS
from models import Attempt, Merchant, Payment, Review, clock, db
from models.ids import new_id
from models.money import Money
from tests.app.reviews.held import held


def ask(me="usr_a", scope=None, **values):
    return filters.read(values, me=me, scope=scope)


def ids(**values):
    return [row.review.id for row in queue.page(ask(**values)).rows]


def seed(merchant_id, rows):
    """Cases by hand, many at once: `rows` are the columns that differ. Their ids, in this order."""
    now, made = clock.now(), []
    payments, attempts, reviews = [], [], []
    for row in map(dict, rows):  # copies: a parametrized row serves both databases
        one = {"payment": new_id("pay"), "attempt": new_id("att"), "review": new_id("rev")}
        made.append(one["review"])
        money = {"currency": row.pop("currency", "EUR")}
        minor = row.pop("amount", 1000)
        payments.append(
            {"id": one["payment"], "merchant_id": merchant_id, "total_minor": minor, "status": "in_review",
             "capture": "manual", "captured_minor": 0, "refunded_minor": 0, "refunding_minor": 0, "disputed_minor": 0,
             "attempts_count": 1, "is_held": True, "is_asking": False, "details": {}, "attempt_id": one["attempt"],
             "created_at": now, "updated_at": now, **money}
        )  # fmt: skip
        attempts.append(
            {"id": one["attempt"], "payment_id": one["payment"], "provider": "stripe", "amount_minor": minor,
             "request": {}, "status": "authorized", "captured_minor": 0, "facts": {}, "hold": "review", "checks": 0,
             "created_at": now, "updated_at": now, **money}
        )  # fmt: skip
        reviews.append(
            {"id": one["review"], "payment_id": one["payment"], "attempt_id": one["attempt"],
             "merchant_id": merchant_id, "amount_minor": minor, "reason": "model", "level": "elevated", "score": 70,
             "expected_loss_minor": 100, "worth": 1.0, "is_escalated": False, "details": {}, "opened_at": now,
             "expires_at": now + timedelta(days=5), "snoozed_until": None, "verdict": None, "closed_at": None,
             "assigned_to": None, **money, **row}
        )  # fmt: skip
    with db.transaction() as session:
        for table, values in ((Payment, payments), (Attempt, attempts), (Review, reviews)):
            session.execute(insert(table.__table__), values)
    return made


@pytest.fixture
def by_hand(till):
    till.has_books = False
    return till.merchant.id


def hours(number):
    return clock.now() + timedelta(hours=number)


# The order.


def test_the_default_order_is_worth_times_urgency(by_hand):
    big_late, small_soon, small_late, nobody_knows = seed(
        by_hand,
        [
            {"worth": 10.0, "expires_at": hours(160)},  # 10 × 1.15
            {"worth": 3.0, "expires_at": hours(6)},  # 3 × 5
            {"worth": 3.0, "expires_at": hours(160)},  # 3 × 1.15
            {"worth": 11.0, "expires_at": None},  # 11 × 1
        ],
    )
    assert ids() == [small_soon, big_late, nobody_knows, small_late]


def test_what_ends_in_a_moment_does_not_outweigh_everything(by_hand):
    penny, fortune = seed(
        by_hand,
        [
            {"worth": 0.01, "expires_at": hours(0.0001)},
            {"worth": 50.0, "expires_at": hours(100)},
        ],
    )
    assert ids() == [fortune, penny]


@pytest.mark.parametrize(
    ("order", "wanted"),
    [("score", "bca"), ("amount", "cab"), ("age", "bac"), ("expires", "acb")],
)
def test_other_orders(by_hand, order, wanted):
    now = clock.now()
    made = seed(
        by_hand,
        [
            {"score": None, "amount": 900, "opened_at": now - timedelta(hours=2), "expires_at": hours(1)},
            {"score": 90, "currency": "JPY", "amount": 99_999, "opened_at": now - timedelta(hours=3), "expires_at": None},
            {"score": 80, "amount": 1000, "opened_at": now - timedelta(hours=1), "expires_at": hours(2)},
        ],
    )  # fmt: skip
    names = dict(zip(made, "abc", strict=True))
    assert "".join(names[one] for one in ids(order=order)) == wanted


@pytest.mark.parametrize("order", ["rank", "score", "amount", "age", "expires"])
def test_pages_follow_each_other_without_gap_or_repeat(by_hand, order):
    rows = [
        {"worth": n % 3, "score": n % 4, "amount": 100 + n % 2, "expires_at": None if n % 5 == 0 else hours(n % 4 + 1)}
        for n in range(23)
    ]  # fmt: skip
    made = seed(by_hand, rows)
    seen, after = [], None
    while True:
        page = queue.page(ask(order=order), after=after, size=5)
        seen += [row.review.id for row in page.rows]
        after = page.following
        if after is None:
            break
    assert len(seen) == len(made)
    assert set(seen) == set(made)
    assert seen == [row.review.id for row in queue.page(ask(order=order), size=50).rows]


STRANGE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text()
    | st.sampled_from(["rank", "amount", "EUR", "2026-11-21T10:00:00+00:00", "9999-12-31T23:59:59-12:00", "rev_" + "0" * 26]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.just("at") | st.text(), inner, max_size=2),
    max_leaves=8,
)  # fmt: skip


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(told=st.lists(STRANGE, max_size=6) | STRANGE, order=st.sampled_from(sorted(ORDERS)))
def test_a_strange_place_is_refused_or_is_a_place(by_hand, told, order):
    mark = base64.urlsafe_b64encode(json.dumps(told).encode()).decode()
    with suppress(Invalid):
        queue.page(ask(order=order), after=mark)


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(kind=st.sampled_from(sorted(ORDERS)), value=STRANGE)
def test_a_place_with_a_strange_value_is_refused_or_is_a_place(by_hand, kind, value):
    whole = [
        kind,
        "2026-11-21T10:00:00+00:00",
        *[value] * len(ORDERS[kind].kinds),
        "rev_" + "0" * 26,
    ]
    mark = base64.urlsafe_b64encode(json.dumps(whole).encode()).decode()
    with suppress(Invalid):
        queue.page(ask(order=kind), after=mark)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    values=st.dictionaries(
        st.sampled_from(sorted(filters.SHAPES)), st.text(max_size=20), max_size=4
    )
)
def test_a_strange_filter_is_refused_or_can_be_asked(by_hand, values):
    with suppress(Invalid):
        queue.page(ask(**values))


def test_a_place_of_another_order_is_refused(by_hand):
    seed(by_hand, [{}, {}])
    mark = queue.page(ask(), size=1).following
    with pytest.raises(Invalid):
        queue.page(ask(order="score"), after=mark)


# Filters: each finds the one and not the other.


@pytest.mark.parametrize(
    ("values", "finds"),
    [
        ({"level": "highest"}, {"level": "highest"}),
        ({"currency": "USD"}, {"currency": "USD"}),
        ({"currency": "EUR", "min": "50"}, {"amount": 5000}),
        ({"currency": "EUR", "max": "0.99"}, {"amount": 99}),
        ({"pair": "BR-DE"}, {"details": {"ip_country": "BR", "card_country": "DE"}}),
        ({"pair": "BR-*"}, {"details": {"ip_country": "BR"}}),
        ({"assigned": "me"}, {"assigned_to": "usr_a"}),
        ({"escalated": "yes"}, {"is_escalated": True}),
        ({"snoozed": "yes"}, {"snoozed_until": clock.now() + timedelta(hours=3)}),
        ({"age": "24"}, {"opened_at": clock.now() - timedelta(hours=30)}),
        ({"ends": "24"}, {"expires_at": clock.now() + timedelta(hours=3)}),
        ({"reason": "rule"}, {"reason": "rule"}),
        ({"q": "Eve@Example.com"}, {"details": {"email": "eve@example.com"}}),
        ({"state": "decided"}, {"verdict": "approve"}),
        ({"state": "closed"}, {"closed_at": clock.now()}),
    ],
    ids=lambda value: "",
)
def test_a_filter_finds_what_it_says(by_hand, values, finds):
    wanted, other = seed(by_hand, [finds, {}])
    assert ids(**values) == [wanted]
    assert queue.count(ask(**values)) == 1
    if values == {"assigned": "me"}:
        assert ids(assigned="nobody") == [other]


def test_search_finds_by_any_id_and_number(till):
    review, _other = held(till), held(till)
    session = till.session()
    paid = till.payment(session.payment_id)
    for word in (review.id, review.payment_id, review.attempt_id):
        assert ids(q=word) == [review.id]
    assert ids(q=session.id) == ids(q=paid.id) == ids(q="K7QF-2M9RX") == []


def test_what_sleeps_or_is_decided_is_not_in_the_list(by_hand):
    seed(by_hand, [{"snoozed_until": hours(2)}, {"verdict": "approve"}, {"closed_at": clock.now()}])
    awake = seed(by_hand, [{"snoozed_until": hours(-1)}])
    assert ids() == awake


def test_one_merchants_analyst_sees_one_merchants_cases(till, by_hand):
    other = Merchant(id=new_id("mer"), name="Other")
    with db.transaction():
        db.insert(other)
    mine, _theirs = seed(by_hand, [{}]), seed(other.id, [{"amount": 5}])
    page = queue.page(ask(scope=by_hand))
    assert [row.review.id for row in page.rows] == mine
    assert queue.held(ask(scope=by_hand)) == [Money(1000, "EUR")]
    assert filters.counts(by_hand, "usr_a")["open"] == 1
    assert filters.counts(None, "usr_a")["open"] == 2


def test_money_is_summed_by_currency(by_hand):
    seed(by_hand, [{"amount": 5}, {"amount": 7}, {"amount": 900, "currency": "JPY"}])
    assert queue.held(ask()) == [Money(12, "EUR"), Money(900, "JPY")]


# Ten thousand.


def statements(act):
    """What `act` sends to the database."""
    seen = []

    def note(_conn, _cursor, statement, parameters, *_more):
        seen.append((statement, parameters))

    event.listen(db.engine(), "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(db.engine(), "before_cursor_execute", note)
    return seen


def plan_of(statement, parameters):
    """How the database would find the rows."""
    explain = "EXPLAIN QUERY PLAN " if db.engine().dialect.name == "sqlite" else "EXPLAIN "
    with db.engine().connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        told = connection.exec_driver_sql(explain + statement, parameters)
        return "\n".join(str(row) for row in told)


def test_ten_thousand_open_cases_cost_no_more_statements_and_no_whole_rows(by_hand):
    seed(by_hand, [{"worth": n * 0.1} for n in range(30)])
    few = statements(lambda: queue.page(ask()))
    seed(by_hand, [{"worth": n * 0.001, "amount": n + 1} for n in range(10_000)])
    many = statements(lambda: queue.page(ask()))
    assert len(many) == len(few) <= 3
    # What is sorted is ids and keys; of whole cases only one page is read.
    (sorting, parameters), (_whole, wanted) = many[:2]
    assert "details" not in sorting.split("FROM")[0]
    assert "LIMIT" in sorting
    assert len(wanted) == queue.PAGE
    # Closed cases, of which there will be ever more, are not looked at.
    with db.transaction() as session:
        later = clock.now() + timedelta(days=1)
        close = update(Review).where(Review.worth > 0.5, Review.amount_minor > 500)
        session.execute(
            close.values(closed_at=later), execution_options={"synchronize_session": False}
        )
    steps = plan_of(sorting, parameters)
    assert "ix_reviews_" in steps, steps
