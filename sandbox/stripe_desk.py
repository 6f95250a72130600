"""Stripe's part of the control desk at /stripe/sandbox: what only the world outside can bring about."""

from flask import Response, current_app, jsonify
from pydantic import Field

from sandbox import clock, desk, stripe_payouts
from sandbox.desk import Answer, Body, Refused
from sandbox.stripe_balance import SETTINGS
from sandbox.stripe_disputes import decide, open_dispute, warn_of_fraud
from sandbox.stripe_errors import StripeError
from sandbox.stripe_fx import USD_FOR_ONE
from sandbox.stripe_mandates import revoke
from sandbox.stripe_spoil import KINDS, ask_for, spoiled
from sandbox.stripe_world import World, public

blueprint = desk.blueprint("stripe_desk")

TROUBLE = ("fraudulent", "product_not_received", "inquiry")


class NewCard(Body):
    """What a network tells of a card that it has replaced."""

    exp_month: int | None = Field(default=None, ge=1, le=12)
    exp_year: int | None = Field(default=None, ge=2000, le=2099)
    last4: str | None = Field(default=None, pattern=r"^\d{4}$")


class Settlement(Body):
    """Which currencies have a bank account (none: all), and how the next line is wrong."""

    currencies: list[str] | None = None
    next: str | None = None


def _world() -> World:
    return World(desk.sandbox())


@blueprint.errorhandler(StripeError)
def refused(error: StripeError) -> Answer:
    """Say no in the desk's shape."""
    told = {"code": error.fields.get("code", "invalid"), "message": error.fields["message"]}
    return jsonify(error=told), error.status


@blueprint.after_request
def wake(response: Response) -> Response:
    """Let the news go out now."""
    current_app.extensions["sandbox"].hooks.wake()
    return response


@blueprint.post("/payment_methods/<method_id>/update")
def new_card(method_id: str) -> Answer:
    """Let the network tell of a card's new number or date: `exp_month`, `exp_year`, `last4`."""
    given = desk.parse(NewCard, desk.json_body()).model_dump(exclude_none=True)
    world = _world()
    method = world.get("payment_method", method_id)
    if not given or method["type"] != "card" or not method["customer"]:
        raise Refused("invalid", "Name a card that is kept for a customer, and what is new of it:"
                      " exp_month, exp_year or last4.", field="exp_month")  # fmt: skip
    with world.sandbox.store.transaction():
        before = {name: method["card"][name] for name in given}
        method["card"] |= given
        world.put(method)
        world.emit("payment_method.automatically_updated", method, card=before)
    return jsonify(public(method))


@blueprint.post("/mandates/<mandate_id>/revoke")
def end_mandate(mandate_id: str) -> Answer:
    """Let an account's holder take their mandate back at their bank."""
    world = _world()
    with world.sandbox.store.transaction():
        return jsonify(public(revoke(world, world.get("mandate", mandate_id))))


@blueprint.post("/charges/<charge_id>/<trouble>")
def bring_trouble(charge_id: str, trouble: str) -> Answer:
    """Dispute a charge (`fraudulent`, `product_not_received`, `inquiry`) or `warn` of fraud."""
    world = _world()
    charge = world.get("charge", charge_id)
    disputable = trouble in TROUBLE and charge["captured"] and not charge["disputed"]
    if charge["payment_method_details"]["type"] != "card" or not (disputable or trouble == "warn"):
        words = "Name a captured card charge without a dispute, and one of: warn, "
        raise Refused("invalid", words + ", ".join(TROUBLE), field="charge")
    with world.sandbox.store.transaction():
        if trouble == "warn":
            warn_of_fraud(world, charge_id)
        else:
            open_dispute(world, charge_id, trouble)
    return jsonify(done=trouble)


@blueprint.post("/disputes/<dispute_id>/<end>")
def decide_dispute(dispute_id: str, end: str) -> Answer:
    """Let the bank decide a dispute: `won` or `lost`."""
    if end not in ("won", "lost"):
        raise Refused("invalid", "A dispute ends as won or lost.", field="end", status=404)
    world = _world()
    with world.sandbox.store.transaction():
        dispute = world.get("dispute", dispute_id)
        return jsonify(public(decide(world, dispute, won=end == "won")))


@blueprint.get("/settlement")
def show_settlement() -> Answer:
    """Tell which currencies have accounts, and which lines were made wrong, with the truth."""
    world = _world()
    settings = world.sandbox.store.get(SETTINGS, "accounts") or {"currencies": []}
    return jsonify(currencies=settings["currencies"], kinds=list(KINDS), spoiled=spoiled(world))


@blueprint.post("/settlement")
def set_settlement() -> Answer:
    """Name the currencies that have a bank account (`currencies`, none: all), spoil the `next` line."""
    wish, world = desk.parse(Settlement, desk.json_body()), _world()
    if wish.next is not None and wish.next not in KINDS:
        raise Refused("invalid", f"A line can be wrong as {', '.join(KINDS)}.", field="next")
    unknown = [code for code in wish.currencies or [] if code not in USD_FOR_ONE]
    if unknown:
        raise Refused("invalid", f"There is no rate for {unknown[0]}.", field="currencies")
    with world.sandbox.store.transaction():
        if wish.currencies is not None:
            world.sandbox.store.put(SETTINGS, "accounts", {"currencies": wish.currencies})
        if wish.next is not None:
            ask_for(world, wish.next)
    return show_settlement()


@blueprint.post("/payouts/run")
def pay_out_now() -> Answer:
    """Make the payouts of the coming night at once."""
    world = _world()
    now = clock.timestamp()
    with world.sandbox.store.transaction():
        made = stripe_payouts.pay_out(world, at=now)
    return jsonify(payouts=public(made))


@blueprint.post("/payouts/<payout_id>/<end>")
def end_payout(payout_id: str, end: str) -> Answer:
    """Let a payout `arrive` now, or `fail`."""
    world = _world()
    with world.sandbox.store.transaction():
        payout = world.get("payout", payout_id)
        if end == "fail":
            stripe_payouts.fail(world, payout)
        elif end == "arrive":
            stripe_payouts.arrive(world, payout_id)
        else:
            raise Refused("invalid", "A payout can arrive or fail.", field="end", status=404)
    return jsonify(public(world.get("payout", payout_id)))
