"""Graphs that other programs exported, as programs of ours.

pt2        torch's exported programs
onnx       ONNX, operator by operator
cut, pair  one graph of a whole VAE, or one of each half, as the networks of a draft
"""
