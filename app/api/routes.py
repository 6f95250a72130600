"""Every endpoint of /v1, in the order of the document."""

from __future__ import annotations

from app import commands, errors
from app.api import (
    assessments,
    customer_schemas,
    customers,
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
    "customers": "Customers",
    "payments": "Payments",
    "refunds": "Refunds",
    "assessments": "Screening",
    "happenings": "Events",
}

# fmt: off
ENDPOINTS = (
    Endpoint("POST", "/checkout_sessions", "Open a hosted checkout page for an order",
             sessions.create, schemas.CheckoutSession, 201, commands.CreateSession,
             errors=(*_AMOUNTS, errors.MethodNotAvailable, errors.NotFound)),
    Endpoint("GET", "/checkout_sessions/{session_id}", "See how a session, its order and its payment stand",
             sessions.retrieve, schemas.CheckoutSession, errors=(errors.NotFound,)),
    Endpoint("POST", "/checkout_sessions/{session_id}/expire", "Close a session before its time",
             sessions.expire, schemas.CheckoutSession, 200, commands.ExpireSession,
             errors=(errors.NotFound, errors.SessionNotOpen, errors.PaymentProcessing)),

    Endpoint("POST", "/payment_links", "Make a link that anybody may open and pay",
             links.create, schemas.PaymentLink, 201, commands.CreateLink,
             errors=(*_AMOUNTS, errors.MethodNotAvailable)),
    Endpoint("GET", "/payment_links", "List payment links",
             links.index, schemas.PaymentLinkList, query=lists.ListQuery),
    Endpoint("GET", "/payment_links/{link_id}", "See a payment link",
             links.retrieve, schemas.PaymentLink, errors=(errors.NotFound,)),
    Endpoint("PATCH", "/payment_links/{link_id}", "Deactivate a payment link, or activate it again",
             links.update, schemas.PaymentLink, 200, commands.UpdateLink, errors=(errors.NotFound,)),

    Endpoint("POST", "/tokens", "Turn a provider's client-side token into a payment token",
             tokens.create, schemas.Token, 201, commands.CreateToken,
             errors=(*_AMOUNTS, errors.CredentialInvalid, errors.MethodNotAvailable, errors.TokenMismatch,
                     errors.TokenUsed, errors.ProviderNotConfigured, errors.ProviderUnavailable,
                     errors.TooManyRequests)),

    Endpoint("POST", "/customers", "Make a customer",
             customers.create, customer_schemas.Customer, 201, commands.CreateCustomer,
             errors=(errors.CustomerExists,)),
    Endpoint("GET", "/customers", "List customers",
             customers.index, customer_schemas.CustomerList, query=lists.CustomersQuery),
    Endpoint("GET", "/customers/{customer_id}", "See a customer",
             customers.retrieve, customer_schemas.Customer, errors=(errors.NotFound,)),
    Endpoint("PATCH", "/customers/{customer_id}", "Change a customer",
             customers.update, customer_schemas.Customer, 200, commands.UpdateCustomer,
             errors=(errors.NotFound, errors.CustomerExists)),
    Endpoint("DELETE", "/customers/{customer_id}", "Let go of a customer's methods, and forget who it was",
             customers.delete, customer_schemas.Deleted, errors=(errors.NotFound,)),
    Endpoint("POST", "/customers/{customer_id}/saved_methods", "Keep a method without a payment",
             customers.save, customer_schemas.Setup, 201, commands.SaveMethod,
             errors=(errors.NotFound, errors.ConsentMissing, errors.MethodNotAvailable, errors.TooManyRequests,
                     errors.ProviderNotConfigured, errors.ProviderUnavailable)),
    Endpoint("GET", "/customers/{customer_id}/saved_methods", "List a customer's kept methods",
             customers.methods, customer_schemas.SavedMethodList, query=lists.ListQuery, errors=(errors.NotFound,)),
    Endpoint("GET", "/customers/{customer_id}/saved_methods/{method_id}", "See a kept method",
             customers.method, customer_schemas.SavedMethod, errors=(errors.NotFound,)),
    Endpoint("DELETE", "/customers/{customer_id}/saved_methods/{method_id}", "Let a method go",
             customers.detach, customer_schemas.SavedMethod, errors=(errors.NotFound,)),
    Endpoint("GET", "/setups/{setup_id}", "See how the keeping of a method stands",
             customers.setup, customer_schemas.Setup, errors=(errors.NotFound,)),

    Endpoint("POST", "/payments", "Pay with a payment token or a saved method",
             payments.create, schemas.Payment, 201, commands.CreatePayment,
             errors=(*_AMOUNTS, errors.NotFound, errors.TokenUsed, errors.TokenExpired, errors.TokenMismatch,
                     errors.MandateMissing, errors.MethodNotAvailable, errors.ProviderNotConfigured,
                     errors.ProviderUnavailable, errors.TooManyRequests), claims_first=True),
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
