-- What readers say is wrong with a point, a rule or a page. Nobody is asked who they are, and
-- a text with an identity number is refused before it comes here.

create table report (
    hour text collate "C" not null,      -- not personal: YYYYMMDDHH in China
    number integer not null,             -- not personal: counts from 1 in each hour, and so bounds it
    subject text not null,               -- not personal: point:ID, rule:REGION/PARAMETER, page:NAME
    language text not null,              -- not personal
    edition text not null,               -- not personal: of the rulebook that was looked at
    wrong text not null,                 -- not personal: what is said of the subject
    correct text not null,               -- not personal: the same
    seen text not null,                  -- not personal: where it was seen otherwise
    received_at bigint not null,         -- not personal
    closed_at bigint,                    -- not personal; null: it waits
    primary key (hour, number)
);

create index report_waiting on report (hour, number) where closed_at is null;
