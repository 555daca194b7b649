"""Open: the models that are there, what is being built, and how others come in."""
