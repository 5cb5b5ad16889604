"""The mail of an installation without a mail server."""

from django.core.mail import EmailMessage


def test_each_mail_is_printed_and_kept_as_a_file_of_its_own(mailbox, capsys):
    for n in (1, 2):
        EmailMessage(f"Mail {n}", "Grüße aus dem Saal", "openfloor@localhost", ["ana@example.org"]).send()
    assert "Mail 1" in capsys.readouterr().out
    assert [mail["Subject"] for mail in mailbox.mails()] == ["Mail 1", "Mail 2"]
    assert mailbox.last().get_content().strip() == "Grüße aus dem Saal"


def test_only_the_owner_reads_kept_mail(mailbox):
    EmailMessage("A code", "ABCD-EFGH", "openfloor@localhost", ["ana@example.org"]).send()
    assert mailbox.folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in mailbox.folder.iterdir()} == {0o600}
