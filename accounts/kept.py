"""This app's part of what is kept of a person. Imported once, when the app is ready."""

from accounts import own_data, sections
from accounts.services import erasure

own_data.register(
    own_data.Keeper(name="accounts", sections=sections.sections, erase=erasure.erase_kept, files=sections.files)
)
