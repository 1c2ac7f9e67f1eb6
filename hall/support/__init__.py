"""支撑层 (§4): components that know nothing of government services."""
