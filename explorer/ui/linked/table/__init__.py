"""The selected examples as a table, page by page."""
