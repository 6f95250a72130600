"""What an analyst may say: the verdicts, and which label goes with which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.reviews.errors import LabelInvalid


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a label teaches: fraud or good, and how much it counts beside a proven chargeback (1.0).

    `is_fraud` None: nothing is learnt of it.
    """

    words: str
    is_fraud: bool | None
    weight: float = 0.0


# fmt: off
LABELS: Mapping[str, Meaning] = {
    "false_positive":  Meaning("Good customer, wrongly held",      False, 0.9),
    "suspicious_ok":   Meaning("Rightly held, in order",           False, 0.6),
    "confirmed_fraud": Meaning("Fraud, confirmed or proven",       True,  0.9),
    "suspected_fraud": Meaning("Very likely fraud, no proof",      True,  0.6),
    "not_fraud":       Meaning("Another reason than fraud",        None),
    "unsure":          Meaning("I cannot tell",                    None),
}
# verdict → its labels, in the order in which the keys 1, 2, 3 choose them
VERDICTS: Mapping[str, tuple[str, ...]] = {
    "approve": ("false_positive", "suspicious_ok", "unsure"),
    "decline": ("suspected_fraud", "not_fraud", "unsure"),
    "fraud":   ("confirmed_fraud", "suspected_fraud"),
}
# fmt: on
WORDS: Mapping[str, str] = {
    "approve": "Approve",
    "decline": "Decline",
    "fraud": "Decline as fraud",
}


def check(verdict: str, label: str) -> Meaning:
    """The meaning of a label that goes with the verdict. Raises LabelInvalid."""
    allowed = VERDICTS.get(verdict)
    if allowed is None:
        raise LabelInvalid("Choose approve, decline or fraud.", field="verdict")
    if label not in allowed:
        raise LabelInvalid(
            f"With “{WORDS[verdict]}” goes one of: {', '.join(allowed)}.",
            field="label",
            allowed=list(allowed),
        )
    return LABELS[label]
