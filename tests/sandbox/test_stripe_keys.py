"""Who may ask what, and asking twice: keys, idempotency, trouble on demand."""

import threading
from types import SimpleNamespace

import pytest
import requests
import stripe

from sandbox import SandboxConfig
from tests.sandbox.conftest import RETURN_URL, eventually

INTENTS = "/v1/payment_intents"
PLAIN = {"amount": "900", "currency": "usd"}


def test_no_key_and_a_wrong_key(side):
    answer = requests.get(side.url + "/stripe" + INTENTS, timeout=10)
    assert (answer.status_code, answer.json()["error"]["type"]) == (401, "invalid_request_error")
    for key in ("sk_test_other", "rk_test_x", "Wörter".encode().decode("latin-1")):
        assert side.call("GET", INTENTS, key=key)[0] == 401


def test_basic_authentication_works_too(side):
    url = side.url + "/stripe/v1/account"
    assert requests.get(url, auth=(side.config.stripe_secret_key, ""), timeout=10).ok
    assert side.client.v1.accounts.retrieve_current().id.startswith("acct_")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", INTENTS), ("POST", INTENTS), ("POST", "/v1/refunds"), ("GET", "/v1/balance"),
     ("GET", "/v1/confirmation_tokens/ctoken_x"), ("POST", INTENTS + "/pi_x/capture")],
)  # fmt: skip
def test_a_publishable_key_may_not(side, method, path):
    status, body = side.browser(method, path)
    assert (status, body["error"]["code"]) == (403, "secret_key_required")


def test_a_publishable_key_sees_its_own_intent_in_part(side):
    intent = side.client.v1.payment_intents.create(PLAIN)
    path = f"{INTENTS}/{intent.id}"
    status, body = side.browser("GET", path, client_secret=intent.client_secret)
    assert (status, body["status"]) == (200, "requires_payment_method")
    assert not {"metadata", "latest_charge", "amount_received", "receipt"} & body.keys()
    assert side.browser("GET", path)[1]["error"]["code"] == "parameter_missing"
    assert side.browser("GET", path, client_secret="pi_x_secret_y")[0] == 400
    form = {"client_secret": intent.client_secret, "payment_method": "pm_card_visa"}
    status, body = side.browser("POST", path + "/confirm", **form)
    assert (status, body["status"]) == (200, "succeeded")


def test_a_server_may_not_send_card_numbers(side):
    form = {"type": "card", "card[number]": "4242424242424242", "card[exp_month]": "12",
            "card[exp_year]": "2034"}  # fmt: skip
    key = side.config.stripe_secret_key
    status, body = side.call("POST", "/v1/payment_methods", key=key, **form)
    assert status == 400
    assert "generally unsafe" in body["error"]["message"]
    status, body = side.browser("POST", "/v1/payment_methods", **form)
    assert (status, body["card"]["last4"]) == (200, "4242")


def test_addresses_that_do_not_exist(side):
    key = side.config.stripe_secret_key
    assert side.call("GET", "/v1/nonsense", key=key)[0] == 404
    assert side.call("POST", "/v1/balance", key=key)[0] == 404
    with pytest.raises(stripe.InvalidRequestError) as missing:
        side.client.v1.payment_intents.retrieve("pi_none")
    assert (missing.value.http_status, missing.value.code) == (404, "resource_missing")


def test_json_and_other_versions_are_refused(side):
    headers = {"Authorization": f"Bearer {side.config.stripe_secret_key}"}
    url = side.url + "/stripe" + INTENTS
    assert requests.post(url, json=PLAIN, headers=headers, timeout=10).status_code == 400
    headers["Stripe-Version"] = "2023-08-16"
    assert requests.post(url, data=PLAIN, headers=headers, timeout=10).status_code == 400


def test_a_page_of_any_origin_may_call(side):
    url = side.url + "/stripe/v1/payment_intents/pi_x"
    answer = requests.options(url, headers={"Origin": "https://shop.example"}, timeout=10)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def keyed(side, key, **form):
    secret = side.config.stripe_secret_key
    return side.call("POST", INTENTS, key=secret, idempotency_key=key, **(PLAIN | form))


def test_the_first_answer_is_given_again(side):
    options = {"idempotency_key": "replayed"}
    first = side.client.v1.payment_intents.create(PLAIN, options)
    again = side.client.v1.payment_intents.create(PLAIN, options)
    assert again.id == first.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert again.last_response.body == first.last_response.body
    assert "Idempotent-Replayed" not in first.last_response.headers
    events = side.client.v1.events.list({"type": "payment_intent.created", "limit": 5}).data
    keys = [e.request.idempotency_key for e in events if e.data.object["id"] == first.id]
    assert keys == ["replayed"]


def test_a_decline_is_given_again_too(side):
    params = {"confirm": "true", "payment_method": "pm_card_visa_chargeDeclined",
              "return_url": RETURN_URL}  # fmt: skip
    (status, first), (_, again) = (
        keyed(side, "declined", **params),
        keyed(side, "declined", **params),
    )
    assert status == 402
    assert first == again


def test_other_parameters_under_a_used_key(side):
    keyed(side, "reused")
    status, body = keyed(side, "reused", amount="901")
    assert (status, body["error"]["type"]) == (400, "idempotency_error")


def test_what_never_ran_does_not_burn_the_key(side):
    assert keyed(side, "kept", amonut="1")[0] == 400
    assert keyed(side, "kept")[0] == 200


def test_a_key_is_forgotten_after_a_day(side):
    _, first = keyed(side, "daily")
    side.control("POST clock", seconds=24 * 3600 + 1)
    assert keyed(side, "daily")[1]["id"] != first["id"]


def test_a_running_request_answers_409(side):
    store = side.app.extensions["sandbox"].store
    taken, free = threading.Event(), threading.Event()

    def hold():
        with store.transaction():
            taken.set()
            free.wait(60)

    results = []
    ask = lambda: results.append(keyed(side, "running")[0])  # noqa: E731  said twice below
    holder = threading.Thread(target=hold)
    holder.start()
    assert taken.wait(60)
    # Both wait for the store; whoever claims the key first works, the other finds it claimed or done.
    askers = [threading.Thread(target=ask) for _ in range(6)]
    for asker in askers:
        asker.start()
    free.set()
    for thread in (holder, *askers):
        thread.join(60)
    assert set(results) <= {200, 409}
    assert results.count(200) >= 1
    key = side.config.stripe_secret_key
    made = side.call("GET", INTENTS, key=key, limit="10")[1]["data"]
    events = side.client.v1.events.list({"type": "payment_intent.created", "limit": 20}).data
    mine = [event for event in events if event.request.idempotency_key == "running"]
    assert len(mine) == 1
    assert made


def fault(side, kind, **more):
    side.control(
        "POST faults", provider="stripe", method="POST", path_prefix=INTENTS, kind=kind, **more
    )


def test_a_lost_answer_is_found_again_by_the_same_key(side):
    for number, kind in enumerate(("drop", "garbage")):
        fault(side, kind)
        options = {"idempotency_key": f"lost-{number}"}
        with pytest.raises(stripe.StripeError):
            side.client.v1.payment_intents.create(PLAIN, options)
        again = side.client.v1.payment_intents.create(PLAIN, options)
        assert again.last_response.headers["Idempotent-Replayed"] == "true"


def test_what_never_arrived_was_never_done(side):
    for number, kind in enumerate(("refuse", "rate_limit", "error")):
        fault(side, kind)
        options = {"idempotency_key": f"never-{number}"}
        with pytest.raises(stripe.StripeError):
            side.client.v1.payment_intents.create(PLAIN, options)
        first = side.client.v1.payment_intents.create(PLAIN, options)
        assert "Idempotent-Replayed" not in first.last_response.headers


@pytest.mark.parametrize("kind", ["execute_then_hang", "hang_then_execute"])
def test_a_hanging_answer_is_executed_once(side, kind, monkeypatch):
    hangs, over = threading.Event(), threading.Event()

    def hang(_seconds):
        hangs.set()
        over.wait(60)

    monkeypatch.setattr("sandbox.watch.time", SimpleNamespace(sleep=hang))
    fault(side, kind, seconds=1)
    url, headers = (
        side.url + "/stripe" + INTENTS,
        {
            "Authorization": f"Bearer {side.config.stripe_secret_key}",
            "Idempotency-Key": kind,
        },
    )
    with pytest.raises(requests.ReadTimeout):
        requests.post(url, data=PLAIN, headers=headers, timeout=(60, 0.1))
    assert hangs.wait(60)
    again = requests.post(url, data=PLAIN, headers=headers, timeout=60)
    over.set()
    assert again.status_code == 200
    assert ("Idempotent-Replayed" in again.headers) is (kind == "execute_then_hang")

    def answered():
        asked = side.control("GET log")["requests"]
        return all(one["status"] for one in asked if one["idempotency_key"] == kind)

    assert eventually(answered)


def test_a_fault_that_does_not_exist_is_refused(side):
    refused = side.control("POST faults", provider="stripe", kind="meteor")["error"]
    assert (refused["code"], refused["field"]) == ("invalid", "kind")
    assert "execute_then_hang" in refused["message"]


def test_the_sandbox_refuses_to_start_beside_a_live_key():
    with pytest.raises(RuntimeError, match="SOME_KEY holds a live key"):
        SandboxConfig.from_env({"SOME_KEY": "sk_live_1234"})
    config = SandboxConfig.from_env({"SANDBOX_URL": "http://127.0.0.1:9/", "SHOP_API_KEY": "x"})
    assert (config.url, config.shop_api_key) == ("http://127.0.0.1:9", "x")
