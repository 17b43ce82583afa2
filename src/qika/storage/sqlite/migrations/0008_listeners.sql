-- Listeners: who else is told what happens to cards, and what was told to nobody in the end.

create table listener (
    listener text not null,              -- not personal: short name, a destination of the outbox
    url text not null,                   -- not personal: a system's address
    regions text not null,               -- not personal: JSON array of issuers
    words text not null,                 -- not personal: JSON array of what it hears of
    by_identifier integer not null,      -- not personal: whether it is told card identification codes
    state text not null,                 -- not personal
    reason text not null,                -- not personal: words of an operator
    since integer not null,              -- not personal: microseconds since 1970
    failing_since integer,               -- not personal; null: the last try went well
    fault text not null,                 -- not personal
    primary key (listener)
) without rowid;

create table listener_secret (
    listener text not null,              -- not personal
    number integer not null,             -- not personal: counts from 1
    sealed blob not null,                -- not personal: a secret of two systems, encrypted
    made_at integer not null,            -- not personal
    primary key (listener, number)
) without rowid;

-- Which process tells a listener, and until when it may.
create table lease (
    listener text not null,              -- not personal
    holder text not null,                -- not personal: machine, process and chance
    held_until integer not null,         -- not personal
    primary key (listener)
) without rowid;

create table given_up (
    card_key blob not null,              -- pseudonym
    seq integer not null,                -- not personal
    destination text not null,           -- not personal
    given_up_at integer not null,        -- not personal
    primary key (card_key, seq, destination)
) without rowid;

alter table outbox add column failing_since integer; -- not personal; null: no try has failed

-- What waits of one card, so that it is told in its order; an event waits once for each listener.
create unique index outbox_of_card on outbox (card_key, destination, seq);
