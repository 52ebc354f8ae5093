"""Verifies every DKIM signature of a message with dkimpy, which shares no code with this project.

Standard input: the message. First argument: TXT records as a JSON object. Prints a JSON list.
"""
import json
import sys

import dkim

records = json.loads(sys.argv[1])
message = sys.stdin.buffer.read()


def look_up(name, timeout=5):
    return records.get(name.decode().rstrip("."), "").encode()


verdicts = []
for index, (field, value) in enumerate(
    header for header in dkim.rfc822_parse(message)[0] if header[0].lower() == b"dkim-signature"
):
    tags = dkim.parse_tag_value(value)
    try:
        is_good = dkim.DKIM(message, minkey=1024).verify(idx=index, dnsfunc=look_up)
    except dkim.DKIMException as error:
        is_good = str(error)
    verdicts.append({"algorithm": tags[b"a"].decode(), "domain": tags[b"d"].decode(), "isGood": is_good})
print(json.dumps(verdicts))
