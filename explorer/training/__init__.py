"""Training: named recipes, the loop, which yields records and prints nothing, and what a stopped run resumes from."""
