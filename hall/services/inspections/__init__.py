"""材料规范化校验 (§5.3.2, domain.md §3.1): what was measured of each file, and what it means for a material. Owns measurements and uses."""
