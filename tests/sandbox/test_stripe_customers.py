"""Customers, what is kept for them, and how it may be used again."""

import pytest
import requests
import stripe


def customer(side, **params):
    return side.client.v1.customers.create({"email": "jenny@example.com", **params})


def attach(side, name, owner):
    return side.client.v1.payment_methods.attach(name, {"customer": owner.id})


def test_a_customer_is_made_changed_listed_and_deleted(side):
    one = customer(side, name="Jenny", metadata={"a": "1"}, address={"country": "DE"})
    customers = side.client.v1.customers
    changed = customers.update(one.id, {"phone": "+49", "metadata": {"a": "", "b": "2"}})
    assert (changed.name, changed.phone, changed.metadata.to_dict()) == ("Jenny", "+49", {"b": "2"})
    assert changed.address.country == "DE"
    mail = f"{one.id}@example.com"
    customers.update(one.id, {"email": mail})
    assert [found.id for found in customers.list({"email": mail}).data] == [one.id]
    kept = attach(side, "pm_card_visa", one)
    key = side.config.stripe_secret_key
    status, gone = side.call("DELETE", f"/v1/customers/{one.id}", key=key)
    assert (status, gone) == (200, {"id": one.id, "object": "customer", "deleted": True})
    assert side.call("GET", f"/v1/customers/{one.id}", key=key)[1]["deleted"] is True
    assert customers.list({"email": mail}).data == []
    assert side.client.v1.payment_methods.retrieve(kept.id).customer is None
    side.deliver()
    assert side.mailbox.of(one.id)[0] == "customer.created"
    assert side.mailbox.of(one.id)[-1] == "customer.deleted"
    assert side.mailbox.of(kept.id) == ["payment_method.attached", "payment_method.detached"]
    with pytest.raises(stripe.InvalidRequestError) as refused:
        side.pay(customer=one.id)
    assert refused.value.param == "customer"


def test_methods_are_kept_listed_preferred_and_let_go(side):
    one, other = customer(side), customer(side)
    visa, master = (attach(side, name, one) for name in ("pm_card_visa", "pm_card_mastercard"))
    methods = side.client.v1.customers.payment_methods
    assert [m.id for m in methods.list(one.id, {"type": "card"}).data] == [master.id, visa.id]
    assert methods.list(one.id, {"type": "sepa_debit"}).data == []
    assert methods.retrieve(one.id, visa.id).id == visa.id
    settings = {"invoice_settings": {"default_payment_method": visa.id}}
    assert (
        side.client.v1.customers.update(one.id, settings).invoice_settings.default_payment_method
        == visa.id
    )
    with pytest.raises(stripe.InvalidRequestError) as refused:
        side.client.v1.customers.update(other.id, settings)
    assert refused.value.code == "resource_missing"
    with pytest.raises(stripe.InvalidRequestError, match="already been attached"):
        attach(side, visa.id, other)
    side.client.v1.payment_methods.detach(visa.id)
    kept = side.client.v1.customers.retrieve(one.id)
    assert kept.invoice_settings.default_payment_method is None
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        attach(side, visa.id, one)


@pytest.mark.parametrize(
    ("card", "code"),
    [
        ("pm_card_visa_chargeDeclined", "card_declined"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card"),
    ],
)
def test_a_card_that_declines_cannot_be_kept(side, card, code):
    with pytest.raises(stripe.CardError) as refused:
        attach(side, card, customer(side))
    assert refused.value.code == code


def test_one_card_can_be_kept_and_declines_later(side):
    one = customer(side)
    kept = attach(side, "pm_card_chargeCustomerFail", one)
    with pytest.raises(stripe.CardError) as refused:
        side.pay(customer=one.id, payment_method=kept.id)
    assert refused.value.code == "card_declined"
    assert side.client.v1.payment_methods.retrieve(kept.id).customer == one.id


def test_what_was_paid_with_once_is_used_up_unless_it_was_kept(side):
    one = customer(side)
    once = side.pay().payment_method
    for refused_again in (lambda: side.pay(payment_method=once), lambda: attach(side, once, one)):
        with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
            refused_again()
    first = side.pay(customer=one.id, setup_future_usage="off_session")
    kept = first.payment_method
    assert first.latest_charge.customer == one.id
    assert side.client.v1.payment_methods.retrieve(kept).customer == one.id
    for _ in range(2):
        again = side.pay(customer=one.id, payment_method=kept, off_session=True)
        assert (again.status, again.setup_future_usage) == ("succeeded", None)
    with pytest.raises(stripe.InvalidRequestError, match="must provide the customer"):
        side.pay(payment_method=kept)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        side.pay(payment_method=kept, customer=customer(side).id)
    assert refused.value.code == "resource_missing"


def answered(side, intent, answer="pass"):
    url = intent.next_action.redirect_to_url.url
    requests.post(url, data={"answer": answer}, timeout=10, allow_redirects=False)
    return side.client.v1.payment_intents.retrieve(intent.id)


def off_session(side, one, kept):
    return side.pay(customer=one.id, payment_method=kept, off_session=True)


@pytest.mark.parametrize(
    ("card", "later"),
    [
        ("pm_card_authenticationRequiredOnSetup", "succeeded"),
        ("pm_card_authenticationRequired", "authentication_required"),
    ],
)
def test_a_card_that_was_kept_with_authentication(side, card, later):
    one = customer(side)
    future = {"customer": one.id, "setup_future_usage": "off_session"}
    first = side.pay(payment_method=card, **future)
    assert first.status == "requires_action"
    kept = answered(side, first).payment_method
    if later == "succeeded":
        assert off_session(side, one, kept).status == "succeeded"
        # With its holder there, the card always asks.
        assert side.pay(customer=one.id, payment_method=kept).status == "requires_action"
        return
    with pytest.raises(stripe.CardError) as refused:
        off_session(side, one, kept)
    assert (refused.value.http_status, refused.value.code) == (402, later)
    failed = side.client.v1.payment_intents.retrieve(refused.value.error.payment_intent.id)
    assert failed.status == "requires_payment_method"
    assert failed.last_payment_error.payment_method.id == kept
    # The shopper comes back and authenticates the same card.
    confirmed = side.client.v1.payment_intents.confirm(
        failed.id,
        {"payment_method": kept, "return_url": "https://shop.example/", "off_session": False},
    )
    assert answered(side, confirmed).status == "succeeded"


def test_a_card_that_was_only_attached_is_not_set_up(side):
    one = customer(side)
    kept = attach(side, "pm_card_authenticationRequiredOnSetup", one).id
    with pytest.raises(stripe.CardError) as refused:
        off_session(side, one, kept)
    assert refused.value.code == "authentication_required"
    kept = attach(side, "pm_card_authenticationRequiredSetupForOffSession", one).id
    assert off_session(side, one, kept).status == "succeeded"


def test_a_token_can_carry_a_kept_method(side):
    one = customer(side)
    kept = attach(side, "pm_card_visa", one)
    token = side.client.v1.test_helpers.confirmation_tokens.create({"payment_method": kept.id})
    assert token.payment_method_preview.customer == one.id
    paid = side.pay(customer=one.id, confirmation_token=token.id)
    assert (paid.status, paid.payment_method) == ("succeeded", kept.id)
