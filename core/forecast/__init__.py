"""Daily series to the end of a period: what is likely to come, and how sure that is. Knows no ledger."""
