"""People: which users spend, on what, and who has stopped."""

from core.ui import ranking
from core.ui.app.navigation import page

page("People", "Who spends, on what, and who has stopped")

found = ranking.ask("people")
ranking.lists_note(found)
ranking.numbers(found)
ranking.table_card(found)
ranking.notes(found)
ranking.idle_card(found)
ranking.unused_card(found)
ranking.provenance_line(found)
