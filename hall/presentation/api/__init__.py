"""机器接口 (§6): items as JSON with their OpenAPI document, and what monitors ask: alive, ready."""
