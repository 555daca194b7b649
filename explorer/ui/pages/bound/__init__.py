"""The bound: the whole argument on one page, about the example that is looked at.

`page` lays it out, `computation` has the numbers computed in a job, `chapters` makes the chapters of them, `argument`
is the component that they stand in, and `controls` is what a reader changes: N, K, the proposal.
"""
