"""网上预约 (§5.3.1 §5.8.2, domain §7.1): schedules, slots, seats, bookings, check-in. Owns what can be booked and who booked it.

`scheduling` writes schedules and makes slots · `commands` books, changes, cancels for people · `counter` is the hall's side: check in,
call, serve, walk in · `queries` reads for people, `counter_queries` for staff · `policy` holds the limits that the administrator sets.
"""
