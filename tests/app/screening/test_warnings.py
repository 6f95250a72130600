"""Early fraud warnings: asked for, kept once, learnt from, refunded by a person or by the merchant's own limit."""

import json

import pytest
from sqlalchemy import select

from app import payments
from app.errors import NotFound
from app.payments import effects
from app.payments.find import lock_attempt
from app.providers.base import OperationNews, Step
from app.screening import warnings
from models import AuditRow, Event, FraudWarning, Label, Operation, RiskPolicy, Sighting, db
from models.ids import new_id
from risk.past import FRAUD
from risk.policy import Policy
from tasks import provider_events
from tests.api.conftest import api
from tests.faults.inbox import post, rows
from tests.faults.victim import dies_at
from tests.till import Till

__all__ = ["api"]  # the fixture
CARD = "pm_card_createIssuerFraudRecord"


def warned(till: Till, amount: int = 1999) -> tuple[str, str]:
    """A payment of which the issuer warns; its id and the warning's at Stripe. Nobody here has heard of it."""
    payment = till.pay(CARD, amount)
    till.world.sandbox.timers.run_due(within_s=10)
    [warning] = till.stripe("GET", "radar/early_fraud_warnings")["data"]
    return payment.id, warning["id"]


def kept() -> FraudWarning:
    db.release()
    found = select(FraudWarning).execution_options(populate_existing=True)
    return db.session().scalars(found).one()


def refunds(till: Till, payment_id: str) -> list[Operation]:
    db.release()
    return [one for one in payments.operations_of(payment_id) if one.kind == "refund"]


def may_refund_below(till: Till, **limits: int) -> None:
    never = {"challenge_at": 101, "hold_at": 101, "block_at": 101}
    policy = Policy(mode="thresholds", **never, limits={}, auto_refund_warning_below=limits)
    with db.transaction():
        db.insert(
            RiskPolicy(
                id=new_id("pol"),
                merchant_id=till.merchant.id,
                settings=policy.to_json(),
                author="test",
            )
        )


def at_provider(till: Till, payment_id: str) -> int:
    """How much Stripe has given back."""
    [attempt] = till.attempts(payment_id)
    found = till.stripe("GET", "refunds", payment_intent=attempt.provider_ref)["data"]
    return sum(one["amount"] for one in found)


def test_a_webhook_brings_it_and_the_provider_is_asked_what_it_says(api):
    till = api.till
    payment_id, reference = warned(till)
    hook = next(
        one for one in till.world.deliveries("stripe") if "early_fraud_warning" in one["body"]
    )
    asked = till.world.gate.count("GET /stripe/v1/radar/early_fraud_warnings/.*")
    assert post(api, hook) == 204
    provider_events.work()
    assert till.world.gate.count("GET /stripe/v1/radar/early_fraud_warnings/.*") == asked + 1
    row = kept()
    assert (row.payment_id, row.provider_ref) == (payment_id, reference)
    assert (row.fraud_type, row.is_actionable) == ("unauthorized_use_of_card", True)
    assert rows()[-1].done_at is not None
    assert till.events(payment_id)[-1] == "warning.received"
    label = db.session().scalars(select(Label)).one()
    assert (label.source, label.is_fraud, label.weight) == ("warning", True, 0.9)
    assert label.happened_at == row.warned_at
    assert FRAUD in db.session().scalars(select(Sighting.kind)).all()


def test_what_the_webhook_itself_says_is_not_believed(api):
    till = api.till
    _payment_id, _reference = warned(till)
    hook = next(
        one for one in till.world.deliveries("stripe") if "early_fraud_warning" in one["body"]
    )
    told = json.loads(hook["body"])
    told["data"]["object"]["fraud_type"] = "made_up"
    assert post(api, hook | {"body": json.dumps(told)}) == 204
    provider_events.work()
    assert kept().fraud_type == "unauthorized_use_of_card"


def test_a_warning_told_twice_is_one(till):
    payment_id, reference = warned(till)
    assert warnings.take("stripe", reference) is True
    assert warnings.take("stripe", reference) is True
    assert till.events(payment_id).count("warning.received") == 1
    assert len(db.session().scalars(select(Label)).all()) == 1
    assert kept().acted_at is None


def test_a_provider_that_says_nothing_is_asked_again(api):
    till = api.till
    warned(till)
    hook = next(
        one for one in till.world.deliveries("stripe") if "early_fraud_warning" in one["body"]
    )
    post(api, hook)
    with till.world.gate.spoil("GET /stripe/v1/radar/early_fraud_warnings/.*", "503"):
        provider_events.work()
    assert rows()[-1].done_at is None
    till.later(seconds=10)
    provider_events.work()
    assert rows()[-1].done_at is not None
    assert kept().provider == "stripe"


def test_anothers_warning_is_none_of_ours(till):
    assert warnings.take("stripe", "issfr_nobody") is False
    assert warnings.take("paypal", "PP-D-1") is False
    assert db.session().scalars(select(FraudWarning)).all() == []


def test_a_lost_webhook_is_made_up_for(till):
    _payment_id, reference = warned(till)
    assert warnings.catch_up() == 1
    assert warnings.catch_up() == 1
    assert kept().provider_ref == reference


def test_a_person_refunds_what_is_left(till):
    payment_id, reference = warned(till)
    till.refund(till.payment(payment_id), 500)
    warnings.take("stripe", reference)
    refund_id = warnings.refund_warning(kept().id, by="usr_1", scope=till.merchant.id)
    made = db.session().get_one(Operation, refund_id, populate_existing=True)
    assert (made.amount_minor, made.reason, made.status) == (1499, "fraudulent", "succeeded")
    row = kept()
    assert (row.action, row.acted_at is None) == ("refund", False)
    assert warnings.refund_of(row).id == refund_id
    assert till.payment(payment_id).status == "refunded"
    audit = db.session().scalars(select(AuditRow).where(AuditRow.target_id == row.id)).one()
    assert (audit.actor, audit.action) == ("usr_1", "warning.refund")
    assert at_provider(till, payment_id) == 1999
    with pytest.raises(warnings.WarningNotActionable, match="given back"):
        warnings.refund_warning(row.id, by="usr_1")


def test_another_merchants_warning_is_not_there(till):
    _payment_id, reference = warned(till)
    warnings.take("stripe", reference)
    with pytest.raises(NotFound):
        warnings.refund_warning(kept().id, by="usr_1", scope="mer_other")


def test_a_refund_that_failed_may_be_tried_again(till):
    payment_id, reference = warned(till)
    warnings.take("stripe", reference)
    with till.world.gate.spoil("POST /stripe/v1/refunds", "503"):
        first = warnings.refund_warning(kept().id, by="usr_1")
    assert "on its way" in str(warnings.why_not(kept())), "silence is no answer"
    with db.transaction():
        payment, attempt = lock_attempt(str(till.payment(payment_id).attempt_id))
        refund = db.session().get_one(Operation, first, populate_existing=True)
        news = OperationNews("refund", "", refund.amount, Step.FAIL, first, "card_expired")
        effects.advance(payment, attempt, refund, news)
    second = warnings.refund_warning(kept().id, by="usr_1")
    assert second != first
    assert warnings.refund_of(kept()).id == second
    assert at_provider(till, payment_id) == 1999


def disputed(till: Till, payment_id: str) -> None:
    [attempt] = till.attempts(payment_id)
    with till.world.sandbox.store.transaction():
        from sandbox.stripe_disputes import open_dispute
        from sandbox.stripe_world import World

        open_dispute(World(till.world.sandbox), attempt.capture_ref, "fraudulent")
    payments.sync(payment_id)


def test_a_disputed_payment_is_not_refunded_as_well(till):
    may_refund_below(till, EUR=10_000)
    payment_id, reference = warned(till)
    disputed(till, payment_id)
    warnings.take("stripe", reference)
    till.settle()
    assert refunds(till, payment_id) == []
    with pytest.raises(warnings.WarningNotActionable, match="disputed"):
        warnings.refund_warning(kept().id, by="usr_1")
    assert "twice" in str(warnings.why_not(kept()))


@pytest.mark.parametrize(
    ("limits", "given_back"),
    [({}, 0), ({"EUR": 1999}, 0), ({"EUR": 2000}, 1999), ({"USD": 100_000}, 0)],
)
def test_small_ones_are_refunded_by_themselves_below_the_limit_of_their_currency(
    till, limits, given_back
):
    may_refund_below(till, **limits)
    payment_id, reference = warned(till)
    warnings.take("stripe", reference)
    till.settle()
    assert at_provider(till, payment_id) == given_back
    assert kept().action == ("auto_refund" if given_back else None)
    till.settle()
    assert at_provider(till, payment_id) == given_back


def test_of_a_payment_given_back_in_part_the_rest_counts(till):
    may_refund_below(till, EUR=1500)
    payment_id, reference = warned(till)
    till.refund(till.payment(payment_id), 500)
    warnings.take("stripe", reference)
    till.settle()
    assert [one.amount_minor for one in refunds(till, payment_id)] == [500, 1499]
    assert at_provider(till, payment_id) == 1999


def event_id(payment_id: str) -> str:
    found = select(Event.id).where(Event.payment_id == payment_id, Event.type == "warning.received")
    return db.session().scalars(found).one()


CRASHES = ("warning.recording", "warning.claimed")


@pytest.mark.parametrize(
    "point", [*CRASHES, "refund.deciding", "refund.answered", "refund.recorded"]
)
def test_killed_anywhere_it_is_refunded_once(till, point):
    may_refund_below(till, EUR=10_000)
    payment_id, reference = warned(till)

    def act() -> None:
        warnings.take("stripe", reference)
        warnings.refund_by_itself(kept().id)

    dies_at(point, till.config, act)
    warnings.take("stripe", reference)
    till.settle()
    till.later(minutes=5)
    till.settle()
    assert at_provider(till, payment_id) == 1999
    assert [one.status for one in refunds(till, payment_id)] == ["succeeded"]
    assert till.events(payment_id).count("warning.received") == 1


def test_what_is_not_actionable_says_why(till):
    payment_id, reference = warned(till)
    warnings.take("stripe", reference)
    assert warnings.why_not(kept()) is None
    row = kept()
    with db.transaction():
        db.update(row, is_actionable=False)
    assert "provider says" in str(warnings.why_not(kept()))
    warnings.take("stripe", reference)
    assert kept().is_actionable, "the provider was asked again, and it is"
    assert kept().payment_id == payment_id
