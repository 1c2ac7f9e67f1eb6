"""材料库 (§5.3.4 §5.5.3 §5.8.5): what a person or an enterprise already gave or got, offered again. Owns spaces and their materials."""
