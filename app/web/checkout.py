"""The hosted checkout: the page, the few things it asks of us, and the ways back from a provider."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("checkout", __name__)
