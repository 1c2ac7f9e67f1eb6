"""我的大厅 (§5.3 §5.8.5): sign in, apply, follow, correct, collect, rate; for oneself or for an enterprise."""
