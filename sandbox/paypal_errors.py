"""PayPal's error words: every issue we can answer with, its status and its sentence."""

import secrets
from typing import Any

Detail = dict[str, Any]

_NO_CREDENTIALS = (
    "Authentication failed due to missing authorization header, or invalid authentication"
    " credentials."
)
_NOT_POSSIBLE = (
    "The requested action could not be performed, semantically incorrect, or failed business"
    " validation."
)
ENVELOPES = {
    400: (
        "INVALID_REQUEST",
        "Request is not well-formed, syntactically incorrect, or violates schema.",
    ),
    401: ("AUTHENTICATION_FAILURE", _NO_CREDENTIALS),
    403: ("NOT_AUTHORIZED", "Authorization failed due to insufficient permissions."),
    404: ("RESOURCE_NOT_FOUND", "The specified resource does not exist."),
    405: ("METHOD_NOT_SUPPORTED", "The server does not implement the requested HTTP method."),
    409: (
        "RESOURCE_CONFLICT",
        "The server has detected a conflict while processing this request.",
    ),
    413: ("INVALID_REQUEST", "The request body is too large."),
    415: (
        "UNSUPPORTED_MEDIA_TYPE",
        "The server does not support the request payload's media type.",
    ),
    422: ("UNPROCESSABLE_ENTITY", _NOT_POSSIBLE),
    429: ("RATE_LIMIT_REACHED", "Too many requests. Blocked due to rate limiting."),
    500: ("INTERNAL_SERVER_ERROR", "An internal server error occurred."),
    503: ("SERVICE_UNAVAILABLE", "Service Unavailable."),
}

_CURRENCIES_PAGE = "https://developer.paypal.com/docs/api/reference/currency-codes/"

# Issues that are not 422; everything else in SENTENCES, and every unknown mock code, is 422.
STATUSES = {
    "FIELD_NOT_PATCHABLE": 400,
    "INTERNAL_SERVER_ERROR": 500,
    "INVALID_ACCOUNT_STATUS": 401,
    "INVALID_ARRAY_MAX_ITEMS": 400,
    "INVALID_ARRAY_MIN_ITEMS": 400,
    "INVALID_PARAMETER_SYNTAX": 400,
    "INVALID_PARAMETER_VALUE": 400,
    "INVALID_PATCH_OPERATION": 400,
    "INVALID_RESOURCE_ID": 404,
    "INVALID_STRING_LENGTH": 400,
    "MALFORMED_REQUEST_JSON": 400,
    "MISSING_REQUIRED_PARAMETER": 400,
    "NOT_SUPPORTED": 400,
    "PAYPAL_REQUEST_ID_REQUIRED": 400,
    "PERMISSION_DENIED": 403,
    "PREVIOUS_REQUEST_IN_PROGRESS": 409,
    "RATE_LIMIT_REACHED": 429,
    "SERVICE_UNAVAILABLE": 503,
}

SENTENCES = {
    "ACTION_DOES_NOT_MATCH_INTENT": "Order was created with another intent. Please use the action"
    " that belongs to it or create an order with the intent of this action.",
    "AMOUNT_CHANGE_NOT_ALLOWED": "The amount specified is different from the amount authorized by"
    " payer.",
    "AMOUNT_MISMATCH": "Should equal item_total + tax_total + shipping + handling + insurance -"
    " shipping_discount - discount.",
    "AUTH_CAPTURE_CURRENCY_MISMATCH": "Currency of capture must be the same as currency of"
    " authorization.",
    "AUTH_CURRENCY_MISMATCH": "The currency specified during reauthorization should be the same as"
    " the currency specified in the original authorization.",
    "AUTHORIZATION_ALREADY_CAPTURED": "Authorization has previously been captured.",
    "AUTHORIZATION_DENIED": "An denied authorization cannot be captured.",
    "AUTHORIZATION_EXPIRED": "An expired authorization cannot be captured.",
    "AUTHORIZATION_VOIDED": "A voided authorization cannot be captured or reauthorized.",
    "CANNOT_BE_NEGATIVE": "Must be greater than or equal to 0.",
    "CANNOT_BE_VOIDED": "A reauthorization cannot be voided. Please void the original parent"
    " authorization.",
    "CANNOT_BE_ZERO_OR_NEGATIVE": "Must be greater than zero. If the currency supports decimals,"
    " only two decimal place precision is supported.",
    "CAPTURE_FULLY_REFUNDED": "The capture has already been fully refunded",
    "DECIMAL_PRECISION": "If the currency supports decimals, only two decimal place precision is"
    " supported.",
    "DECIMALS_NOT_SUPPORTED": "Currency does not support decimals. Please refer to"
    f" {_CURRENCIES_PAGE} for more information.",
    "DUPLICATE_INVOICE_ID": "Duplicate Invoice ID detected. To avoid a potential duplicate"
    " transaction your account setting requires that Invoice Id be unique for each transaction.",
    "DUPLICATE_REFERENCE_ID": "`reference_id` must be unique if multiple `purchase_unit` are"
    " provided.",
    "FIELD_NOT_PATCHABLE": "Field cannot be patched.",
    "INSTRUMENT_DECLINED": "The instrument presented  was either declined by the processor or"
    " bank, or it can't be used for this payment.",
    "INVALID_ARRAY_MAX_ITEMS": "The number of items in an array parameter is too large.",
    "INVALID_ARRAY_MIN_ITEMS": "The number of items in an array parameter is too small.",
    "INVALID_CURRENCY_CODE": "Currency code is invalid or is not currently supported. Please refer"
    f" {_CURRENCIES_PAGE} for list of supported currency codes.",
    "INVALID_JSON_POINTER_FORMAT": "Path should be a valid JSON Pointer"
    " https://tools.ietf.org/html/rfc6901 that references a location within the request where the"
    " operation is performed.",
    "INVALID_PARAMETER_SYNTAX": "The value of a field does not conform to the expected format.",
    "INVALID_PARAMETER_VALUE": "A parameter value is not valid.",
    "INVALID_PATCH_OPERATION": "The operation cannot be honored. Cannot add a property that's"
    " already present, use replace. Cannot remove a property thats not present, use add. Cannot"
    " replace a property thats not present, use add.",
    "INVALID_RESOURCE_ID": "Specified resource ID does not exist. Please check the resource ID and"
    " try again.",
    "INVALID_STRING_LENGTH": "The value of a field is either too short or too long",
    "ITEM_TOTAL_MISMATCH": "Should equal sum of (unit_amount * quantity) across all items for a"
    " given purchase_unit.",
    "ITEM_TOTAL_REQUIRED": "If item details are specified (items.unit_amount and items.quantity)"
    " corresponding amount.breakdown.item_total is required.",
    "MALFORMED_REQUEST_JSON": "The request JSON is not well formed.",
    "MAX_CAPTURE_AMOUNT_EXCEEDED": "Capture amount exceeds allowable limit. The default overage"
    " limit is 115%, which allows the sum of all captures to be up to 115% of the order amount.",
    "MAX_CAPTURE_COUNT_EXCEEDED": "Maxmimum number of allowable captures has been reached. No"
    " additional captures are possible for this authorization.",
    "MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED": "You have exceeded the maximum number of payment"
    " attempts.",
    "MAX_VALUE_EXCEEDED": "Should be less than or equal to 999999999999999.99.",
    "MISSING_REQUIRED_PARAMETER": "A required parameter is missing.",
    "MULTI_CURRENCY_ORDER": "Multiple differing values of currency_code are not supported. Entire"
    " Order request must have the same currency_code.",
    "NOT_ENABLED_FOR_CARD_PROCESSING": "The API Caller account is not setup to be able to process"
    " card payments. Please contact PayPal customer support.",
    "NOT_PATCHABLE": "Cannot be patched.",
    "NOT_SUPPORTED": "This field is not currently supported.",
    "ORDER_ALREADY_AUTHORIZED": "Order already authorized.If 'intent=AUTHORIZE' only one"
    " authorization per order is allowed.",
    "ORDER_ALREADY_CAPTURED": "Order already captured.If 'intent=CAPTURE' only one capture per"
    " order is allowed.",
    "ORDER_ALREADY_COMPLETED": "The order cannot be patched after it is completed.",
    "ORDER_COMPLETED_OR_VOIDED": "Order is voided or completed and hence cannot be authorized.",
    "ORDER_NOT_APPROVED": "Payer has not yet approved the Order for payment. Please redirect the"
    " payer to the 'rel':'approve' url returned as part of the HATEOAS links within the Create"
    " Order call or provide a valid `payment_source` in the request.",
    "PATCH_PATH_REQUIRED": "Specify a `value` for the field in which the operation needs to be"
    " performed.",
    "PATCH_VALUE_REQUIRED": "Specify a `value` for the field being patched.",
    "PAYPAL_REQUEST_ID_REQUIRED": "A PayPal-Request-Id is required if you are trying to process"
    " payment for an Order. Please specify a PayPal-Request-Id or Create the Order without a"
    " 'payment_source' specified.",
    "PENDING_CAPTURE": "Cannot initiate a refund as the capture is pending. Capture is typically"
    " pending when the payer has funded the transaction using e-check/bank funded.",
    "PERMISSION_DENIED": "You do not have permission to access or perform operations on this"
    " resource.",
    "PREVIOUS_REQUEST_IN_PROGRESS": "A previous request on this resource is currently in progress."
    " Please wait for sometime and try again. It is best to space out the initial and the"
    " subsequent request(s) to avoid receiving this error.",
    "PREVIOUSLY_CAPTURED": "Authorization has been previously captured and hence cannot be voided.",
    "PREVIOUSLY_VOIDED": "Authorization has been previously voided and hence cannot be voided"
    " again.",
    "REAUTHORIZATION_NOT_SUPPORTED": "A reauthorize cannot be attempted on an authorization_id"
    " that is the result of a prior reauthorization or on an authorization made on an Order saved"
    " using the `v2/orders/id/save` API.",
    "REAUTHORIZATION_TOO_SOON": "A reauthorization is only allowed once the honor period of the"
    " authorization is over.",
    "REFERENCE_ID_NOT_FOUND": "Filter expression value is incorrect. Please check the value of the"
    " reference_id and try again.",
    "REFERENCE_ID_REQUIRED": "'reference_id' is required for each 'purchase_unit' if multiple"
    " 'purchase_unit' are provided.",
    "REFUND_AMOUNT_EXCEEDED": "The refund amount must be less than or equal to the capture amount"
    " that has not yet been refunded.",
    "REFUND_CAPTURE_CURRENCY_MISMATCH": "Refund must be in the same currency as the capture",
    "REFUND_NOT_ALLOWED": "Capture cannot be refunded.",
    "REFUND_TIME_LIMIT_EXCEEDED": "You are over the time limit to perform a refund on this capture",
    "TAX_TOTAL_MISMATCH": "Should equal sum of (tax * quantity) across all items for a given"
    " purchase_unit.",
    "TAX_TOTAL_REQUIRED": "If item details are specified (items.tax_total and items.quantity)"
    " corresponding amount.breakdown.tax_total is required.",
    "UNSUPPORTED_INTENT": "`intent=AUTHORIZE` is not supported for multiple purchase units. Only"
    " `intent=CAPTURE` is supported.",
}


class PayPalError(Exception):
    """A refusal in PayPal's form: one status, one name, one or more issues."""

    def __init__(
        self,
        issue: str,
        *,
        field: str = "",
        value: str = "",
        location: str = "body",
        redirect: str = "",
    ) -> None:
        super().__init__(issue)
        self.status = STATUSES.get(issue, 422)
        self.details = [detail(issue, field=field, value=value, location=location)]
        self.redirect = redirect

    @classmethod
    def of(cls, details: list[Detail]) -> "PayPalError":
        """Make one refusal of several findings; the first decides the status."""
        error = cls(details[0]["issue"])
        error.details = details
        return error


def detail(issue: str, *, field: str = "", value: str = "", location: str = "body") -> Detail:
    """Make one row of an error's `details`."""
    row: Detail = {"issue": issue, "description": SENTENCES.get(issue, issue)}
    if field:
        row = {"field": field, **({"value": value} if value else {}), "location": location, **row}
    return row


def new_debug_id() -> str:
    """Make an id like those in Paypal-Debug-Id."""
    return secrets.token_hex(7)[:13]


def envelope(status: int, *, debug_id: str, details: list[Detail], redirect: str = "") -> Detail:
    """Make the body of an error answer."""
    name, message = ENVELOPES.get(status, ENVELOPES[500])
    issue = details[0]["issue"] if details else name
    links = [
        {
            "href": f"https://developer.paypal.com/docs/api/orders/v2/#error-{issue}",
            "rel": "information_link",
            "method": "GET",
        }
    ]
    if redirect:
        links.append({"href": redirect, "rel": "redirect", "method": "GET"})
    body: Detail = {"name": name, "message": message, "debug_id": debug_id}
    if details:
        body["details"] = details
    return body | {"links": links}
