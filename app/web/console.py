"""The risk console, put together: reading its parts in gives the blueprint its views."""

from app.web import (
    console_analytics,
    console_home,
    console_lists,
    console_models,
    console_policy,
    console_rules,
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
]
