"""From a frozen Query to a small frame: filter, group, top N, export."""
