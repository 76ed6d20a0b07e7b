"""Splits the Platform's bill over the usage behind it.

``bill_names`` matches the names of the two reports. ``match`` finds the usage that a bill covers. ``prices``
reads what a token cost off the bills; ``published`` holds the ratios that Anthropic publishes. ``weigh``
shares a bill, ``spread`` makes rows of the shares, and ``reasons`` says why usage has no cost or a cost no
usage.
"""
