"""统一申办流水号 (§6.2). Owns the counters and the issued numbers."""
