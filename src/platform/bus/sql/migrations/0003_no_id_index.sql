-- Nothing asks for an event by its id, which is made to be unique; and each event went into it twice, as when it is placed.
drop index event_id;
