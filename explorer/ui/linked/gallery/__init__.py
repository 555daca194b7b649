"""The selected examples as images."""
