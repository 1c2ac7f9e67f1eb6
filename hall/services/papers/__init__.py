"""文书文字 (domain.md §4.4): what each kind of official paper says, edited by the administrator, version by version. Owns the wordings."""
