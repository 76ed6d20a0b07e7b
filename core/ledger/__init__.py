"""From raw rows to the ledger: allocation, control totals, monthly Parquet."""
