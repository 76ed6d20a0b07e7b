"""SQLite and nothing else: connections, raw windows, coverage, revision.

Rows are read by the names of their columns and written by them, so that no code depends on a table's order.

- Most goes through sqlite-utils: ``db.query`` (rows as dicts), ``insert``, ``upsert_all``, ``update``,
  ``delete``. What has to hold together stands in :func:`core.store.database.writing`; their own transactions
  nest in it. Never give it a Decimal: it would store a REAL. Money is received text and whole micro-cents.
- :func:`core.store.database.named_rows` reads where a page reads thousands of rows: days covered, failures,
  names, progress of runs. A row of it is made and read in a fifth less time than a dict.
- Plain SQL with named parameters changes many rows at once, or on a condition that has to be part of the
  statement (:mod:`core.store.while_connected`).
- Rows of facts come by the million. :class:`core.store.windows.Staging` takes them as tuples, in the order of
  :mod:`core.streams`, which also names the columns of the statement; one statement moves them in.
"""
