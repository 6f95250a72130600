import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stripe import WebhookSignature

from app.providers.base import BadSignature
from app.providers.stripe_events import read_event

OLD, NEW = "whsec_old", "whsec_new"


def event(thing: dict[str, Any], **fields: Any) -> bytes:
    base = {"id": "evt_1", "object": "event", "type": "x.y", "livemode": False}
    return json.dumps({**base, "data": {"object": thing}, **fields}).encode()


def sign(body: bytes, *secrets: str, at: float | None = None) -> dict[str, str]:
    stamp = int(time.time() if at is None else at)
    marks = [
        WebhookSignature.generate_signature_header(body.decode(), secret, timestamp=stamp)
        for secret in secrets
    ]
    return {"stripe-signature": ",".join([marks[0], *(m.split(",")[1] for m in marks[1:])])}


def read(body: bytes, headers: dict[str, str], *secrets: str) -> Any:
    return read_event(body, headers, secrets=secrets or (NEW,), live=False)


@pytest.mark.parametrize(
    ("thing", "refs", "attempt"),
    [
        ({"object": "payment_intent", "id": "pi_1", "metadata": {"attempt_id": "att_1"}},
         ("pi_1",), "att_1"),
        ({"object": "charge", "id": "ch_1", "payment_intent": "pi_1", "metadata": {}},
         ("pi_1",), None),
        ({"object": "charge", "id": "ch_1", "payment_intent": {"id": "pi_1"}}, ("pi_1",), None),
        ({"object": "refund", "id": "re_1", "payment_intent": "pi_1",
          "metadata": {"attempt_id": "att_1", "operation_id": "re_1"}}, ("pi_1",), "att_1"),
        ({"object": "dispute", "id": "dp_1", "payment_intent": "pi_1", "metadata": {}},
         ("pi_1",), None),
        ({"object": "review", "id": "prv_1", "payment_intent": "pi_1"}, ("pi_1",), None),
        ({"object": "radar.early_fraud_warning", "payment_intent": "pi_1"}, ("pi_1",), None),
        ({"object": "charge", "id": "ch_1", "payment_intent": None}, (), None),
        ({"object": "payout", "id": "po_1", "metadata": {"attempt_id": 5}}, (), None),
    ],
)  # fmt: skip
def test_which_charge_an_event_is_about(
    thing: dict[str, Any], refs: tuple[str, ...], attempt: str | None
) -> None:
    body = event(thing)
    news = read(body, sign(body, NEW))
    assert (news.event_id, news.type) == ("evt_1", "x.y")
    assert (news.charge_refs, news.attempt_id) == (refs, attempt)


def test_while_secrets_change_either_is_good() -> None:
    body = event({"object": "review"})
    for signed in (sign(body, OLD), sign(body, NEW), sign(body, OLD, NEW), sign(body, "x", NEW)):
        assert read(body, signed, OLD, NEW).event_id == "evt_1"
    with pytest.raises(BadSignature):
        read(body, sign(body, OLD), NEW)


@pytest.mark.parametrize(
    ("off_s", "good"), [(-290, True), (290, True), (-310, False), (310, False)]
)
def test_the_stamp_may_differ_by_five_minutes_either_way(off_s: int, good: bool) -> None:
    body = event({"object": "review"})
    headers = sign(body, NEW, at=time.time() + off_s)
    if good:
        assert read(body, headers).event_id == "evt_1"
    else:
        with pytest.raises(BadSignature):
            read(body, headers)


def test_blank_secrets_are_no_secrets() -> None:
    body = event({"object": "review"})
    for secrets in ((), ("",), (" ",), ("", "\t")):
        with pytest.raises(BadSignature):
            read_event(body, sign(body, ""), secrets=secrets, live=False)


def test_a_live_event_is_for_a_live_key() -> None:
    body = event({"object": "review"}, livemode=True)
    assert read_event(body, sign(body, NEW), secrets=(NEW,), live=True).event_id == "evt_1"
    with pytest.raises(BadSignature):
        read(body, sign(body, NEW))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)  # fmt: skip


@given(body=st.binary(max_size=60), header=st.text(max_size=60))
def test_noise_is_refused_and_nothing_worse(body: bytes, header: str) -> None:
    for said in (header, f"t={int(time.time())},v1={header}"):
        with pytest.raises(BadSignature):
            read(body, {"Stripe-Signature": said})


@given(thing=json_values, field=st.sampled_from(["id", "type", "data", "object", "livemode"]))
def test_signed_nonsense_is_refused_or_read_and_nothing_worse(thing: Any, field: str) -> None:
    for body in (event({}, **{field: thing}), json.dumps(thing).encode()):
        try:
            news = read(body, sign(body, NEW))
        except BadSignature:
            continue
        assert (type(news.event_id), type(news.type)) == (str, str)


@given(
    thing=st.dictionaries(st.sampled_from(["object", "metadata", "payment_intent"]), json_values)
)
def test_an_odd_object_names_no_odd_charge(thing: dict[str, Any]) -> None:
    body = event(thing)
    try:
        news = read(body, sign(body, NEW))
    except BadSignature:
        return
    assert all(isinstance(ref, str) for ref in news.charge_refs)
    assert news.attempt_id is None or isinstance(news.attempt_id, str)


@pytest.mark.parametrize(
    ("thing", "method"),
    [
        ({"object": "payment_method", "id": "pm_1"}, "pm_1"),
        ({"object": "mandate", "id": "mandate_1", "payment_method": "pm_1"}, "pm_1"),
        ({"object": "mandate", "id": "mandate_1", "payment_method": {"id": 5}}, None),
        ({"object": "payment_intent", "id": "pi_1", "payment_method": "pm_1"}, None),
    ],
)
def test_which_kept_method_an_event_is_about(thing: dict[str, Any], method: str | None) -> None:
    body = event(thing)
    assert read(body, sign(body, NEW)).method_ref == method
