"""设计: tokens, base pages, components, middleware, error pages, shared by every visitor module."""
