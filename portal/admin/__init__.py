from portal.admin import accounts, banners, keys

__all__ = ["accounts", "banners", "keys"]
