"""Sends on a schedule: the numbers of a day or week, a saved view, a dashboard, each with its files."""
