"""T18 to T20, T24: whatever the provider answers, or does not, silence is neither success nor failure."""

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import pytest

from app import providers
from app.errors import AppError, PaymentProcessing, RefundExceedsCaptured
from app.providers import paypal_client, stripe_http
from models import db
from tests.faults import recovery
from tests.faults import requests as asked
from tests.faults.conftest import Buyer
from tests.faults.fault import Trial, fault
from tests.faults.faulty import held
from tests.faults.requests import Request
from tests.till import Till

HOWS = ("drop", "500 after", "cut", "garbage", "empty object", "list", "503", "429")
EVERY_VERB = pytest.mark.parametrize("verb", asked.EVERY, ids=lambda verb: verb.__name__)
OPERATIONS = tuple(
    verb
    for verb in asked.EVERY
    if verb.__name__.rpartition("_")[2] in {"capture", "void", "refund"}
)
CHARGES = tuple(verb for verb in asked.EVERY if verb not in OPERATIONS)
# A void at PayPal is answered without a body: a 2xx is all there is to understand.
UNDERSTOOD = {("empty object", asked.paypal_void)}

Verb = Callable[[Till, Buyer], Request]
Answer = dict[str, Any]
Kind = TypeVar("Kind")


def some(kinds: Sequence[Kind]) -> Sequence[Kind]:
    """All on SQLite; what an answer looks like is nothing to the database, so two of them on PostgreSQL."""
    return kinds if db.engine().dialect.name == "sqlite" else kinds[:2]


def unanswered(till: Till, request: Request) -> None:
    """T18, T24: not failed, not payable again, and nothing is asked for under another name."""
    payment = request.payment(till)
    if request.is_refund:
        assert (payment.status, payment.refunding_minor) == ("captured", 1200)
        with pytest.raises(RefundExceedsCaptured):
            till.refund(payment, 800)
        return
    assert (payment.status, payment.decline) == ("processing", None)
    for again in (
        till.confirm,
        lambda _session: till.capture(payment),
        lambda _session: till.cancel(payment),
    ):
        with pytest.raises(PaymentProcessing):
            again(request.session)
    with pytest.raises(AppError):
        till.refund(payment, 1)


def resolved(till: Till, request: Request, trial: Trial) -> None:
    """Within a minute of the answer's loss, by the clock alone; and once, however often it is looked at."""
    recovery.by_the_clock(till, trial, within_s=60)
    assert request.payment(till).status == request.ends
    heard = till.events(request.session.payment_id)
    till.later(minutes=20)
    till.settle()
    assert till.events(request.session.payment_id) == heard


@fault("T20", "Executed and not answered, 500, cut off, HTML, an empty object, a list, 503, 429: each charge at each provider",
       saw="“Processing”: not failed and not payable again; found out by the clock.")  # fmt: skip
@pytest.mark.parametrize("verb", CHARGES, ids=lambda verb: verb.__name__)
def test_an_answer_that_is_none(
    till: Till, buyer: Buyer, verb: Verb, subtests: pytest.Subtests, trial: Trial
) -> None:
    """T18 (executed, then silence), T20 (nonsense), T21 (too busy): unknown at first, then found out."""
    for how in some(HOWS):
        with subtests.test(how=how):
            spoilt(till, buyer, verb, how, trial)


@fault("T24", "The same to each capture, void and refund",
       saw="“Processing”, or a refund that is pending; found out by the clock, and asked for under one name.")  # fmt: skip
@pytest.mark.parametrize("verb", OPERATIONS, ids=lambda verb: verb.__name__)
def test_an_answer_to_an_operation_that_is_none(
    till: Till, buyer: Buyer, verb: Verb, subtests: pytest.Subtests, trial: Trial
) -> None:
    for how in some(HOWS):
        with subtests.test(how=how):
            log = till.world.app.extensions["sandbox_watch"].log
            log.clear()
            request = spoilt(till, buyer, verb, how, trial)
            assert len(keys(till, request)) == 1  # no second one with a new key


def spoilt(till: Till, buyer: Buyer, verb: Verb, how: str, trial: Trial) -> Request:
    """Make a request whose answer is spoilt, and see it found out."""
    request = verb(till, buyer)
    with till.world.gate.spoil(request.call, how):
        request.act()
    if (how, verb) not in UNDERSTOOD:
        unanswered(till, request)
    resolved(till, request, trial)
    return request


def told(**changes: Any) -> Callable[[Answer], object]:
    return lambda answer: answer.update(changes)


def in_unit(**changes: Any) -> Callable[[Answer], object]:
    return lambda answer: answer["purchase_units"][0].update(changes)


def in_capture(**changes: Any) -> Callable[[Answer], object]:
    return lambda answer: answer["purchase_units"][0]["payments"]["captures"][0].update(changes)


EURO_CENT = {"value": "0.01", "currency_code": "EUR"}
YEN = {"value": "1999", "currency_code": "JPY"}
# fmt: off
LIES: dict[Verb, tuple[Callable[[Answer], object], ...]] = {
    asked.charge: (told(status="levitating"), told(amount=1, amount_received=1), told(amount_received=1998),
                   told(currency="jpy"), told(metadata={"attempt_id": "att_1"}), told(livemode=True), told(id=None)),
    asked.capture: (told(status="levitating"), told(amount_received=1999), told(currency="jpy"), told(id="pi_1")),
    asked.void: (told(status="levitating"), told(id="pi_1"), told(currency="jpy")),
    asked.refund: (told(status="levitating"), told(amount=1), told(currency="jpy"), told(payment_intent="pi_1"),
                   told(metadata={})),
    asked.paypal_create: (told(status="LEVITATING"), in_unit(amount=EURO_CENT), in_unit(amount=YEN),
                          in_unit(custom_id="att_1"), told(id=None)),
    asked.paypal_take: (in_capture(status="LEVITATING"), in_capture(amount=EURO_CENT), in_capture(amount=YEN),
                        told(id="0" * 17), in_unit(amount=EURO_CENT)),
    asked.paypal_capture: (told(status="LEVITATING"), told(amount=EURO_CENT), told(amount=YEN), told(id=None)),
    asked.paypal_saved: (in_capture(status="LEVITATING"), in_capture(amount=EURO_CENT), in_unit(amount=YEN),
                         in_unit(custom_id="att_1"), told(id=None)),
    asked.paypal_void: (),
    asked.paypal_refund: (told(status="LEVITATING"), told(amount=EURO_CENT), told(amount=YEN), told(id=None)),
    asked.razorpay_create: (told(entity="levitating"), told(amount=1), told(currency="USD"), told(receipt="att_1"),
                            told(notes=[]), told(id=None)),
    asked.razorpay_take: (told(status="levitating"), told(amount=1), told(currency="USD"), told(id="pay_1")),
    asked.razorpay_capture: (told(status="levitating"), told(amount=1), told(currency="USD"), told(id="pay_1")),
    asked.razorpay_refund: (told(status="levitating"), told(amount=1), told(currency="USD"), told(payment_id="pay_1"),
                            told(notes=[])),
}
# fmt: on


@fault("T20", "An answer with a word we do not know, another id, amount or currency",
       saw="“Processing”, then what the provider says when asked.")  # fmt: skip
@pytest.mark.parametrize("verb", [v for v in LIES if LIES[v]], ids=lambda verb: verb.__name__)
def test_an_answer_that_is_wrong(
    till: Till, buyer: Buyer, verb: Verb, subtests: pytest.Subtests, trial: Trial
) -> None:
    """T20: another id, amount or currency than we asked for, or a word that we do not know, is no answer."""
    for number, lie in enumerate(some(LIES[verb])):
        with subtests.test(lie=number):
            request = verb(till, buyer)
            with till.world.gate.spoil(request.call, "lie", tamper=lie):
                request.act()
            unanswered(till, request)
            resolved(till, request, trial)


def test_every_verb_is_lied_to() -> None:
    assert set(LIES) == set(asked.EVERY)


@fault("T18", "Executed, and then the answer hangs",
       saw="“Processing”, then captured.")  # fmt: skip
@pytest.mark.parametrize(
    "verb", [asked.charge, asked.refund, asked.paypal_take], ids=lambda verb: verb.__name__
)
def test_it_takes_too_long(
    till: Till, buyer: Buyer, verb: Verb, trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T18 with a real time limit: executed, and the answer hangs. One try, so that the limit may be a patient one."""
    request = verb(till, buyer)
    monkeypatch.setattr(stripe_http, "RETRIES", 0)
    monkeypatch.setattr(paypal_client, "TRIES", 1)
    providers.configure(till.world.config(db_uri=till.config.db_uri, provider_timeout_s="4"))
    with till.world.gate.spoil(request.call, "hang"):
        request.act()
    providers.configure(till.config)
    unanswered(till, request)
    resolved(till, request, trial)


@fault("T19", "A request that we gave up is carried out later",
       saw="“Processing”; the same request is repeated, and has one effect.")  # fmt: skip
@EVERY_VERB
def test_it_arrives_after_we_gave_up(till: Till, buyer: Buyer, verb: Verb, trial: Trial) -> None:
    """T19: the provider has no trace of it at first, and carries it out later than our time limit; also asked twice."""
    request = verb(till, buyer)
    with held(till.world, request.call) as on_the_way:
        request.act()
        unanswered(till, request)
        till.later(seconds=31)
        till.settle()
        unanswered(till, request)
        assert len(on_the_way) > 1  # the very same request was repeated
        on_the_way.arrive()
    recovery.by_the_clock(till, trial, within_s=121)
    assert request.payment(till).status == request.ends
    [key] = keys(till, request)  # T7: every try was the same request to the provider
    assert (key is not None) == request.has_key


def keys(till: Till, request: Request) -> set[str | None]:
    """The idempotency keys of all the requests of this kind that came to the provider."""
    log = till.world.app.extensions["sandbox_watch"].log
    return {
        entry["idempotency_key"]
        for entry in log
        if re.fullmatch(request.call, "{method} /{provider}{path}".format(**entry))
    }
