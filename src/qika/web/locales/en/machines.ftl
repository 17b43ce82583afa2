# Words for other sites and for machines.

data-service = Activation of social security cards: { $region }
data-service_type = Activation of social security cards
data-how = Activate a social security card in { $region }: { $channel }

embed-title = Where to activate your card
embed-field = Which city
embed-submit = Find
embed-by = From Qika, no ID number asked

footer-board = For other sites
board-title = Put the search box on your site
board-lead = Job boards can show a small box. A new colleague types a city and finds where to activate the card.
board-example = What it looks like
board-example_tag = Example, site and job are made up
board-name = Example Job Board
board-job = Warehouse keeper
board-job_where = Example City, 6,000 yuan a month
board-job_text = Please activate your social security card before your first day.
board-frame = Card activation search
board-link = Find where to activate your social security card
board-copy = How to use it
board-copy_frame = Put this into your page.
board-copy_frame_label = Code of the box
board-copy_link_label = Code of the link
board-no_origin = Nobody has set the address of this site yet. Put it in place of the one in the code.
board-listed = Only sites that the operator has listed can show the box. Tell the operator your address first.
board-region = To fill in the city beforehand, put region=440300& with its division code after the ? of the address.
board-plain = Only a link
board-plain_text = A link needs no listing. It works anywhere.
board-privacy = What happens in the box
board-privacy_text = The box has one field for a city, no script and no cookies. The answer opens on this site.

data-service_text = Activating a social security card in { $region }: where, what to bring and by when.
data-day_holiday = Public holiday
data-day_make_up_working = Make-up working day
data-day_single = Different on this day
data-hours_closed = Closed on this day
data-hours_unknown = The hours of this day are not published, call first
data-taxonomy_channel = Ways to activate
data-taxonomy_channel_text = Where and how a social security card is activated.
data-taxonomy_basis = Basis of a rule
data-taxonomy_basis_text = How firmly a rule stands, from adopted to none.
data-taxonomy_data_licence = Licence of data
data-taxonomy_data_licence_text = Where the data about a point is from, and whether it may be used again.
data-licence_example = Made-up example data, not to be relied on
data-licence_unrecorded = The list it is from states no licence, ask the source before using it again
data-open = Open data of Qika
data-open_text = Services, points and rules of social security card activation, for machines.
data-set_services = Activation services, one for each region with rules of its own
data-set_points = Service points
data-set_rules = Rules, each value with source and date
data-rights_services = Rules compiled by Qika, licensed under Apache-2.0. Sources quoted remain their authors'.
data-rights_points = Each point names its source. Those marked as examples are made up. Other lists state no licence: ask the source before using them again.
data-rights_rules = Rules compiled by Qika, licensed under Apache-2.0. Sources quoted remain their authors'.
