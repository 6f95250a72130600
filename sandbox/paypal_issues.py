"""PayPal's issues that we can answer with: their statuses and their published sentences."""

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
    "AGREEMENT_ALREADY_CANCELLED": "The requested agreement is already canceled.",
    "BILLING_AGREEMENT_NOT_FOUND": "The requested Billing Agreement token was not found.",
    "CARD_EXPIRED": "The card is expired",
    "CARD_EXPIRY_REQUIRED": "The card expiry is required when attempting to process payment with"
    " card.",
    "CARD_NUMBER_REQUIRED": "The card number is required when attempting to process payment with"
    " card.",
    "INCOMPATIBLE_PARAMETER_VALUE": "The value of the field is incompatible/redundant with other"
    " fields in the order.",
    "INVALID_SECURITY_CODE_LENGTH": "The security_code length is invalid for the specified card"
    " brand.",
    "MERCHANT_INITIATED_WITH_MULTIPLE_PURCHASE_UNITS": "`stored_payment_source.payment_initiator`"
    " = `MERCHANT` is not supported if more than one purchase_unit is present in the Order."
    " Merchant initiated payments are not supported from orders with more than one"
    " purchase_unit. Please retry the request with multiple Order requests (one for each"
    " purchase_unit).",
    "MERCHANT_INITIATED_WITH_SECURITY_CODE": "`stored_payment_source.payment_initiator` ="
    " `MERCHANT` is not supported if `payment_source.card.security_code` is present in the"
    " order. `security_code` can be present in the order only when customer is the payment"
    " initiator. It is semantically incorrect to perform a merchant initiated payment with"
    " `security_code` is the order.",
    "MISMATCHED_VAULT_ID_TO_PAYMENT_SOURCE": "The vault_id does not match the payment_source"
    " provided. Please verify that the vault_id token used refers to the matching payment_source"
    " and try again. For example, a PayPal token cannot be passed in the vault_id field in the"
    " payment_source.card object.",
    "NO_PAYMENT_SOURCE_PROVIDED": "At least one payment method is required within the payment"
    " source.",
    "NOT_ENABLED_FOR_APPLE_PAY": "The 'API caller' and/or 'payee' is not setup to be able to"
    " process apple pay. Please contact your Account Manager.",
    "NOT_ENABLED_FOR_GOOGLE_PAY": "The 'API caller' and/or 'payee' is not setup to be able to"
    " process google pay. Please contact your Account Manager.",
    "ORDER_CANNOT_BE_CONFIRMED": "An order with status = 'COMPLETED' cannot be confirmed again.",
    "PAYER_ACTION_REQUIRED": "Transaction cannot complete successfully, instruct the buyer to"
    " return to PayPal.",
    "PAYMENT_SOURCE_CANNOT_BE_USED": "The provided payment source cannot be used to pay for the"
    " order. Please try again with a different payment source by creating a new order.",
    "TOKEN_ID_NOT_FOUND": "Specified token was not found. Verify the token and try the request"
    " again.",
    "TRANSACTION_REFUSED": "The request was refused.",
    "VAULT_INSTRUCTION_REQUIRED": "Vault instruction is required. Please use"
    " `vault.store_in_vault` to provide vault instruction.",
    "TRANSACTION_DISPUTED": "Partial refunds cannot be offered at this time because there is an"
    " open case on this transaction. Visit the PayPal Resolution Center to review this case.",
}
