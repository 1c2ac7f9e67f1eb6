"""Forms of the department's own items: design, check, try, hand in (§5.3.2)."""

from hall.presentation.design.forming import FormPages
from hall.presentation.design.group_pages import GroupPages
from hall.presentation.design.tabling import TablePages
from hall.presentation.desk.frame import desk_frame
from hall.presentation.desk.guides import guide_actor

pages = FormPages("/desk", guide_actor, desk_frame)
tables = TablePages("/desk", guide_actor, desk_frame)
groups = GroupPages("/desk", guide_actor, desk_frame)
