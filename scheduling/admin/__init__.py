from scheduling.admin import appointments, flows, letters, segments

__all__ = ["appointments", "flows", "letters", "segments"]
