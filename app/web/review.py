"""The pages of the review queue, put together: reading them in gives the blueprint its views."""

from app.web import review_acts, review_bulk, review_case, review_queue
from app.web.review_base import blueprint

__all__ = ["blueprint", "review_acts", "review_bulk", "review_case", "review_queue"]
