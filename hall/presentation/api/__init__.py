"""机器接口 (§6): items and visits as JSON with their OpenAPI document, and what monitors ask: alive, ready."""
