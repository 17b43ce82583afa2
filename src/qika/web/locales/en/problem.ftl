# What is wrong with a call itself, why, and what to do next.

problem-unreadable-title = Unreadable
problem-unreadable = The content is not valid JSON, or the address has too many parameters.
problem-unreadable-next = Check the syntax and the UTF-8 encoding and send it again.
problem-unsigned-title = Not signed
problem-unsigned = Only signed writes are accepted here. Unsigned ones exist only when the system is tried out on one machine.
problem-unsigned-next = Sign the request with your partner key and send it again.
problem-not_found-title = No such address
problem-not_found = This address does not exist, or this service does not offer it.
problem-not_found-next = Compare the address with /openapi.json.
problem-method_not_allowed-title = Wrong method
problem-method_not_allowed = This address does not accept that method.
problem-method_not_allowed-next = Use one of the methods that Allow lists.
problem-too_large-title = Too large
problem-too_large = At most 1 MiB may be sent at once.
problem-too_large-next = Send it in several parts.
problem-unsupported_media_type-title = Wrong content type
problem-unsupported_media_type = Only application/json is accepted here.
problem-unsupported_media_type-next = Set Content-Type to application/json.
problem-wrong_fields-title = Some fields are wrong
problem-wrong_fields = One or more fields of the request are wrong; all of them are listed.
problem-wrong_fields-next = Mend each field as listed and send the request again.
problem-too_many_tries-title = Too many tries
problem-too_many_tries = This card was asked about wrongly too often within an hour.
problem-too_many_tries-next = Try again in an hour, or call 12333.
problem-broken-title = Broken
problem-broken = The system failed and this was not done.
problem-broken-next = Try again later. If it goes on, tell those who run the service.
problem-overloaded-title = Overloaded
problem-overloaded = There are too many requests now; this one was not processed.
problem-overloaded-next = Wait for the seconds that Retry-After gives, then send it again with the same request key.
problem-unavailable-title = Database out of order
problem-unavailable = The database cannot be read or written now; it is not certain whether this was done.
problem-unavailable-next = Send it again later with the same request key: what was done is answered, and nothing is done twice. If it goes on, tell those who run the service.
problem-no_map-title = No street map now
problem-no_map = The street map cannot be fetched now.
problem-no_map-next = The list and the sketch map go on working. Open the street map again in a while.

field-missing = Fill this in.
field-unknown = There is no such field. Known: { $allowed }.
field-repeated = This stands more than once; keep it once.
field-type = This is of the wrong type; expected: { $allowed }.
field-choice = Choose one of: { $allowed }.
field-date = Write a date like 2026-03-15.
field-time = Write a time with its offset, like 2026-03-15T10:00:00+08:00.
field-range = Give a value in { $allowed }.
field-length = At most { $allowed } characters.
field-format = The format is wrong; expected: { $allowed }.
field-conflict = This contradicts another field; keep one of them.
field-too_many = At most { $allowed }.
field-unknown_region = This region was not found. Write its full name, such as Shenzhen, or its six-digit code.
field-ambiguous_region = Several regions have this name; give a code: { $allowed }.
field-unknown_bank = This bank was not found. Write the bank's name as on the card, or leave it out.

form-plain = text without control characters
form-code = lower case letters, digits and underscores
form-chip = 32 hexadecimal digits

problem-signature_refused-title = Signature refused
problem-signature_refused = The request's signature was not accepted; nothing was done.
problem-signature_refused-next = Mend what is listed and sign again; /v1/signature-check lets you try and shows the text that is signed.
problem-not_allowed-title = Not allowed
problem-not_allowed = This partner may not do one or more of the things asked; nothing was done.
problem-not_allowed-next = Leave out what is listed, or ask the authority to change what this partner may do.
problem-in_progress-title = In progress
problem-in_progress = A request under the same idempotency key is still being worked on.
problem-in_progress-next = Wait for the seconds that Retry-After gives, then send it again under the same key with a new signature.

field-signature_missing = There is no signature.
field-signature_unreadable = The signature's headers cannot be read, or do not bear the same label.
field-signature_components = The signature must cover exactly @method, @target-uri, content-type, content-digest and idempotency-key, none of them empty.
field-signature_parameters = The signature's parameters must be created, keyid, nonce (16 characters or more) and tag="qika-partner", each once.
field-signature_too_old = The signature is too old. Check the clock and sign again.
field-signature_in_future = The signature is later than now. Check the clock and sign again.
field-key_unknown = There is no key of this id.
field-key_not_in_force = This key is not in force yet, or any more.
field-content_digest = Content-Digest has no sha-256, or another one than the body received.
field-signature_wrong = The signature does not fit the request or the key.
field-signature_replayed = This signature was used before. Sign each sending with a new nonce.
field-partner_suspended = This partner is suspended.
field-region_not_allowed = This partner may not act for cards of this issuer.
field-channel_not_allowed = This partner may not use this channel.
field-event_not_allowed = This partner may not record this type of event.
field-point_not_allowed = This point is not one of the partner's.
field-bank_not_allowed = The bank of this point is not one of the partner's.

signature-right = The signature is right.
