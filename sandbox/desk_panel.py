"""The desk as a page: what exists, what was sent, what to break next. No script; every button is a form."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Response, make_response, redirect, render_template, request, send_from_directory
from werkzeug.wrappers import Response as AnyResponse

from sandbox import clock, desk, panel_rows, presets
from sandbox.acts import ACTS, Act, act
from sandbox.advance import till_says
from sandbox.bodies import Refused, parse
from sandbox.control import watch
from sandbox.desk_clock import next_due, pass_time
from sandbox.desk_faults import arm
from sandbox.faults import Script
from sandbox.limits import Limit
from sandbox.providers import PROVIDERS, TITLES

blueprint = desk.blueprint("desk_panel")

POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)


@blueprint.get("/")
def panel() -> AnyResponse:
    """Show it all; `provider` and `payment` choose one payment, `find` names one in anybody's words."""
    sought = request.args.get("find", "").strip()[:100]
    if not sought:
        return _page(request.args.get("said", "")[:300], failed=request.args.get("failed") == "1")
    found = panel_rows.named(desk.sandbox(), sought)
    if found is None:
        return _page(f"No payment here is called {sought}.", failed=True)
    return redirect("./?" + urlencode({"provider": found.provider, "payment": found.id}), 303)


def _page(said: str, *, failed: bool, script: str = "") -> Response:
    sandbox, chosen = desk.sandbox(), _chosen()
    rows = panel_rows.payments(sandbox)
    row = _chosen_row(rows, **chosen)
    names = sorted(row.names) if row else []
    till = till_says()
    page = render_template(
        "panel.html",
        rows=rows,
        chosen=row,
        provider=chosen["provider"],
        titles=TITLES,
        names=names,
        requests=panel_rows.requests(list(watch().log), names, rows),
        webhooks=list(panel_rows.webhooks(sandbox, names, rows)),
        script=script or presets.EXAMPLE,
        due=_due_next(),
        armed=[one for one in watch().faults.told() if not one["is_done"]],
        finished=[one for one in watch().faults.told() if one["is_done"]][:5],
        limits=watch().limits.told(),
        request_presets=presets.REQUEST_PRESETS,
        webhook_presets=presets.WEBHOOK_PRESETS,
        acts=presets.act_words(
            chosen["provider"], {name for name, at in ACTS.items() if chosen["provider"] in at}
        ),
        advances=presets.ADVANCES,
        now=clock.now(),
        ahead=timedelta(seconds=round(clock.ahead_s())),
        follows=till is not None and till.is_there,
        said=said,
        failed=failed,
        paused=sandbox.hooks.paused,
    )
    answer = make_response(page)
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


@blueprint.get("/panel.css")
def style() -> Response:
    """The panel's looks."""
    return send_from_directory("static", "panel.css")


@blueprint.post("/do")
def do() -> AnyResponse:
    """Do what a button says, and show the page again with what came of it."""
    chosen = _chosen()
    name, _, value = request.form.get("do", "").partition(":")
    doing = DOINGS.get(name)
    try:
        if doing is None:
            raise Refused("unknown", "There is no such button.")  # noqa: TRY301
        said, failed = doing(value, chosen), ""
    except Refused as refused:
        said, failed = f"Not done: {refused.told['message']}", "1"
        if name == "script":
            return _page(said, failed=True, script=request.form.get("script", ""))
    query = {"said": said, "failed": failed, **chosen}
    return redirect("./?" + urlencode({k: v for k, v in query.items() if v}), 303)


def _chosen_row(rows: list[panel_rows.Row], provider: str, payment: str) -> panel_rows.Row | None:
    """The chosen payment, also where it is too old for the list."""
    listed = next((row for row in rows if (row.provider, row.id) == (provider, payment)), None)
    return listed or (panel_rows.named(desk.sandbox(), payment) if payment else None)


def _due_next() -> dict[str, Any] | None:
    """Say what is due next, at the providers or in Till, and when."""
    known = [(moment, name) for name, moment in next_due().items() if moment is not None]
    ahead = [one for one in known if one[0] > clock.now().timestamp()]
    if not ahead:
        return None
    moment, name = min(ahead)
    return {"at": datetime.fromtimestamp(moment, UTC), "what": presets.NEXT_WORDS[name]}


def _chosen() -> dict[str, str]:
    provider = request.values.get("provider", "")
    payment = request.values.get("payment", "")[:100]
    return {"provider": provider if provider in PROVIDERS else PROVIDERS[0], "payment": payment}


def _break(key: str, chosen: dict[str, str]) -> str:
    preset = presets.PRESETS.get(key)
    if preset is None:
        raise Refused("unknown", "There is no such button.")
    arm(preset.script(**chosen))
    whose = f"payment {chosen['payment']}" if chosen["payment"] else "whatever comes next"
    return f"Armed for {whose} at {TITLES[chosen['provider']]}: {preset.title}."


def _act(name: str, chosen: dict[str, str]) -> str:
    if not chosen["payment"]:
        raise Refused("invalid", "choose a payment first.", field="payment")
    act(desk.sandbox(), parse(Act, {"act": name, **chosen}))
    return f"Done at {TITLES[chosen['provider']]}; the webhook is on its way."


def _pass(how_far: str, _chosen: dict[str, str]) -> str:
    due = _due_next() if how_far == "next" else None
    if due is None and how_far not in presets.ADVANCES:
        raise Refused("unknown", "There is nothing to wait for.")
    until = due["at"] if due else clock.now() + timedelta(**presets.ADVANCES[how_far])
    told: dict[str, Any] = pass_time(max(until, clock.now() + timedelta(seconds=1)))
    timers = sum(len(moment["timers"]) for moment in told["moments"])
    sent = sum(len(moment["webhooks"]) for moment in told["moments"])
    much = f"{timers} things happened at the providers, {sent} webhooks were sent."
    now = f"{told['now'][:19].replace('T', ' ')} UTC"
    if not told["complete"]:
        return f"There was too much on the way; it is {now} now. {much} Press again."
    return f"It is {now} now, for Till too. {much}"


def _script(_: str, _chosen: dict[str, str]) -> str:
    """Arm what is written in the box."""
    try:
        given = json.loads(request.form.get("script", ""))
    except (ValueError, RecursionError) as error:
        raise Refused("not_json", f"This is no JSON: {str(error)[:100]}.") from None
    try:
        script = parse(Script, given)
    except Refused as refused:
        told = refused.told
        step = f"step {told['step'] + 1}, " if "step" in told else ""
        raise Refused(
            "invalid", f"{step}{told['field'] or 'the script'}: {told['message']}"
        ) from None
    arm(script)
    return f"Armed: {script.name or 'your script'}, {len(script.steps)} steps, one after the other."


def _stop(script_id: str, _chosen: dict[str, str]) -> str:
    watch().faults.clear(script_id)
    return "Stopped." if script_id else "Nothing goes wrong any more."


def _limit(provider: str, _chosen: dict[str, str]) -> str:
    if provider in watch().limits.told():
        watch().limits.clear(provider)
        return "No limits any more."
    watch().limits.set(parse(Limit, {"provider": provider}))
    return f"{TITLES[provider]} answers 429 above its limits now."


def _webhooks(verb: str, _chosen: dict[str, str]) -> str:
    hooks = desk.sandbox().hooks
    if verb == "pause":
        hooks.pause()
        return "Webhooks wait, at all providers."
    if verb != "resume":
        raise Refused("unknown", "There is no such button.")
    hooks.resume()
    return "Webhooks are sent."


DOINGS = {
    "break": _break,
    "act": _act,
    "script": _script,
    "pass": _pass,
    "stop": _stop,
    "limit": _limit,
    "webhooks": _webhooks,
}
