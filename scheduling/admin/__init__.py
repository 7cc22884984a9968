from scheduling.admin import appointments, flows

__all__ = ["appointments", "flows"]
