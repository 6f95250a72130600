"""The control desk at /sandbox, for programs: the log, the books, and what becomes of webhooks."""

from functools import partial
from importlib import import_module
from typing import Any

from flask import Flask, current_app, jsonify

from sandbox import BLUEPRINTS, desk, stripe_once
from sandbox.bodies import Refused
from sandbox.desk import Answer
from sandbox.faults import Subject
from sandbox.store import Store
from sandbox.watch import Watch

blueprint = desk.blueprint("control")


def install(app: Flask) -> None:
    """Wrap the application, so that every provider request is logged and can go wrong, and every webhook too."""
    sandbox = app.extensions["sandbox"]
    made = Watch(app.wsgi_app, sandbox.store.named, partial(_replay, sandbox.store))
    app.wsgi_app = made  # type: ignore[method-assign]
    app.extensions["sandbox_watch"] = made
    sandbox.hooks.trouble = lambda provider, event, body: made.faults.take(
        Subject(provider, event, body, named=sandbox.store.named)
    )


def _replay(store: Store, provider: str, key: str, status: int, body: str) -> None:
    """Let a repeated request be answered as this one was. Stripe does so for errors too."""
    if provider == "stripe" and key:
        stripe_once.replace(store, key, stripe_once.Answer(status, body))


def watch() -> Watch:
    """Give the middleware, with its log, its troubles and its limits."""
    found: Watch = current_app.extensions["sandbox_watch"]
    return found


def _json() -> dict[str, Any]:
    given = desk.json_body()
    if not isinstance(given, dict):
        raise Refused("not_json", "Send a JSON object.", status=400)
    return given


@blueprint.get("/log")
def show_log() -> Answer:
    """Show which requests came: the ids in them, never a body, never a query."""
    return jsonify(requests=list(watch().log))


@blueprint.delete("/log")
def clear_log() -> Answer:
    """Forget which requests came."""
    watch().log.clear()
    return jsonify(cleared=True)


@blueprint.get("/books")
def show_books() -> Answer:
    """Show what each provider says happened, in its own numbers."""
    return jsonify(all_books())


def all_books() -> dict[str, Any]:
    """Give every provider's own books, by its name."""
    told: dict[str, Any] = {}
    for module_name, _ in BLUEPRINTS:
        module = import_module(module_name)
        if hasattr(module, "books"):
            name = module_name.removeprefix("sandbox.").partition("_")[0]
            told[name] = module.books(desk.sandbox())
    return told


@blueprint.post("/webhooks/<verb>")
def steer_webhooks(verb: str) -> Answer:
    """Pause, resume, deliver what waits (and what timers owe soon), or send all again."""
    hooks = desk.sandbox().hooks
    given = _json()
    if verb == "pause":
        hooks.pause()
        return jsonify(paused=True, waiting=hooks.waiting())
    if verb == "resume":
        hooks.resume()
        return jsonify(paused=False, waiting=hooks.waiting())
    if verb == "deliver":
        within_s = given.get("within_s", 10)
        if type(within_s) not in (int, float) or not 0 <= within_s <= 1e9:
            raise Refused("invalid", "A number of seconds.", field="within_s")
        desk.sandbox().timers.run_due(within_s=within_s)
        delivered = hooks.deliver_now(newest_first=given.get("order") == "newest_first")
        return jsonify(delivered=delivered, waiting=hooks.waiting())
    if verb == "replay":
        return jsonify(queued=hooks.replay(str(given.get("event_id", ""))))
    raise Refused("unknown_verb", "pause, resume, deliver or replay.", status=404)


@blueprint.get("/webhooks")
def show_webhooks() -> Answer:
    """Show every delivery with its attempts, without bodies and keys."""
    hooks = desk.sandbox().hooks
    return jsonify(paused=hooks.paused, deliveries=hooks.history())
