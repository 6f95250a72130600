"""Champion and challenger over the same rows: ranking, budget, money and calibration side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from risk.training.evaluate import Scored, metrics
from risk.training.rows import BEFORE, Known
from risk.trees import Flat

# By how much the challenger may be worse in a figure before the comparison speaks against it.
_SLACK = 0.01


def score(model: Flat, known: Iterable[Known]) -> list[Scored]:
    """What a model says of rows, with what is known of them. First looks only: an attempt counts once."""
    return [
        Scored(
            model.probability(one.example.x), one.is_fraud, one.example.currency,
            one.example.amount_minor, one.weight,
        )
        for one in known
        if one.example.moment == BEFORE
    ]  # fmt: skip


def compare(champion: Flat, challenger: Flat, known: Sequence[Known]) -> dict[str, Any]:
    """Both models' metrics over the same rows, and whether the challenger is better, as a JSON value.

    `better`: it ranks better, catches no less within the larger budget, and its probabilities are no further from the
    frequencies. A person promotes; this only says what stands against it (`against`). None where nothing is known.
    """
    one, other = (metrics(score(model, known)) for model in (champion, challenger))
    against = list(_against(one, other)) if one["frauds"] else []
    return {
        "champion": {"name": champion.name, **one},
        "challenger": {"name": challenger.name, **other},
        "against": against,
        "better": not against if one["frauds"] else None,
    }


def _against(champion: dict[str, Any], challenger: dict[str, Any]) -> Iterable[str]:
    if challenger["average_precision"] <= champion["average_precision"]:
        yield "Its average precision is not higher."
    if challenger["within"][-1]["recall"] < champion["within"][-1]["recall"] - _SLACK:
        yield "It catches fewer frauds within the same number of stops."
    for currency, before in champion["within"][-1]["money"].items():
        after = challenger["within"][-1]["money"][currency]
        if after["caught_minor"] < before["caught_minor"] * (1 - _SLACK):
            yield f"It catches less money in {currency}."
    if challenger["calibration"]["brier"] > champion["calibration"]["brier"] * (1 + _SLACK):
        yield "Its probabilities are further from the frequencies."
