"""表单 (§5.3.2): form definitions and their validation; JSON Schema is the stored form."""
