"""What is wrong with a file or a value, in sentences."""


class NotUnderstood(Exception):  # noqa: N818 - it is a sentence for people
    """A value that a field cannot have. No message: the cause was told elsewhere."""

    def __init__(self, message: str = "") -> None:
        self.message = message
        super().__init__(message)
