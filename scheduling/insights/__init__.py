"""What became of links, visits and meetings: counts over a range of dates."""
