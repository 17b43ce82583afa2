-- Listeners: who else is told what happens to cards, and what was told to nobody in the end.

create table listener (
    listener text collate "C" not null,  -- not personal: short name, a destination of the outbox
    url text not null,                   -- not personal: a system's address
    regions text not null,               -- not personal: JSON array of issuers
    words text not null,                 -- not personal: JSON array of what it hears of
    by_identifier integer not null,      -- not personal: whether it is told card identification codes
    state text not null,                 -- not personal
    reason text not null,                -- not personal: words of an operator
    since bigint not null,               -- not personal: microseconds since 1970
    failing_since bigint,                -- not personal; null: the last try went well
    fault text not null,                 -- not personal
    primary key (listener)
);

create table listener_secret (
    listener text collate "C" not null,  -- not personal
    number integer not null,             -- not personal: counts from 1
    sealed bytea not null,               -- not personal: a secret of two systems, encrypted
    made_at bigint not null,             -- not personal
    primary key (listener, number)
);

-- Which process tells a listener, and until when it may.
create table lease (
    listener text collate "C" not null,  -- not personal
    holder text not null,                -- not personal: machine, process and chance
    held_until bigint not null,          -- not personal
    primary key (listener)
);

create table given_up (
    card_key bytea not null,             -- pseudonym
    seq integer not null,                -- not personal
    destination text collate "C" not null, -- not personal
    given_up_at bigint not null,         -- not personal
    primary key (card_key, seq, destination)
);

alter table outbox add column failing_since bigint; -- not personal; null: no try has failed
