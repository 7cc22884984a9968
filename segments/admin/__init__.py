from segments.admin import links, rules, segments

__all__ = ["links", "rules", "segments"]
