"""Numbers as the pages show them: those of `explorer.numbers`, which the explanation shares."""

from explorer.numbers import MINUS, Units, latent_name, number

__all__ = ["MINUS", "Units", "latent_name", "number"]
