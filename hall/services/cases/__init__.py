"""办件 (§3 §5.5.1 §5.7.1): steps, deadlines, documents, result. Owns cases and everything that hangs on one."""
