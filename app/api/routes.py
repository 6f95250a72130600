"""Every endpoint of /v1, in the order of the document."""

from __future__ import annotations

from app import commands, errors
from app.api import (
    assessments,
    happenings,
    links,
    lists,
    payments,
    refunds,
    schemas,
    sessions,
    tokens,
)
from app.api.endpoint import Endpoint

_AMOUNTS = (
    errors.AmountInvalid,
    errors.AmountTooSmall,
    errors.AmountTooLarge,
    errors.CurrencyUnknown,
    errors.CurrencyNotSupported,
)

# The groups of the document, by the first word of an endpoint's name.
GROUPS = {
    "sessions": "Checkout sessions",
    "links": "Payment links",
    "tokens": "Tokens",
    "payments": "Payments",
    "refunds": "Refunds",
    "assessments": "Screening",
    "happenings": "Events",
}

# fmt: off
ENDPOINTS = (
    Endpoint("POST", "/checkout_sessions", "Open a hosted checkout page for an order",
             sessions.create, schemas.CheckoutSession, 201, commands.CreateSession, errors=_AMOUNTS),
    Endpoint("GET", "/checkout_sessions/{session_id}", "See how a session, its order and its payment stand",
             sessions.retrieve, schemas.CheckoutSession, errors=(errors.NotFound,)),
    Endpoint("POST", "/checkout_sessions/{session_id}/expire", "Close a session before its time",
             sessions.expire, schemas.CheckoutSession, 200, commands.ExpireSession,
             errors=(errors.NotFound, errors.SessionNotOpen, errors.PaymentProcessing)),

    Endpoint("POST", "/payment_links", "Make a link that anybody may open and pay",
             links.create, schemas.PaymentLink, 201, commands.CreateLink, errors=_AMOUNTS),
    Endpoint("GET", "/payment_links", "List payment links",
             links.index, schemas.PaymentLinkList, query=lists.ListQuery),
    Endpoint("GET", "/payment_links/{link_id}", "See a payment link",
             links.retrieve, schemas.PaymentLink, errors=(errors.NotFound,)),
    Endpoint("PATCH", "/payment_links/{link_id}", "Deactivate a payment link, or activate it again",
             links.update, schemas.PaymentLink, 200, commands.UpdateLink, errors=(errors.NotFound,)),

    Endpoint("POST", "/tokens", "Turn a provider's client-side token into a payment token",
             tokens.create, schemas.Token, 201, commands.CreateToken,
             errors=(*_AMOUNTS, errors.CredentialInvalid, errors.TokenMismatch, errors.TokenUsed,
                     errors.ProviderNotConfigured, errors.ProviderUnavailable, errors.TooManyRequests)),

    Endpoint("POST", "/payments", "Pay with a payment token",
             payments.create, schemas.Payment, 201, commands.CreatePayment,
             errors=(errors.AmountInvalid, errors.CurrencyUnknown, errors.NotFound, errors.TokenUsed,
                     errors.TokenExpired, errors.TokenMismatch, errors.TooManyRequests), claims_first=True),
    Endpoint("GET", "/payments", "List payments",
             payments.index, schemas.PaymentList, query=lists.PaymentsQuery),
    Endpoint("GET", "/payments/{payment_id}", "See a payment",
             payments.retrieve, schemas.Payment, errors=(errors.NotFound,)),
    Endpoint("POST", "/payments/{payment_id}/capture", "Take authorized money, all or a part; the rest is released",
             payments.capture, schemas.Payment, 200, commands.CapturePayment,
             errors=(errors.NotFound, errors.AmountInvalid, errors.NotCapturable, errors.PaymentInReview,
                     errors.PaymentProcessing, errors.CaptureExceedsAuthorized)),
    Endpoint("POST", "/payments/{payment_id}/cancel", "Release an authorization, or close an unpaid payment",
             payments.cancel, schemas.Payment, 200, commands.CancelPayment,
             errors=(errors.NotFound, errors.NotCancelable, errors.PaymentProcessing)),
    Endpoint("POST", "/payments/{payment_id}/refunds", "Give captured money back, all or a part",
             payments.refund, schemas.Refund, 201, commands.CreateRefund,
             errors=(errors.NotFound, errors.AmountInvalid, errors.NotRefundable, errors.PaymentDisputed,
                     errors.RefundExceedsCaptured)),
    Endpoint("GET", "/payments/{payment_id}/refunds", "List the refunds of a payment",
             payments.refunds, schemas.RefundList, query=lists.ListQuery, errors=(errors.NotFound,)),

    Endpoint("GET", "/payments/{payment_id}/assessments", "See how a payment's attempts were screened, and why",
             assessments.index, assessments.AssessmentList, query=lists.ListQuery, errors=(errors.NotFound,)),

    Endpoint("GET", "/refunds/{refund_id}", "See a refund",
             refunds.retrieve, schemas.Refund, errors=(errors.NotFound,)),

    Endpoint("GET", "/events", "List what happened: every change of every payment, once",
             happenings.index, schemas.EventList, query=lists.EventsQuery),
)
# fmt: on
