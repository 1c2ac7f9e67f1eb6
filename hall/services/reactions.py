"""What follows from what, on one page."""

from hall.services import events
from hall.support.jobs.queue import ReactionTable

REACTIONS: ReactionTable = {
    events.ApplicationSubmitted: (),
}
