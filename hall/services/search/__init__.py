"""服务检索 (§5.2): words to items. Owns the search index."""
