from rooms.models.participant import Participant
from rooms.models.seat import Seat
from rooms.models.space import Space

__all__ = ["Participant", "Seat", "Space"]
