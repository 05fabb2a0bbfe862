-- Nothing asks for the events of one aggregate, and each event went into it twice: when written and when placed.
drop index event_aggregate;
