-- Cards, their histories, and what goes with one change of a card; the tables and columns of the
-- embedded store under the same names. Rules of the dialect: every table of a card begins its key
-- with card_key, which the application computes and never changes, so that all rows of a card can
-- lie in one shard; no serials, no triggers; times are microseconds since 1970 in UTC, days are
-- ISO text. Text that is compared or sorted is collated "C". Each column says whether it is
-- personal data.

-- A changed card stays on its page if there is room, and its index need not be told.
create table card (
    card_key bytea not null,             -- pseudonym: keyed hash of issuer and card number
    issuer text not null,                -- not personal
    bank text,                           -- not personal
    made_on text,                        -- personal with the holder
    applied_on text,                     -- personal with the holder
    collected_on text,                   -- personal with the holder
    social_state text not null,          -- personal with the holder
    social_since bigint,                 -- personal with the holder
    social_loss_reason text,             -- personal with the holder
    social_before text,                  -- personal with the holder
    social_usable_from text,             -- personal with the holder
    social_cycle integer not null,       -- not personal
    financial_state text not null,       -- personal with the holder
    financial_since bigint,              -- personal with the holder
    financial_loss_reason text,          -- personal with the holder
    financial_before text,               -- personal with the holder
    financial_usable_from text,          -- personal with the holder
    financial_cycle integer not null,    -- not personal
    version integer not null,            -- not personal: number of events, the optimistic lock
    chain bytea not null,                -- not personal: hash of the latest event
    generation text not null,            -- not personal: generation of the chip
    social_activated integer not null default 0,    -- not personal: highest cycle activated
    financial_activated integer not null default 0, -- not personal: highest cycle activated
    primary key (card_key)
) with (fillfactor = 90);

create table holder (
    card_key bytea not null,             -- pseudonym
    sealed bytea not null,               -- PERSONAL, encrypted: name, numbers, chip identifier
    primary key (card_key)
);

create table event (
    card_key bytea not null,             -- pseudonym
    seq integer not null,                -- not personal: equals the version it gave the card
    type text not null,                  -- personal with the holder
    applications text not null,          -- personal with the holder
    occurred_at bigint not null,         -- personal with the holder
    received_at bigint not null,         -- not personal
    sender text not null,                -- not personal: a partner or a part of the program
    rule_edition text not null,          -- not personal
    channel text,                        -- personal with the holder
    point text,                          -- personal with the holder: where somebody was
    who text,                            -- personal with the holder
    used_for text,                       -- personal with the holder: touches health
    loss text,                           -- personal with the holder
    reason text,                         -- personal with the holder
    undoes integer,                      -- not personal
    request_key text,                    -- not personal: made by the sender, never a number of a person
    body_hash bytea,                     -- pseudonym
    answer bytea,                        -- personal with the holder: states, no words, no numbers
    told_to text,                        -- not personal: destinations, separated by spaces
    chain bytea not null,                -- not personal: hash over the previous one and this event
    primary key (card_key, seq)
);

create table letter_use (
    card_key bytea not null,             -- pseudonym
    letter_id text collate "C" not null, -- pseudonym: printed number, or a hash of what it says
    seq integer not null,                -- not personal
    primary key (card_key, letter_id)
);

create table attempt (
    card_key bytea not null,             -- pseudonym
    attempt_id bytea not null,           -- not personal: time and chance, made by the application
    sender text not null,                -- not personal
    request_key text not null,           -- not personal
    body_hash bytea not null,            -- pseudonym
    status text not null,                -- personal with the holder
    channel text not null,               -- personal with the holder
    point text,                          -- personal with the holder
    received_at bigint not null,         -- not personal; decides when the row is deleted
    primary key (card_key, attempt_id)
);

create index attempt_age on attempt (received_at);

create table clock (
    card_key bytea not null,             -- pseudonym
    clock text collate "C" not null,     -- not personal
    cycle integer not null,              -- not personal
    due_on text collate "C",             -- personal with the holder; null: the clock is closed
    primary key (card_key, clock, cycle)
);

create index clock_due on clock (due_on, card_key) where due_on is not null;

-- What waits to be told; a row that was acknowledged moves to told. The index is the order of telling.
create table outbox (
    card_key bytea not null,             -- pseudonym
    seq integer not null,                -- not personal
    destination text collate "C" not null, -- not personal
    next_at bigint not null,             -- not personal
    tries integer not null,              -- not personal
    primary key (card_key, seq, destination)
);

create index outbox_next on outbox (destination, next_at, card_key, seq);

create table told (
    card_key bytea not null,             -- pseudonym
    seq integer not null,                -- not personal
    destination text collate "C" not null, -- not personal
    acknowledged_at bigint not null,     -- not personal
    primary key (card_key, seq, destination)
);

-- The named exception to the rule of the first key column: it finds a card from something else.
create table alias (
    kind text collate "C" not null,      -- not personal
    hash bytea not null,                 -- pseudonym: version of the index key and keyed hash
    card_key bytea not null,             -- pseudonym
    primary key (kind, hash, card_key)
);
