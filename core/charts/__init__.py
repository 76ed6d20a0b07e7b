"""From a small frame to an Altair chart."""

from altair.utils.schemapi import disable_debug_mode

# Else every part of a chart is checked against Vega-Lite's schema as it is made, and then the whole again.
disable_debug_mode()
