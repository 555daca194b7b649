"""What cannot be explained, and why: a sentence for the person who asked, never a stack trace."""

from __future__ import annotations

from dataclasses import dataclass


class ExplainError(ValueError):
    """A question that has no answer: says what was expected, what was found and what to do."""

    def __init__(self, what: str, expected: str, found: str, advice: str):
        self.what, self.expected, self.found, self.advice = what, expected, found, advice
        super().__init__(f"{what}: expected {expected}, found {found}. {advice}")


@dataclass(frozen=True)
class Missing:
    """Stands where a part of the argument would be, for a model that cannot give it; `reason` is a sentence."""

    reason: str
