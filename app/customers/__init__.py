"""Customers who pay again, and the methods that a provider keeps for them.

`records`: made, changed, deleted by the merchant. `keep`: what a payment or a setup leaves behind: a method, and the
mandate it rests on. `setups`: a method kept without a payment. `kept`: looked after, and let go. `proof`: a code sent
by e-mail shows, on a hosted page, that the shopper is who they say. Kept are tokens of providers, never numbers.
"""

from app.customers.kept import detach, refresh
from app.customers.records import create, delete, own, update
from app.customers.setups import check_setup, set_up

__all__ = ["check_setup", "create", "delete", "detach", "own", "refresh", "set_up", "update"]
