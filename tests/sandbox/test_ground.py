"""What both providers stand on: the store, the timers, the webhook queue; all outlive a restart."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import Client

from sandbox import SandboxConfig, clock, create_sandbox
from sandbox.hooks import RETRY_AFTER_S, Hooks
from sandbox.store import Store
from sandbox.stripe_params import decode
from sandbox.timers import Timers


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "sandbox.sqlite"


@pytest.fixture(autouse=True)
def real_time() -> Iterator[None]:
    yield
    clock.set_offset(0)


def test_documents_keep_their_place_and_survive(file):
    store = Store(file)
    for number in range(3):
        store.put("kind", f"id{number}", {"id": number, "even": number % 2 == 0})
    store.put("kind", "id0", {"id": 0, "even": None})
    store.put("other", "id0", {"id": 9})
    store.close()
    store = Store(file)
    assert [doc["id"] for doc in store.list("kind")] == [2, 1, 0]
    assert [doc["id"] for doc in store.list("kind", newest_first=False, even=True)] == [2]
    assert store.list("kind", even=None) == [{"id": 0, "even": None}]
    store.delete("kind", "id1")
    assert store.get("kind", "id1") is None
    store.close()


def test_a_transaction_is_all_or_nothing_and_inner_ones_join(file):
    store = Store(file)

    def fail() -> None:
        with store.transaction():
            store.put("kind", "a", {})
            with store.transaction():
                store.put("kind", "b", {})
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    assert store.list("kind") == []
    store.close()


def test_a_timer_waits_for_its_time_even_over_a_restart(file):
    store = Store(file)
    Timers(store).after(3600, "ring", loud=True)
    store.close()
    store, rung = Store(file), []
    timers = Timers(store)
    timers.actions["ring"] = lambda **how: rung.append(how)
    assert timers.run_due() == 0
    clock.set_offset(3601)
    assert (timers.run_due(), timers.run_due(), rung) == (1, 0, [{"loud": True}])
    store.close()


def test_what_cannot_be_done_keeps_nothing_else_from_happening(file):
    store, rung = Store(file), []
    timers = Timers(store)
    timers.actions["ring"] = lambda: rung.append(1)
    for action in ("a name of an older version", "ring"):
        timers.after(0, action)
    timers.run_due()
    assert (rung, timers.next_due_at()) == ([1], None)
    store.close()


def test_a_webhook_waits_over_a_restart_and_gives_up_in_the_end(file):
    store = Store(file)
    hooks = Hooks(store, Timers(store))
    hooks.pause()
    hooks.send("p", event_id="e1", url="http://127.0.0.1:9/none", body="{}", key="secret")
    hooks.stop()
    store.close()
    store = Store(file)
    hooks, signed = Hooks(store, Timers(store)), []
    hooks.register("p", lambda body, delivery: signed.append((body, delivery["key"])) or {})
    for _ in range(len(RETRY_AFTER_S) + 1):
        assert hooks.waiting() == 1
        assert hooks.deliver_now() == 0
    assert hooks.waiting() == 0
    (told,) = hooks.history()
    assert (told["state"], told["attempts"]) == ("gave_up", len(RETRY_AFTER_S) + 1)
    assert set(signed) == {(b"{}", "secret")}
    hooks.stop()
    store.close()


def test_a_restarted_world_remembers_its_payments(file):
    config = SandboxConfig(db_path=str(file))
    headers = {"Authorization": f"Bearer {config.stripe_secret_key}", "Idempotency-Key": "k"}

    def create() -> tuple[str, bool]:
        app = create_sandbox(config)
        form = {"amount": "900", "currency": "usd"}
        answer = Client(app).post("/stripe/v1/payment_intents", data=form, headers=headers)
        app.extensions["sandbox"].hooks.stop()
        app.extensions["sandbox"].store.close()
        return json.loads(answer.get_data())["id"], "Idempotent-Replayed" in answer.headers

    first, second = create(), create()
    assert first[0] == second[0]
    assert (first[1], second[1]) == (False, True)


@pytest.mark.parametrize(
    ("pairs", "read"),
    [
        ([("a", "1"), ("b", "")], {"a": "1", "b": ""}),
        ([("a[b][c]", "1"), ("a[b][d]", "2")], {"a": {"b": {"c": "1", "d": "2"}}}),
        ([("a[0]", "x"), ("a[1]", "y")], {"a": {"0": "x", "1": "y"}}),
        ([("a[]", "x"), ("a[]", "y")], {"a": {"0": "x", "1": "y"}}),
        ([("a", "1"), ("a[b]", "2")], {"a": {"b": "2"}}),
    ],
)
def test_forms_are_decoded(pairs, read):
    assert decode(pairs) == read
