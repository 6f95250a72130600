"""Every failure a caller can see: its class, HTTP status and stable code."""

from __future__ import annotations

from typing import Any, ClassVar


class AppError(Exception):
    """A failure with a stable code, a sentence that says what to do, and the field it is about."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    says: ClassVar[str] = (
        "Something went wrong on our side. Repeat the same request with its Idempotency-Key."
    )

    def __init__(
        self, message: str | None = None, *, field: str | None = None, **details: Any
    ) -> None:
        super().__init__(message or self.says)
        self.message, self.field, self.details = message or self.says, field, details

    def body(self) -> dict[str, Any]:
        """The `error` object of the JSON answer."""
        named = {"field": self.field} if self.field else {}
        return {"code": self.code, "message": self.message, **named, **self.details}


class BadRequest(AppError):
    """The request cannot be read."""

    status, code = 400, "malformed_request"
    says = "The request body must be a JSON object."


class Unauthenticated(AppError):
    """No key, or one that is not valid."""

    status, code = 401, "invalid_api_key"
    says = "Send a valid secret key: `Authorization: Bearer sk_…`."


class Forbidden(AppError):
    """The caller is known and may not do this."""

    status, code = 403, "forbidden"
    says = "This is not yours to do."


class CsrfExpired(Forbidden):
    """The page was open for too long, or the form did not come from it."""

    code = "page_expired"
    says = "This page is out of date. Reload it and try again."


class EmbeddingNotAllowed(Forbidden):
    """A payment link was opened in a frame by a site that nobody named."""

    code = "embedding_not_allowed"
    says = "This site may not show the page in a frame. Name it in `embed_origins`."


class NotFound(AppError):
    """No such record, or another merchant's: the answer is the same."""

    status, code = 404, "not_found"
    says = "There is no such record."


class MethodNotAllowed(AppError):
    """The path exists, the method does not."""

    status, code = 405, "method_not_allowed"
    says = "This path does not support that method."


class PayloadTooLarge(AppError):
    """The body is over the limit."""

    status, code = 413, "payload_too_large"
    says = "The request body is too large (at most 256 kB)."


class UnsupportedMediaType(AppError):
    """The body is not JSON."""

    status, code = 415, "unsupported_media_type"
    says = "Send the body as `Content-Type: application/json`."


class TooManyRequests(AppError):
    """Slow down. `retry_after` says after how many seconds it is worth another try."""

    status, code = 429, "too_many_requests"
    says = "Too many requests. Wait a moment and try again."


class Unavailable(AppError):
    """The database does not answer, or has no connection to spare; mostly before anything was done."""

    status, code = 503, "temporarily_unavailable"
    says = "We cannot answer just now. Repeat the same request with its Idempotency-Key."


class ProviderUnavailable(AppError):
    """The provider gives no answer, and nothing has been asked of it that could move money."""

    status, code = 503, "provider_unavailable"
    says = "The payment provider is not answering. No money was taken; please try again."


# 409: not in this state


class Conflict(AppError):
    """The record is not in a state that allows this."""

    status, code = 409, "conflict"


class IdempotencyInProgress(Conflict):
    """The first request with this key is still running."""

    code = "idempotency_in_progress"
    says = "A request with this Idempotency-Key is still running. Repeat it in a moment."


class PaymentNotOpen(Conflict):
    """The payment is paid, canceled or expired: nothing more can be paid."""

    code = "payment_not_open"
    says = "This payment can no longer be paid."


class PaymentProcessing(Conflict):
    """An earlier try has no answer yet; a second charge could take the money twice."""

    code = "payment_processing"
    says = "An earlier try has no answer yet. It will be resolved by itself; no second charge is made meanwhile."


class PaymentInReview(Conflict):
    """A human must decide first."""

    code = "payment_in_review"
    says = "This payment is being reviewed. It can be captured once the review is closed."


class NotCapturable(Conflict):
    """There is no authorization to capture."""

    code = "payment_not_capturable"
    says = "Only an authorized payment can be captured."


class NotCancelable(Conflict):
    """The money was taken already, or the payment is closed."""

    code = "payment_not_cancelable"
    says = "A captured or closed payment cannot be canceled. Refund it instead."


class NotRefundable(Conflict):
    """Nothing was captured."""

    code = "payment_not_refundable"
    says = "Only a captured payment can be refunded."


class PaymentDisputed(Conflict):
    """The bank has taken the money back, or is about to: a refund would pay twice."""

    code = "payment_disputed"
    says = "This payment is disputed. Answer the dispute at the provider instead of refunding."


class RefundExceedsCaptured(Conflict):
    """More than is left of the captured amount."""

    code = "refund_exceeds_captured"


class SessionNotOpen(Conflict):
    """The checkout session is complete, canceled or expired."""

    code = "session_not_open"
    says = "This checkout session is not open any more."


class AmountChanged(Conflict):
    """The amount differs from the one that the shopper saw."""

    code = "amount_changed"
    says = "The amount has changed since this page was loaded. Please check it and confirm again."


class LinkNotOpen(Conflict):
    """The link is deactivated, used up, expired or has not started."""

    code = "link_not_open"
    says = "This payment link cannot be used now."


# 422: the value is not acceptable


class Invalid(AppError):
    """A value of the right form that cannot be accepted."""

    status, code = 422, "invalid_value"
    says = "A value cannot be accepted."


class UnknownField(Invalid):
    """A field this endpoint does not know: a typing error should not be ignored when money is meant."""

    code = "unknown_field"
    says = "This field is not known here."


class MissingField(Invalid):
    """A required field is absent."""

    code = "missing_field"
    says = "This field is required."


class AmountInvalid(Invalid):
    """Not an integer of minor units above zero and below 2^53."""

    code = "amount_invalid"
    says = "An amount is an integer in the currency's minor unit, above zero (1999 is 19.99 EUR)."


class AmountTooSmall(Invalid):
    """Below what the provider accepts in this currency."""

    code = "amount_too_small"


class AmountTooLarge(Invalid):
    """Above what the provider accepts."""

    code = "amount_too_large"


class CurrencyUnknown(Invalid):
    """Not an ISO 4217 code."""

    code = "currency_unknown"
    says = "Use a three-letter ISO 4217 currency code such as EUR."


class MethodNotAvailable(AppError):
    """No provider offers this way to pay for this currency, amount and country."""

    status, code = 422, "method_not_available"
    says = "This way to pay is not available here. Choose one of `available`."


class ConsentMissing(AppError):
    """Nobody may keep a method without the customer's consent."""

    status, code = 422, "consent_missing"
    says = "Give `consent` with the words that the customer agreed to."


class MandateMissing(AppError):
    """The customer did not agree to be charged while they are not there."""

    status, code = 422, "mandate_missing"
    says = (
        "The customer did not agree to be charged while they are not there. Open a checkout session with this "
        "`customer`, or save a method with a consent whose `off_session` is true."
    )


class CustomerExists(AppError):
    """The merchant's own name for a customer is another one's."""

    status, code = 409, "customer_exists"
    says = "Another customer has this reference."


class CodeWrong(AppError):
    """Not the code that was mailed, or too late."""

    status, code = 422, "code_wrong"
    says = "This is not the code, or it has expired. Ask for a new one."


class CodesSpent(AppError):
    """A page mails so many codes and no more, however long one waits."""

    status, code = 409, "codes_spent"
    says = "No more codes can be sent for this page. Pay without what is saved, or ask for a new payment page."


class CurrencyNotSupported(Invalid):
    """No configured provider takes this currency."""

    code = "currency_not_supported"
    says = "No configured provider takes this currency."


class CaptureExceedsAuthorized(Invalid):
    """More than was authorized."""

    code = "capture_exceeds_authorized"


class RawCardData(Invalid):
    """Card numbers are never taken here."""

    code = "raw_card_data_not_accepted"
    says = "Card data is not accepted here. Tokenize it in the browser with Stripe.js or PayPal's script."


class TokenUsed(Invalid):
    """The payment token was used already."""

    code = "token_already_used"
    says = "This token was used already. Make a new one."


class TokenExpired(Invalid):
    """The payment token is too old."""

    code = "token_expired"
    says = "This token has expired. Make a new one."


class TokenMismatch(Invalid):
    """The token is bound to another amount or currency."""

    code = "token_mismatch"
    says = "This token was made for another amount or currency."


class CredentialInvalid(Invalid):
    """The provider does not know the client-side token, or it cannot be used."""

    code = "credential_invalid"
    says = "The provider does not accept this token. Collect the payment details again."


class ProviderNotConfigured(Invalid):
    """That provider has no keys here."""

    code = "provider_not_configured"
    says = "This provider is not configured."


class IdempotencyKeyReused(Invalid):
    """The same key came with another body."""

    code = "idempotency_key_reused"
    says = "This Idempotency-Key was used with another request. Use a new key for a new request."


class SignatureInvalid(AppError):
    """A webhook that the provider did not sign. No details."""

    status, code = 400, "signature_invalid"
    says = "The signature is not valid."


class ReturnInvalid(AppError):
    """A browser brought back what its payment provider did not sign, or what is about somebody else's order."""

    status, code = 400, "return_invalid"
    says = "This did not come from the payment provider, or is about another order. Nothing was changed."


def tree(root: type[AppError] = AppError) -> list[type[AppError]]:
    """Every error class, parents first."""
    return [root, *(found for child in root.__subclasses__() for found in tree(child))]
