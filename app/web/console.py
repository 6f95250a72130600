"""The risk console, put together: reading its parts in gives the blueprint its views."""

from collections.abc import Iterable

from app import access
from app.screening import status
from app.web import (
    console_analytics,
    console_home,
    console_lists,
    console_models,
    console_policy,
    console_rules,
    console_warnings,
    staff,
)
from app.web.console_base import blueprint

__all__ = [
    "blueprint",
    "console_analytics",
    "console_home",
    "console_lists",
    "console_models",
    "console_policy",
    "console_rules",
    "console_warnings",
]


def failing() -> Iterable[str]:
    """What is broken in screening, for everybody on duty who can do something about it."""
    return status.failing() if access.can("risk.read") else ()


staff.WARNINGS.append(failing)
