"""What follows from what, on one page."""

from hall.services import events
from hall.services.notices import jobs as notices
from hall.support.jobs.queue import ReactionTable

REACTIONS: ReactionTable = {
    events.ApplicationSubmitted: (notices.tell_submitted,),
    events.CaseMoved: (notices.tell_moved,),
    events.CaseFinished: (notices.tell_finished,),
    events.RatingAnswered: (notices.tell_rating_answered,),
}
