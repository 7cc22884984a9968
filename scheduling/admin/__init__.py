from scheduling.admin import appointments, flows, letters, rules, segments

__all__ = ["appointments", "flows", "letters", "rules", "segments"]
