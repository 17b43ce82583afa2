create table if not exists event (
    number integer primary key autoincrement, -- not personal
    request_key text not null unique, -- not personal
    card text not null, -- pseudonym
    body text not null, -- pseudonym
    occurred_at text not null, -- personal with the holder
    queued_at text not null, -- personal with the holder
    state text not null default 'waiting' check (state in ('waiting', 'sent', 'refused')), -- not personal
    attempts integer not null default 0, -- not personal
    next_try_at real not null default 0, -- not personal
    trouble text, -- not personal
    detail text not null default '', -- not personal
    status text, -- not personal
    missing text not null default '', -- not personal
    settled_at real -- not personal
) strict;

create index if not exists event_waiting on event (card, number) where state = 'waiting';
create index if not exists event_settled on event (settled_at) where state <> 'waiting';
