"""Directions in latent space: between two groups, along one dimension, over a grid."""
