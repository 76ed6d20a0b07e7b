"""HTTP and nothing else: requests, retry, rate_limit, paging, and what the answers look like."""
