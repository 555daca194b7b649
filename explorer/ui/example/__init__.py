"""What is known of one example: its stored score, what the model infers, its nearest neighbours."""
