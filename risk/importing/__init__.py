"""A merchant's own history from the providers' exports, so that a new installation learns from its past on day one.

`run` reads any mixture of files that `columns.KINDS` knows, in any order, and gives every attempt once, oldest first,
with what was known just before it, how it ended and what was learnt later. docs/risk-import.md describes the files.
"""

from risk.importing.records import BadFile, Imported, Label, Problem, Problems, World
from risk.importing.run import Summary, run

__all__ = ["BadFile", "Imported", "Label", "Problem", "Problems", "Summary", "World", "run"]
