"""API keys: which spend, which are idle, and which go on spending though somebody should look at them."""

from core.ui import ranking
from core.ui.app.navigation import page

page("API keys", "Which keys spend, which are idle, which need a look")

found = ranking.ask("keys")
ranking.lists_note(found)
flagged = ranking.suspects(found)
ranking.numbers(found, flagged)
ranking.suspects_card(found, flagged)
ranking.table_card(found)
ranking.notes(found)
ranking.idle_card(found)
ranking.provenance_line(found)
