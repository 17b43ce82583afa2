-- What belongs to no card: editions of the rulebook, service points, jobs, sweeps, settings.
-- Small, read everywhere: on Citus these are reference tables. Nothing here is personal data.

create table rule_edition (
    edition text collate "C" not null,   -- not personal: hash of the texts and adoptions
    texts text not null,                 -- not personal: JSON object, path to text
    adopted text not null,               -- not personal: JSON array of issuers
    primary key (edition)
);

create table edition_in_force (
    number integer not null,             -- not personal: counts from 1; the highest is in force
    edition text collate "C" not null references rule_edition (edition), -- not personal
    put_by text not null,                -- not personal: an office or a command, not a person's name
    in_force_from bigint not null,       -- not personal
    primary key (number)
);

create table point (
    point_id text collate "C" not null,  -- not personal
    name text not null,                  -- not personal
    kind text not null,                  -- not personal
    organization text not null,          -- not personal
    card_bank text,                      -- not personal
    address text not null,               -- not personal
    landmark text not null,              -- not personal
    region text not null,                -- not personal
    phone text not null,                 -- not personal: a counter's number
    lat double precision,                -- not personal: WGS-84
    lon double precision,                -- not personal
    given_crs text,                      -- not personal; null: the place is not known
    hours_text text not null,            -- not personal
    example integer not null,            -- not personal
    primary key (point_id)
);

create table capability (
    point_id text collate "C" not null,  -- not personal
    position integer not null,           -- not personal
    channel text not null,               -- not personal
    applications text not null,          -- not personal: words, separated by spaces
    banks text not null,                 -- not personal: codes, separated by spaces
    regions text not null,               -- not personal: codes, separated by spaces
    source text not null,                -- not personal
    confirmed_on text,                   -- not personal
    primary key (point_id, position)
);

create table job (
    job text collate "C" not null,       -- not personal: kind and hash of the content
    rows_done bigint not null,           -- not personal
    finished integer not null,           -- not personal
    primary key (job)
);

create table sweep_run (
    on_day text collate "C" not null,    -- not personal
    place_due_on text,                   -- not personal
    place_key bytea,                     -- pseudonym
    tally text not null,                 -- not personal: JSON object
    finished integer not null,           -- not personal
    primary key (on_day)
);

create table setting (
    name text collate "C" not null,      -- not personal
    value text not null,                 -- not personal
    primary key (name)
);
