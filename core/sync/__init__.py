"""The only part that knows both the API and the store."""
