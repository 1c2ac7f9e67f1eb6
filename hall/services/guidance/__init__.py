"""智能导办 (§5.4): situation trees of items and bundles, checked before they are published; personal sheets and what they carry over."""
