"""The state of a tab: the view, its address, history, selection, and the models that are open."""
