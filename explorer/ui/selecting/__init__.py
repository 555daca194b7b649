"""Selecting by label, text or threshold; what is selected in figures; two kept groups."""
