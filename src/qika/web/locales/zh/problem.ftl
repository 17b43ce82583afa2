# What is wrong with a call itself, why, and what to do next.

problem-unreadable-title = 内容无法读取
problem-unreadable = 内容不是有效的 JSON，或者网址参数过多。
problem-unreadable-next = 请检查格式和 UTF-8 编码后重新发送。
problem-unsigned-title = 请求没有签名
problem-unsigned = 这里只接受有签名的写入。没有签名的写入只在本机试用时可以。
problem-unsigned-next = 请用合作机构的密钥签名后再发送。
problem-not_found-title = 没有这个地址
problem-not_found = 这个地址不存在，或者本服务没有开放它。
problem-not_found-next = 请对照 /openapi.json 检查地址。
problem-method_not_allowed-title = 方法不对
problem-method_not_allowed = 这个地址不接受这种请求方法。
problem-method_not_allowed-next = 请改用 Allow 中列出的方法。
problem-too_large-title = 内容太大
problem-too_large = 一次最多发送 1 MiB。
problem-too_large-next = 请分成几次发送。
problem-unsupported_media_type-title = 内容类型不对
problem-unsupported_media_type = 这里只接受 application/json。
problem-unsupported_media_type-next = 请把 Content-Type 设为 application/json。
problem-wrong_fields-title = 有内容填得不对
problem-wrong_fields = 请求中有一处或几处填得不对，已全部列出。
problem-wrong_fields-next = 请按列出的说明逐项改正后再发送。
problem-too_many_tries-title = 试的次数太多
problem-too_many_tries = 这张卡在一小时内被查错的次数太多。
problem-too_many_tries-next = 请一小时后再查，或者拨 12333。
problem-broken-title = 系统出错
problem-broken = 系统出了故障，这次没有办成。
problem-broken-next = 请稍后再试。多次不行时，请联系维护人员。
problem-overloaded-title = 系统繁忙
problem-overloaded = 现在请求太多，这次没有处理。
problem-overloaded-next = 请按 Retry-After 的秒数稍等，再用同一个请求编号重新发送。
problem-unavailable-title = 数据库出了故障
problem-unavailable = 数据库现在读写不了，这次办没办成还不能确定。
problem-unavailable-next = 请稍后用同一个请求编号再发一次：办过的会照答，不会办第二次。仍不行请告诉服务的维护人员。
problem-no_map-title = 街道地图暂时打不开
problem-no_map = 现在取不到街道地图。
problem-no_map-next = 网点列表和示意图照常可用。想看街道，请过一会儿再打开。

field-missing = 请填写这一项。
field-unknown = 没有这一项。可用的有：{ $allowed }。
field-repeated = 这一项出现了不止一次，请只留一次。
field-type = 类型不对，应为：{ $allowed }。
field-choice = 请从这些里选：{ $allowed }。
field-date = 请写成 2026-03-15 这样的日期。
field-time = 请写成 2026-03-15T10:00:00+08:00 这样的时间，带时区。
field-range = 请填 { $allowed } 之间的值。
field-length = 最多 { $allowed } 个字符。
field-format = 格式不对，应为：{ $allowed }。
field-conflict = 这一项与另一项矛盾，请只保留一项。
field-too_many = 最多 { $allowed } 个。
field-unknown_region = 没有找到这个地区。请写完整的名称，如“深圳市”，或六位代码。
field-ambiguous_region = 有几个地区叫这个名字，请写代码：{ $allowed }。
field-unknown_bank = 没有找到这家银行。请写卡面上的银行名称，不清楚就不填。

form-plain = 不含控制字符的文字
form-code = 小写字母、数字和下划线
form-chip = 32 位十六进制数字

problem-signature_refused-title = 签名没有通过
problem-signature_refused = 请求的签名没有通过核验，什么也没有办。
problem-signature_refused-next = 请按所列原因改正后重新签名；可以用 /v1/signature-check 试签，看签名原文。
problem-not_allowed-title = 没有这项权限
problem-not_allowed = 这个合作机构不能办其中的一项或几项，什么也没有办。
problem-not_allowed-next = 请去掉所列的几项，或者请当地主管部门调整授权。
problem-in_progress-title = 正在处理
problem-in_progress = 同一个幂等键的请求还在处理。
problem-in_progress-next = 请按 Retry-After 的秒数稍等，再用同一个幂等键、新的签名重新发送。

field-signature_missing = 没有签名。
field-signature_unreadable = 签名的标头读不出来，或者两个标头的名称不一致。
field-signature_components = 签名应当恰好覆盖 @method、@target-uri、content-type、content-digest 和 idempotency-key，而且都要有值。
field-signature_parameters = 签名参数应当是 created、keyid、nonce（至少 16 个字符）和 tag="qika-partner"，每项一次。
field-signature_too_old = 签名的时间太早。请核对时钟，重新签名。
field-signature_in_future = 签名的时间晚于现在。请核对时钟，重新签名。
field-key_unknown = 没有这个编号的密钥。
field-key_not_in_force = 这把密钥还没有启用，或者已经停用。
field-content_digest = Content-Digest 里没有 sha-256，或者与收到的内容不一致。
field-signature_wrong = 签名与内容或密钥不符。
field-signature_replayed = 这个签名已经用过。每次发送都要用新的 nonce 签名。
field-partner_suspended = 这个合作机构已被停用。
field-region_not_allowed = 这个合作机构不能办这个发卡地区的卡。
field-channel_not_allowed = 这个合作机构不能用这个渠道。
field-event_not_allowed = 这个合作机构不能记录这种变化。
field-point_not_allowed = 这个网点不归这个合作机构。
field-bank_not_allowed = 这个网点的银行不归这个合作机构。

signature-right = 签名正确。
