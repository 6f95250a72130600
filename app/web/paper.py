"""The receipt of a session: a page to print on one sheet, and the same as a PDF."""

from __future__ import annotations

from flask import Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app import payments, receipts
from app.languages import _
from app.receipts import Receipt
from app.screening import gate
from app.web import checkout, speech, view, words
from app.web.page import Page

blueprint = checkout.blueprint


@blueprint.get("/c/<session_id>/receipt")
def receipt(session_id: str) -> ResponseReturnValue:
    """The receipt as a page; where there is none yet, the way back to what there is."""
    shown = checkout.look(session_id)
    found = written(shown)
    if found is None:
        return missing(shown), 404
    page = Page(
        state="receipt",
        title=view.tab(found.title, found.merchant),
        merchant=view.merchant(shown.merchant),
        test_mode=not checkout.config().is_live,
        session_id=session_id,
        script={"merchant": found.merchant, "texts": speech.script_texts(*view.NOTICE_SCRIPTS)},
    )
    return render_template("checkout/receipt.html", page=page, receipt=found, moment=words.moment)


@blueprint.get("/c/<session_id>/receipt.pdf")
def receipt_pdf(session_id: str) -> ResponseReturnValue:
    """The receipt as a file, named after the order."""
    shown = checkout.look(session_id)
    found = written(shown)
    if found is None:
        return missing(shown), 404
    if not gate.may_look(session_id):  # drawing costs more than any page: so often and no more
        return redirect(url_for("checkout.receipt", session_id=session_id), 303)
    name = f"receipt-{shown.order.number}.pdf"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Robots-Tag": "noindex, nofollow",
    }
    return Response(receipts.pdf(found), mimetype="application/pdf", headers=headers)


def written(shown: view.Shown) -> Receipt | None:
    """The receipt, in the language of the page, if the session has come to one."""
    if shown.payment.status not in receipts.STATUSES or shown.paid_at is None:
        return None
    return receipts.receipt(
        shown.merchant,
        shown.order,
        shown.payment,
        payments.operations_of(shown.payment.id),
        paid_with=words.method(shown.payment.method),
        paid_at=shown.paid_at,
        is_test=not checkout.config().is_live,
    )


def missing(shown: view.Shown) -> str:
    """There is no receipt, and where to see how the payment stands."""
    headline = _("There is no receipt yet")
    page = Page(
        state="error",
        title=view.tab(headline, shown.merchant.name),
        merchant=view.merchant(shown.merchant),
        session_id=shown.session.id,
        headline=headline,
        text=_("You get one as soon as {merchant} has your payment.", merchant=shown.merchant.name),
        next_label=_("See how the payment stands"),
        next_url=url_for("checkout.show", session_id=shown.session.id),
    )
    return render_template("errors/page.html", page=page)
