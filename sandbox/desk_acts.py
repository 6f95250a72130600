"""The desk's acts: what the merchant at the provider, the bank and the buyer do, by API."""

from flask import jsonify

from sandbox import desk
from sandbox.acts import ACTS, Act, act
from sandbox.bodies import parse
from sandbox.desk import Answer

blueprint = desk.blueprint("desk_acts")


@blueprint.get("/acts")
def show_acts() -> Answer:
    """Say what can be done at which provider."""
    return jsonify(acts={name: list(doings) for name, doings in ACTS.items()})


@blueprint.post("/acts")
def do() -> Answer:
    """Do something to a payment at its provider."""
    wanted = parse(Act, desk.json_body())
    return jsonify(done=wanted.act, payment=act(desk.sandbox(), wanted)["id"]), 201
