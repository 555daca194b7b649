"""Small things that several features draw."""
