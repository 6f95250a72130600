"""Rules: the book of them, the editor with its check and its backtest, and what becomes of a proposal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import flash, jsonify, request
from flask.typing import ResponseReturnValue

from app import access
from app.access import requires
from app.console import backtests, rule_book, rules
from app.errors import AppError, Conflict, Forbidden, Invalid
from app.web import staff
from app.web.console_base import (
    blueprint,
    go,
    me,
    moment,
    page,
    people,
    scope,
    shown,
    typed,
    words_of,
)
from app.web.failures import wants_json
from models import RiskRule
from models.ids import is_id
from risk.rules import ATTRIBUTES

LONGEST = 2_500
ACTION_WORDS = {
    "allow": "allows",
    "block": "blocks",
    "review": "holds for review",
    "challenge": "asks for 3-D Secure",
}
# fmt: off
EXAMPLES = (
    ("A large order, card and browser in different countries",
     "review if :amount: > 500 EUR and :card_country: != :ip_country:"),
    ("Many cards from one address", "block if :ip_cards_1h: >= 5"),
    ("Throw-away mail and digital goods, but for friends",
     "challenge if :email_is_disposable: and :goods: = 'digital' and not :email: in @trusted"),
    ("A score near the edge at night", "challenge if :score: >= 60 and :is_night:"),
    ("Your own metadata", "review if ::basket_age_min:: < 2"),
)
# fmt: on


@dataclass
class Editing:
    """The editor as it is shown."""

    text: str = ""
    expires: str = ""
    replaces: RiskRule | None = None
    seen: Mapping[str, Any] | None = None
    token: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    checked: backtests.Checked | None = None


@blueprint.get("/risk/rules", endpoint="rules")
@requires("risk.read")
def every_rule() -> ResponseReturnValue:
    """All rules by state."""
    book = rule_book.book(scope().merchant_id)
    ids = {
        one
        for lines in book.lines.values()
        for line in lines
        for one in (line.rule.author, line.rule.approver)
    }
    return page("rules", book=book, people=people(ids))


@blueprint.get("/risk/rules/new")
@requires("risk.write")
def rule_new() -> ResponseReturnValue:
    """The editor: empty, with the text of an address, or with a rule that is to be replaced."""
    text = request.args.get("text", "")[:LONGEST]
    replaces = replaced(request.args.get("replaces", ""))
    if replaces is not None and not text:
        text = replaces.text
    text = "".join(char for char in text if char.isprintable() or char == "\n")
    return editor(Editing(text=text, replaces=replaces))


@blueprint.post("/risk/rules/check")
@requires("risk.write")
def rule_check() -> ResponseReturnValue:
    """For the page's script: whether a text is a rule, and where it is wrong."""
    text = typed("text", most=LONGEST)
    found = backtests.check(text, scope().merchant_id)
    return jsonify({**found.to_json(), "caret": caret(text, found.column)})


@blueprint.post("/risk/rules/try")
@requires("risk.write")
def rule_try() -> ResponseReturnValue:
    """What the rule would have done; the page then lets it be saved."""
    form = form_in_hand()
    try:
        moment("expires")
        seen = backtests.run(typed("text", most=LONGEST), scope().merchant_id)
    except AppError as refusal:
        return again(form, refusal)
    form.seen = seen.told
    form.token = backtests.seal(seen, staff.config().secret_key)
    return editor(form)


@blueprint.post("/risk/rules")
@requires("risk.write")
def rule_save() -> ResponseReturnValue:
    """Keep the rule as a proposal, with the backtest of exactly this text."""
    form = form_in_hand()
    merchant_id = scope().merchant_id
    try:
        text = typed("text", most=LONGEST)
        seen = backtests.opened(typed("backtest"), text, merchant_id, staff.config().secret_key)
        rule = rules.propose(
            text,
            merchant_id=merchant_id,
            backtest=seen,
            by=me(),
            expires_at=moment("expires"),
            replaces_id=form.replaces.id if form.replaces else None,
        )
    except AppError as refusal:
        return again(form, refusal)
    flash("Proposed. Somebody else with the right to approve brings it into force.")
    return go("risk.rule_show", rule_id=rule.id)


@blueprint.get("/risk/rules/<rule_id>")
@requires("risk.read")
def rule_show(rule_id: str) -> ResponseReturnValue:
    """One rule, its history and its backtest."""
    return one(rule_id)


@blueprint.post("/risk/rules/<rule_id>/approve")
@requires("risk.approve")
def rule_approve(rule_id: str) -> ResponseReturnValue:
    """Bring it into force: live, or in shadow."""
    state = typed("state", most=20)
    return acted(
        rule_id, lambda: rules.approve(rule_id, state, by=me(), scope=access.merchant_scope())
    )


@blueprint.post("/risk/rules/<rule_id>/retire")
@requires("risk.approve")
def rule_retire(rule_id: str) -> ResponseReturnValue:
    """Take it out of force."""
    return acted(rule_id, lambda: rules.retire(rule_id, by=me(), scope=access.merchant_scope()))


@blueprint.post("/risk/rules/<rule_id>/withdraw")
@requires("risk.write")
def rule_withdraw(rule_id: str) -> ResponseReturnValue:
    """Refuse a proposal, or take one's own back."""
    return acted(rule_id, lambda: rules.withdraw(rule_id, by=me(), scope=access.merchant_scope()))


def acted(rule_id: str, act: Any) -> ResponseReturnValue:
    """Do it, and say so; or the page again, with why not."""
    try:
        rule: RiskRule = act()
    except (Conflict, Forbidden, Invalid) as refusal:
        if wants_json():
            raise
        return one(rule_id, refusal), refusal.status
    flash(
        {
            "live": "The rule is live.",
            "shadow": "The rule runs in shadow.",
            "retired": "The rule is retired.",
        }[rule.state]
    )
    return go("risk.rule_show", rule_id=rule.id)


def one(rule_id: str, refusal: AppError | None = None) -> str:
    """The page of a rule."""
    rule = rule_book.one(rule_id, scope().merchant_id)
    history = rule_book.history(rule)
    successors = rule_book.successors(rule)
    ids = {who for version in history for who in (version.rule.author, version.rule.approver)}
    owns = access.merchant_scope() in {None, rule.merchant_id}
    seen = (rule.backtest or {}) if owns else {}  # of everybody's rule: everybody's payments
    return page(
        "rule",
        rule=rule,
        refusal=refusal,
        history=history,
        successors=successors,
        moves=rules.MOVES[rule.state],
        is_mine=rule.author == me(),
        owns=owns,
        seen=seen or None,
        samples=backtests.samples(seen),
        others=others(seen),
        people=people(ids),
    )


def form_in_hand() -> Editing:
    """What was typed, to be shown again."""
    return Editing(
        text=shown("text", most=LONGEST),
        expires=shown("expires", most=40),
        replaces=replaced(shown("replaces", most=40)),
    )


def again(form: Editing, refusal: AppError) -> ResponseReturnValue:
    """The editor with what is wrong. Raises the refusal to programs."""
    if wants_json():
        raise refusal
    form.errors[refusal.field or ""] = refusal.message
    return editor(form), refusal.status


def editor(form: Editing) -> str:
    """The page of the editor."""
    merchant_id = scope().merchant_id
    if form.text.strip():
        form.checked = backtests.check(form.text, merchant_id)
    wanted = words_of(request.args.get("q"))
    found = [
        one for one in ATTRIBUTES.values()
        if not wanted or wanted.lower() in f"{one.name} {one.meaning}".lower()
    ]  # fmt: skip
    return page(
        "editor",
        form=form,
        attributes=found,
        query=wanted,
        examples=EXAMPLES,
        actions=ACTION_WORDS,
        caret=caret(form.text, form.checked.column) if form.checked else "",
        seen=form.seen,
        samples=backtests.samples(form.seen or {}),
        others=others(form.seen or {}),
    )


def caret(text: str, column: int) -> str:
    """The line of the text in which a column stands, and a sign below it."""
    before = text[: max(column - 1, 0)]
    line = text.split("\n")[before.count("\n")]
    return f"{line}\n{' ' * len(before.rpartition(chr(10))[2])}^"


def others(seen: Mapping[str, Any]) -> list[tuple[str, str, int]]:
    """(id, text, attempts) of the rules that match the same attempts, most first."""
    overlap: Mapping[str, int] = seen.get("overlap") or {}
    found = []
    for rule_id, count in sorted(overlap.items(), key=lambda item: -item[1])[:10]:
        if not is_id(rule_id, "rul"):
            continue
        try:
            found.append((rule_id, rule_book.one(rule_id, scope().merchant_id).text, count))
        except AppError:
            continue  # it is gone, or not theirs to see
    return found


def replaced(rule_id: str) -> RiskRule | None:
    """The rule that a new version is made of. Raises NotFound."""
    return rule_book.one(rule_id, scope().merchant_id) if is_id(rule_id, "rul") else None
