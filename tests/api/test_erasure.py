"""A customer is deleted: their address and their name stand nowhere any more, in whatever table they were written."""

from typing import Any

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import DatabaseError

from app import customers
from app.customers import erase, proof
from app.payments import Confirm, confirm, create, session_of
from app.screening.visitor import Visitor
from models import (
    Base,
    CheckoutSession,
    Customer,
    EmailCode,
    Mail,
    Sighting,
    db,
)
from tasks import mail as postman
from tests.api.conftest import Api, code
from tests.api.test_customers import charge, customer, saved

ADA, NAME = "ada.lovelace@example.com", "Ada Lovelace"
TOLD = {"email": ADA.upper(), "name": NAME, "ip_address": "192.0.2.7", "goods": "digital"}


def where(word: str) -> set[str]:
    """Every column of every table that holds the word, in capitals or small letters."""
    db.remove()
    found = set()
    with db.engine().connect() as connection:
        for table in Base.metadata.sorted_tables:
            for row in connection.execute(select(table)).mappings():
                found |= {
                    f"{table.name}.{name}" for name, value in row.items() if says(value, word)
                }
    return found


def says(value: object, word: str) -> bool:
    text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
    return word.lower() in text.lower()


def code_mailed(api: Api, session_id: str, address: str = ADA) -> None:
    """As the page has it done; nobody sends the mail yet."""
    words = ("Your code {code}", "{code} for {merchant}")
    proof.send_code(session_id, address, key="k", language="en", words=words)


def paid(api: Api, session_id: str) -> None:
    _session, _payment, order = session_of(session_id)
    token = api.till.confirmation_token("ok")
    visitor = Visitor(ip="203.0.113.9", name=NAME)
    told = {"return_url": "http://x/r", "email": ADA, "visitor": visitor}
    confirm(session_id, Confirm("stripe", order.total_minor, token, **told))


def everything(api: Api, who: str) -> list[str]:
    """What a customer leaves behind: a payment off session, two pages (one as a guest), codes, mails. The pages' ids."""
    charge(api, saved(api, who), description=f"Subscription of {ADA}")
    own = api.post(
        "/v1/checkout_sessions",
        {
            "amount": 1999,
            "currency": "EUR",
            "customer": who,
            "shopper": TOLD,
            "reference": ADA,
            "metadata": {"mail": ADA, "plan": "gold"},
        },
        once="own",
    ).json
    guest = api.post(
        "/v1/checkout_sessions",
        {"amount": 500, "currency": "EUR", "customer_email": "Ada.Lovelace@example.com"},
        once="guest",
    ).json
    pages = [str(own["id"]), str(guest["id"])]
    for page in pages:
        code_mailed(api, page)
        paid(api, page)
    return pages


def test_a_deleted_customers_address_and_name_stand_nowhere(api: Api) -> None:
    who = str(
        api.post("/v1/customers", {"email": ADA, "name": NAME, "reference": ADA}, once="c").json[
            "id"
        ]
    )
    pages = everything(api, who)
    assert len(where(ADA)) > 10
    assert api.call("DELETE", f"/v1/customers/{who}").status_code == 200
    assert where(ADA) == set()
    assert where(NAME) == set()
    seen = api.get(f"/v1/checkout_sessions/{pages[0]}").json
    assert (seen["metadata"], seen["customer_email"]) == (
        {"mail": "[erased]", "plan": "gold"},
        None,
    )
    assert (seen["status"], seen["order"]["total"], seen["amount"]) == ("complete", 1999, 1999)
    assert db.session().scalar(select(Sighting.id).where(Sighting.email_key.is_not(None)))


def test_a_request_that_is_repeated_does_not_bring_them_back(api: Api) -> None:
    body = {"email": ADA, "name": NAME, "metadata": {"about": NAME}}
    who = api.post("/v1/customers", body, once="c").json["id"]
    api.call("DELETE", f"/v1/customers/{who}")
    again = api.post("/v1/customers", body, once="c").json
    assert (again["id"], again["email"], again["name"], again["metadata"]) == (who, None, None, {})


def test_a_mail_that_waits_for_a_deleted_customer_is_not_sent(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = customer(api, email=ADA)
    page = api.session()["id"]
    code_mailed(api, page)
    claimed = postman._claim()
    customers.delete(who, merchant_id=api.till.merchant.id)
    assert postman._send(None, claimed[0]) == 0  # type: ignore[arg-type]
    [row] = db.session().scalars(select(Mail).execution_options(populate_existing=True))
    assert (row.status, row.to, row.body, row.check_at) == ("failed", "", "", None)
    [sent] = db.session().scalars(select(EmailCode).execution_options(populate_existing=True))
    assert (sent.email, sent.code_hash) == ("", "")


def test_somebody_else_with_the_same_address_keeps_theirs(api: Api) -> None:
    first, second = customer(api, email=ADA), customer(api, email=ADA)
    page = api.session(customer=second)["id"]
    api.call("DELETE", f"/v1/customers/{first}")
    assert api.get(f"/v1/checkout_sessions/{page}").json["customer_email"] == ADA
    api.call("DELETE", f"/v1/customers/{second}")
    assert where(ADA) == set()


def test_what_a_provider_tells_later_does_not_bring_them_back(api: Api) -> None:
    till = api.till
    who = customer(api, email=ADA)
    page = api.session(customer=who)["id"]
    session = db.session().get_one(CheckoutSession, page)
    action = till.paypal(session)
    till.approve_at_paypal(action)
    api.call("DELETE", f"/v1/customers/{who}")
    till.later(minutes=2)
    till.settle()
    payment = till.payment(session.payment_id)
    assert payment.status == "captured"
    assert payment.method is not None
    assert "email" not in payment.method
    assert where("@buyer.example") == set()


def test_many_payments_are_erased_some_at_a_time(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erase, "BATCH", 2)
    who = customer(api, email=ADA)
    for _ in range(5):
        api.session(customer=who)
    api.call("DELETE", f"/v1/customers/{who}")
    row = db.session().get_one(Customer, who, populate_existing=True)
    assert row.erase_at is not None
    api.till.settle()
    assert where(ADA) == set()
    row = db.session().get_one(Customer, who, populate_existing=True)
    assert (row.erase_at, row.details) == (None, {})


def test_no_payment_is_kept_locked_while_all_mails_and_tokens_are_read(api: Api) -> None:
    who = str(customer(api, email=ADA))
    everything(api, who)
    asked: list[tuple[str, Any]] = []

    def note(_conn: object, _cursor: object, statement: str, values: Any, *_: object) -> None:
        if statement.startswith("SELECT") and ("FROM mails" in statement or "_tokens" in statement):
            asked.append((statement, values))

    event.listen(db.engine(), "before_cursor_execute", note)
    try:
        api.call("DELETE", f"/v1/customers/{who}")
    finally:
        event.remove(db.engine(), "before_cursor_execute", note)
    explain = "EXPLAIN QUERY PLAN "
    with db.engine().connect() as connection:
        if connection.dialect.name == "postgresql":
            explain = "EXPLAIN "
            connection.exec_driver_sql(
                "SET LOCAL enable_seqscan = off"
            )  # of a few rows it reads all
        plans = [
            "\n".join(map(str, connection.exec_driver_sql(explain + statement, values)))
            for statement, values in asked
        ]
    for index in ("uq_mails_purpose", "ix_payment_tokens_payment_id"):
        assert any(index in plan for plan in plans), plans
    assert not [plan for plan in plans if "Seq Scan" in plan or "SCAN" in plan]


def test_nobody_opens_a_page_for_a_customer_who_is_deleted_meanwhile(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = customer(api, email=ADA)
    own = create.customers.own

    def then_deleted(customer_id: str, merchant_id: str) -> Customer:
        found = own(customer_id, merchant_id)
        monkeypatch.setattr(create.customers, "own", own)
        customers.delete(customer_id, merchant_id=merchant_id)
        return found

    monkeypatch.setattr(create.customers, "own", then_deleted)
    body = {"amount": 1999, "currency": "EUR", "customer": who}
    assert code(api.post("/v1/checkout_sessions", body)) == "404 not_found"


@pytest.mark.parametrize(
    "change",
    [
        "outcome = 'allow'",
        "score = 1",
        """facts = '{"name": "Eve"}'""",
    ],
)
def test_a_journal_may_lose_a_person_and_nothing_else(api: Api, change: str) -> None:
    api.pay()
    with pytest.raises(DatabaseError, match="append-only"), db.transaction() as session:
        session.execute(text(f"UPDATE assessments SET {change}"))
