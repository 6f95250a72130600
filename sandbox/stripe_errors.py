"""Stripe's errors as exceptions: the documented body with its HTTP status."""

from typing import Any

from sandbox.cards import ADVICE, DECLINE_PARAM, DECLINE_TEXT, NETWORK_DECLINE

DOC_URL = "https://stripe.com/docs/error-codes/"


class StripeError(Exception):
    """An answer that is not 2xx; `executed` says whether the endpoint had begun its work."""

    status = 400
    type = "invalid_request_error"
    executed = False
    keep = False

    def __init__(self, message: str, *, code: str = "", param: str = "", **more: Any) -> None:
        super().__init__(message)
        self.fields: dict[str, Any] = {"message": message, "type": self.type}
        if code:
            self.fields |= {"code": code, "doc_url": DOC_URL + code.replace("_", "-")}
        if param:
            self.fields["param"] = param
        self.fields |= more

    def body(self) -> dict[str, Any]:
        """Give the JSON body."""
        return {"error": self.fields}


class InvalidRequest(StripeError):
    """The request is malformed: found before anything ran, so no idempotency key is burnt."""


class InvalidState(StripeError):
    """The request is well formed, but the object is in no state for it."""

    executed = True


class NotFound(StripeError):
    """There is no such object."""

    status = 404


class Unauthorized(StripeError):
    """The key is missing or unknown."""

    status = 401


class Forbidden(StripeError):
    """The key is known and may not do this."""

    status = 403


class KeyInUse(StripeError):
    """Another request with this idempotency key is still running."""

    status = 409
    type = "idempotency_error"


class KeyReused(StripeError):
    """This idempotency key came before with other parameters."""

    type = "idempotency_error"


class CardError(StripeError):
    """The card did not pay; what was written about the attempt stays written."""

    status = 402
    type = "card_error"
    executed = True
    keep = True


class BadCard(CardError):
    """The card's fields cannot be right; nothing was tried and nothing is written."""

    executed = False
    keep = False


def no_such(kind: str, object_id: str, *, param: str = "id") -> NotFound:
    """Say that an id leads nowhere, in Stripe's words."""
    return NotFound(f"No such {kind}: '{object_id}'", code="resource_missing", param=param)


def decline_fields(code: str, decline_code: str, *, blocked: bool = False) -> dict[str, Any]:
    """Give the fields that a decline has in an error and in `last_payment_error` alike."""
    fields: dict[str, Any] = {"code": code, "doc_url": DOC_URL + code.replace("_", "-")}
    # Only card_declined carries a decline_code; the other codes say it all by themselves.
    if code in {"card_declined", "authentication_required"}:
        fields["decline_code"] = decline_code
    if decline_code in ADVICE:
        fields["advice_code"] = ADVICE[decline_code]
    if decline_code in NETWORK_DECLINE and not blocked:
        fields["network_decline_code"] = NETWORK_DECLINE[decline_code]
    if code in DECLINE_PARAM:
        fields["param"] = DECLINE_PARAM[code]
    words = DECLINE_TEXT.get(decline_code) or DECLINE_TEXT.get(code, "Your card was declined.")
    return fields | {"message": words, "type": "card_error"}
