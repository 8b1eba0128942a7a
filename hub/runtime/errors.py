"""The base of the errors that a person reads 错误."""


class HubError(Exception):
    """What was asked for cannot be done; the message is one sentence that says why and what to do.

    The command line shows the message without a traceback and ends with exit code 1. A subclass
    says which kind of error it is, for callers that handle it.
    """
