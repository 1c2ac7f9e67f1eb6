"""安全审计 (§7.1, GB/T 22239 8.1.4.3): the append-only, hash-chained trail of people's deeds. Owns trail entries and their seals."""
