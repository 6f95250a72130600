"""The lanes of work in the background, each with workers of its own: `python -m tasks.worker LANE`."""

LANES = ("queue", "money", "hooks", "mail")
