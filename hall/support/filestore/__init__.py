"""文件 (§7.1): uploaded files: hash, size and type checks, virus-scan hook. Owns stored files."""
