"""The plugins we ship, a folder each. They come in by entry points like anybody's; nobody imports them."""
