"""Stripe's pages (placeholder)."""

from flask import Blueprint

blueprint = Blueprint("stripe_pages", __name__)
