"""What the answers of a mail server mean for a mail (RFC 5321). Used by whoever sends mails that are written down."""

import smtplib
import ssl

# After these nobody knows whether the server has kept the mail, and what follows on this connection is no better.
UNKNOWN = (TimeoutError, ConnectionError, smtplib.SMTPServerDisconnected, ssl.SSLError)


def is_for_good(error: Exception) -> bool:
    """Whether the server has said never, and not later (4.2.1)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 500
