from portal.admin.keys import HandoverKeyAdmin

__all__ = ["HandoverKeyAdmin"]
