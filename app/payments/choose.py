"""The shopper chooses on the page: quantity and amount where a link allows them, the way of shipping."""

from __future__ import annotations

from typing import Any

from app.errors import AmountInvalid, Invalid, MethodNotAvailable
from app.languages import _
from app.payments import basket as baskets
from app.payments.approve import abandon_challenge
from app.payments.confirm import nobody_pays, open_for_payment
from app.payments.create import check_payable, priced
from app.payments.find import lock_payment, session_of
from models import CheckoutSession, Merchant, Order, Payment, clock, db
from models.money import Money


def choose(
    session_id: str,
    *,
    quantity: int | None = None,
    amount: int | None = None,
    shipping: str | None = None,
) -> Order:
    """Take the shopper's choices; every total is made anew.

    Raises Invalid (with the field), PaymentNotOpen, PaymentProcessing, an amount's errors.
    """
    session, payment, _order = session_of(session_id)
    open_for_payment(payment)
    abandon_challenge(payment.id)
    with db.transaction():
        payment = lock_payment(session.payment_id)
        nobody_pays(payment)  # what is being paid keeps its total, or less would pay for more
        session = db.session().get_one(CheckoutSession, session_id, populate_existing=True)
        order = db.session().get_one(Order, session.order_id, populate_existing=True)
        basket = _chosen(session, quantity, amount, shipping)
        totals: baskets.Totals = priced(basket, order.currency)
        _check(totals.total, session, payment)
        db.update(session, basket=basket)
        db.update(order, **totals.columns())
        db.update(payment, total_minor=totals.total.minor, updated_at=clock.now())
    return order


def _check(amount: Money, session: CheckoutSession, payment: Payment) -> None:
    """To the shopper it is the amount that cannot be, where no way to pay is left for it."""
    merchant = db.session().get_one(Merchant, session.merchant_id)
    try:
        check_payable(
            amount, merchant.country, wanted=session.payment_methods, capture=payment.capture
        )
    except MethodNotAvailable:
        raise AmountInvalid(field="amount") from None


def _chosen(
    session: CheckoutSession, quantity: int | None, amount: int | None, shipping: str | None
) -> dict[str, Any]:
    basket = dict(session.basket)
    item = dict(basket["line_items"][0])
    if quantity is not None:
        if session.link_id is None or not 1 <= quantity <= session.max_quantity:
            raise Invalid(
                _("Choose from {least} to {most}.", least=1, most=session.max_quantity),
                field="quantity",
            )
        item["quantity"] = quantity
    if amount is not None:
        if session.min_minor is None or session.max_minor is None:
            raise Invalid(_("The amount is fixed."), field="amount")
        if not session.min_minor <= amount <= session.max_minor:
            raise Invalid(
                _("The amount is out of bounds."),
                field="amount",
                minimum=session.min_minor,
                maximum=session.max_minor,
            )
        item["unit_amount"] = amount
    if shipping is not None:
        if shipping not in {option["id"] for option in basket.get("shipping_options", [])}:
            raise Invalid(_("There is no such way of shipping."), field="shipping_option")
        basket["shipping"] = shipping
    basket["line_items"] = [item, *basket["line_items"][1:]]
    return basket
