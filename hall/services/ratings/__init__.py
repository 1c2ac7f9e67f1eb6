"""星级评定 (§5.3.5, domain §6): grades, replies, scores. Owns ratings."""
