"""运行 (§7.1 §7.3): the embedded database, processes, health."""
