"""HTTP and nothing else: requests, retry, rate limit, paging, and the shape of the responses."""
