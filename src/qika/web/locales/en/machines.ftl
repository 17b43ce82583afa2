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
