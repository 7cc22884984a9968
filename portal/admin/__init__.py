from portal.admin import accounts, banners

__all__ = ["accounts", "banners"]
