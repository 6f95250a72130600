"""Webhooks out of the sandbox: signed, retried, paused, sent twice, in any order."""

import pytest
import requests

from tests.sandbox.conftest import SECRET, eventually


def test_events_arrive_by_themselves_signed_and_whole(side):
    intent = side.pay(metadata={"k": "v"})
    assert eventually(lambda: "payment_intent.succeeded" in side.mailbox.of(intent.id))
    event = next(e for e in side.mailbox.got if e["data"]["object"]["id"] == intent.id)
    assert event["api_version"] == "2026-10-28.endive"
    assert event["request"]["id"].startswith("req_")
    stored = side.client.v1.events.retrieve(event["id"]).to_dict()
    assert stored == event
    assert not [name for name in event["data"]["object"] if name.startswith("_")]


def test_a_refused_event_comes_again(side):
    side.control("POST webhooks/pause")
    intent = side.client.v1.payment_intents.create({"amount": 900, "currency": "usd"})
    side.mailbox.refuse = 1
    side.deliver()
    assert side.mailbox.of(intent.id) == []
    side.deliver()
    assert side.mailbox.of(intent.id) == ["payment_intent.created"]
    deliveries = side.control("GET webhooks")["deliveries"]
    assert deliveries[0]["answers"] == [503, 200]
    assert SECRET not in str(deliveries)


def test_paused_means_silent_and_the_order_can_be_turned_round(side):
    side.deliver()
    side.control("POST webhooks/pause")
    intent = side.pay()
    assert side.mailbox.of(intent.id) == []
    side.control("POST webhooks/deliver", order="newest_first")
    assert side.mailbox.of(intent.id) == ["payment_intent.succeeded", "payment_intent.created"]


def test_events_can_be_sent_again(side):
    intent = side.client.v1.payment_intents.create({"amount": 900, "currency": "usd"})
    side.deliver()
    (event,) = [e for e in side.mailbox.got if e["data"]["object"]["id"] == intent.id]
    assert side.control("POST webhooks/replay", event_id=event["id"])["queued"] == 1
    side.deliver()
    assert side.mailbox.of(intent.id) == ["payment_intent.created"] * 2


def test_endpoints_choose_their_events_and_tell_their_secret_once(side):
    endpoints = side.client.v1.webhook_endpoints
    made = endpoints.create(
        {"url": "http://127.0.0.1:9/none", "enabled_events": ["charge.refunded"]}
    )
    assert made.secret.startswith("whsec_")
    assert "secret" not in endpoints.retrieve(made.id).to_dict()
    side.client.v1.payment_intents.create({"amount": 900, "currency": "usd"})
    assert side.client.v1.events.list({"limit": 1}).data[0].pending_webhooks == 1
    assert endpoints.update(made.id, {"disabled": True}).status == "disabled"
    assert endpoints.delete(made.id).deleted is True
    assert made.id not in [one.id for one in endpoints.list().data]


@pytest.mark.parametrize("name", ["js/stripe.js", "endive/stripe.js"])
def test_the_script_is_served_without_a_key(side, name):
    answer = requests.get(f"{side.url}/stripe/{name}", timeout=10)
    assert "IntegrationError" in answer.text
    assert answer.headers["Content-Type"].startswith("text/javascript")


@pytest.mark.parametrize("name", ["payment", "express", "wallet"])
def test_the_frames_may_be_framed_and_call_only_home(side, name):
    policy = requests.get(f"{side.url}/stripe/elements/{name}", timeout=10).headers[
        "Content-Security-Policy"
    ]
    assert "frame-ancestors *" in policy
    assert "connect-src 'self'" in policy
    assert requests.get(f"{side.url}/stripe/static/../store.py", timeout=10).status_code == 404
