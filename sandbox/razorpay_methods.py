"""With what a shopper in India pays, and what becomes of each choice: tables.

Codes of banks and wallets are Razorpay's as far as they are publicly known; what an account offers
is told by its own dashboard. `success@razorpay` and `failure@razorpay` are the test ids of the page
"Test UPI ID Details"; every other UPI id asks "the app". Reasons and sentences of failed payments are
from "UPI Error Codes" and "Payments Webhook Events" and, where neither has them, plain words.
"""

import re
from dataclasses import dataclass

METHODS = ("upi", "netbanking", "wallet")
FLOWS = ("collect", "intent")
# NPCI: a name of 2 to 256 characters, "@", the handle of a bank or an app.
VPA = re.compile(r"[A-Za-z0-9._-]{2,256}@[A-Za-z][A-Za-z0-9]{1,63}")

BANKS = {
    "AUBL": "AU Small Finance Bank",
    "BARB_R": "Bank of Baroda",
    "BKID": "Bank of India",
    "CNRB": "Canara Bank",
    "CSBK": "CSB Bank",
    "DBSS": "DBS Bank India",
    "FDRL": "Federal Bank",
    "HDFC": "HDFC Bank",
    "IBKL": "IDBI Bank",
    "ICIC": "ICICI Bank",
    "IDFB": "IDFC First Bank",
    "IDIB": "Indian Bank",
    "INDB": "IndusInd Bank",
    "IOBA": "Indian Overseas Bank",
    "KKBK": "Kotak Mahindra Bank",
    "KVBL": "Karur Vysya Bank",
    "MAHB": "Bank of Maharashtra",
    "PUNB_R": "Punjab National Bank",
    "RATN": "RBL Bank",
    "SBIN": "State Bank of India",
    "UBIN": "Union Bank of India",
    "UTIB": "Axis Bank",
    "YESB": "Yes Bank",
}
WALLETS = {
    "airtelmoney": "Airtel Money",
    "freecharge": "Freecharge",
    "jiomoney": "JioMoney",
    "mobikwik": "MobiKwik",
    "olamoney": "Ola Money",
    "phonepe": "PhonePe",
}

# UPI ids that end by themselves, without anybody's app.
AT_ONCE = {"success@razorpay": "", "failure@razorpay": "payment_failed"}

# What a refund does when the money came from here: pending first, then this word. Ours, no page's.
REFUNDS_LATER = {
    "IBKL": "failed",
    "PUNB_R": "processed",
    "failedrefund@razorpay": "failed",
    "slowrefund@razorpay": "processed",
}
REFUND_NEWS_AFTER_S = 3.0
# "Late Payment Authorisations" and "UPI Error Codes": ten minutes, then the payment has failed.
ANSWER_WITHIN_S = 600.0


@dataclass(frozen=True)
class Failure:
    """Why a payment failed, in the five fields that Razorpay keeps of it."""

    code: str
    source: str
    step: str
    description: str


FAILURES = {
    "payment_failed": Failure(
        "BAD_REQUEST_ERROR", "bank", "payment_authorization", "Payment failed"
    ),
    "payment_cancelled": Failure(
        "BAD_REQUEST_ERROR", "customer", "payment_authentication",
        "Payment processing cancelled by user",
    ),
    "payment_declined": Failure(
        "BAD_REQUEST_ERROR", "customer", "payment_authentication",
        "You have declined the payment request on the UPI app. Please retry when you are ready.",
    ),
    "payment_collect_request_expired": Failure(
        "BAD_REQUEST_ERROR", "customer", "payment_authentication",
        "Payment was unsuccessful as you could not pay with the UPI app within time.",
    ),
    "payment_timed_out": Failure(
        "BAD_REQUEST_ERROR", "customer", "payment_authentication",
        "Payment was not completed on time.",
    ),
    "incorrect_otp": Failure(
        "BAD_REQUEST_ERROR", "customer", "payment_authentication",
        "Payment processing failed because of incorrect OTP",
    ),
    "insufficient_funds": Failure(
        "GATEWAY_ERROR", "customer", "payment_debit_request",
        "Transaction failed due to insufficient funds.",
    ),
    "bank_technical_error": Failure(
        "GATEWAY_ERROR", "issuer_bank", "payment_debit_request",
        "The payment failed due to a downtime on the UPI provider.",
    ),
}  # fmt: skip


def mistake_in_vpa(vpa: str) -> str:
    """Say in words what is wrong with a UPI id; nothing when it could be one."""
    if not vpa:
        return "Enter your UPI ID. It looks like name@bank."
    if any(letter.isspace() for letter in vpa):
        return "A UPI ID has no spaces. It looks like name@bank."
    if vpa.count("@") != 1:
        return "A UPI ID has one @ between the name and the bank, like name@bank."
    if not VPA.fullmatch(vpa):
        return (
            "A UPI ID has letters, digits, dots, hyphens and underscores before the @,"
            " and letters and digits after it, like name@bank."
        )
    return ""
