"""工作日 (domain §4.3): the clock of legal deadlines, with pause and resume. Owns the holidays table."""
