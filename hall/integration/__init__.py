"""集成层 (§4): how outside systems plug in."""
