"""Champion against challenger, over attempts that neither of them was trained on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.screening import force, registry, training_rows
from models import clock
from models.clock import iso
from risk.training import compare
from risk.training.rows import Row
from risk.trees import BadModel, Flat

# With fewer frauds in the comparison, nothing is proposed: it would be chance.
LEAST_FRAUDS = 20


def compare_with_champion(model_id: str, *, also: Iterable[Row] = ()) -> dict[str, Any]:
    """Both models over the same stored facts and labels, kept with the challenger. Raises NotFound, ModelRefused.

    The attempts are those after the training of both, as far as something is known of them, and `also` those of an
    import: see `training_rows.unseen`.
    """
    challenger = registry.one(model_id)
    champion_id, champion, failure = force.champion()
    if champion is None:
        raise registry.ModelRefused(f"The champion cannot be used ({failure}): roll back first.")
    since_ms = max(_trained_until(champion), _until_ms(challenger.metrics))
    known = training_rows.unseen(since_ms=since_ms, also=also)
    found = {
        "champion_id": champion_id,
        "challenger_id": model_id,
        "at": iso(clock.now()),
        "from_ms": since_ms,
        **compare.compare(champion, _usable(model_id), known),
    }
    if _says_more(found, challenger.metrics.get("comparison")):
        registry.note(model_id, comparison=found, proposal=proposal(found))
    return found


def _says_more(found: Mapping[str, Any], before: Mapping[str, Any] | None) -> bool:
    """A night's look at the journal alone does not replace what an import of years has shown."""
    if before is None or before["champion_id"] != found["champion_id"]:
        return True
    return bool(found["challenger"]["frauds"] >= before["challenger"]["frauds"])


def proposal(comparison: Mapping[str, Any]) -> dict[str, Any]:
    """Whether a person should promote the challenger, and the sentence that says why or why not."""
    frauds = comparison["challenger"]["frauds"]
    if frauds < LEAST_FRAUDS:
        words = f"Too little is known to compare: {frauds} frauds, and it takes {LEAST_FRAUDS}."
        return {"promote": False, "words": words, "at": comparison["at"]}
    if comparison["against"]:
        words = "The champion stays. " + " ".join(comparison["against"])
        return {"promote": False, "words": words, "at": comparison["at"]}
    before, after = (comparison[who]["average_precision"] for who in ("champion", "challenger"))
    words = f"Better in every figure: average precision {after:.3f} instead of {before:.3f}, over {frauds} frauds."
    return {"promote": True, "words": words, "at": comparison["at"]}


def _usable(model_id: str) -> Flat:
    try:
        return force.model(model_id)
    except BadModel as error:
        raise registry.ModelRefused(f"{model_id}: {error}") from None


def _trained_until(champion: Flat) -> int:
    champion_id = registry.champion_id()
    if champion_id == force.SHIPPED:
        return 0  # it has seen simulated days only
    return _until_ms({**champion.made, "origin": registry.one(champion_id).metrics.get("origin")})


def _until_ms(made: Mapping[str, Any]) -> int:
    """The last attempt that a model was trained on. Simulated days are nobody's days."""
    if made.get("origin") == "simulator":
        return 0
    return int(made.get("rows", {}).get("until_ms", 0))


def figures(sides: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """Metrics side by side as rows of text, the first of them the head; money in minor units, by currency."""
    columns = {name: dict(_lines(one)) for name, one in sides.items()}
    lines = list(dict.fromkeys(line for column in columns.values() for line in column))
    return [
        ("", *sides),
        *((line, *(columns[name].get(line, "-") for name in sides)) for line in lines),
    ]


def _lines(one: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "attempts", f"{one['rows']:,}"
    yield "of them fraud", f"{one['frauds']:,}"
    yield "average precision", _number(one["average_precision"])
    yield "AUC ROC", _number(one["auc"])
    for budget in one["within"]:
        share = f"with {100 * budget['budget']:g} % stopped"
        yield f"recall {share}", _number(budget["recall"])
        for currency, money in budget["money"].items():
            caught = f"{money['caught_minor']:,} of {money['fraud_minor']:,}"
            yield f"caught {currency} {share}", caught
    yield "calibration (1 is right)", _number(one["calibration"]["ratio"])
    yield "Brier score", _number(one["calibration"]["brier"], 5)


def _number(value: Any, digits: int = 3) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
