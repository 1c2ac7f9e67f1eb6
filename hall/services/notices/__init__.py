"""通知提醒 (§5.3.1 §5.5.1): what the hall tells people, in the site and by channels. Owns notices."""
