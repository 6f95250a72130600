"""Stripe's customers, and the payment methods kept for them: SetupIntents, refreshed and let go."""

from __future__ import annotations

from hashlib import sha256

from app.providers import stripe_request
from app.providers.base import Kept, Refused, Setup, SetupNews
from app.providers.stripe_http import Api, CardRefused, plain
from app.providers.stripe_json import Json, contradicts, id_of, reading, whole
from app.providers.stripe_method import facts, method, next_action
from app.providers.stripe_read import decline
from app.providers.stripe_words import SETUP, unknown
from models import clock

SETUPS = "/v1/setup_intents"
_GONE = {"resource_missing", "payment_method_unexpected_state"}


class Keeping:
    """The part of the adapter that is about later payments."""

    _api: Api
    _account = ""

    def account(self) -> str:
        """Stripe's id of our account; asked for once."""
        if not self._account:
            with reading("an account"):
                self._account = str(self._api.get("/v1/account")["id"])
        return self._account

    def keep_customer(self, customer_id: str, email: str, name: str, lost: str = "") -> str:
        """Stripe's id for a customer of ours, made if need be."""
        known = {"email": email, "name": name}
        # The values too: a key that came with others before is refused for a day. And the hour: an error is
        # repeated for its key for a day as well. A second customer, whom nobody uses, does no harm.
        hour = clock.unix() // 3600
        told = sha256(f"{email}\n{name}\n{lost}\n{hour}".encode()).hexdigest()[:16]
        made = self._api.post(
            "/v1/customers",
            key=f"{customer_id}:{told}",
            metadata={"customer_id": customer_id},
            **{field: value for field, value in known.items() if value},
        )
        with reading("a customer"):
            if made["metadata"].get("customer_id") != customer_id:
                raise contradicts("metadata.customer_id")
            return str(made["id"])

    def set_up(self, setup: Setup) -> SetupNews:
        """Keep a method without a payment."""
        try:
            intent = self._api.post(SETUPS, key=setup.setup_id, **stripe_request.setup(setup))
        except CardRefused as refusal:
            intent = refusal.error.get("setup_intent") or {}
            if not intent:
                raise
        return self._read(intent, setup)

    def fetch_setup(self, setup: Setup, reference: str | None) -> SetupNews:
        """How a setup stands; without a reference it is looked for among its customer's."""
        if reference:
            return self._read(self._api.get(f"{SETUPS}/{plain(reference)}"), setup)
        with reading("a list of SetupIntents"):
            for intent in self._api.every(SETUPS, customer=plain(setup.customer_ref)):
                if (intent["metadata"] or {}).get("setup_id") == setup.setup_id:
                    return self._read(intent, setup)
        return SetupNews(None, "", found=False)

    def fetch_kept(self, credential: str) -> Kept | None:
        """A kept method as it is now; None once it belongs to nobody."""
        try:
            told = self._api.get(f"/v1/payment_methods/{plain(credential)}")
        except Refused as refusal:
            if refusal.code == "resource_missing":
                return None
            raise
        with reading("a payment method"):
            customer = id_of(told["customer"])
            return _kept(told, customer) if customer else None

    def in_force(self, mandate_ref: str) -> bool:
        """Whether a mandate still holds; a word of Stripe's that we do not know changes nothing."""
        with reading("a mandate"):
            return bool(self._api.get(f"/v1/mandates/{plain(mandate_ref)}")["status"] != "inactive")

    def let_go(self, credential: str) -> None:
        """Detach a method from its customer."""
        try:
            self._api.post(f"/v1/payment_methods/{plain(credential)}/detach")
        except Refused as refusal:
            if refusal.code not in _GONE:
                raise

    def _read(self, intent: Json, setup: Setup) -> SetupNews:
        with reading("a SetupIntent"):
            if (intent["metadata"] or {}).get("setup_id") != setup.setup_id:
                raise contradicts("metadata.setup_id")
            said, reference = intent["status"], str(intent["id"])
            if said not in SETUP:
                unknown("SetupIntent.status", said)
            status = SETUP.get(said)
            error = whole(intent.get("last_setup_error"))
            if said == "requires_payment_method" and not error:
                status = None
            kept = self._of_setup(intent, setup) if status == "succeeded" else None
            return SetupNews(
                status,  # type: ignore[arg-type]  # the table's words are SetupNews's
                reference,
                kept=kept,
                action=next_action(intent) if status == "challenged" else None,
                decline=decline(error) if status == "declined" else None,
            )

    def _of_setup(self, intent: Json, setup: Setup) -> Kept:
        credential = id_of(intent["payment_method"])
        if credential is None or id_of(intent["customer"]) != setup.customer_ref:
            raise contradicts("payment_method")
        told = self._api.get(f"/v1/payment_methods/{plain(credential)}")
        return _kept(told, setup.customer_ref, mandate=id_of(intent.get("mandate")) or "")


def _kept(told: Json, customer: str, *, mandate: str = "") -> Kept:
    billing = whole(told.get("billing_details"))
    return Kept(
        credential=str(told["id"]),
        customer_ref=customer,
        mandate_ref=mandate,
        method=method(told, billing),
        facts=facts(told, billing),
    )
