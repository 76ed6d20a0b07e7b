"""People: which users spend, on what, and who has stopped."""

from core.ui import roster, roster_attention, roster_table
from core.ui.navigation import page

page("People", "Who spends, on what, and who has stopped")

found = roster.ask("people")
roster_attention.lists_note(found)
roster.numbers(found)
roster_table.card(found)
roster.notes(found)
roster_attention.idle_card(found)
roster.provenance_line(found)
