"""统一申办流水号 (§6.2): numbers of every channel, blocks for counters without a network, progress told by departments. Owns counters, issued numbers, blocks, told steps."""
