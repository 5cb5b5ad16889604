"""What the answers of a mail server mean for a mail (RFC 5321). Used by whoever sends mails that are written down."""

import smtplib
import ssl

# After these nobody knows whether the server has kept the mail, and what follows on this connection is no better.
UNKNOWN = (TimeoutError, ConnectionError, smtplib.SMTPServerDisconnected, ssl.SSLError)


def in_short(error: Exception) -> str:
    """For logs, without the address that was refused."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return f"refused with {sorted({code for code, _ in error.recipients.values()})}"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"refused with {error.smtp_code}"
    return type(error).__name__


def is_ours(error: Exception) -> bool:
    """Whether no mail server said it: logs need to know where it came from."""
    return not isinstance(error, smtplib.SMTPException)


def is_goodbye(error: Exception) -> bool:
    """Whether the server has closed the connection with its answer (3.8): the next mail would find nobody."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return any(code == 421 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPResponseException) and error.smtp_code == 421


def is_for_good(error: Exception) -> bool:
    """Whether the server has said never, and not later (4.2.1)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 500
