"""The language of a hosted page: chosen for every request, given to its templates, kept in the addresses it makes."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, g, request, url_for

from app import languages
from app.providers.paypal_words import LOCALES
from models import Merchant

PARAMETER = "lang"

# Stripe's name of a language where it is not ours ("auto" lets it look at the browser): @stripe/stripe-js 10.2.1,
# `StripeElementLocale`. Hindi is not among them.
STRIPE = {"hi": "auto", languages.PSEUDO: "en"}


def install(app: Flask) -> None:
    """Speak to every visitor in a language of their own until the page knows better (`follow`)."""

    @app.before_request
    def begin() -> None:
        g.spoken_before = languages.language()
        languages.speak(wanted())

    @app.teardown_request
    def end(_error: BaseException | None) -> None:
        if "spoken_before" in g:
            languages.speak(g.spoken_before)

    @app.after_request
    def tell(response: Response) -> Response:
        if response.mimetype == "text/html" and "spoken_before" in g:
            response.headers.setdefault("Content-Language", languages.language())
        return response


def wanted(*rows: object, merchant: Merchant | None = None) -> str:
    """This request's language: the address's, that of `rows` (a session, a link), the browser's, the merchant's."""
    return languages.choose(
        asked(),
        *(getattr(row, "language", None) for row in rows),
        accepts=request.headers.get("Accept-Language", ""),
        merchant=getattr(merchant, "language", None),
    )


def asked() -> str | None:
    """The language that the address names, if we speak it."""
    return languages.known(request.args.get(PARAMETER, "")[:35])


def follow(merchant: Merchant, *rows: object) -> None:
    """Speak as the merchant's session or link says, now that it is known whose page this is."""
    languages.speak(wanted(*rows, merchant=merchant))


def serve(blueprint: Blueprint) -> None:
    """Give the templates their words, and carry a chosen language on in every address of the blueprint."""
    blueprint.app_context_processor(words)

    @blueprint.url_defaults
    def carry(_endpoint: str, values: dict[str, Any]) -> None:
        if chosen := asked():
            values.setdefault(PARAMETER, chosen)


def script_texts(*scripts: str) -> dict[str, str]:
    """What the named modules in static/ say in this language; nothing for English, which is in them."""
    return languages.script_texts(languages.language(), *scripts)


def stripe_locale() -> str:
    """What Stripe's script calls the language."""
    return STRIPE.get(languages.language(), languages.language())


def paypal_locale() -> str:
    """What is added to the address of PayPal's script."""
    name = LOCALES.get(languages.language())
    return f"&locale={name.replace('-', '_')}" if name else ""


def words() -> dict[str, Any]:
    """What every template of a shopper's page may use."""
    spoken = languages.language()
    return {
        "_": languages._,
        "ngettext": languages.ngettext,
        "language": spoken,
        "direction": languages.direction(spoken),
        "languages": languages.LANGUAGES,
        "in_language": in_language,
    }


def in_language(code: str, session_id: str) -> str:
    """This page in another language: the session's, or whatever address this is."""
    if session_id:
        return url_for("checkout.show", session_id=session_id, lang=code)
    return f"?{PARAMETER}={code}"
