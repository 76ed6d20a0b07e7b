"""API keys: which spend, which are idle, and which go on spending though somebody should look at them."""

from core.ui import ranking
from core.ui.app.navigation import page

page("API keys", "Which keys spend, which are idle, which need a look")

keys_page = ranking.ask("keys")
ranking.lists_note(keys_page)
flagged = ranking.suspects(keys_page)
ranking.numbers(keys_page, flagged)
ranking.suspects_card(keys_page, flagged)
ranking.table_card(keys_page)
ranking.notes(keys_page)
ranking.idle_card(keys_page)
ranking.provenance_line(keys_page)
