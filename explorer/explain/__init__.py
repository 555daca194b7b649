"""The argument of the explorer on one page, for one example, with every term as a number.

`subject` is whom it is about, `question` what is asked of it (N, seed, proposal). `results` draws and fits, quick
things first, and is a generator of ever larger `Results`; `chapters` turns one of them into eight chapters of `blocks`:
text, formulas, numbers, figures. `report` writes them as a single file. What cannot be had of a model is a `Missing`
with its reason, never a NaN.
"""

from explorer.explain.chapters import STEPS, chapters
from explorer.explain.error import ExplainError, Missing
from explorer.explain.terms.question import MOST_DRAWS, MOST_FACTOR, ProposalChoice, ProposalKind, Question
from explorer.explain.terms.results import Results, results, taken_apart
from explorer.explain.terms.subject import Subject
from explorer.explain.terms.subject import of as subject_of
from explorer.explain.typesetting.blocks import Chapter

__all__ = [
    "MOST_DRAWS",
    "MOST_FACTOR",
    "STEPS",
    "Chapter",
    "ExplainError",
    "Missing",
    "ProposalChoice",
    "ProposalKind",
    "Question",
    "Results",
    "Subject",
    "chapters",
    "results",
    "subject_of",
    "taken_apart",
]
