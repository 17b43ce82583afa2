# Words for other sites and for machines.

data-service = { $region }社会保障卡启用
data-service_type = 社会保障卡启用
data-how = 在{ $region }启用社会保障卡：{ $channel }
