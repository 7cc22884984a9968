from scheduling.admin import appointments, flows, letters

__all__ = ["appointments", "flows", "letters"]
