"""What of PayPal's behaviour may be set while the sandbox runs, by the control desk or a test."""

from typing import Any

from sandbox.paypal_errors import PayPalError
from sandbox.paypal_world import sandbox

KIND = "paypal_settings"
# name → value at first, the most it may be
SETTINGS = {
    "reauthorizations": (1, 10),  # how often one authorization may be renewed
    "report_lag_s": (3 * 3600, 86_400),  # "a maximum of three hours" until a report has a payment
}


def current() -> dict[str, int]:
    """Say how everything is set."""
    kept = sandbox().store.get(KIND, "now") or {}
    return {name: kept.get(name, first) for name, (first, _) in SETTINGS.items()}


def change(wanted: Any) -> dict[str, int]:
    """Set some of it, or refuse all of it."""
    if not isinstance(wanted, dict):
        raise PayPalError("MALFORMED_REQUEST_JSON", field="/")
    for name, value in wanted.items():
        most = SETTINGS[name][1] if name in SETTINGS else -1
        if type(value) is not int or not 0 <= value <= most:
            raise PayPalError("INVALID_PARAMETER_VALUE", field=f"/{name}", value=str(value)[:80])
    sandbox().store.put(KIND, "now", {**current(), **wanted})
    return current()
