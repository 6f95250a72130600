"""The desk's troubles: one, or a script of them, and the limits on the number of requests."""

from flask import jsonify

from sandbox import desk
from sandbox.bodies import Refused, parse
from sandbox.control import watch
from sandbox.desk import Answer
from sandbox.faults import REQUESTS, WEBHOOKS, Fault, Running, Script
from sandbox.limits import Limit
from sandbox.providers import PROVIDERS

blueprint = desk.blueprint("desk_faults")


@blueprint.get("/faults")
def show_kinds() -> Answer:
    """Say what can go wrong, and what is armed."""
    told = watch().faults.told()
    armed = [one for one in told if not one["is_done"]]
    return jsonify(providers=PROVIDERS, requests=REQUESTS, webhooks=WEBHOOKS, armed=armed)


@blueprint.post("/faults")
def add_fault() -> Answer:
    """Let the next matching requests or webhooks go wrong in a given way."""
    fault = parse(Fault, desk.json_body())
    return jsonify(arm(Script(steps=[fault])).told()), 201


@blueprint.delete("/faults")
def clear_faults() -> Answer:
    """Let nothing go wrong any more."""
    watch().faults.clear()
    return jsonify(cleared=True)


@blueprint.get("/scripts")
def show_scripts() -> Answer:
    """Show every script: which steps struck, which is armed, which wait."""
    return jsonify(scripts=watch().faults.told())


@blueprint.post("/scripts")
def add_script() -> Answer:
    """Arm troubles that come one after the other; nothing is armed unless every step can be."""
    return jsonify(arm(parse(Script, desk.json_body())).told()), 201


@blueprint.delete("/scripts/<script_id>")
def stop_script(script_id: str) -> Answer:
    """Let nothing more of one script happen."""
    if not watch().faults.clear(script_id):
        raise Refused("no_such_script", "GET /sandbox/scripts lists them.", status=404)
    return jsonify(cleared=True)


def arm(script: Script) -> Running:
    """Let a script happen to whatever comes next."""
    return watch().faults.add(script)


@blueprint.get("/limits")
def show_limits() -> Answer:
    """Show which limits are enforced, and how many requests met them."""
    return jsonify(limits=watch().limits.told())


@blueprint.post("/limits")
def set_limit() -> Answer:
    """Enforce a provider's limits: its own figures, or others."""
    watch().limits.set(parse(Limit, desk.json_body()))
    return jsonify(limits=watch().limits.told()), 201


@blueprint.delete("/limits")
def clear_limits() -> Answer:
    """Enforce no limits any more."""
    watch().limits.clear()
    return jsonify(limits={})
