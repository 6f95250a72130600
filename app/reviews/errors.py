"""What can stand against an act on a case, each with its own code."""

from __future__ import annotations

from app.errors import Conflict, Invalid


class ReviewClosed(Conflict):
    """The case has ended, with a verdict or with its payment."""

    code = "review_closed"
    says = "This case is closed. Its history says how."


class ReviewTaken(Conflict):
    """Another analyst has the case open."""

    code = "review_taken"
    says = "Somebody else has this case open. Take another one, or wait until it is released."


class ReviewDecided(Conflict):
    """A verdict waits to be carried out, or is being carried out."""

    code = "review_decided"
    says = "This case has a verdict already."


class SecondPersonNeeded(Conflict):
    """Above the amount of the policy, two different people must approve."""

    code = "review_second_person_needed"
    says = (
        "You have approved this case already. Above this amount another person must approve it too."
    )


class UndoTooLate(Conflict):
    """The verdict was carried out, or there is none of this person's."""

    code = "review_undo_too_late"
    says = "There is nothing to undo: the verdict was carried out, or it is not yours."


class PaymentNotHeld(Conflict):
    """The payment is being captured or canceled right now, or not held any more."""

    code = "payment_not_held"
    says = "The payment is not held any more, or is being ended right now. Look again in a moment."


class LabelInvalid(Invalid):
    """That label does not go with that verdict."""

    code = "review_label_invalid"
    says = "Choose a label that goes with the verdict."


class FileRefused(Invalid):
    """Not a file that a case may have."""

    code = "review_file_refused"
    says = "Attach a PDF, PNG, JPEG or plain text file of at most 1 MB."
