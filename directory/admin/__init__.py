from directory.admin import organisation, people, places, rota, subjects

__all__ = ["organisation", "people", "places", "rota", "subjects"]
