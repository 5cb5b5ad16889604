"""Where a live Space stands among the others. Pure."""

import math
from datetime import datetime


def warmth(audience: int, began: datetime) -> float:
    """Hours since 1970 at which it began, and one more for every doubling of its audience (people who listen).

    Of two Spaces with as many listeners the younger comes first, and twice the audience makes up for an hour. It does
    not depend on the present: what nobody enters or leaves keeps its place, and an index can hold the order.
    """
    return began.timestamp() / 3600 + math.log2(1 + audience)
