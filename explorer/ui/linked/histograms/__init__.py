"""The selected examples as histograms; a brush selects."""
