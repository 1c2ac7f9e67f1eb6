"""文书: templates to PDF, numbers, seals, QR codes."""
