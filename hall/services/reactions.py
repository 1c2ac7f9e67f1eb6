"""What follows from what, on one page."""

from hall.services import events
from hall.services.applications import jobs as applications
from hall.services.appointments import jobs as appointments
from hall.services.cases import instant, keeping
from hall.services.cases import jobs as cases
from hall.services.catalogue import exchange, opendata
from hall.services.guidance import jobs as guidance
from hall.services.guidance import talk_jobs
from hall.services.inspections import jobs as inspections
from hall.services.materials import jobs as materials
from hall.services.notices import jobs as notices
from hall.services.payments import jobs as payments
from hall.services.recognition import jobs as recognition
from hall.services.search import jobs as search
from hall.services.serials import jobs as serials
from hall.support.jobs.queue import ReactionTable

REACTIONS: ReactionTable = {
    events.ItemsPublished: (search.reindex_published, guidance.recheck_guides, opendata.after_publication),
    events.HolidaysChanged: (cases.recalculate_deadlines,),
    events.ApplicationSubmitted: (
        cases.make_first_receipt,
        instant.on_submitted,
        notices.tell_submitted,
        search.count_application,
        keeping.keep_submitted,
    ),
    events.ResultIssued: (cases.sign_result,),
    events.ResultRevoked: (notices.tell_result_revoked, keeping.renew_results),
    events.ResultReplaced: (notices.tell_result_replaced, keeping.renew_results),
    events.JointSubmitted: (notices.tell_joint_submitted,),
    events.JointPartSettled: (cases.go_on_with_joint,),
    events.JointPartLeft: (notices.tell_joint_part_left,),
    events.CaseMoved: (notices.tell_moved, payments.open_due_bill),
    events.CaseFinished: (notices.tell_finished, keeping.keep_finished, payments.cancel_of_ended_case),
    events.MoneyGivenBack: (notices.tell_money_given_back,),
    events.KeepingAgreed: (keeping.keep_past,),
    events.MaterialEnding: (notices.tell_material_ending,),
    events.CaseRated: (search.count_rating,),
    events.RatingAnswered: (notices.tell_rating_answered,),
    events.SerialMoved: (notices.tell_serial_moved,),
    events.AppointmentBooked: (notices.tell_booked,),
    events.AppointmentChanged: (notices.tell_changed,),
    events.AppointmentCancelled: (notices.tell_cancelled, appointments.count_cancelled),
    events.AppointmentMissed: (notices.tell_missed, appointments.count_missed),
    events.SeatOffered: (notices.tell_offered,),
    events.BookingBarred: (notices.tell_barred,),
    events.BarAnswered: (notices.tell_bar_answered,),
    events.DrawEnded: (notices.tell_draw_ended,),
}

# Modules whose functions run on a schedule (`@every`): importing them puts them on it.
SCHEDULED = (
    applications,
    appointments,
    cases,
    exchange,
    inspections,
    materials,
    opendata,
    payments,
    recognition,
    search,
    serials,
    talk_jobs,
)
