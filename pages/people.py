"""People: which users spend, on what, and who has stopped."""

from core.ui import ranking
from core.ui.app.navigation import page

page("People", "Who spends, on what, and who has stopped")

people_page = ranking.ask("people")
ranking.lists_note(people_page)
ranking.numbers(people_page)
ranking.table_card(people_page)
ranking.notes(people_page)
ranking.idle_card(people_page)
ranking.unused_card(people_page)
ranking.limits_card(people_page)
ranking.provenance_line(people_page)
