"""网上预约 (§5.3.1 §5.8.2, domain §7.1): schedules, slots, seats, bookings, waiting lists, draws, check-in. Owns what can be booked and who booked.

Writing: `scheduling` schedules, special days, slots, limits · `commands` book, change, cancel · `waiting` 候补 · `drawing` 摇号 (`lots` recomputes) ·
`standing` who may not book for a time, appeals · `counter` the hall's day: check in, call, serve, walk in. Reading: `queries` for people,
`counter_queries` for staff. `tickets` make the ticket as PDF and calendar entry; `policy` holds the limits that the administrator sets.
"""
