"""Reporting v1: transactions and balances, as late as PayPal's own reports."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Response, jsonify, request

from sandbox import clock, paypal_journal, paypal_settings
from sandbox.paypal_door import blueprint
from sandbox.paypal_errors import PayPalError
from sandbox.paypal_money import DECIMALS, money
from sandbox.paypal_world import BUYER, PAYEE, link, wire_time
from sandbox.store import Document

LONGEST_RANGE = timedelta(days=31)
MOST_ON_PAGE, MOST_FOUND = 500, 10_000
PARAMETERS = (
    "transaction_id",
    "transaction_type",
    "transaction_status",
    "transaction_currency",
    "start_date",
    "end_date",
    "fields",
    "balance_affecting_records_only",
    "page_size",
    "page",
)
FILTERS = ("transaction_id", "transaction_type", "transaction_status", "transaction_currency")


@blueprint.get("/v1/reporting/transactions")
def transactions() -> Response:
    """List what moved the account within at most 31 days, oldest first."""
    _only(PARAMETERS)
    start, end = _needed("start_date"), _needed("end_date")
    if end < start or end - start > LONGEST_RANGE:
        raise _bad("end_date")
    size, page = _number("page_size", 100, MOST_ON_PAGE), _number("page", 1, MOST_FOUND)
    known = _refreshed()
    rows = [
        row
        for row in paypal_journal.lines(known.timestamp())
        if start.timestamp() <= row["at"] <= end.timestamp() and _fits(row)
    ]
    found = [_detail(row) for row in rows[(page - 1) * size : page * size]]
    body: dict[str, Any] = {
        **({"transaction_details": found} if found else {}),
        "account_number": PAYEE["merchant_id"],
        "start_date": wire_time(start),
        "end_date": wire_time(min(end, known)),
        "last_refreshed_datetime": wire_time(known),
        "page": page,
        "total_items": len(rows),
        "total_pages": -(-len(rows) // size),
    }
    query = urlencode({name: value for name, value in request.args.items() if name != "page"})
    path = f"/v1/reporting/transactions?{query}&page="
    body["links"] = [link(f"{path}{page}", "self")]
    if page < body["total_pages"]:
        body["links"].append(link(f"{path}{page + 1}", "next"))
    return jsonify(body)


@blueprint.get("/v1/reporting/balances")
def balances() -> Response:
    """Say what there was of each currency at a moment that the reports know."""
    _only(("as_of_time", "currency_code"))
    known = _refreshed()
    at = min(_moment("as_of_time") or known, known)
    latest = {row["currency"]: row for row in paypal_journal.lines(at.timestamp())}
    wanted = request.args.get("currency_code", "")
    if wanted and wanted not in DECIMALS:
        raise _bad("currency_code")
    rows = [row for currency, row in sorted(latest.items()) if wanted in ("", currency)]
    return jsonify(
        balances=[_balance(row) for row in rows],
        account_id=PAYEE["merchant_id"],
        as_of_time=wire_time(at),
        last_refresh_time=wire_time(known),
    )


def _balance(row: Document) -> dict[str, Any]:
    currency = row["currency"]
    return {
        "currency": currency,
        "primary": currency == "EUR",
        "total_balance": money(row["total"], currency),
        "available_balance": money(row["total"] - row["withheld"], currency),
        "withheld_balance": money(row["withheld"], currency),
    }


def _detail(row: Document) -> dict[str, Any]:
    """Write one line; what it left in the account is told only where nothing was filtered."""
    currency, at = row["currency"], wire_time(datetime.fromtimestamp(row["at"], UTC))
    info: dict[str, Any] = {
        "paypal_account_id": BUYER["payer_id"],
        "transaction_id": row["transaction_id"],
        "transaction_event_code": row["code"],
        "transaction_initiation_date": at,
        "transaction_updated_date": at,
        "transaction_amount": money(row["amount"], currency),
        "transaction_status": "S",
        "protection_eligibility": "01",
    }
    if row["reference"]:
        info["paypal_reference_id"] = row["reference"]
        info["paypal_reference_id_type"] = row["reference_type"]
    if row["fee"]:
        info["fee_amount"] = money(row["fee"], currency)
    if row["custom_id"]:
        info["custom_field"] = row["custom_id"]
    if row["invoice_id"]:
        info["invoice_id"] = row["invoice_id"]
    if not any(name in request.args for name in FILTERS):
        info["ending_balance"] = money(row["total"], currency)
        info["available_balance"] = money(row["total"] - row["withheld"], currency)
    return {"transaction_info": info, **_payer()}


def _payer() -> dict[str, Any]:
    fields = request.args.get("fields", "transaction_info").split(",")
    if not {"all", "payer_info"} & set(fields):
        return {}
    name = {"given_name": BUYER["given_name"], "surname": BUYER["surname"]}
    return {
        "payer_info": {
            "account_id": BUYER["payer_id"],
            "email_address": BUYER["email"],
            "address_status": "Y",
            "payer_status": "Y",
            "payer_name": name,
            "country_code": "IE",
        }
    }


def _fits(row: Document) -> bool:
    asked = request.args
    every = asked.get("balance_affecting_records_only", "Y") == "N"
    return (
        (every or row["code"] not in paypal_journal.NO_BALANCE)
        and asked.get("transaction_id") in (None, row["transaction_id"])
        and asked.get("transaction_type") in (None, row["code"])
        and asked.get("transaction_status") in (None, "S")
        and asked.get("transaction_currency") in (None, row["currency"])
    )


def _refreshed() -> datetime:
    """Say up to when the reports know what happened."""
    return clock.now() - timedelta(seconds=paypal_settings.current()["report_lag_s"])


def _only(known: tuple[str, ...]) -> None:
    for name in request.args:
        if name not in known:
            raise PayPalError("NOT_SUPPORTED", field=name, location="query")


def _needed(name: str) -> datetime:
    moment = _moment(name)
    if moment is None:
        raise PayPalError("MISSING_REQUIRED_PARAMETER", field=name, location="query")
    return moment


def _moment(name: str) -> datetime | None:
    text = request.args.get(name)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _bad(name) from None
    if moment.tzinfo is None:
        raise _bad(name)
    return moment


def _number(name: str, default: int, most: int) -> int:
    text = request.args.get(name, str(default))
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= most:
        raise _bad(name)
    return int(text)


def _bad(name: str) -> PayPalError:
    value = request.args.get(name, "")[:80]
    return PayPalError("INVALID_PARAMETER_VALUE", field=name, value=value, location="query")
