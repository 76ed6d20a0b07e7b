"""What `make bench` measures: ratios and medians, each from one run. Not collected by pytest."""
