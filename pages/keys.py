"""API keys: which spend, which are idle, and which go on spending though somebody should look at them."""

from core.ui import roster, roster_attention, roster_table
from core.ui.navigation import page

page("API keys", "Which keys spend, which are idle, which need a look")

found = roster.ask("keys")
roster_attention.lists_note(found)
flagged = roster_attention.suspects(found)
roster.numbers(found, flagged)
roster_attention.suspects_card(found, flagged)
roster_table.card(found)
roster.notes(found)
roster_attention.idle_card(found)
roster.provenance_line(found)
