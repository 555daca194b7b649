"""What `explorer doctor` looks at: a check is a function of a path that yields findings, and a row in `registry.py`.

Nothing is changed, and nothing but the standard library is imported until a check runs: a package that is missing or
broken is a finding like any other.
"""
