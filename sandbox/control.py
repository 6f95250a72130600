"""The control desk at /sandbox: faults, books, log, clock and webhooks, for both providers."""

from dataclasses import fields
from importlib import import_module
from typing import Any

from flask import Blueprint, Flask, Response, current_app, jsonify, request

from sandbox import BLUEPRINTS, Sandbox, clock
from sandbox.faults import KINDS, PROVIDERS, Fault, Watch

blueprint = Blueprint("control", __name__)

Answer = Response | tuple[Response, int]


def install(app: Flask) -> None:
    """Wrap the application, so that every provider request is logged and can go wrong."""
    watch = Watch(app.wsgi_app)
    app.wsgi_app = watch  # type: ignore[method-assign]
    app.extensions["sandbox_watch"] = watch


def _sandbox() -> Sandbox:
    sandbox: Sandbox = current_app.extensions["sandbox"]
    return sandbox


def _watch() -> Watch:
    watch: Watch = current_app.extensions["sandbox_watch"]
    return watch


def _json() -> dict[str, Any]:
    given = request.get_json(silent=True)
    return given if isinstance(given, dict) else {}


@blueprint.post("/faults")
def add_fault() -> Answer:
    """Let the next matching requests go wrong in a given way."""
    given = _json()
    unknown = given.keys() - {field.name for field in fields(Fault)}
    if unknown or given.get("kind") not in KINDS or given.get("provider") not in PROVIDERS:
        return jsonify(error="not a fault", kinds=KINDS, providers=PROVIDERS), 400
    _watch().faults.add(Fault(**given))
    return jsonify(given), 201


@blueprint.delete("/faults")
def clear_faults() -> Answer:
    """Let nothing go wrong any more."""
    _watch().faults.clear()
    return jsonify(cleared=True)


@blueprint.get("/log")
def show_log() -> Answer:
    """Show which requests came: never a body, never a query."""
    return jsonify(requests=list(_watch().log))


@blueprint.delete("/log")
def clear_log() -> Answer:
    """Forget which requests came."""
    _watch().log.clear()
    return jsonify(cleared=True)


@blueprint.get("/books")
def show_books() -> Answer:
    """Show what each provider says happened, in its own numbers."""
    told: dict[str, Any] = {}
    for module_name, _ in BLUEPRINTS:
        module = import_module(module_name)
        if hasattr(module, "books"):
            told[module_name.removeprefix("sandbox.").partition("_")[0]] = module.books(_sandbox())
    return jsonify(told)


@blueprint.post("/webhooks/<verb>")
def steer_webhooks(verb: str) -> Answer:
    """Pause, resume, deliver what waits (and what timers owe soon), or send all again."""
    hooks = _sandbox().hooks
    given = _json()
    if verb == "pause":
        hooks.pause()
        return jsonify(paused=True, waiting=hooks.waiting())
    if verb == "resume":
        hooks.resume()
        return jsonify(paused=False, waiting=hooks.waiting())
    if verb == "deliver":
        _sandbox().timers.run_due(within_s=float(given.get("within_s", 10)))
        order = "newest_first" if given.get("order") == "newest_first" else "oldest_first"
        delivered = hooks.deliver_now(newest_first=order == "newest_first")
        return jsonify(delivered=delivered, waiting=hooks.waiting())
    if verb == "replay":
        return jsonify(queued=hooks.replay(str(given.get("event_id", ""))))
    return jsonify(error="pause, resume, deliver or replay"), 404


@blueprint.get("/webhooks")
def show_webhooks() -> Answer:
    """Show every delivery with its attempts, without bodies and keys."""
    hooks = _sandbox().hooks
    return jsonify(paused=hooks.paused, deliveries=hooks.history())


@blueprint.get("/clock")
def show_clock() -> Answer:
    """Tell the time."""
    return jsonify(now=clock.now().isoformat(), offset_s=clock.offset_s())


@blueprint.post("/clock")
def set_clock() -> Answer:
    """Move the sandbox's time; what became due happens before the answer."""
    offset = _json().get("offset_s")
    if not isinstance(offset, int | float) or isinstance(offset, bool):
        return jsonify(error="offset_s is a number of seconds"), 400
    clock.set_offset(offset)
    ran = _sandbox().timers.run_due()
    _sandbox().hooks.wake()
    return jsonify(now=clock.now().isoformat(), offset_s=clock.offset_s(), timers_run=ran)
