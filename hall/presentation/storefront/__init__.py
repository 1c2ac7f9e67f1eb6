"""公众门户 (§2, §5.1-5.4): home, themes, departments, bundles, item pages, search, progress, verification; no sign-in."""
