"""Tells people: what is worth telling after a sync, and the channels that carry it."""
