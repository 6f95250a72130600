"""Answers that are on their way for so long that something happens meanwhile."""

from collections.abc import Callable
from typing import Any

import pytest

from app import providers


def slow(
    patch: pytest.MonkeyPatch, provider: str, question: str, meanwhile: Callable[[], object]
) -> None:
    """The next answer to this question is read, then `meanwhile` happens, and then the answer arrives."""
    adapter = providers.get(provider)
    ask = getattr(adapter, question)

    def told(*args: Any) -> Any:
        answer = ask(*args)
        patch.setattr(adapter, question, ask)
        meanwhile()
        return answer

    patch.setattr(adapter, question, told)
