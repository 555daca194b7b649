"""What lies nearest in latent space, and what the selection is taken together."""
