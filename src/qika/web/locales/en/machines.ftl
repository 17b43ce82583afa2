# Words for other sites and for machines.

data-service = Activation of social security cards: { $region }
data-service_type = Activation of social security cards
data-how = Activate a social security card in { $region }: { $channel }
