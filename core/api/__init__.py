"""HTTP and nothing else: requests, retry, pace, paging, and what the answers look like."""
