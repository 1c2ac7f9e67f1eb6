"""网上申报 (§5.3.2): drafts, form and material checks, submission. Owns drafts."""
