-- The guard against a second activation moves into the card row: the highest cycle in which each
-- application was activated, which only ever grows. One scattered page fewer for each activation.

alter table card add column social_activated integer not null default 0;    -- not personal: a cycle
alter table card add column financial_activated integer not null default 0; -- not personal: a cycle

update card set
    social_activated = coalesce((select max(cycle) from activation
        where activation.card_key = card.card_key and application = 'social'), 0),
    financial_activated = coalesce((select max(cycle) from activation
        where activation.card_key = card.card_key and application = 'financial'), 0)
where version > 0;

drop table activation;
