"""事项 (§5.1 §5.2 §5.4): elements, versions, themes, synonyms, relations, bundles. Owns divisions and items."""
