from accounts.models.conversation import Conversation, Message, Side
from accounts.models.former_handle import FormerHandle
from accounts.models.graph import Block, Follow, FollowRequest, Mute
from accounts.models.letter import Letter
from accounts.models.notification import FanOut, Kind, Notification, Preference, PushSubscription
from accounts.models.own_data import AccountExport, BarredAddress
from accounts.models.user import User

__all__ = [
    "AccountExport",
    "BarredAddress",
    "Block",
    "Conversation",
    "FanOut",
    "Follow",
    "FollowRequest",
    "FormerHandle",
    "Kind",
    "Letter",
    "Message",
    "Mute",
    "Notification",
    "Preference",
    "PushSubscription",
    "Side",
    "User",
]
