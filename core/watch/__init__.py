"""Looks for days that are not as usual: what was expected, what is found, what carries it."""
