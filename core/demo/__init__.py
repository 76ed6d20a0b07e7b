"""A simulated Anthropic, served through an httpx transport."""
