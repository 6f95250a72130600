"""What happens by itself on PayPal's side, by the names under which timers are kept."""

from collections.abc import Callable
from typing import Any

from flask import Flask

from sandbox.paypal_disputes import give_up_if_due, open_dispute
from sandbox.paypal_errors import PayPalError
from sandbox.paypal_holds import load_authorization
from sandbox.paypal_payments import end_refund

ACTIONS: dict[str, Callable[..., object]] = {
    "expire_hold": load_authorization,  # to read one past its end is to void it
    "open_dispute": open_dispute,
    "dispute_due": give_up_if_due,
    "end_refund": end_refund,
}


def install_timers(app: Flask) -> None:
    """Register every action; each runs outside of any request."""
    for name, action in ACTIONS.items():
        app.extensions["sandbox"].timers.actions["paypal." + name] = _bound(app, action)


def _bound(app: Flask, action: Callable[..., object]) -> Callable[..., None]:
    def run(**arguments: Any) -> None:
        with app.app_context():
            try:
                action(**arguments)
            except PayPalError:
                return  # the world has moved on: refunded meanwhile, or decided

    return run
