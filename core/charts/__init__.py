"""From a small frame to an Altair chart."""
