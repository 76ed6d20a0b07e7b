"""Checks what a connection's service really does against what is assumed, and records it."""
