"""The Platform's bill over the usage behind it: which usage a cell of the bill covers, and who pays how much.

``names`` says what is one thing under two names, ``match`` which usage a bill covers, ``prices`` what a token
cost where a bill shows it, ``published`` what Anthropic publishes, ``weigh`` how a bill is shared, ``spread``
makes rows of it, ``reasons`` says what is left without a cost, or without usage.
"""
