"""The posterior on a plane as the inspector shows it: the figure of `explorer.explain`, which the argument shares."""

from explorer.explain.figures.densities import HEIGHT, SHARES, mass, picture

__all__ = ["HEIGHT", "SHARES", "mass", "picture"]
