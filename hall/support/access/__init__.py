"""访问控制 (§7.1): actors, roles, scopes, throttles. Owns who may do what in general; modules own their objects' scopes."""
