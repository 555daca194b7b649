"""The terms of the argument as numbers for one example, one idea a file; `results` puts them in their order."""
