"""Group names of accounts, and who belongs to them."""


def account(user_id) -> str:
    """All windows of one account, wherever they look: what waits for it, and what it was told."""
    return f"account.{user_id}"


def sockets(user_id) -> str:
    """Every socket an account has opened, those of Spaces and conversations too: somebody may have been signed out,
    blocked or suspended, and each looks anew at what it may show, or closes."""
    return f"account.{user_id}.sockets"


def conversation(conversation_id) -> str:
    """The windows of both who have this conversation open."""
    return f"conversation.{conversation_id}"
